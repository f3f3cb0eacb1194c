"""A piece of a segment mapped into this process, on Linux."""

from __future__ import annotations

import errno
import mmap
import sys
from typing import Any

from samebytes.errors import AccessDeniedError, NoSpaceError, SystemRefusedError, ViewRangeError

from ._access import Access
from ._raised import ours

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["Mapping"]

_PAGE = mmap.ALLOCATIONGRANULARITY


# Python maps through a descriptor of its own unless told not to; the mapping alone is enough.
_MORE: dict[str, Any] = {"trackfd": False} if sys.version_info >= (3, 13) else {}


def _how(access: Access) -> tuple[int, int]:
    """Return the flags and the protection for mmap."""
    flags = mmap.MAP_PRIVATE if access is Access.COPY_ON_WRITE else mmap.MAP_SHARED
    write = mmap.PROT_WRITE if access.writes else 0
    return flags, mmap.PROT_READ | write | (mmap.PROT_EXEC if access.executes else 0)


_HOW = {access.number: _how(access) for access in Access}


class Mapping:
    """`size` bytes of the file open as `fd`, from any `offset`: mapped from the page in which it lies.

    `buffer` is the view's own window on the memory; `close` refuses while somebody else has one.
    """

    __slots__ = ("_mmap", "_start", "buffer")

    def __init__(self, fd: int, offset: int, size: int, access: Access) -> None:
        start = self._start = offset % _PAGE
        memory = self._mmap = _map(fd, offset - start, start + size, access)
        self.buffer = memoryview(memory)[start:] if start else memoryview(memory)

    def export(self) -> memoryview:
        """Return a new window on the memory; while it lives, `close` refuses."""
        whole = memoryview(self._mmap)
        return whole[self._start :] if self._start else whole

    def flush(self) -> None:
        """Call msync. There is nothing to wait for where no disk is behind the memory."""
        self._mmap.flush()

    def address(self, window: memoryview) -> int:
        """Return where the first byte of `window`, which shows all of it, lies in this process."""
        from ._pointer import address_of  # ctypes is slow to load, and few ask

        return address_of(window)

    @property
    def held(self) -> bool:
        """Return whether the memory is mapped."""
        return not self._mmap.closed

    def release(self) -> None:
        """Let go of the memory: it lives until the last window on it is gone."""

    @property
    def closed(self) -> bool:
        """Return whether the memory is unmapped."""
        return bool(self._mmap.closed)

    def close(self) -> None:
        """Unmap. BufferError while a window is alive; then nothing has changed but `buffer`, which is a new window."""
        try:
            self.buffer.release()
            self._mmap.close()
        finally:
            if not self._mmap.closed:  # refused, or interrupted
                self.buffer = self.export()


def _map(fd: int, offset: int, length: int, access: Access) -> mmap.mmap:
    flags, protection = _HOW[access.number]
    try:
        return mmap.mmap(fd, length, flags, protection, mmap.ACCESS_DEFAULT, offset, **_MORE)
    except ValueError as error:
        if not ours(error):
            raise
        raise ViewRangeError(
            "the segment's file is shorter than it was", hint="another program truncated it"
        ) from error
    except OSError as error:
        if not ours(error):
            raise
        if isinstance(error, PermissionError):
            raise AccessDeniedError(f"the system refused a {access.name} view", code=error.errno) from error
        if error.errno == errno.ENOMEM:
            raise NoSpaceError(
                "no address space for the view", hint="view a smaller piece", code=error.errno
            ) from error
        hint = "this process has too many open files" if error.errno == errno.EMFILE else ""
        raise SystemRefusedError(f"mmap failed: {error.strerror}", hint=hint, code=error.errno) from error
