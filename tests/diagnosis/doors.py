"""The five doors through which a mistake is seen, each at the function that its command calls: a cause, or nothing.

A program that declares a record wrong is played here: how it describes it, what it stores of given values, what it loads of given bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from samebytes.checks.producers.explaining import explain_sense, explain_size, explain_values, plausible
from samebytes.checks.producers.judging import Look
from samebytes.checks.producers.producer import Expectation, Producer
from samebytes.checks.project.compare_declared import hold
from samebytes.diagnosis.diagnose import Exchanged, Observation, as_declared, cause_of
from samebytes.diagnosis.sizes import LIKELY, check_size
from samebytes.layout import Description, Kind, Layout, Leaf, lay_out
from samebytes.pytest_plugin.comparing import Comparer

ROOM = 4096


@dataclass(frozen=True)
class Wrong:
    """A program with a wrong declaration of `promised`, and the values that it has: by leaf, as people write them."""

    promised: Layout
    declared: Layout
    values: Mapping[str, object]
    shift: int = 0
    crossed: str = ""
    """A field that is stored column by column."""

    def place(self, leaf: Leaf) -> Leaf | None:
        """Where the program has a leaf of the promised layout; None where it has none."""
        path = leaf.path
        if self.crossed and path.startswith(f"{self.crossed}["):
            path = self.crossed + "".join(re.findall(r"\[\d+\]", path)[::-1])
        found = self.declared.by_path.get(path)
        return found and found._replace(offset=found.offset + self.shift)

    def memory(self, values: Mapping[str, object], background: int = 0) -> bytes:
        """A segment in which it has stored the values."""
        data = bytearray([background]) * ROOM
        for leaf in self.promised.leaves:
            there = self.place(leaf)
            if there is not None:
                bits = _bits(there, values[leaf.path], self.declared)
                where = slice(there.offset, there.offset + there.width)
                shift, ones = _shift(there, self.declared)
                before = int.from_bytes(data[where], self.declared.abi.order)
                data[where] = (before & ~(ones << shift) | bits << shift).to_bytes(there.width, self.declared.abi.order)
        return bytes(data)

    def loaded(self, data: bytes) -> dict[str, str]:
        """The words that it loads, by path."""
        words = {}
        for leaf in self.promised.leaves:
            there = self.place(leaf)
            if there is not None and isinstance(there.kind, Kind):
                raw = int.from_bytes(data[there.offset : there.offset + there.width], self.declared.abi.order)
                shift, ones = _shift(there, self.declared)
                character = there.kind.family == "char"
                value = raw if character else there.kind.value(raw >> shift & ones, self.declared.abi, there.bits)
                words[leaf.path] = f"{_bits(leaf, value, self.promised):x}"
        return words

    def described(self) -> Description:
        """How its compiler sees the leaves of the promised layout: what a probe tells of kinds too."""
        leaves = {leaf.path: there for leaf in self.promised.leaves if (there := self.place(leaf)) is not None}
        kinds = as_declared(self.declared).kinds
        places = {path: (there.offset, there.width) for path, there in leaves.items()}
        size = self.declared.size + self.shift
        return Description(
            size, self.declared.align, places, {path: kinds[there.path] for path, there in leaves.items()}
        )


def _shift(leaf: Leaf, layout: Layout) -> tuple[int, int]:
    if leaf.bits is None:
        return 0, (1 << leaf.width * 8) - 1
    at = leaf.bit if layout.abi.order == "little" else leaf.width * 8 - leaf.bit - leaf.bits
    return at, (1 << leaf.bits) - 1


def _bits(leaf: Leaf, value: object, layout: Layout) -> int:
    """What an assignment makes of a value there."""
    width = leaf.width * 8 if leaf.bits is None else leaf.bits
    number = ord(value) if isinstance(value, str) and len(value) == 1 else 0xFFFD if isinstance(value, str) else value
    if leaf.kind.family == "float":
        return leaf.kind.bits(float(number), layout.abi)
    if leaf.kind.family == "bool":
        return int(number != 0)
    return int(number) % (1 << width)


def matrix(wrong: Wrong) -> list[str]:
    """`samebytes matrix`: a producer is described, and stores."""
    bits = right_bits(wrong)
    first = Exchanged(bits, wrong.memory(wrong.values, 0xCC))
    return _told(cause_of(Observation(wrong.promised, wrong.described(), others=[first])))


def image(wrong: Wrong) -> list[str]:
    """`samebytes image check`: a consumer is described, and loads what was captured."""
    bits = right_bits(wrong)
    data = Wrong(wrong.promised, wrong.promised, wrong.values).memory(wrong.values)
    return _told(cause_of(Observation(wrong.promised, wrong.described(), bits, data, wrong.loaded(data))))


def declaration(wrong: Wrong) -> list[str]:
    """`samebytes check`, of a declaration."""
    return _told(hold(wrong.declared, wrong.promised, "copy").cause)


def producer(wrong: Wrong) -> list[str]:
    """`samebytes check`, of a program that runs: all its values are expected, its segment has just the size of its record."""
    expected = tuple(Expectation(path, equals=value) for path, value in wrong.values.items())
    who = Producer("sim", {}, "x", wrong.promised.record, expectations=expected, guard=False)
    size = wrong.declared.size + wrong.shift
    look = Look(0.0, wrong.memory(wrong.values)[:size])
    if size < wrong.promised.size:
        return _told(explain_size(who, wrong.promised, size, True, look))
    return _told(explain_values(who, wrong.promised, size, True, [look], True))


def attach(wrong: Wrong) -> list[str]:
    """`samebytes attach`: nothing is expected; sizes fit or do not, values make sense or do not."""
    size, layout = wrong.declared.size + wrong.shift, wrong.promised
    data = wrong.memory(wrong.values)[:size]
    found = check_size(layout, lambda _abi: None, 0, size, True, data, lambda way: plausible(layout, way, data))
    told = [words.removeprefix(LIKELY) for words in found.words if words.startswith(LIKELY)]
    return told or _told(explain_sense(layout, data, size, True))


def compare(wrong: Wrong) -> list[str]:
    """The fixture `samebytes_compare`: the whole segment against the values."""
    comparer = Comparer({}, Path(), wrong.promised.abi)
    try:
        comparer(wrong.memory(wrong.values, 0xCC), wrong.promised, wrong.values)
    except AssertionError as error:
        found = re.search(r"^  cause: (.*)$", str(error), re.MULTILINE)
        return _told(found[1] if found else "")
    return []


def _told(cause: str) -> list[str]:
    return [cause] if cause else []


def right_bits(wrong: Wrong) -> dict[str, int]:
    """The values as bit patterns of the promised layout."""
    return {leaf.path: _bits(leaf, wrong.values[leaf.path], wrong.promised) for leaf in wrong.promised.leaves}


DOORS: dict[str, Callable[[Wrong], list[str]]] = {
    "matrix": matrix, "image check": image, "check": declaration, "check, a program": producer, "attach": attach,
    "samebytes_compare": compare,
}  # fmt: skip


def laid(record, abi) -> Layout:
    """The record there."""
    return lay_out(record, abi)
