"""Records from what people already have: headers, compiled programs, ctypes classes, .NET assemblies."""

from samebytes.layout.importers.assembly import AssemblyRecord, LayoutsDiffer, assembly_records, from_assembly
from samebytes.layout.importers.binary import binary_records, from_binary
from samebytes.layout.importers.c_header import from_header, header_records
from samebytes.layout.importers.ctypes_classes import from_ctypes
from samebytes.layout.importers.loading import load
from samebytes.layout.importers.origin import Imported, ImportOrigin, notes_of

__all__ = [
    "AssemblyRecord",
    "ImportOrigin",
    "Imported",
    "LayoutsDiffer",
    "assembly_records",
    "binary_records",
    "from_assembly",
    "from_binary",
    "from_ctypes",
    "from_header",
    "header_records",
    "load",
    "notes_of",
]
