"""A right declaration of which values are handled wrong gets words of its own, or none: never a declaration that it does not have."""

from __future__ import annotations

import struct
from dataclasses import replace

import pytest

from samebytes.checks.data.batch import DataCase, cases_of
from samebytes.checks.data.values import ValueSet
from samebytes.diagnosis.diagnose import Exchanged, Observation, as_declared, cause_of
from samebytes.layout import KINDS, Chars, Field, Record, Text, abi_named, decode, encode, lay_out

ABI = abi_named("x86_64-linux")
KIND_NAMES = ("u8", "i64", "f32", "bool", "u32", "f64", "char16", "u64", "i16", "f64", "f32")
RECORD = Record("Mixed", tuple(Field(f"f{number}", KINDS[name]) for number, name in enumerate(KIND_NAMES)))
LAYOUT = lay_out(RECORD, ABI)
CASES = (
    *cases_of(LAYOUT, 0),
    *(
        DataCase(
            LAYOUT, ValueSet("more", {**cases_of(LAYOUT, 0)[0].values.values, "f3": truth, "f2": single, "f5": double})
        )
        for truth, single, double in ((2, 0x7F800001, 0x7FF << 52 | 5), (255, 0xFF812345, 0xFFF << 52 | 1))
    ),
)


def seen(handle, layout=LAYOUT, cases=CASES, loads=False) -> Observation:
    """A peer that describes the record right, and stores, or loads, `handle(leaf, bits)`; every set of values, agreed or not."""
    exchanged = []
    for case in cases:
        right = case.values.values
        values = {path: handle(layout.by_path[path], bits) for path, bits in right.items()}
        if loads:
            words = {path: f"{bits:x}" for path, bits in values.items()}
            exchanged.append(Exchanged(right, encode(layout, right), words))
        else:
            exchanged.append(Exchanged(right, encode(layout, values)))
    description = as_declared(layout)
    return Observation(layout, replace(description, kinds={}), others=exchanged)


def floats(change):
    """Handles the bits of floats as `change(bits, exponent, sign)` does."""
    masks = {4: (0x7F800000, 1 << 31), 8: (0x7FF << 52, 1 << 63)}
    return lambda leaf, bits: change(bits, *masks[leaf.width]) if leaf.kind.family == "float" else bits


def nan(bits, exponent):
    return bits & exponent == exponent and bits & ((exponent & -exponent) - 1)


def integers(change, width=8):
    def handle(leaf, bits):
        if leaf.kind.family not in ("signed", "unsigned") or leaf.width < width:
            return bits
        number = leaf.kind.value(bits, ABI)
        return int(change(number)) % (1 << leaf.width * 8)

    return handle


def single(leaf, bits):
    if leaf.kind.name != "f64":
        return bits
    number = struct.unpack(">d", bits.to_bytes(8))[0]
    try:
        number = struct.unpack(">f", struct.pack(">f", number))[0]
    except OverflowError:
        number = float("inf") if number > 0 else float("-inf")
    return int.from_bytes(struct.pack(">d", number))


BEHAVIOURS = {
    "loses −0.0": floats(lambda bits, _exponent, sign: 0 if bits == sign else bits),
    "makes NaN canonical": floats(lambda bits, exponent, _sign: exponent | (exponent & -exponent) >> 1 if nan(bits, exponent) else bits),
    "makes signalling NaN quiet": floats(lambda bits, exponent, _sign: bits | (exponent & -exponent) >> 1 if nan(bits, exponent) else bits),
    "flushes denormals": floats(lambda bits, exponent, sign: bits & sign if not bits & exponent else bits),
    "loses −0.0 and makes NaN canonical": floats(
        lambda bits, exponent, sign: 0 if bits == sign else exponent | (exponent & -exponent) >> 1 if nan(bits, exponent) else bits
    ),
    "saturates at 2^53": integers(lambda number: max(-(1 << 53), min(number, 1 << 53))),
    "rounds integers beyond 2^53, as a 64-bit float does": integers(lambda number: float(number)),
    "keeps the low 32 bits of wider integers": integers(lambda number: number & 0xFFFFFFFF),
    "makes every true bool 1": lambda leaf, bits: int(bits != 0) if leaf.kind.family == "bool" else bits,
    "replaces lone surrogates": lambda leaf, bits: 0xFFFD if leaf.kind.family == "char" and 0xD800 <= bits < 0xE000 else bits,
    "rounds to a 32-bit float": single,
    "`f4` never changes, whatever it should be": lambda leaf, bits: 0 if leaf.path == "f4" else bits,
}  # fmt: skip


@pytest.mark.parametrize("loads", [False, True], ids=["stores", "loads"])
@pytest.mark.parametrize("words", BEHAVIOURS)
def test_a_behaviour_is_named(words, loads):
    assert cause_of(seen(BEHAVIOURS[words], loads=loads)) == words


def test_a_behaviour_of_one_field_names_it():
    handle = BEHAVIOURS["loses −0.0"]
    only = seen(lambda leaf, bits: handle(leaf, bits) if leaf.path == "f5" else bits)
    assert cause_of(only) == "loses −0.0 in `f5`"


def test_low_bits_are_kept_with_the_sign_that_they_seem_to_have_too():
    signed = integers(lambda number: (number + (1 << 31)) % (1 << 32) - (1 << 31))
    assert cause_of(seen(signed)) == "keeps the low 32 bits of wider integers"


def test_what_no_rule_gives_has_no_cause():
    """Bits of a float that are turned around in one set of values, and right in all others."""
    assert cause_of(seen(lambda leaf, bits: bits ^ 0x10 if leaf.path == "f5" and bits > 1 << 62 else bits)) == ""


def test_sets_that_agreed_refute_a_declaration():
    """-0.0 alone reads like a whole number that is 0; that 1.5 was stored as 1.5 says that it is none."""
    record = Record("One", (Field("x", KINDS["f32"]),))
    layout = lay_out(record, ABI)
    wrong = Exchanged({"x": 1 << 31}, bytes(4))
    alone = Observation(layout, replace(as_declared(layout), kinds={}), others=[wrong])
    right = Exchanged({"x": 0x3FC00000}, (0x3FC00000).to_bytes(4, "little"))
    for order in ([wrong, right], [right, wrong]):
        assert cause_of(replace(alone, others=order)) == "loses −0.0"


def texts_loaded(loaded):
    """A peer that describes a record with a text right, and loads `loaded(text)`."""
    record = Record("Note", (Field("id", KINDS["u32"]), Field("text", Text("utf-8", KINDS["u32"]))))
    layout = lay_out(record, ABI)
    exchanged = []
    for text in ("", "short", "x" * 255, "y" * 300, "z" * 1000):
        values = {"id": 7, "text": text}
        words = {"id": "7", "text": loaded(text).encode().hex() or "-"}
        exchanged.append(Exchanged(values, encode(layout, values), words))
    found = replace(as_declared(layout), leaves={leaf.path: (leaf.offset, leaf.width) for leaf in layout.leaves})
    return Observation(layout, found, others=exchanged)


def test_text_that_is_cut():
    assert cause_of(texts_loaded(lambda text: text[:255])) == "cuts text at 255 units"


def test_a_longer_text_that_came_whole_refutes_a_cut():
    assert cause_of(texts_loaded(lambda text: text[:255] if text.startswith("y") else text)) == ""


def test_an_array_of_characters_that_is_cut():
    record = Record("Name", (Field("id", KINDS["u32"]), Field("name", KINDS["char8"], (20,), chars=Chars("padded"))))
    layout = lay_out(record, ABI)
    cut = seen(
        lambda leaf, bits: 0 if leaf.field == "name" and int(leaf.path[5:-1]) >= 16 else bits,
        layout,
        cases_of(layout, 0),
    )
    assert cause_of(cut) == "cuts `name` at 16 units"
    assert decode(layout, bytes(24))["id"] == 0
