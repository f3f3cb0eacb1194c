"""Many cases at once: whatever one of them does wrong is seen, is laid to that one, and the others stay right."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from samebytes.checks.data.batch import BACKGROUND, STALE, cases_of, run_cases
from samebytes.checks.data.compare import leaf_word
from samebytes.checks.data.ownership import differences_of
from samebytes.checks.data.testbed import GUARD, SIZE
from samebytes.checks.result import Stage
from samebytes.errors import PeerRefusedError
from samebytes.layout import abi_named, decode, encode, lay_out, records_from_tree

ABI = abi_named("x86_64-linux")
RECORDS = records_from_tree(
    {
        "record": {
            "Gap": {
                "fields": [
                    {"name": "flag", "type": "u8"},
                    {"name": "count", "type": "u64"},
                    {"name": "few", "type": "u16"},
                    {"name": "ratio", "type": "f64"},
                ]
            },
            "Note": {
                "fields": [
                    {"name": "at", "type": "i64"},
                    {"name": "text", "type": "text", "encoding": "utf-16", "prefix": "i32"},
                ]
            },
        }
    }
)
GAP, NOTE = (lay_out(record, ABI) for record in RECORDS.values())
LAYOUTS = {"Gap": GAP, "Note": NOTE}


class Memory:
    """One process' worth of everything: testbed, producer and consumer over one bytearray; `spoil` may do wrong after a request."""

    def __init__(self, spoil=lambda *_: None):
        self.bytes = bytearray(SIZE)
        self.spoil, self.count = spoil, 0
        self.producer = self.consumer = SimpleNamespace(view=1, peer=self, start=0)
        self.name, self.size = "imp", SIZE

    def fill(self, image, at=0):
        self.bytes[at : at + len(image)] = image

    def look(self, size=SIZE, at=0):
        return bytes(self.bytes[at : at + size])

    def paths(self, name):
        return tuple(leaf.path for leaf in LAYOUTS[name].leaves)

    def ask_all(self, lines):
        return [self.answer(*line.split()) for line in lines]

    def answer(self, verb, _view, start, name, *words):
        layout, start, self.count = LAYOUTS[name], int(start), self.count + 1
        answer = getattr(self, verb)(layout, start, *words)
        spoilt = self.spoil(self.bytes, verb, start, self.count)
        return answer if spoilt is None else spoilt

    def store(self, layout, start, *words):
        values = {leaf.path: self.value(leaf, word) for leaf, word in zip(layout.leaves, words, strict=True)}
        data = encode(layout, values)
        for place, byte in enumerate(data):
            if place >= layout.size or layout.mask[place]:
                self.bytes[start + place] = byte
        return {}

    def store_leaf(self, layout, start, index, word):
        leaf = layout.leaves[int(index)]
        place = start + leaf.offset
        self.bytes[place : place + leaf.width] = int(word, 16).to_bytes(leaf.width, "little")
        return {}

    def load(self, layout, start):
        values = decode(layout, bytes(self.bytes[start:]))
        return {"leaves": [leaf_word(leaf, values[leaf.path]) for leaf in layout.leaves]}

    @staticmethod
    def value(leaf, word):
        if leaf.variable:
            return bytes.fromhex("" if word == "-" else word).decode("utf-16-be", "surrogatepass")
        return int(word, 16)


SEED = 20_000
CASES = (*cases_of(GAP, SEED), *cases_of(NOTE, SEED))
DRAWN = len(cases_of(GAP, SEED))  # the last of them
THIRD = 3


def wrong(spoil):
    """Which cases are wrong, and how."""
    outcomes = run_cases(Memory(spoil), CASES)
    return {number: outcome.wrong for number, outcome in enumerate(outcomes, 1) if outcome.wrong}


def after(verb, number, change):
    """Do wrong after that many requests of a verb."""
    seen = []

    def spoil(memory, asked, start, _number):
        if asked != verb:
            return None
        seen.append(start)
        return change(memory, start) if len(seen) == number else None

    return spoil


def put(offset, *data):
    def change(memory, start):
        memory[start + offset : start + offset + len(data)] = bytes(data)

    return change


def test_what_is_right_is_right():
    assert wrong(lambda *_: None) == {}
    assert len(CASES) > 15


def test_padding_may_hold_anything():
    assert wrong(after("store", THIRD, put(1, 0xAA, 0xBB))) == {}


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (0, "stored something else"),
        (16, "stored something else"),
        (-1, "wrote outside of the record"),
        (-GUARD, "wrote outside of the record"),
        (32, "wrote outside of the record"),
        (32 + GUARD - 1, "wrote outside of the record"),
    ],
)
def test_a_wrong_byte_is_laid_to_the_case_it_belongs_to(offset, words):
    assert wrong(after("store", THIRD, put(offset, BACKGROUND ^ 0x55))) == {THIRD: words}


def test_a_store_that_does_nothing_is_seen_in_memory_and_in_what_is_loaded():
    def undo(memory, start):
        memory[start : start + 32] = bytes([BACKGROUND]) * 32

    assert wrong(after("store", THIRD, undo)) == {THIRD: "stored something else"}


def test_a_wrong_leaf_a_missing_leaf_and_no_leaves_are_seen():
    for answer in (
        {"leaves": ["00", "0" * 16, "0000"]},
        {"leaves": []},
        {"leaves": ["01", "0" * 16, "0" * 4, "0" * 15]},
    ):
        assert wrong(after("load", THIRD, lambda *_, answer=answer: answer)) == {THIRD: "loaded something else"}
    found = wrong(after("load", THIRD, lambda *_: {}))
    assert found == {THIRD: "imp answered without 'leaves' (a list of texts) in ok: {}"}


def test_a_refusal_is_in_its_own_words():
    refusal = PeerRefusedError("imp: range", peer="imp", kind="range")
    assert wrong(after("load", THIRD, lambda *_: refusal)) == {THIRD: "imp: range"}
    assert wrong(after("store", THIRD, lambda *_: refusal)) == {THIRD: "imp: range"}


def test_a_consumer_that_writes_is_seen_and_blamed():
    for change, words in (
        (put(8, 0x77), "the consumer changed memory"),
        (put(33, 0x77), "wrote outside of the record"),
    ):
        outcomes = run_cases(Memory(after("load", THIRD, change)), CASES)
        found = [(outcome.wrong, outcome.stage) for outcome in outcomes if outcome.wrong]
        assert found == [(words, Stage.LOAD)]


def test_a_consumer_that_remembers_is_seen_where_memory_changed_under_it():
    remembered = {}

    class Remembering(Memory):
        def load(self, layout, start):
            return remembered.setdefault((layout.record.name, start), super().load(layout, start))

    outcomes = run_cases(Remembering(), CASES)
    assert {number: outcome.wrong for number, outcome in enumerate(outcomes, 1) if outcome.wrong} == {DRAWN: STALE}


@pytest.mark.parametrize("verb", ["store", "load"])
@pytest.mark.parametrize("place", [SIZE - 1, SIZE // 2 + 40_000, 0, 4000])
def test_a_byte_anywhere_in_the_segment_is_seen(place, verb):
    def far(memory, _start):
        memory[place] ^= 0x55

    assert list(wrong(after(verb, THIRD, far)).values()) == ["wrote outside of the record"]


def test_records_stand_at_every_place_that_their_alignment_allows():
    places = set()

    def watch(_memory, verb, start, _number):
        places.update([start % GUARD] if verb == "store" else [])

    run_cases(Memory(watch), cases_of(GAP, SEED))
    assert places == set(range(0, GUARD, GAP.align))


def test_what_is_drawn_is_another_in_every_run_and_every_leaf_changes_under_the_reader():
    first, other = cases_of(GAP, 1)[-1], cases_of(GAP, 2)[-1]
    assert first.values.values != other.values.values
    assert first.changed is not None
    assert all(first.values.values[path] != value for path, value in first.changed.values.values.items())


def owned(spoil):
    return [str(difference) for difference in differences_of(Memory(spoil), GAP)]


def test_a_leaf_that_changes_its_own_bits_and_no_others_owns_them():
    assert owned(lambda *_: None) == []
    assert differences_of(Memory(), NOTE) == []


def test_a_store_that_is_too_wide_is_seen_on_one_background_or_the_other():
    """A 32-bit store of a 16-bit field: its value's upper half is zero, which shows on ones and not on zeros."""

    def wide(memory, start):
        memory[start + 18 : start + 20] = bytes(2)

    assert owned(after("store_leaf", 3, wide)) == []
    (found,) = owned(after("store_leaf", 7, wide))
    assert found == "few stored alone on ff at 18: expected bytes ffff, in memory 0000 (written by imp)"


def test_a_store_that_does_not_reach_its_field_is_seen():
    def narrow(memory, start):
        memory[start + 12 : start + 16] = bytes(4)

    (found,) = owned(after("store_leaf", 2, narrow))
    assert found.startswith("count stored alone on 00 at 12: expected bytes ffffffff, in memory 00000000")


def test_a_refused_leaf_is_a_difference_of_its_record_whatever_else_goes_wrong():
    def refused(_memory, _verb, _start, number):
        return PeerRefusedError("no", peer="imp", kind="access") if number == 2 else None

    (found,) = owned(refused)
    assert found == "count stored alone on 00 at 8: expected bytes stored, in memory refused: no (written by imp)"


def test_what_is_shown_as_expected_has_the_padding_of_what_was_seen():
    """Padding is nobody's: a report that shows it as expected would contradict itself."""
    case = cases_of(GAP, SEED)[0]
    owned = GAP.mask
    seen = bytes(byte & own | 0x5A & ~own for byte, own in zip(case.image, owned, strict=True))
    assert seen != case.image
    assert case.beside(seen) == seen
    assert case.beside(bytes(byte ^ own for byte, own in zip(seen, owned, strict=True))) == seen
