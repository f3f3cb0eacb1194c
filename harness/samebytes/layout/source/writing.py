"""What is written into a source: types, fields and packing in a language's own words, near to what stands there already."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Protocol, cast

from samebytes.layout.abi import Abi
from samebytes.layout.kinds import Enum, Kind
from samebytes.layout.source import writers
from samebytes.layout.source.parts import Item, SourceMember, SourceRecord, plain

__all__ = ["Key", "Writer", "in_style", "key_of", "replaced", "retyped", "split_item", "writer_for"]

Key = tuple[str, int]
"""What a scalar is (`i`, `u`, `f`, `b`, `c`, `p`: signed, unsigned, float, bool, character, pointer), and its width in bytes."""


class Writer(Protocol):
    """What a module of `writers` has."""

    SUFFIXES: tuple[str, ...]
    SEPARATOR: str
    """What stands between fields; empty where each ends with a semicolon or its line."""
    NAMES_FIRST: bool
    """Whether names stand in front of their type."""

    def scalars(self, kind: Kind, key: Key, text: str) -> Sequence[str]:
        """Return how the language spells a scalar, what suits the file best first."""

    def field(
        self, name: str, type_: str, counts: tuple[int, ...], bits: int | None, like: str, text: str
    ) -> Sequence[str]:
        """Return statements that declare a field, as `like`, another one of the record, is declared; what suits best first."""

    def count(self, number: int, was: str) -> str:
        """Return a dimension as it is written in place of another."""

    def packed(self, text: str, record: SourceRecord, pack: int | None) -> str | None:
        """Return the text with a record that is packed so (None: not at all); None where the language cannot say it."""


@cache
def _writers() -> Mapping[str, Writer]:
    found: dict[str, Writer] = {}
    for info in pkgutil.iter_modules(writers.__path__, f"{writers.__name__}."):
        module = cast(Writer, importlib.import_module(info.name))
        found |= dict.fromkeys(module.SUFFIXES, module)
    return found


def writer_for(suffix: str) -> Writer | None:
    """Return who writes files with that ending; None where nobody does."""
    return _writers().get(suffix.lower())


def key_of(kind: Kind, abi: Abi) -> Key:
    """Return what a scalar is, whatever it is called."""
    real = kind.stored_as(abi) if isinstance(kind, Enum) else kind
    family = {"signed": "i", "unsigned": "u", "float": "f", "bool": "b", "char": "c", "plain": "c", "pointer": "p"}
    return family[real.family], real.width(abi)


def replaced(text: str, edits: Iterable[tuple[int, int, str]]) -> str:
    """Return the text with stretches replaced; they do not overlap."""
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def retyped(
    text: str, item: Item, member: SourceMember, type_: str, counts: tuple[int, ...], bits: int | None, writer: Writer
) -> list[str]:
    """Return statements in which the only field of an item has another type; nearest to what stands there first."""
    start, end = item.core
    core = text[start:end]
    if len(counts) != len(member.counts) or (bits is None) != (member.bits is None):
        return list(writer.field(member.name, type_, counts, bits, core, text))
    edits = [(*member.type, type_)] if text[slice(*member.type)] != type_ else []
    for span, number in zip(member.counts, counts, strict=True):
        was = text[slice(*span)]
        now = writer.count(number, was)
        edits += [(*span, now)] if now != was else []
    if bits is not None and member.bits is not None:
        edits.append((*member.bits, str(bits)))
    near = replaced(core, [(one - start, other - start, new) for one, other, new in edits])
    return [near, *(one for one in writer.field(member.name, type_, counts, bits, core, text) if one != near)]


def split_item(text: str, item: Item, writer: Writer) -> list[str]:
    """Return a statement that declares several fields as one for each."""
    start, end = item.core
    if writer.NAMES_FIRST:
        behind = text[item.members[-1].at[1] : end]
        return [f"{text[slice(*member.at)]}{behind}" for member in item.members]
    front = text[start : item.members[0].at[0]]
    cores = []
    for member in item.members:
        stop = max([member.at[1], *(span[1] + 1 for span in member.counts), *([member.bits[1]] if member.bits else [])])
        cores.append(f"{front}{text[member.at[0] : stop]};")
    return cores


def in_style(name: str, pairs: Iterable[tuple[str, str]]) -> str:
    """Return a name in the style in which others were spelled; `pairs`: names of the layout, and as they stand in the source."""
    known = list(pairs)
    best = max(_STYLES, key=lambda style: sum(style(ours) == theirs for ours, theirs in known))
    return best(name) if plain(best(name)) == plain(name) else name


def _words(name: str) -> list[str]:
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z0-9]+|[A-Z0-9]+", name)]


_STYLES: tuple[Callable[[str], str], ...] = (
    str,
    lambda name: "".join(word.capitalize() for word in _words(name)),
    lambda name: "".join(word.capitalize() if number else word for number, word in enumerate(_words(name))),
    lambda name: "_".join(_words(name)),
)
