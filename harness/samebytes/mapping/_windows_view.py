"""A piece of a section mapped into this process, on Windows."""

from __future__ import annotations

import ctypes
import sys
import weakref
from typing import Any

from . import _kernel32 as kernel32
from ._access import Access
from ._windows_errors import failure

assert sys.platform == "win32"  # a type checker for the other system stops here

__all__ = ["Mapping", "size_of_section"]

# FILE_MAP_* for MapViewOfFile, memoryapi.h; the execute bit is not the one of SECTION_MAP_EXECUTE.
_VIEW = {
    Access.READ: 0x4,
    Access.WRITE: 0x2,
    Access.READ_WRITE: 0x6,
    Access.COPY_ON_WRITE: 0x1,
    Access.READ_EXECUTE: 0x4 | kernel32.FILE_MAP_EXECUTE,
    Access.READ_WRITE_EXECUTE: 0x6 | kernel32.FILE_MAP_EXECUTE,
}

# PAGE_* for committing reserved pages of a view, winnt.h.
_COMMIT = {
    Access.READ: 0x02,
    Access.WRITE: 0x04,
    Access.READ_WRITE: 0x04,
    Access.COPY_ON_WRITE: 0x08,
    Access.READ_EXECUTE: 0x20,
    Access.READ_WRITE_EXECUTE: 0x40,
}


class Mapping:
    """`size` bytes of a section from any `offset`: mapped from the allocation granule in which it lies.

    Raw memory has no owner: reading a window after UnmapViewOfFile would kill the process. So every window given out is
    made over a ctypes array of its own, which lives exactly as long as the window and whatever was made from it;
    `close` asks whether any does, and a view that is dropped unclosed lives until the last of them is gone.
    """

    __slots__ = ("_address", "_base", "_exports", "_readonly", "_size", "buffer")

    def __init__(self, handle: int, offset: int, size: int, access: Access) -> None:
        start = offset % kernel32.GRANULARITY
        self._base = _map(handle, offset - start, start + size, access)
        self._address = self._base + start
        self._size = size
        self._readonly = not access.writes
        self._exports: list[weakref.ref[Any]] = []
        self.buffer, _ = self._window()

    def _window(self) -> tuple[memoryview, Any]:
        array = (ctypes.c_ubyte * self._size).from_address(self._address)
        window = memoryview(array).cast("B")
        return (window.toreadonly() if self._readonly else window), array

    def export(self) -> memoryview:
        """Return a new window on the memory; while it lives, `close` refuses."""
        if not self._base:
            raise ValueError("the view is closed")
        window, array = self._window()
        self._exports = [known for known in self._exports if known() is not None]
        self._exports.append(weakref.ref(array))
        array.owner = self
        return window

    def flush(self) -> None:
        """Call FlushViewOfFile: there is nothing to wait for without a file."""
        kernel32.flush_view_of_file(self._base, 0)

    def address(self, _window: memoryview) -> int:
        """Return where the first byte lies in this process."""
        return self._address

    @property
    def held(self) -> bool:
        """Return whether the memory is mapped."""
        return bool(self._base)

    @property
    def closed(self) -> bool:
        """Return whether the memory is unmapped."""
        return not self._base

    def release(self) -> None:
        """Let go of the memory: it lives until the last window on it is gone."""

    def close(self) -> None:
        """Unmap. BufferError while a window is alive; then nothing has changed."""
        base, self._base = self._base, 0  # first: no window is given out from now on, by nobody
        try:
            if any(known() is not None for known in self._exports):
                raise BufferError("cannot close exported pointers exist")
            if base:
                self.buffer.release()
                mine, base = base, 0
                kernel32.unmap_view_of_file(mine)
        finally:
            if base:  # refused, or interrupted
                self._base = base
                self.buffer, _ = self._window()

    def __del__(self) -> None:
        if getattr(self, "_exports", None) is not None and self._base:  # the constructor came to its end
            self.close()


def _map(handle: int, offset: int, length: int, access: Access) -> int:
    base = kernel32.map_view_of_file(handle, _VIEW[access], offset >> 32, offset & 0xFFFFFFFF, length)
    if not base:
        raise failure(None, kernel32.get_last_error(), f"MapViewOfFile for a {access.name} view")
    try:
        _commit(base, length, access)
    except BaseException:
        kernel32.unmap_view_of_file(base)
        raise
    return int(base)


def _commit(base: int, length: int, access: Access) -> None:
    """Commit what is only reserved, as .NET does for DelayAllocatePages: touching it would be an access violation."""
    found = _query(base)
    if not found.state & kernel32.MEM_RESERVE and found.region_size >= length:
        return
    if not kernel32.virtual_alloc(base, length, kernel32.MEM_COMMIT, _COMMIT[access]):
        raise failure(None, kernel32.get_last_error(), "VirtualAlloc of reserved pages")


def _query(address: int) -> kernel32.MemoryBasicInformation:
    found = kernel32.MemoryBasicInformation()
    if not kernel32.virtual_query(address, ctypes.byref(found), ctypes.sizeof(found)):
        raise failure(None, kernel32.get_last_error(), "VirtualQuery")
    return found


def size_of_section(handle: int, access: Access) -> int:
    """Return the bytes in a whole view: Windows does not tell the size otherwise. Reserved and committed regions add up."""
    base = kernel32.map_view_of_file(handle, _VIEW[access], 0, 0, 0)
    if not base:
        raise failure(None, kernel32.get_last_error(), f"MapViewOfFile for a {access.name} view")
    try:
        end = int(base)
        while (found := _query(end)).allocation_base == base:
            end += found.region_size
        return end - int(base)
    finally:
        kernel32.unmap_view_of_file(base)
