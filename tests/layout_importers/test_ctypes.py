"""ctypes classes: their own numbers, and a word where C would have others."""

from __future__ import annotations

import ctypes
import sys

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import lay_out
from samebytes.layout.importers import from_ctypes, notes_of
from samebytes.layout.importers.ctypes_classes import this_abi

ABI = this_abi()


class Inner(ctypes.Structure):
    _fields_ = (("a", ctypes.c_uint16), ("b", ctypes.c_double))


class Either(ctypes.Union):
    _fields_ = (("i", ctypes.c_int32), ("f", ctypes.c_float), ("raw", ctypes.c_ubyte * 6))


class Everything(ctypes.Structure):
    _anonymous_ = ("either",)
    _fields_ = (
        ("flag", ctypes.c_bool),
        ("either", Either),
        ("name", ctypes.c_char * 5),
        ("wide", ctypes.c_wchar * 3),
        ("grid", ctypes.c_int16 * 3 * 2),
        ("inner", Inner * 2),
        ("text", ctypes.c_char_p),
        ("call", ctypes.CFUNCTYPE(ctypes.c_int)),
        ("to", ctypes.POINTER(Inner)),
        ("size", ctypes.c_size_t),
        ("long_double", ctypes.c_longdouble),
    )


class Derived(Inner):
    _fields_ = (("c", ctypes.c_byte),)


class Packed(ctypes.Structure):
    _pack_ = 2
    _layout_ = "ms"
    _fields_ = (("a", ctypes.c_byte), ("b", ctypes.c_double), ("c", ctypes.c_byte))


class Flags(ctypes.Structure):
    _fields_ = (("low", ctypes.c_uint32, 3), ("high", ctypes.c_uint32, 29), ("next", ctypes.c_int32, 4))


class Big(ctypes.BigEndianStructure):
    _fields_ = (("a", ctypes.c_uint32, 4), ("b", ctypes.c_uint32, 28), ("c", ctypes.c_uint16))


class Node(ctypes.Structure):
    pass


Node._fields_ = (("next", ctypes.POINTER(Node)), ("value", ctypes.c_int32))


@pytest.mark.parametrize("cls", [Inner, Either, Everything, Derived, Packed, Flags, Node], ids=lambda cls: cls.__name__)
def test_sizes_and_offsets(cls):
    record = from_ctypes(cls)
    layout = lay_out(record, ABI)
    assert (layout.size, layout.align) == (ctypes.sizeof(cls), ctypes.alignment(cls))
    assert notes_of(record) == ()
    for member in layout.members:
        if member.field.name and member.field.bits is None:
            assert member.offset == getattr(cls, member.field.name).offset


def test_kinds():
    fields = {part.name: part for part in from_ctypes(Everything).fields}
    assert fields["grid"].counts == (2, 3)
    assert fields["name"].chars is not None
    assert fields["wide"].type.name == "wchar"
    assert fields["to"].type.name == fields["call"].type.name == fields["text"].type.name == "pointer"
    assert fields["flag"].type.name == "bool"
    assert {"i", "f", "raw"} <= set(from_ctypes(Everything).names)
    assert [part.name for part in from_ctypes(Derived).fields] == ["", "c"]


def test_bit_fields():
    leaves = lay_out(from_ctypes(Flags), ABI).by_path
    assert [(leaves[name].offset, leaves[name].bit, leaves[name].bits) for name in ("low", "high", "next")] == [
        (0, 0, 3),
        (0, 3, 29),
        (4, 0, 4),
    ]


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="Python 3.14 lays bit-fields of mixed types out as GCC does")
def test_where_ctypes_is_not_c():
    class Mixed(ctypes.Structure):
        _fields_ = (("x", ctypes.c_uint8, 3), ("y", ctypes.c_uint32, 5), ("z", ctypes.c_uint8))

    record = from_ctypes(Mixed)
    layout = lay_out(record, ABI)
    assert layout.size == ctypes.sizeof(Mixed)
    assert layout.by_path["z"].offset == Mixed.z.offset
    assert any("ctypes and C compilers differ" in note for note in notes_of(record))


def test_big_endian():
    record = from_ctypes(Big)
    assert any("big-endian" in note for note in notes_of(record))
    from samebytes.layout import ABIS

    leaves = lay_out(record, ABIS["s390x-linux"]).by_path
    image = bytes(Big(a=0xA, b=0x1234567, c=0x1122))
    assert int.from_bytes(image[0:4], "big") >> 28 == 0xA
    assert (leaves["a"].bit, leaves["a"].bits, leaves["b"].bit, leaves["c"].offset) == (0, 4, 4, 4)


def test_bits_are_where_ctypes_stores_them():
    """The oracle is ctypes' own memory: one field set to ones at a time."""
    for cls, order in ((Flags, "little"), (Big, "big")):
        for name, leaf in lay_out(from_ctypes(cls), ABI if order == "little" else big()).by_path.items():
            image = bytes(cls(**{name: -1}))
            number = int.from_bytes(image, order)
            first = leaf.offset * 8 + (leaf.bit or 0)
            width = leaf.bits or leaf.width * 8
            at = first if order == "little" else len(image) * 8 - first - width
            assert number == ((1 << width) - 1) << at, name


def big():
    from samebytes.layout import ABIS

    return ABIS["s390x-linux"]


@pytest.mark.parametrize("wrong", [int, ctypes.c_int, object(), None, ctypes.c_int * 3])
def test_what_is_no_structure(wrong):
    with pytest.raises(LayoutError, match="no ctypes Structure or Union"):
        from_ctypes(wrong)


def test_an_object_inside():
    class Held(ctypes.Structure):
        _fields_ = (("it", ctypes.py_object),)

    assert from_ctypes(Held).named("it").type.name == "pointer"
