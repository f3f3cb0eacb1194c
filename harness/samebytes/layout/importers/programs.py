"""Opens compiled files (ELF; PE and COFF objects of mingw) and finds the debug information and the ABI in them."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError, MissingError
from samebytes.layout.abi import Abi, abi_named

__all__ = ["Program", "elftools", "is_program", "open_program"]

LARGEST = 1 << 30
"""Bytes a compiled file may have."""
_NO_DEBUG = "build it with -g, and do not strip it"
_LINK = "link it, for instance with `gcc -g -shared`, and name the result"
_ELF = {
    ("EM_X86_64", 64): "x86_64-linux",
    ("EM_386", 32): "i686-linux",
    ("EM_AARCH64", 64): "aarch64-linux",
    ("EM_ARM", 32): "armv7-linux-gnueabihf",
    ("EM_RISCV", 64): "riscv64-linux",
    ("EM_S390", 64): "s390x-linux",
    ("EM_PPC64", 64): "powerpc64-linux",
}
_PE = {0x8664: "x86_64-windows-gnu", 0x14C: "i686-windows-gnu", 0xAA64: "aarch64-windows"}
_SECREL = {0x8664: 0x0B, 0x14C: 0x0B, 0xAA64: 0x08}
"""Relocation "32-bit offset from the beginning of its section" (Microsoft's PE format, "COFF Relocations")."""


@dataclass(frozen=True)
class Program:
    """A compiled file with debug information; `dwarf` is pyelftools' view of it."""

    path: str
    abi: Abi
    dwarf: Any


def elftools(name: str) -> Any:
    """Return a module of pyelftools. MissingError when it is not installed."""
    try:
        return import_module(f"elftools.{name}")
    except ImportError as error:
        raise MissingError(
            "reading debug information takes pyelftools",
            hint="pip install 'samebytes[dwarf]'",
            add="pip install 'samebytes[dwarf]'",
        ) from error


def is_program(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of ELF, PE or a COFF object."""
    return head.startswith((b"\x7fELF", b"MZ")) or (len(head) >= 2 and struct.unpack_from("<H", head)[0] in _PE)


def open_program(path: Path, abi: Abi | None) -> Program:
    """Return the file's debug information.

    LayoutError when it has none, or is for a machine that no ABI is known of.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise LayoutError(f"{path} has more than {LARGEST} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"cannot read {path}: {error}") from error
    if data.startswith(b"\x7fELF"):
        return _open_elf(path, data, abi)
    if is_program(data[:64]):
        return _open_pe(path, data, abi)
    what = "a Mach-O file" if data[:4] in (b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe") else "neither ELF nor PE"
    raise LayoutError(
        f"{path} is {what}", hint="give an object, a library or a program of gcc, clang or mingw, or the header"
    )


def _open_elf(path: Path, data: bytes, abi: Abi | None) -> Program:
    file = elftools("elf.elffile").ELFFile(io.BytesIO(data))
    if not file.has_dwarf_info(strict=True):
        raise LayoutError(f"{path} has no debug information", hint=_NO_DEBUG)
    if sum(section.name in (".debug_info", ".zdebug_info") for section in file.iter_sections()) > 1:
        raise LayoutError(f"{path} keeps its debug information in several sections", hint=_LINK)
    key = (file["e_machine"], file.elfclass)
    if abi is None and key not in _ELF:
        raise LayoutError(f"{path}: no ABI is known for {key[0]} with {key[1]} bits", hint="pass abi=…")
    name = _ELF.get(key, "")
    if name == "powerpc64-linux" and file.little_endian:
        name = "powerpc64le-linux"
    return Program(str(path), abi or abi_named(name), _relocated(path, file))


def _relocated(path: Path, file: Any) -> Any:
    """Return the debug information, with what a linker would fill in.

    LayoutError where pyelftools does not know the machine's ways.
    """
    try:
        return file.get_dwarf_info(relocate_dwarf_sections=file["e_type"] == "ET_REL")
    except elftools("common.exceptions").ELFRelocationError as error:
        raise LayoutError(
            f"{path} is an object file whose references pyelftools cannot fill in ({error})",
            hint=_LINK,
        ) from error


def _open_pe(path: Path, data: bytes, abi: Abi | None) -> Program:
    image = _Coff(data)
    sections = dict(image.debug_sections())
    if ".debug_info" not in sections:
        raise LayoutError(
            f"{path} has no debug information that can be read here",
            hint=f"{_NO_DEBUG}; Microsoft's compiler puts it into a .pdb: use the header instead",
        )
    return Program(str(path), abi or abi_named(_PE[image.machine]), _dwarf_info(sections, image.machine))


def _dwarf_info(sections: dict[str, bytes], machine: int) -> Any:
    module = elftools("dwarf.dwarfinfo")
    config = module.DwarfConfig(
        little_endian=True, machine_arch="x64", default_address_size=4 if machine == 0x14C else 8
    )
    names = module.DWARFInfo.__init__.__code__.co_varnames[2 : module.DWARFInfo.__init__.__code__.co_argcount]
    given = {}
    for name in names:
        section = "." + name.removesuffix("_sec")
        known = sections.get(section)
        given[name] = (
            None if known is None else module.DebugSectionDescriptor(io.BytesIO(known), section, 0, len(known), 0)
        )
    return module.DWARFInfo(config, **given)


class _Coff:
    """The parts of a PE image or COFF object that hold debug information (Microsoft's PE format, "COFF File Header")."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        start = struct.unpack_from("<I", data, 0x3C)[0] + 4 if data.startswith(b"MZ") else 0
        if start and data[start - 4 : start] != b"PE\0\0":
            raise LayoutError("it begins like a Windows program, but has no PE header")
        self.machine, self.count, _, self.symbols, self.symbol_count, optional, _ = struct.unpack_from(
            "<HHIIIHH", data, start
        )
        if self.machine not in _PE:
            raise LayoutError(f"it is for a machine of code {self.machine:#x}, which is not known here")
        self.table = start + 20 + optional
        self.relocatable = not start

    def debug_sections(self) -> Iterator[tuple[str, bytes]]:
        for index in range(self.count):
            at = self.table + 40 * index
            name, virtual, _, size, where, relocations, _, number = struct.unpack_from("<8s6IH", self.data, at)
            name = self._name(name)
            if name.startswith(".debug_"):
                body = self.data[where : where + (size if self.relocatable else min(size, virtual or size))]
                yield name, self._relocated(body, relocations, number) if self.relocatable else body

    def _name(self, raw: bytes) -> str:
        name = raw.rstrip(b"\0").decode("latin-1")
        if not name.startswith("/") or not name[1:].isdigit():
            return name
        at = self.symbols + 18 * self.symbol_count + int(name[1:])
        return self.data[at : self.data.find(b"\0", at)].decode("latin-1")

    def _relocated(self, body: bytes, at: int, count: int) -> bytes:
        """Return a debug section with its references to others, which are offsets, filled in as the linker would."""
        image = bytearray(body)
        for index in range(count):
            where, symbol, kind = struct.unpack_from("<IIH", self.data, at + 10 * index)
            if kind == _SECREL[self.machine]:
                value = struct.unpack_from("<I", self.data, self.symbols + 18 * symbol + 8)[0]
                added = struct.unpack_from("<I", image, where)[0] + value
                struct.pack_into("<I", image, where, added & 0xFFFFFFFF)
        return bytes(image)
