"""Records described once; every ABI's sizes, offsets and bytes follow. Needs nothing outside the standard library."""

from samebytes.layout.abi import ABIS, Abi, abi_named
from samebytes.layout.codec import LeafValues, decode, encode, text_bytes, text_from
from samebytes.layout.description import Description
from samebytes.layout.from_class import field, record, union
from samebytes.layout.from_toml import records_from_toml, records_from_tree
from samebytes.layout.kinds import C_NAMES, KINDS, Bits, Enum, Kind, Pointer, Value, kind_named
from samebytes.layout.laid_out import Layout, Leaf, Member
from samebytes.layout.record import Array, Chars, Field, Origin, Record, Text
from samebytes.layout.rules import lay_out

__all__ = [
    "ABIS",
    "C_NAMES",
    "KINDS",
    "Abi",
    "Array",
    "Bits",
    "Chars",
    "Description",
    "Enum",
    "Field",
    "Kind",
    "Layout",
    "Leaf",
    "LeafValues",
    "Member",
    "Origin",
    "Pointer",
    "Record",
    "Text",
    "Value",
    "abi_named",
    "decode",
    "encode",
    "field",
    "kind_named",
    "lay_out",
    "record",
    "records_from_toml",
    "records_from_tree",
    "text_bytes",
    "text_from",
    "union",
]
