"""The common case in one object: open or create, map all of it, put a typed root on it."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ._access import Access
from ._map import MemoryMappedFile

__all__ = ["SharedBlock"]


class SharedBlock:
    """A named block of shared memory, mapped whole.

    `SharedBlock("X", 4096)` joins the block, or creates it if nobody holds it; `SharedBlock("X")` only joins. `layout`
    puts a typed `root` on the bytes, as `ViewAccessor.overlay` does. `buf` is one writable memoryview of all bytes (as
    that of `multiprocessing.shared_memory`), which `close()` releases; slices of it, and `root`, must be gone by then.
    """

    def __init__(self, name: str, size: int | None = None, *, layout: Any = None) -> None:
        """Open the block, `size` in bytes. Raises what `MemoryMappedFile.create_or_open`, or without a size `open_existing`, raises."""
        self.map = MemoryMappedFile.open_existing(name) if size is None else MemoryMappedFile.create_or_open(name, size)
        try:
            self.view = self.map.create_view_accessor(access=Access.READ_WRITE)
            try:
                self.root: Any = None if layout is None else self.view.overlay(layout)
                self.buf = self.view.memoryview()
            except BaseException:
                with suppress(BufferError):
                    self.view.close()
                raise
        except BaseException:
            self.map.close()
            raise

    @property
    def name(self) -> str:
        """Return the name as it was asked for."""
        return self.map.name or ""

    @property
    def size(self) -> int:
        """Return the bytes in the block, page-rounded."""
        return self.map.capacity

    @property
    def created(self) -> bool:
        """Return whether this block is new, rather than joined."""
        return self.map.created

    def close(self) -> None:
        """Unmap and stop holding the block. Idempotent. BufferError, and the block stays open, while `buf` is in use."""
        self.root = None
        self.buf.release()
        try:
            self.view.close()
        except BufferError:
            self.buf = self.view.memoryview()
            raise
        self.map.close()

    def __enter__(self) -> SharedBlock:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except BufferError:
            if kind is None:  # otherwise what the block raised is what counts
                raise
