"""Named, non-persisted shared memory for Python, with the API of .NET's `System.IO.MemoryMappedFiles`.

The same lifetime on Linux as on Windows: a name lives as long as somebody holds it, and dies with the last holder,
however that one ends. Nothing but the standard library is needed.

    from samebytes.mapping import MemoryMappedFile

    with MemoryMappedFile.create_new("Prices", 4096) as prices, prices.create_view_accessor() as view:
        view.write_int32(0, 123)        # another process: MemoryMappedFile.open_existing("Prices")
"""

from ._access import Access, Rights
from ._map import MemoryMappedFile
from ._view import ViewAccessor, ViewStream

__all__ = ["Access", "MemoryMappedFile", "Rights", "ViewAccessor", "ViewStream"]
