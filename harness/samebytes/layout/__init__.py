"""Records described once; every ABI's sizes, offsets and bytes follow. Needs nothing outside the standard library."""

from samebytes.layout.abi import ABIS, Abi, abi_named
from samebytes.layout.codec import LeafValues, decode, encode, text_bytes, text_from
from samebytes.layout.kinds import KINDS, Bits, Kind, Value, kind_named
from samebytes.layout.record import Field, Record, Text
from samebytes.layout.rules import Layout, Leaf, lay_out
from samebytes.layout.toml_form import records_from_toml, records_from_tree

__all__ = [
    "ABIS",
    "KINDS",
    "Abi",
    "Bits",
    "Field",
    "Kind",
    "Layout",
    "Leaf",
    "LeafValues",
    "Record",
    "Text",
    "Value",
    "abi_named",
    "decode",
    "encode",
    "kind_named",
    "lay_out",
    "records_from_toml",
    "records_from_tree",
    "text_bytes",
    "text_from",
]
