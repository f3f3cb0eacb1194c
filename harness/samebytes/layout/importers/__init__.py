"""Records from what people already have: headers, compiled programs, ctypes classes, .NET assemblies."""

from samebytes.layout.importers.c_header import from_header, header_records
from samebytes.layout.importers.loading import load
from samebytes.layout.importers.origin import Imported, ImportOrigin, notes_of

__all__ = ["ImportOrigin", "Imported", "from_header", "header_records", "load", "notes_of"]
