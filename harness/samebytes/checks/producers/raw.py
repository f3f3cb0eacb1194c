"""POSIX objects on Linux, looked at as shm_open made them, past their end too."""

from __future__ import annotations

import mmap
import os
import sys
from pathlib import Path

from samebytes.checks.producers.burst import PAGE, Between, Moment, burst
from samebytes.errors import AccessDeniedError, SegmentNotFoundError

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["RawSight"]


class RawSight:
    """A POSIX object as shm_open made it. Its creator may change its size at any time: it is mapped only for a moment."""

    exact = True

    def __init__(self, name: str, path: str) -> None:
        try:
            self._fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError as error:
            raise SegmentNotFoundError(f"nobody has created {name!r}", name=name, code=error.errno) from error
        except OSError as error:
            raise AccessDeniedError(
                f"{name!r} cannot be read: {error.strerror}", name=name, code=error.errno
            ) from error

    @property
    def size(self) -> int:
        return os.fstat(self._fd).st_size

    def read(self, offset: int, count: int) -> bytes:
        # pread, not a mapping: a segment that is cut short meanwhile gives fewer bytes, and no SIGBUS.
        found = os.pread(self._fd, count, offset)
        end = offset + len(found)
        if len(found) < count and end == self.size and end % PAGE:
            found += _behind_the_end(self._fd, end)[: count - len(found)]
        return found

    @property
    def path(self) -> str:
        """Return the name that it has now, as shm_open takes it; empty if it has none."""
        now = Path(f"/proc/self/fd/{self._fd}").readlink().name if sys.platform == "linux" else ""
        return "" if not now or now.endswith(" (deleted)") else f"/{now}"

    def same_as(self, other: object) -> bool | None:
        """Return whether both are of one segment."""
        if not isinstance(other, RawSight):
            return None
        return os.path.sameopenfile(self._fd, other._fd)

    def burst(
        self, offset: int, count: int, seconds: float, between: Between | None = None
    ) -> tuple[int, list[Moment]]:
        if offset + count > self.size:
            return 0, []
        with (
            mmap.mmap(self._fd, offset + count, access=mmap.ACCESS_READ) as memory,
            memoryview(memory) as whole,
            whole[offset : offset + count] as window,
        ):
            return burst(window, seconds, between)

    def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            os.close(fd)


def _behind_the_end(fd: int, end: int) -> bytes:
    """Return what stands between the end of a file and that of its last page: every process that maps the page shares it.

    Python refuses to map beyond a file's end, hence the C library's own mmap (POSIX mmap: the rest of the last page
    is zero at first, and what is written there is never part of the file).
    """
    import ctypes

    library = ctypes.CDLL(None, use_errno=True)
    library.mmap.restype = ctypes.c_void_p
    library.mmap.argtypes = (
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long,
    )  # fmt: skip
    library.munmap.argtypes = (ctypes.c_void_p, ctypes.c_size_t)
    start = end - end % PAGE
    address = library.mmap(None, PAGE, mmap.PROT_READ, mmap.MAP_SHARED, fd, start)
    if address is None or address == ctypes.c_void_p(-1).value:
        return b""
    try:
        if os.fstat(fd).st_size <= start:  # cut short meanwhile: touching the page would be the end of us
            return b""
        return ctypes.string_at(address + end % PAGE, PAGE - end % PAGE)
    finally:
        library.munmap(address, PAGE)
