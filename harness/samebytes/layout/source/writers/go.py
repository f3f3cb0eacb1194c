"""Go."""

from __future__ import annotations

from collections.abc import Sequence

from samebytes.layout.kinds import Kind
from samebytes.layout.source.parts import SourceRecord

SUFFIXES = (".go",)
SEPARATOR = ""
NAMES_FIRST = True

_OTHER = {
    ("f", 4): ["float32"], ("f", 8): ["float64"], ("b", 1): ["bool", "uint8"], ("b", 4): ["uint32"], ("c", 1): ["byte", "int8"],
    ("c", 2): ["uint16"], ("c", 4): ["uint32"], ("p", 8): ["uintptr"], ("p", 4): ["uintptr"],
}  # fmt: skip


def scalars(kind: Kind, key: tuple[str, int], text: str) -> Sequence[str]:
    """Return how Go spells a scalar."""
    return _OTHER.get(key, [f"{'int' if key[0] == 'i' else 'uint'}{key[1] * 8}"])


def field(name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str) -> Sequence[str]:
    """Return a field."""
    return [] if bits is not None else [f"{name} {''.join(f'[{number}]' for number in counts)}{type_}"]


def count(number: int, was: str) -> str:
    """Return a dimension."""
    return str(number)


def packed(text: str, record: SourceRecord, pack: int | None) -> str | None:
    """Return None: Go packs nothing."""
    return None
