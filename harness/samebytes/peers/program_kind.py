"""What a file is that was to be started or loaded, by its first bytes, and what a library exports: for words about what went wrong.

ELF: the System V ABI, chapters 4 and 5. PE: Microsoft's "PE Format".
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterator
from pathlib import Path

__all__ = ["exported_names", "why_not_started"]

HEAD = 4096
LEAST = 128
"""Bytes that every header has, of programs that are cut off too."""
LARGEST = 1 << 28
_ELF_MACHINES = {3: "i686", 40: "arm", 62: "x86-64", 183: "aarch64", 243: "riscv64", 21: "powerpc64", 22: "s390x"}
_PE_MACHINES = {0x14C: "i686", 0x8664: "x86-64", 0xAA64: "aarch64", 0x1C4: "arm"}
_HERE = {"x86_64": "x86-64", "AMD64": "x86-64", "arm64": "aarch64"}
SHT_DYNSYM = 11


def why_not_started(path: Path, realm: str) -> str:
    """Return why a file is no program for a realm, and what to do; empty where nothing is seen."""
    if path.is_dir():
        return "it is a folder"
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
        bare = head
        head = head.ljust(LEAST, b"\0")
    except OSError:
        return ""
    if head.startswith(b"\x7fELF"):
        return _why_not_elf(head, realm)
    if head.startswith(b"MZ"):
        return _why_not_pe(path, head, realm)
    if head[:4] in (b"\xcf\xfa\xed\xfe", b"\xce\xfa\xed\xfe", b"\xca\xfe\xba\xbe"):
        return "it is a program for macOS"
    return _why_not_script(path, bare) if realm == "linux" else ""


def _why_not_elf(head: bytes, realm: str) -> str:
    order = "<" if head[5] == 1 else ">"
    machine = _ELF_MACHINES.get(struct.unpack_from(f"{order}H", head, 18)[0], "another processor")
    if realm == "windows":
        return f"it is a Linux program ({machine}): linux = [...] runs it in the realm linux"
    here = os.uname().machine if hasattr(os, "uname") else ""
    if machine != _HERE.get(here, here):
        kind = "32-bit " if head[4] == 1 else ""
        return f"it is a {kind}Linux program for {machine}, and this machine is {here}: build it for that, or install what runs it"
    return ""


def _why_not_pe(path: Path, head: bytes, realm: str) -> str:
    start = struct.unpack_from("<I", head, 0x3C)[0]
    if start + 24 > len(head) or head[start : start + 4] != b"PE\0\0":
        return "it is a program for DOS"
    machine = _PE_MACHINES.get(struct.unpack_from("<H", head, start + 4)[0], "another processor")
    managed = _is_managed(head, start)
    what = f"{'.NET' if managed else 'Windows'} program ({machine})"
    if realm == "linux":
        run = f'; linux = ["mono", "{path.name}"] or ["dotnet", …] runs a .NET one here' if managed else ""
        return f"it is a {what}: windows = [...] runs it in the realm windows{run}"
    if managed and sys.platform != "win32":
        return f'it is a {what}, and Wine has no .NET of its own: name one that runs it, windows = ["C:\\\\…\\\\dotnet.exe", "{path.name}"]'
    return f"it is a 32-bit {what}: build it for x86-64" if machine == "i686" and sys.platform != "win32" else ""


def _is_managed(head: bytes, start: int) -> bool:
    """Return whether an image has a CLI header (ECMA-335, II.25.2.3.3)."""
    optional = start + 24
    if optional + 2 > len(head):
        return False
    directories = optional + (112 if struct.unpack_from("<H", head, optional)[0] == 0x20B else 96)
    at = directories + 14 * 8
    return at + 8 <= len(head) and struct.unpack_from("<II", head, at)[0] != 0


def _why_not_script(path: Path, head: bytes) -> str:
    first = head.partition(b"\n")[0]
    interpreter = (
        first[2:].decode("utf-8", "replace").strip().partition(" ")[0].rpartition("/")[2]
        if first.startswith(b"#!")
        else ""
    )
    if interpreter and first.endswith(b"\r"):
        return "its first line ends as on Windows (CR LF): save it with LF alone"
    if not os.access(path, os.X_OK):
        if b"\0" in head:
            return f"nobody may execute it: chmod +x {path.name}"
        name = interpreter or "sh"
        return f'it is a script without the right to be executed: chmod +x {path.name}, or command = ["{name}", "{path.name}"]'
    if not interpreter and b"\0" not in head:
        return f'it is a text without a first line "#!…": command = ["sh", "{path.name}"] says what runs it'
    return ""


def exported_names(path: Path) -> list[str]:
    """Return the names of the functions that a library exports, sorted; empty for what is none or cannot be read."""
    try:
        if path.stat().st_size > LARGEST:
            return []
        data = path.read_bytes()
        found = _elf_names(data) if data.startswith(b"\x7fELF") else _pe_names(data) if data.startswith(b"MZ") else ()
        return sorted(set(found))
    except (OSError, struct.error, IndexError, ValueError):
        return []


def _elf_names(data: bytes) -> Iterator[str]:
    """Yield the defined functions of `.dynsym`."""
    order, wide = "<" if data[5] == 1 else ">", data[4] == 2
    at, size, number = (
        (*struct.unpack_from(f"{order}Q", data, 40), *struct.unpack_from(f"{order}HH", data, 58))
        if wide
        else (*struct.unpack_from(f"{order}I", data, 32), *struct.unpack_from(f"{order}HH", data, 46))
    )
    layout = f"{order}IIQQQQIIQQ" if wide else f"{order}10I"
    sections = [struct.unpack_from(layout, data, at + index * size) for index in range(number)]
    for _, kind, _, _, offset, length, link, _, _, each in sections:
        if kind != SHT_DYNSYM or not each:
            continue
        texts = sections[link][4]
        for symbol in range(offset, offset + length, each):
            name, info, section = (
                struct.unpack_from(f"{order}IBxH", data, symbol)
                if wide
                else (
                    *struct.unpack_from(f"{order}I", data, symbol),
                    *struct.unpack_from(f"{order}BxH", data, symbol + 12),
                )
            )
            if section and info & 15 == 2 and info >> 4 in (1, 2):  # a function, global or weak, defined here
                yield data[texts + name : data.index(b"\0", texts + name)].decode("utf-8", "replace")


def _pe_names(data: bytes) -> Iterator[str]:
    """Yield the names of the export directory."""
    start = struct.unpack_from("<I", data, 0x3C)[0]
    sections, optional = struct.unpack_from("<H", data, start + 6)[0], struct.unpack_from("<H", data, start + 20)[0]
    directories = start + 24 + (112 if struct.unpack_from("<H", data, start + 24)[0] == 0x20B else 96)
    table = [struct.unpack_from("<4I", data, start + 24 + optional + 40 * index + 8) for index in range(sections)]

    def place(address: int) -> int:
        for size, virtual, raw, offset in table:
            if virtual <= address < virtual + max(size, raw):
                return int(address - virtual + offset)
        raise ValueError(address)

    directory = struct.unpack_from("<I", data, directories)[0]
    if not directory:
        return
    number, _, names = struct.unpack_from("<3I", data, place(directory) + 24)
    for index in range(number):
        at = place(struct.unpack_from("<I", data, place(names) + 4 * index)[0])
        yield data[at : data.index(b"\0", at)].decode("utf-8", "replace")
