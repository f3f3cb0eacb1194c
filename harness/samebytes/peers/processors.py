"""Programs of other ABIs in the kernel of this machine: what stands before their command, or what is missing for it.

They share memory and names with native ones whatever their processor: qemu-user turns their system calls into the kernel's own.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from samebytes.errors import MissingToolError

__all__ = ["runner"]

ADD_QEMU = "apt-get install qemu-user-static"
QEMU = {"i686": "i386", "armv7": "arm", "powerpc64": "ppc64", "powerpc64le": "ppc64le"}
"""What qemu calls a processor, where that is not its name in an ABI's."""
NARROW = {"x86_64": "i686"}
"""A processor whose kernel may also run 32-bit programs without help, and what those are for."""
EXIT_0 = bytes.fromhex("b801000000 31db cd80")
"""exit(0) as a 32-bit x86 program asks for it: mov eax, 1; xor ebx, ebx; int 0x80."""
SECONDS = 20.0


def runner(abi: str, native: str) -> list[str]:
    """Return what starts a program of `abi` on a machine of ABI `native`, to be put before its command; nothing where none is needed.

    MissingToolError says what is missing, and how to add it.
    """
    processor, own = abi.partition("-")[0], native.partition("-")[0]
    if abi == native or (NARROW.get(own) == processor and _runs_32_bits()):
        return []
    name = f"qemu-{QEMU.get(processor, processor)}"
    found = next((path for one in (f"{name}-static", name) if (path := shutil.which(one))), None)
    if found is None:
        raise MissingToolError(f"programs for {abi} need {name} on this machine", add=ADD_QEMU)
    return [found]


@cache
def _runs_32_bits() -> bool:
    """Return whether the kernel runs a 32-bit program: it may have been built, or booted, without that."""
    with tempfile.TemporaryDirectory(prefix="samebytes-") as folder:
        path = Path(folder) / "exit"
        path.write_bytes(_smallest())
        path.chmod(0o700)
        try:
            return subprocess.run([path], check=False, timeout=SECONDS, env=dict(os.environ)).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            return False


def _smallest() -> bytes:
    """Return a 32-bit ELF file that exits with 0 (System V ABI, chapter 4): a header, one segment with everything, three instructions."""
    start, headers = 0x0804_8000, 52 + 32
    size = headers + len(EXIT_0)
    identity = b"\x7fELF\x01\x01\x01" + bytes(9)
    header = struct.pack("<HHIIIIIHHHHHH", 2, 3, 1, start + headers, 52, 0, 0, 52, 32, 1, 0, 0, 0)
    segment = struct.pack("<8I", 1, 0, start, start, size, size, 5, 0x1000)
    return identity + header + segment + EXIT_0
