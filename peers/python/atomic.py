"""Compare-and-swap on 32 bits of shared memory. Python has no words for it, so the processor's own instruction is called through ctypes."""

from __future__ import annotations

import ctypes
import mmap
import os
import platform
import sys
from collections.abc import Callable
from typing import Any

Swap = Callable[[int, int, int], int]
"""Given an address, what is expected there and what shall be: returns what was there. It was replaced if that is what was expected."""

# mov eax, expected; lock cmpxchg [address], wanted; ret — with the arguments where each system's convention has them.
SYSTEM_V = bytes.fromhex("89f0 f00fb117 c3")
WINDOWS = bytes.fromhex("89d0 f0440fb101 c3")
PAGE = 4096
COMMIT_AND_RESERVE, EXECUTE_READ_WRITE = 0x3000, 0x40

_kept: list[Any] = []
"""The pages with the code in them, as long as the process lives."""


def compare_and_swap() -> Swap | None:
    """Return the function; None on another processor than x86-64, or where no memory may be made executable."""
    if platform.machine().lower() not in ("x86_64", "amd64") or sys.maxsize < 1 << 32:
        return None
    try:
        address = _on_windows(WINDOWS) if os.name == "nt" else _on_linux(SYSTEM_V)
    except OSError:
        return None
    kind = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)
    return kind(address)


def _on_linux(code: bytes) -> int:
    page = mmap.mmap(-1, PAGE, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page[: len(code)] = code
    _kept.append(page)
    return ctypes.addressof(ctypes.c_char.from_buffer(page))


def _on_windows(code: bytes) -> int:
    windows: Any = ctypes  # what stands there on Windows alone
    allocate = windows.WinDLL("kernel32", use_last_error=True).VirtualAlloc
    allocate.restype = ctypes.c_void_p
    allocate.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_uint32, ctypes.c_uint32)
    address: int | None = allocate(None, PAGE, COMMIT_AND_RESERVE, EXECUTE_READ_WRITE)
    if address is None:
        raise OSError("no executable memory")
    ctypes.memmove(address, code, len(code))
    return address
