"""C compilers as oracles: nothing is run, the answers are read from a section of the object file."""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout import Layout, Leaf, Record
from samebytes.layout.fuzz.c_source import probe, probed_leaves
from samebytes.layout.fuzz.structs import FULL, Grammar

__all__ = ["COMPILERS", "Compiler", "available"]


@dataclass(frozen=True)
class Compiler:
    """A C compiler and the ABI it compiles for."""

    command: str
    abi: str
    compiler: str = "GCC"
    """Whose rules it has."""
    grammar: Grammar = FULL

    def takes(self, _record: Record) -> bool:
        """Return whether its language can declare the struct: C can."""
        return True

    def differences(self, layouts: list[Layout]) -> Iterator[tuple[Layout, str]]:
        """Yield what this compiler says otherwise, layout by layout."""
        section = self._section(probe(layouts))
        order = layouts[0].abi.struct_order
        at = 0
        for layout in layouts:
            whole, bits = probed_leaves(layout)
            numbers = struct.unpack_from(f"{order}{2 + len(whole)}I", section, at)
            at += 4 * len(numbers)
            yield from ((layout, words) for words in _numbers(layout, numbers))
            for leaf in bits:
                image = section[at : at + numbers[0]]
                at += numbers[0]
                if image != _image(layout, leaf, numbers[0]):
                    yield layout, f"{leaf.path} is {image.hex()}, not {_image(layout, leaf, numbers[0]).hex()}"
        assert at <= len(section), "the section is shorter than what it was asked for"

    def version(self) -> str:
        """Return its first line about itself."""
        return _run([self.command, "--version"]).splitlines()[0]

    def _section(self, source: str) -> bytes:
        with tempfile.TemporaryDirectory() as folder:
            made, raw = Path(folder, "probe.o"), Path(folder, "probe.bin")
            compile_: list[str | Path] = [
                self.command,
                "-w",
                "-std=gnu11",
                "-fms-extensions",
                "-c",
                "-x",
                "c",
                "-",
                "-o",
                made,
            ]
            _run(compile_, source)
            objcopy = _run([self.command, "-print-prog-name=objcopy"]).strip()
            _run([objcopy, "-O", "binary", "-j", "probe", made, raw])
            return raw.read_bytes()


DEADLINE = 300.0
"""Seconds a compilation may take."""

COMPILERS = tuple(
    Compiler(command, abi)
    for command, abi in (
        ("gcc", "x86_64-linux"),
        ("x86_64-w64-mingw32-gcc", "x86_64-windows-gnu"),
        ("i686-w64-mingw32-gcc", "i686-windows-gnu"),
        ("i686-linux-gnu-gcc", "i686-linux"),
        ("aarch64-linux-gnu-gcc", "aarch64-linux"),
        ("s390x-linux-gnu-gcc", "s390x-linux"),
        ("arm-linux-gnueabihf-gcc", "armv7-linux-gnueabihf"),
        ("riscv64-linux-gnu-gcc", "riscv64-linux"),
        ("powerpc64-linux-gnu-gcc", "powerpc64-linux"),
        ("powerpc64le-linux-gnu-gcc", "powerpc64le-linux"),
    )
)


def available() -> tuple[Compiler, ...]:
    """Return the compilers that this machine has."""
    return tuple(compiler for compiler in COMPILERS if shutil.which(compiler.command))


def _run(command: list[str | Path], source: str = "") -> str:
    done = subprocess.run(command, input=source, capture_output=True, text=True, timeout=DEADLINE, check=False)
    if done.returncode != 0:
        raise LayoutError(f"{command[0]} refused what it was given: {done.stderr[:2000]}")
    return done.stdout


def _numbers(layout: Layout, numbers: tuple[int, ...]) -> Iterator[str]:
    whole, _ = probed_leaves(layout)
    expected = {"size": layout.size, "align": layout.align} | {leaf.path: leaf.offset for leaf in whole}
    for (what, model), found in zip(expected.items(), numbers, strict=True):
        if model != found:
            yield f"{what} is {found}, the model says {model}"


def _image(layout: Layout, leaf: Leaf, size: int) -> bytes:
    """Return the record's memory when that leaf is all ones and everything else zero."""
    image = 0
    total = size * 8
    bits = leaf.bits or 0
    first = leaf.offset * 8 + (leaf.bit or 0)
    ones = (1 << bits) - 1
    if first + bits > total:
        return b""
    if layout.abi.order == "big":
        return (ones << (total - first - bits)).to_bytes(size, "big")
    image |= ones << first
    return image.to_bytes(size, "little")
