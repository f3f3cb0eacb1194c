"""Other languages as oracles: each lays out plain structs by its own rules, and a program of its own prints what it made of them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout import Layout, Record
from samebytes.layout.fuzz.compilers import DEADLINE
from samebytes.layout.fuzz.sources import Source, csharp, go, nim, pascal, rust
from samebytes.layout.fuzz.structs import PLAIN, Grammar

__all__ = ["LANGUAGES", "Language", "available"]


@dataclass(frozen=True)
class Language:
    """A compiler, for this machine, of a language other than C."""

    name: str
    needs: tuple[str, ...]
    """Programs that must be there."""
    file: str
    commands: tuple[tuple[str, ...], ...]
    """What makes a program of the file and runs it; the last one prints."""
    source: Source
    packs: tuple[int | None, ...]
    """Values of `pack` that the language can say."""
    mixes_packs: bool = True
    """Whether a struct in another one is laid out as it is alone, whatever is packed."""
    abi: str = "x86_64-linux"
    compiler: str = "GCC"
    grammar: Grammar = PLAIN

    def version(self) -> str:
        """Return its name, and the program that compiles it."""
        return f"{self.name} by {self.needs[0]}"

    def takes(self, record: Record) -> bool:
        """Return whether the language can declare the struct."""
        packs = {one.pack for one in (*record.nested(), record) if isinstance(one, Record)}
        return packs <= set(self.packs) and (self.mixes_packs or len(packs) == 1)

    def differences(self, layouts: Sequence[Layout]) -> Iterator[tuple[Layout, str]]:
        """Yield what it says otherwise, layout by layout: size, and the offset of every field of the outermost struct."""
        for layout, line in zip(layouts, self._asked(layouts), strict=True):
            size, *offsets = map(int, line.split())
            if size != layout.size:
                yield layout, f"size is {size}, the model says {layout.size}"
            for member, found in zip(layout.members, offsets, strict=True):
                if found != member.offset:
                    yield layout, f"{member.field.name} is at {found}, the model says {member.offset}"

    def _asked(self, layouts: Sequence[Layout]) -> list[str]:
        with tempfile.TemporaryDirectory() as folder:
            Path(folder, self.file).write_text("".join(self.source([layout.record for layout in layouts])))
            for command in self.commands:
                done = subprocess.run(
                    command, cwd=folder, capture_output=True, text=True, timeout=DEADLINE, check=False
                )
                if done.returncode != 0:
                    said = (done.stderr + done.stdout)[:2000]
                    raise LayoutError(f"{command[0]} refused what it was given: {said}")
            return done.stdout.split("\n")[: len(layouts)]


_ALL = (None, 1, 2, 4, 8)
_RUST = ("rustc", "--edition", "2021", "-Awarnings", "-o", "probe", "probe.rs")
_CSHARP = ("mcs", "-unsafe", "-nowarn:169,649", "-out:probe.exe", "probe.cs")
_NIM = ("nim", "c", "--hints:off", "--warnings:off", "--opt:none", "--nimcache:cache", "-o:probe", "probe.nim")
_GO = ("go", "build", "-o", "probe", "probe.go")
_PASCAL = ("fpc", "-v0", "-oprobe", "probe.pas")
_PROBE = ("./probe",)
LANGUAGES = (
    Language("Rust", ("rustc",), "probe.rs", (_RUST, _PROBE), rust, _ALL),
    Language("C#", ("mcs", "mono"), "probe.cs", (_CSHARP, ("mono", "probe.exe")), csharp, _ALL),
    Language("Nim", ("nim",), "probe.nim", (_NIM, _PROBE), nim, (None,)),
    Language("Go", ("go",), "probe.go", (_GO, _PROBE), go, (None,)),
    Language("Pascal", ("fpc",), "probe.pas", (_PASCAL, _PROBE), pascal, _ALL, mixes_packs=False),
)


def available() -> tuple[Language, ...]:
    """Return those whose compilers this machine has."""
    return tuple(one for one in LANGUAGES if all(shutil.which(program) for program in one.needs))
