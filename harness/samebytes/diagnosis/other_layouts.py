"""Which other layout would make everything that is expected hold: what a producer that seems to talk nonsense really writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import lru_cache
from typing import NamedTuple

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, KINDS, Abi, Field, Kind, Layout, Record, lay_out

__all__ = ["Fit", "candidates", "fit_words"]

PACKS = (1, 2, 4, 8)
SHIFTS = (4, 8, 12, 16, 24, 32, 64, 1, 2)
"""Bytes in front: lock words, lengths, magic numbers, a cache line."""
MOST = 1 << 14
"""Scalars of a record for which others are tried: a hundred times as many are laid out then."""
MANY = 64
"""Fields of a record for which one more or one fewer is tried."""
INSERTED = ("u32", "u64", "u16", "u8")
NAMED = 2
"""Further candidates that fit as well and are named too."""
_TYPES = {
    "bool as 4 bytes": {"bool": "bool32"},
    "bool as 1 byte": {"bool32": "bool"},
    "characters of 1 byte": {"char16": "char8"},
    "characters of 2 bytes": {"char8": "char16", "char": "char16"},
}


class Fit(NamedTuple):
    """Another way to lay the record out, in words that go on after `as if `, and the bytes in front of it."""

    words: str
    layout: Layout
    shift: int = 0

    @property
    def end(self) -> int:
        """Bytes from the promised place to the record's end."""
        return self.shift + self.layout.size


@lru_cache(maxsize=32)
def candidates(layout: Layout) -> tuple[Fit, ...]:
    """Those that differ from it in any place, each once, the simplest first."""
    if layout.count > MOST:
        return ()
    own = frozenset(layout.by_path)
    found: dict[object, Fit] = {_placing(Fit("", layout), own): Fit("", layout)}
    for fit in (*_singles(layout), *(Fit(_shifted(shift), layout, shift) for shift in SHIFTS), *_pairs(layout)):
        found.setdefault(_placing(fit, own), fit)
    return tuple(found.values())[1:]


def fit_words(layout: Layout, holds: Callable[[Fit], bool]) -> str:
    """`as if …` for the first candidate for which it holds, with others that do as well; empty if it holds for none."""
    found = [fit for fit in candidates(layout) if holds(fit)]
    if not found:
        return ""
    first, others = found[0], found[1 : 1 + NAMED]
    more = f"; as well: {'; '.join(fit.words for fit in others)}" if others else ""
    return f"as if {first.words} ({first.end} bytes{more})"


def _placing(fit: Fit, own: frozenset[str]) -> object:
    """Where it puts the promised record's scalars: two candidates that put them alike are one."""
    leaves = tuple(
        (leaf.path, leaf.offset + fit.shift, leaf.width, leaf.bit) for leaf in fit.layout.leaves if leaf.path in own
    )
    return leaves, fit.end, fit.layout.abi.order


def _shifted(shift: int) -> str:
    return f"{shift} byte{'s' if shift > 1 else ''} stood in front of it"


def _singles(layout: Layout, fields: bool = True) -> Iterator[Fit]:
    """One change each: of the ABI's numbers, of packing, of a type."""
    record, abi = layout.record, layout.abi
    for words, other in _abis(abi):
        yield from _laid(words, record, other)
    for pack in PACKS:
        yield from _laid(f"it was packed (pack {pack})", _packed(record, pack), abi)
    yield from _laid("it was not packed", _unpacked(record), abi)
    for words, types in _TYPES.items():
        changed = {KINDS[one]: KINDS[other] for one, other in types.items()}
        yield from _laid(f"it had {words}", _retyped(record, changed), abi)
    for name, other in ABIS.items():
        yield from _laid(f"it was laid out for {name}", record, other)
    if fields:
        yield from _other_fields(record, abi)


def _other_fields(record: Record, abi: Abi) -> Iterator[Fit]:
    """A field more, or one fewer: another release of the same record."""
    if record.pinned or record.union or len(record.fields) > MANY:
        return
    for index, part in enumerate(record.fields):
        before, after = record.fields[:index], record.fields[index:]
        for kind in INSERTED:
            fields = (*before, Field(_free_name(record), KINDS[kind]), *after)
            yield from _further_on(part.name, _with(record, fields), lay_out(record, abi))
        yield from _laid(f"`{part.name}` was missing", _with(record, (*before, *after[1:])), abi)


def _further_on(name: str, record: Record | None, layout: Layout) -> Iterator[Fit]:
    for fit in _laid("", record, layout.abi):
        now, was = (
            next(member.offset for member in one.members if member.field.name == name) for one in (fit.layout, layout)
        )
        yield fit._replace(words=f"a field of another release stood in front of `{name}`, which is at {now}, not {was}")


def _free_name(record: Record) -> str:
    name = "added"
    while name in record.names:
        name += "_"
    return name


def _with(record: Record, fields: tuple[Field, ...]) -> Record | None:
    with suppress(LayoutError):
        return replace(record, fields=fields)
    return None


def _pairs(layout: Layout) -> Iterator[Fit]:
    """A change of the layout and bytes in front."""
    for fit in tuple(_singles(layout, fields=False)):
        for shift in SHIFTS[:4]:
            yield Fit(f"{fit.words} and {_shifted(shift)}", fit.layout, shift)


def _abis(abi: Abi) -> Iterator[tuple[str, Abi]]:
    yield f"wchar_t had {6 - abi.wchar} bytes", replace(abi, wchar=6 - abi.wchar)
    if abi.pointer == 8:
        system = "windows" if abi.compiler == "msvc" or "windows" in abi.name else "linux"
        yield "pointers had 4 bytes, as in a 32-bit program", ABIS[f"i686-{system}"]
        yield f"long had {12 - abi.long} bytes", replace(abi, long=12 - abi.long)
    else:
        yield "pointers had 8 bytes, as in a 64-bit program", replace(abi, pointer=8, eight=8, time=8)
    yield "its bytes stood in the other order", replace(abi, order="big" if abi.order == "little" else "little")


def _laid(words: str, record: Record | None, abi: Abi) -> Iterator[Fit]:
    """The candidate, where such a record can be laid out at all."""
    with suppress(LayoutError):
        if record is not None:
            yield Fit(words, lay_out(record, abi))


def _packed(record: Record, pack: int) -> Record | None:
    return _changed(record, lambda one: {} if one.pack == pack else {"pack": pack, "packed": False})


def _unpacked(record: Record) -> Record | None:
    return _changed(record, lambda one: {"pack": None, "packed": False} if one.pack or one.packed else {})


def _retyped(record: Record, kinds: dict[Kind, Kind]) -> Record | None:
    def change(one: Record) -> dict[str, object]:
        fields = tuple(_retyped_field(part, kinds) for part in one.fields)
        return {} if fields == one.fields else {"fields": fields}

    return _changed(record, change)


def _retyped_field(part: Field, kinds: dict[Kind, Kind]) -> Field:
    if isinstance(part.type, Kind) and part.type in kinds and part.bits is None:
        return replace(part, type=kinds[part.type], chars=None)
    return part


def _changed(record: Record, change: Callable[[Record], dict[str, object]]) -> Record | None:
    """The record, and those in it, with changes; None where there is nothing to change."""
    fields = tuple(
        replace(part, type=_changed(part.type, change) or part.type) if isinstance(part.type, Record) else part
        for part in record.fields
    )
    try:
        inner = record if fields == record.fields else replace(record, fields=fields)
        changes = change(inner)
        return replace(inner, **changes) if changes else None if inner is record else inner  # type: ignore[arg-type]
    except LayoutError:
        return None
