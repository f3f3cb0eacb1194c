"""What a file is that cannot be started, and what a library exports, by their own bytes."""

from __future__ import annotations

import os
import struct
import sys
from pathlib import Path

import pytest

from samebytes.peers.program_kind import exported_names, why_not_started

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="says why Linux does not start it")


def elf(machine: int, wide: bool = True) -> bytes:
    return b"\x7fELF" + bytes([2 if wide else 1, 1, 1]) + bytes(11) + struct.pack("<H", machine) + bytes(60)


def pe(machine: int, managed: bool) -> bytes:
    head = bytearray(1024)
    head[:2], head[0x80:0x84] = b"MZ", b"PE\0\0"
    struct.pack_into("<I", head, 0x3C, 0x80)
    struct.pack_into("<H", head, 0x84, machine)
    struct.pack_into("<H", head, 0x98, 0x20B)
    struct.pack_into("<II", head, 0x98 + 112 + 14 * 8, 0x2000 if managed else 0, 72)
    return bytes(head)


FILES = {
    "a Windows program": (pe(0x8664, False), "linux", "it is a Windows program (x86-64): windows = [...]"),
    "a .NET program": (pe(0x14C, True), "linux", 'it is a .NET program (i686): windows = [...] runs it in the realm windows; linux = '),
    "a .NET program in Wine": (pe(0x8664, True), "windows", "Wine has no .NET of its own"),
    "a 32-bit Windows program": (pe(0x14C, False), "windows", "it is a 32-bit Windows program (i686)"),
    "a right Windows program": (pe(0x8664, False), "windows", ""),
    "a Linux program in Wine": (elf(62), "windows", "it is a Linux program (x86-64): linux = [...]"),
    "a program for another processor": (elf(8), "linux", "it is a Linux program for another processor, and this machine is "),
    "a 32-bit program": (elf(40, wide=False), "linux", "it is a 32-bit Linux program for arm"),
    "a script that nobody may execute": (b"#!/usr/bin/env bash\n", "linux", 'chmod +x it, or command = ["env", "it"]'),
    "a script with Windows' line ends": (b"#!/bin/sh\r\nexit\r\n", "linux", "its first line ends as on Windows"),
    "a program that nobody may execute": (elf(62)[:4].replace(b"\x7fELF", b"\0\1\2\3"), "linux", "nobody may execute it: chmod +x it"),
    "cut off": (b"MZ", "linux", "it is a program for DOS"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "realm", "words"), FILES.values(), ids=FILES)
def test_a_file_is_told_by_its_header(tmp_path, data, realm, words):
    (tmp_path / "it").write_bytes(data)
    found = why_not_started(tmp_path / "it", realm)
    assert words in found if words else found == ""


def test_a_text_without_a_first_line_and_a_folder(tmp_path):
    (tmp_path / "it").write_text("echo\n")
    (tmp_path / "it").chmod(0o755)
    assert why_not_started(tmp_path / "it", "linux").startswith('it is a text without a first line "#!…"')
    assert why_not_started(tmp_path, "linux") == "it is a folder"
    assert why_not_started(tmp_path / "none", "linux") == ""
    assert why_not_started(Path(os.path.realpath(sys.executable)), "linux") == ""


def test_what_a_library_exports_is_read_from_it(tmp_path):
    library = next(Path("/usr/lib").rglob("libz.so.1"), None) or next(Path("/lib").rglob("libc.so.6"))
    names = exported_names(library)
    assert {"deflate", "inflate"} <= set(names) or {"malloc", "printf"} <= set(names)
    (tmp_path / "cut").write_bytes(library.read_bytes()[:200])
    assert exported_names(tmp_path / "cut") == exported_names(tmp_path / "none") == []
