"""A layout with its ways to bytes at hand: what `lay_out` returns."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

from samebytes.layout.laid_out import Layout

if TYPE_CHECKING:
    from samebytes.layout.python_codec import Codec

__all__ = ["LiveLayout"]


class LiveLayout(Layout):
    """A `Layout` that reads and writes memory. Each way is imported when it is first used: ctypes, numpy and `struct` are not free."""

    @cached_property
    def codec(self) -> Codec:
        """Return a codec that reads and writes it as plain Python values. LayoutError for arrays too large to decode at once."""
        from samebytes.layout.python_codec import Codec

        return Codec(self)

    def overlay(self, buffer: Any) -> Any:
        """Return a live record on the first bytes of a writable buffer; see `samebytes.layout.overlay`."""
        from samebytes.layout.overlay import overlay_on

        return overlay_on(self, buffer)

    @property
    def dtype(self) -> Any:
        """Return its numpy dtype; see `samebytes.layout.arrays`. LayoutError without numpy."""
        from samebytes.layout.arrays import dtype_of

        return dtype_of(self)
