"""What happened to a record between its lock file and now, in the words of its fields, and whether old programs still work."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from samebytes.layout.lock import Locked
from samebytes.layout.outline import Line

__all__ = ["Change", "differences"]

_SHOWN = 40
"""Moved fields that are named one by one."""


@dataclass(frozen=True)
class Change:
    """One thing that happened. `compatible`: programs built against the lock file still read and write the right bytes."""

    severity: Literal["compatible", "breaking"]
    text: str


def differences(old: Locked, new: Locked) -> tuple[Change, ...]:
    """Return everything that happened to one record on one ABI, causes before effects; empty when it is the same."""
    return tuple(_Comparison(old, new).changes())


def enum_changes(old: Locked, new: Locked) -> Iterator[Change]:
    """Yield what happened to the constants of enums that both have; nothing where the old lock file does not say them."""
    before, after = _by_enum(old), _by_enum(new)
    for enum in before:
        if enum in after:
            yield from _constant_changes(enum, before[enum], after[enum])


def _by_enum(one: Locked) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    for enum, name, number in one.enums or ():
        found.setdefault(enum, {})[name] = number
    return found


def _constant_changes(enum: str, was: dict[str, int], now: dict[str, int]) -> Iterator[Change]:
    new = {number: name for name, number in now.items() if name not in was}
    renamed = set()
    for name, number in was.items():
        if name in now and now[name] != number:
            yield Change(
                "breaking", f"enum {enum}: `{name}` is {now[name]} now, was {number}: old programs read another meaning"
            )
        elif name not in now and number in new:
            renamed.add(new[number])
            yield Change(
                "breaking", f"enum {enum}: `{name}` ({number}) was removed; {number} is called `{new[number]}` now"
            )
        elif name not in now:
            yield Change("breaking", f"enum {enum}: `{name}` ({number}) was removed: old programs still write it")
    for name, number in now.items():
        if name not in was and name not in renamed:
            yield Change(
                "compatible", f"enum {enum}: `{name}` = {number} was added: old readers do not know it by name"
            )


class _Comparison:
    """The fields of both, by name, and who became whom."""

    def __init__(self, old: Locked, new: Locked) -> None:
        self.old, self.new = old, new
        self.before, self.after = _by_key(old.lines), _by_key(new.lines)
        self.renamed = dict(self._renamings())
        self.gone = [key for key in self.before if key not in self.after and key not in self.renamed]
        arrived = set(self.renamed.values())
        self.come = [key for key in self.after if key not in self.before and key not in arrived]
        self.kept = [
            (key, self.renamed.get(key, key)) for key in self.before if key in self.after or key in self.renamed
        ]

    def changes(self) -> Iterator[Change]:
        parts = [*self._names(), *self._types(), *self._gone(), *self._come(), *self._order(), *self._moves()]
        parts += enum_changes(self.old, self.new)
        yield from parts
        harmless = all(change.severity == "compatible" for change in parts)
        yield from self._whole(harmless and bool(self.come))
        reordered = (
            bool(self.old.enums) and self.old.enums != self.new.enums
        )  # golden bytes have an enum's first constant
        if not parts and not reordered and (self.old.size, self.old.align) == (self.new.size, self.new.align):
            yield from self._bytes()

    # --- what has another name, type, is gone, is new -----------------------------------------------------------------

    def _renamings(self) -> Iterator[tuple[str, str]]:
        """Yield fields of the same type, with another name and the same place or neighbours; each name must be on one side only."""
        free = {_place(line): key for key, line in self.after.items() if key not in self.before}
        here, there = _neighbours(self.before), {names: key for key, names in _neighbours(self.after).items()}
        taken: set[str] = set()
        for key, line in self.before.items():
            now = "" if key in self.after else free.get(_place(line)) or there.get(here[key], "")
            if now and now not in self.before and now not in taken and _kind(self.after[now]) == _kind(line):
                taken.add(now)
                yield key, now

    def _names(self) -> Iterator[Change]:
        told = set()
        for key, now in self.renamed.items():
            short = _shorter(key, now)
            if short not in told:
                told.add(short)
                yield Change(
                    "compatible", f"`{short[0]}` is called `{short[1]}` now: same place, same type, same bytes"
                )

    def _types(self) -> Iterator[Change]:
        for key, name in self.kept:
            was, now = self.before[key], self.after[name]
            if key != name:
                continue
            if (was.type, _extent(was)) == (now.type, _extent(now)):
                continue
            if _extent(was) != _extent(now):
                verb = "grew" if _extent(now) > _extent(was) else "shrank"
                yield Change("breaking", f"`{key}` {verb}: {_amount(was)} → {_amount(now)} ({was.type} → {now.type})")
            elif was.what != "repeat":
                yield Change("breaking", f"`{key}` is {now.type} now, was {was.type}: same size, another meaning")

    def _gone(self) -> Iterator[Change]:
        last = max((line.offset for line in self.before.values()), default=0)
        for key in self._tops(self.gone):
            line = self._first(self.before, key)
            where = "from the end" if line.offset == last else "from the middle"
            yield Change("breaking", f"`{key}` was removed {where} ({line.type} at {_at(line)})")

    def _come(self) -> Iterator[Change]:
        end = max((line.end for line in self.before.values()), default=0)
        for key in self._tops(self.come):
            line = self._first(self.after, key)
            free = any(
                hole.what == "padding" and hole.offset <= line.offset and line.end <= hole.end
                for hole in self.old.lines
            )
            if line.offset >= end and not self._undone:
                yield Change("compatible", f"`{key}` appended at the end, at {_at(line)}: old readers still work")
            elif free and not self._undone:
                yield Change(
                    "compatible",
                    f"`{key}` takes what was padding, at {_at(line)}: old readers still work, old writers leave it undefined",
                )
            else:
                last = line.offset >= max(self.after[now].end for _, now in self.kept) if self.kept else True
                how = "was added at the end" if last else "was inserted"
                yield Change("breaking", f"`{key}` {how}, at {_at(line)} ({line.type})")

    @property
    def _undone(self) -> bool:
        """Return whether any old field is not where and what it was."""
        return bool(self.gone) or any(_place(self.before[key]) != _place(self.after[now]) for key, now in self.kept)

    def _tops(self, keys: Iterable[str]) -> list[str]:
        """Return the fields; those of a record that came or went as a whole stand under its name."""
        table = self.before if keys is self.gone else self.after
        found = []
        for key in keys:
            top = _top(key)
            whole = all(other in keys for other in table if _top(other) == top)
            found.append(top if whole else key)
        return list(dict.fromkeys(found))

    @staticmethod
    def _first(table: dict[str, Line], key: str) -> Line:
        return table[key] if key in table else next(line for name, line in table.items() if _top(name) == key)

    # --- what stands elsewhere ----------------------------------------------------------------------------------------

    def _order(self) -> Iterator[Change]:
        was, now = self._sequence(self.old, self.after), self._sequence(self.new, self.before)
        if was != now:
            yield Change("breaking", f"fields were reordered: {_listed(was, now)} → {_listed(now, was)}")

    @staticmethod
    def _sequence(one: Locked, other: dict[str, Line]) -> list[str]:
        return list(dict.fromkeys(_top(key) for key in _by_key(one.lines) if key in other))

    def _moves(self) -> Iterator[Change]:
        moved = [(key, now) for key, now in self.kept if _spot(self.before[key]) != _spot(self.after[now])]
        for key, name in moved[:_SHOWN]:
            was, now = self.before[key], self.after[name]
            yield Change("breaking", f"`{name}` moved {_at(was)} → {_at(now)} {self._because(key, name)}")
        if len(moved) > _SHOWN:
            yield Change("breaking", f"{len(moved) - _SHOWN} more fields moved with it")

    def _because(self, key: str, name: str) -> str:
        """Return the reason for a move: the first thing in front of the field that explains it."""
        was, now = self.before[key], self.after[name]
        order = self._sequence(self.old, self.after) != self._sequence(self.new, self.before)
        if order and key == name and self._swapped(key):
            return "because the fields were reordered"
        for one, called in self.kept:
            before, after = self.before[one], self.after[called]
            if one != key and _spot(before) < _spot(was) and _extent(before) != _extent(after):
                return f"because `{one}` {'grew' if _extent(after) > _extent(before) else 'shrank'}"
        for one in self._tops(self.gone):
            if _spot(self._first(self.before, one)) < _spot(was):
                return f"because `{one}` was removed"
        for one in self._tops(self.come):
            if _spot(self._first(self.after, one)) < _spot(now):
                return f"because `{one}` was inserted"
        return "because alignment or packing changed"

    def _swapped(self, key: str) -> bool:
        def in_front(table: dict[str, Line], other: dict[str, Line]) -> set[str]:
            return {name for name in table if name in other and _spot(table[name]) < _spot(table[key])}

        return in_front(self.before, self.after) != in_front(self.after, self.before)

    # --- the record as a whole ----------------------------------------------------------------------------------------

    def _whole(self, appended: bool) -> Iterator[Change]:
        severity: Literal["compatible", "breaking"] = "compatible" if appended else "breaking"
        if self.old.size != self.new.size:
            grew = self.new.size > self.old.size
            yield Change(
                severity if grew else "breaking", f"size {self.old.size} → {self.new.size}: arrays of it break"
            )
        if self.old.align != self.new.align:
            yield Change(severity, f"alignment {self.old.align} → {self.new.align}: records that contain it may change")

    def _bytes(self) -> Iterator[Change]:
        if [line for line in self.old.lines if line.what == "padding"] != [
            line for line in self.new.lines if line.what == "padding"
        ]:
            yield Change("breaking", "its padding is elsewhere")
        for was, now in zip(self.old.golden, self.new.golden, strict=False):
            if was != now:
                yield Change(
                    "breaking", f"same places, other bytes: {was.strip()} → {now.strip().removeprefix('golden ')}"
                )
                return


def _by_key(lines: Sequence[Line]) -> dict[str, Line]:
    """Return fields by name; the further elements of an array of records by its name and `[…]`."""
    found: dict[str, Line] = {}
    for line in lines:
        if line.what != "padding":
            found[re.sub(r"(\[\d+\])+$", "[…]", line.path) if line.what == "repeat" else line.path] = line
    return found


def _place(line: Line) -> tuple[object, ...]:
    """Return where and what it is; a repeated element is what its first one is."""
    kind = re.sub(r"^as .*, every", "every", line.type) if line.what == "repeat" else line.type
    return (line.offset, line.bit, line.size, line.bits, kind)


def _kind(line: Line) -> tuple[object, ...]:
    return _place(line)[2:]


def _neighbours(lines: dict[str, Line]) -> dict[str, tuple[str, str]]:
    """Return the names in front of and behind each."""
    keys = ["", *lines, ""]
    return {key: (keys[place], keys[place + 2]) for place, key in enumerate(lines)}


def _spot(line: Line) -> tuple[int, int]:
    return (line.offset, line.bit)


def _extent(line: Line) -> int:
    return line.bits if line.what == "bits" else line.size * 8


def _amount(line: Line) -> str:
    number, unit = (line.bits, "bit") if line.what == "bits" else (line.size, "byte")
    return f"{number} {unit}{'s' * (number != 1)}"


def _at(line: Line) -> str:
    return f"{line.offset}.{line.bit}" if line.what == "bits" else str(line.offset)


def _top(key: str) -> str:
    return re.split(r"[.\[]", key, maxsplit=1)[0]


def _shorter(was: str, now: str) -> tuple[str, str]:
    """Return what was renamed: the first names, when only those differ, else both paths."""
    one, other = _top(was), _top(now)
    return (one, other) if was[len(one) :] == now[len(other) :] else (was, now)


def _listed(names: Sequence[str], others: Sequence[str]) -> str:
    """Return the stretch in which the two orders differ."""
    start = next(place for place, pair in enumerate(zip(names, others, strict=False)) if pair[0] != pair[1])
    end = len(names)
    while end > start and names[end - 1 :] == others[len(others) - (len(names) - end + 1) :]:
        end -= 1
    shown = names[start:end]
    return " ".join(shown[:8]) + (" …" if len(shown) > 8 else "")
