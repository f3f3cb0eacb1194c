"""Views: a piece of a map as typed memory, or as a stream."""

from __future__ import annotations

import contextlib
import io
import struct
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, overload

from samebytes.errors import ClosedError, LayoutError, OverrunError, ViewModeError

from ._access import Access
from ._backend import Mapping
from ._typed import TypedAccess, check_span
from ._unclosed import unwatch, watch

if TYPE_CHECKING:
    from typing import Self

    from ._typed import Layout

__all__ = ["ViewAccessor", "ViewStream"]

Window = memoryview  # the class has a method of that name
_NOTHING = memoryview(b"")
_T = TypeVar("_T")

CLOSE_LOOKS = 1000
"""How often a call looks again while another thread's refused close() exchanges the view's window."""


class ViewAccessor(TypedAccess):
    """A view of a map as memory. It stays valid after the map is closed, and until its own `close()`.

    `memoryview()` (and, from Python 3.12 on, the view itself as a buffer) shows the bytes without a copy; while such a
    window lives, `close()` raises BufferError: memory is never unmapped under a buffer.
    """

    def __init__(self, mapping: Mapping | None, offset: int, capacity: int, access: Access) -> None:
        self._mapping = mapping
        self._closed = False
        self.offset = offset
        """Where in the map the view begins, in bytes."""
        self.capacity = capacity
        """Bytes in the view."""
        self.access = access
        """What the view was asked for."""
        buffer = mapping.buffer if mapping else _NOTHING
        self._read = buffer if access.reads else None
        self._write = buffer if access.writes else None
        if mapping:
            watch(self, mapping, "a view")

    @property
    def closed(self) -> bool:
        """Return whether `close()` has unmapped the view."""
        return self._closed

    @property
    def can_read(self) -> bool:
        """Return whether the view's access lets it be read."""
        return self.access.reads

    @property
    def can_write(self) -> bool:
        """Return whether the view's access lets it be written (copy-on-write: privately)."""
        return self.access.writes

    @property
    def address(self) -> int:
        """Return where the view's first byte lies in this process; 0 for an empty view. Valid until the view is closed."""
        self._alive()
        with self.memoryview() as window:
            return self._mapping.address(window) if self._mapping else 0

    def memoryview(self) -> Window:
        """Return a new window on the bytes, without a copy; read-only if the view is. Release it before `close()`.

        A write-only view shows its bytes here too: the memory has no such mode.
        """
        self._alive()
        try:
            return self._mapping.export() if self._mapping else memoryview(b"")
        except ValueError:
            self._alive()  # closed since, by another thread
            raise

    @property
    def buffer(self) -> Window:
        """Return the same as `memoryview()`."""
        return self.memoryview()

    def __buffer__(self, _flags: int, /) -> Window:
        """Return the view as a buffer, for `memoryview(view)` and numpy; Python asks this from 3.12 on."""
        return self.memoryview()

    @overload
    def overlay(self, layout: type[_T], position: int = 0) -> _T: ...
    @overload
    def overlay(self, layout: Layout[_T], position: int = 0) -> _T: ...
    @overload
    def overlay(self, layout: Callable[[Window], _T], position: int = 0) -> _T: ...
    def overlay(self, layout: Any, position: int = 0) -> Any:
        """Return a live record on the bytes from `position`.

        It is made by the first of these that `layout` has:
        `layout.overlay(window)`, `layout.from_buffer(window)` (ctypes), `layout(window)`. The record holds the window,
        so it must be gone before `close()`.
        """
        check_span(position, 0, self.capacity)
        window = self.memoryview()[position:]
        make = getattr(layout, "overlay", None) or getattr(layout, "from_buffer", None) or layout
        try:
            return make(window)
        except BaseException:
            with contextlib.suppress(BufferError):  # or the traceback would keep it in use
                window.release()
            raise

    def flush(self) -> None:
        """Wait until what was written can be seen by every other view: it can, always."""
        with self.memoryview():  # while it is there, nobody unmaps
            if self._mapping:
                self._mapping.flush()

    def close(self) -> None:
        """Unmap the view. BufferError, and the view stays as it is, while a window on it is alive. Idempotent."""
        if self._closed:
            return
        try:
            if self._mapping:
                self._mapping.close()
        except BufferError as error:
            raise BufferError("a buffer of this view is in use: release it first, and all made of it") from error
        finally:
            self._settle()

    def leave(self) -> None:
        """Unmap the view or, while a window on it is alive, leave the memory to that: it goes with the last one. Idempotent."""
        try:
            self.close()
        except BufferError:
            self._closed = True
            self._read = self._write = None
            if self._mapping:
                unwatch(self._mapping)

    def _settle(self) -> None:
        """Be closed, or go on with another window, after a close that failed or was interrupted."""
        if not self._mapping or self._mapping.closed:
            self._closed = True
            self._read = self._write = None
            if self._mapping:
                unwatch(self._mapping)
        else:
            self._read = self._mapping.buffer if self.access.reads else None
            self._write = self._mapping.buffer if self.access.writes else None

    def __enter__(self) -> Self:
        if self._closed:
            self._alive()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except BufferError:
            if (
                kind is None
            ):  # otherwise what the block raised is what counts; its traceback may be what holds the buffer
                raise

    def __repr__(self) -> str:
        state = "closed " if self._closed else ""
        return f"<{state}{type(self).__name__} {self.access.name} offset={self.offset} capacity={self.capacity}>"

    def _alive(self) -> None:
        if self._closed:
            raise ClosedError("the view is closed", hint="make a new one from the map")

    def _check(self, position: int, size: int, writing: bool) -> None:
        self._alive()
        if (self._write if writing else self._read) is None:
            verb, rest = ("written", "read") if writing else ("read", "written")
            raise ViewModeError(f"a {self.access.name} view cannot be {verb}", hint=f"it can be {rest}")
        if size < 0:
            raise OverrunError(f"a count is not negative: {size}", position=position, size=size)
        check_span(position, size, self.capacity)

    def _slowly(self, act: Callable[[], Any], position: int, size: int, kind: str, writing: bool = False) -> Any:
        for look in range(CLOSE_LOOKS):
            self._check(position, size, writing)
            window = self._write if writing else self._read
            try:
                return act()
            except (struct.error, OverflowError) as error:
                raise LayoutError(f"the value does not fit: {error}", path=kind) from error
            except ValueError:
                if look == CLOSE_LOOKS - 1 or not _released(window):
                    raise
            self._settle_later(look)
        return None

    def _settle_later(self, look: int) -> None:
        """Wait for a close() that goes on in another thread, or was interrupted here."""
        time.sleep(0 if look < 20 else 0.001)
        if look > 20 and not self._closed:
            self._settle()


def _released(window: Window | None) -> bool:
    try:
        return window is None or window.nbytes < 0
    except ValueError:
        return True


class ViewStream(io.RawIOBase):
    """A view of a map as a seekable stream of fixed length. What is written past its end is refused, not cut."""

    def __init__(self, view: ViewAccessor) -> None:
        self._view = view
        self._position = 0

    @property
    def capacity(self) -> int:
        """Return the bytes in the stream; it never changes."""
        return self._view.capacity

    @property
    def offset(self) -> int:
        """Return where in the map the stream begins, in bytes."""
        return self._view.offset

    @property
    def accessor(self) -> ViewAccessor:
        """Return the same bytes as memory; closed with the stream."""
        return self._view

    def readable(self) -> bool:
        return self._view.can_read

    def writable(self) -> bool:
        return self._view.can_write

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        self._view._alive()
        return self._position

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        """Move, and return the new position; beyond the end is allowed, and reads nothing there."""
        self._view._alive()
        starts = {io.SEEK_SET: 0, io.SEEK_CUR: self._position, io.SEEK_END: self.capacity}
        if whence not in starts:
            raise ValueError(f"whence is 0, 1 or 2, not {whence!r}")
        start = starts[whence]
        if start + offset < 0:
            raise ValueError(f"a position is not negative: {start + offset}")
        self._position = start + offset
        return self._position

    def _left(self) -> int:
        return max(0, self.capacity - self._position)

    def read(self, size: int | None = -1, /) -> bytes:
        """Read up to `size` bytes; b"" at the end."""
        count = self._left() if size is None or size < 0 else min(size, self._left())
        data = self._view.read_bytes(min(self._position, self.capacity), count)
        self._position += count
        return data

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, buffer: Any, /) -> int:
        with memoryview(buffer).cast("B") as target:
            count = min(len(target), self._left())
            self._view.read_into(min(self._position, self.capacity), target[:count])
        self._position += count
        return count

    def write(self, data: Any, /) -> int:
        """Write all of `data`, or raise OverrunError (a ValueError) and write nothing."""
        count = memoryview(data).nbytes
        if count > self._left():
            self._view._check(0, 0, writing=True)
            raise OverrunError(f"{count} bytes at {self._position} end beyond a stream of {self.capacity} bytes")
        self._view.write_bytes(min(self._position, self.capacity), data)
        self._position += count
        return count

    def truncate(self, _size: int | None = None, /) -> int:
        """Raise io.UnsupportedOperation, always: a view has a fixed length."""
        raise io.UnsupportedOperation("a view has a fixed length")

    def flush(self) -> None:
        if not self._view.closed:
            self._view.flush()

    def close(self) -> None:
        """Unmap the view. BufferError while a buffer of its `accessor` is in use. Idempotent."""
        self._view.close()
        super().close()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            self.close()
        except BufferError:
            if kind is None:  # as for ViewAccessor
                raise
