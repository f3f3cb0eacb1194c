"""Named, non-persisted shared memory for Python, with the API of .NET's `System.IO.MemoryMappedFiles`.

The same lifetime on Linux as on Windows: a name lives as long as somebody holds it, and dies with the last holder,
however that one ends. Nothing but the standard library is needed.

    from samebytes.mapping import MemoryMappedFile

    with MemoryMappedFile.create_new("Prices", 4096) as prices, prices.create_view_accessor() as view:
        view.write_int32(0, 123)        # another process: MemoryMappedFile.open_existing("Prices")
"""

from ._access import Access, Rights
from ._handoff import Inheritance, SegmentDescription
from ._list import SegmentInfo, list_segments, reap
from ._map import MemoryMappedFile
from ._shared import SharedBlock
from ._view import ViewAccessor, ViewStream

__all__ = [
    "Access",
    "Inheritance",
    "MemoryMappedFile",
    "Rights",
    "SegmentDescription",
    "SegmentInfo",
    "SharedBlock",
    "ViewAccessor",
    "ViewStream",
    "list_segments",
    "reap",
]
