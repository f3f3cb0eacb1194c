"""Faults to plant in the layout rules: each a name, the compiler that finds it, and what puts it in place."""

from __future__ import annotations

from dataclasses import replace

from samebytes.layout import abi
from samebytes.layout.rules.clang import Clang
from samebytes.layout.rules.gcc import Gcc
from samebytes.layout.rules.microsoft import Microsoft
from samebytes.layout.rules.mingw import MingwGcc
from samebytes.layout.rules.shape import Placer

__all__ = ["FAULTS"]

GCC, MINGW, MSVC, APPLE = "gcc", "x86_64-w64-mingw32-gcc", "x86_64-windows", "x86_64-macos"


def never(*_arguments):
    return False


def unasked(right):
    """The rule, for a field that asks for no alignment."""
    return lambda self, part, *rest: right(self, replace(part, align=None), *rest)


def natural(right):
    """The rule, for a field whose type is no aligned typedef."""
    return lambda self, part, shape, *rest: right(self, part, replace(shape, align=shape.natural), *rest)


def named(right):
    """The rule, for a field with a name."""
    return lambda self, part, *rest: right(self, replace(part, name="x"), *rest)


def uncapped(_right):
    return lambda _self, align: align


def looser(right):
    return lambda self, align: min(align, 4) if self.record.pack == 2 else right(self, align)


def only_records(_right):
    return lambda self, _part: self.record.packed


def unaligned_record(right):
    return lambda self, record, rows: right(self, replace(record, align=None), rows)


def within_one_unit(_right):
    return lambda _self, part, shape, at: at % (shape.align * 8) + part.bits > shape.align * 8


def zero_bows(right):
    def desired(self, part, shape, bits):
        align, whole = right(self, part, shape, bits)
        return (min(align, 8 * self.record.pack), whole) if not bits and self.record.pack else (align, whole)

    return desired


def one_unit_for_all(right):
    return lambda self, part, shape, bits, rest: right(
        self, part, replace(shape, unit=4) if bits else shape, bits, rest
    )


def cut(_right):
    return lambda self: Placer.finish(self)


def bowing(right):
    return lambda self, part, shape: min(right(self, part, shape), self.record.pack or 1 << 16)


def counting(right):
    def place(self, unit, bits):
        self.align = max(self.align, unit // 8)
        return right(self, unit, bits)

    return place


def rule(where, name, made):
    """A fault in one rule."""
    return lambda patch: patch.setattr(where, name, made(getattr(where, name)))


def row(name, **wrong):
    """A fault in one row of the table of ABIs."""
    return lambda patch: patch.setitem(abi.ABIS, name, replace(abi.ABIS[name], **wrong))


FAULTS = {
    "packed is ignored": (GCC, rule(Placer, "_packed", lambda _right: never)),
    "packed on a field is ignored": (GCC, rule(Placer, "_packed", only_records)),
    "pack is ignored": (GCC, rule(Placer, "_capped", uncapped)),
    "pack 2 is 4": (GCC, rule(Placer, "_capped", looser)),
    "what a field asks for is ignored": (GCC, rule(Placer, "_alignment", unasked)),
    "what a bit-field asks for is ignored": (GCC, rule(Gcc, "_desired", unasked)),
    "what the record asks for is ignored": (GCC, rule(Placer, "__init__", unaligned_record)),
    "aligned typedefs are ignored": (GCC, rule(Placer, "_alignment", natural)),
    "bit-fields stay within their alignment": (GCC, rule(Gcc, "_crosses", within_one_unit)),
    "bit-fields go to the next free bit": (GCC, rule(Gcc, "_crosses", lambda _right: never)),
    "unnamed bit-fields raise the alignment": (GCC, rule(Gcc, "_raise", named)),
    "a bit-field of 0 bits bows to pack": (GCC, rule(Gcc, "_desired", zero_bows)),
    "a unit is shared by types of all sizes": (MINGW, rule(MingwGcc, "_put", one_unit_for_all)),
    "the last unit is cut": (MINGW, rule(MingwGcc, "finish", cut)),
    "long double of x86-64 has 12 bytes": (GCC, row("x86_64-linux", long_double=(12, 4))),
    "long has 4 bytes": (GCC, row("x86_64-linux", long=4)),
    "8 bytes are aligned to 4": (GCC, row("x86_64-linux", eight=4)),
    "Microsoft: what is asked for bows to pack": (MSVC, rule(Microsoft, "_asked", bowing)),
    "Microsoft: unions count the alignment of bit-fields": (MSVC, rule(Microsoft, "_place_in_union", counting)),
    "clang: what a bit-field asks for is ignored": (APPLE, rule(Clang, "_bit_align", unasked)),
}
