"""Diagnosis: which mistake in a declaration explains everything that was seen, in words.

The record is laid out again as each mistake of the catalogue would have it. A mistake is named only if it explains all that is
known: the size, alignment, offsets, widths and kinds that were described, every byte that was stored, every word that was loaded,
every expectation of live memory, in every set of values, those that agreed too. It is found in the same way, and has the same
words, whatever is known, and whichever command asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Lock

from samebytes.diagnosis import words
from samebytes.diagnosis.behaviours import all_lost, behaviour_of, losses_of
from samebytes.diagnosis.explains import describes, explains, tidy
from samebytes.diagnosis.hypotheses import described_right, suspects
from samebytes.diagnosis.observation import Candidate, Exchanged, Observation, as_declared
from samebytes.diagnosis.targets import Mistake
from samebytes.errors import LayoutError
from samebytes.layout import Description, Enum, Record
from samebytes.layout.telling import constants_told, kind_fits, same_number

__all__ = ["Candidate", "Exchanged", "Observation", "as_declared", "cause_of", "likely_cause"]

MAX_WORK, MAX_WORK_FOR_TWO = 400_000, 120_000
"""Candidates times the record's fields and a quarter of its scalars that may be tried, for one mistake and for two: a second or so."""
LEAST_TRIED = 200
"""Candidates that are tried however large the record is: packing, headers and systems come first."""
PROMISING = 6
"""First mistakes to which a second one is sought."""
REMEMBERED = 1000
"""Observations whose causes are kept: a wrong peer shows the same to everyone it is paired with."""
_known: dict[object, str] = {}
_lock = Lock()
_Test = Callable[[Candidate, Observation], bool]


def cause_of(seen: Observation) -> str:
    """Return the cause in words; empty if nothing explains everything, or if there is nothing to explain.

    Where nothing explains the bytes, a mistake that explains the whole description is named, and it is said that the bytes are not.
    """
    if seen.holds is not None:
        return next((mistake.words(ways) for mistake, ways in _explaining(seen)), "")
    key = _key(seen)
    with _lock:
        if key not in _known:
            if len(_known) >= REMEMBERED:
                _known.clear()
            _known[key] = _cause(seen)
        return _known[key]


def likely_cause(seen: Observation) -> str:
    """Return the cause where little is known: a mistake that concerns all of a record, or else any, if no other explains it; or empty.

    What puts every value where another mistake puts it is not another explanation.
    """
    found = _distinct(replace(seen, fields=False)) or _distinct(seen)
    return found[0] if len(found) == 1 else ""


def _distinct(seen: Observation) -> list[str]:
    """Return the first mistakes that explain everything and put the values in different places, two at most."""
    found: dict[object, str] = {}
    for mistake, ways in _explaining(seen):
        found.setdefault(_placing(ways[0], seen), mistake.words(ways))
        if len(found) > 1:
            break
    return [*found.values()]


def _placing(way: Candidate, seen: Observation) -> object:
    """Return where a candidate has the layout's scalars."""
    places = (way.places.of(leaf.path) for leaf in seen.layout.leaves)
    return way.abi.order, tuple(place and (place.start, place.width, place.bit, place.outside) for place in places)


def _key(seen: Observation) -> object:
    found, exchanged = seen.description, []
    for each in (Exchanged(seen.values, seen.memory, seen.loaded), *seen.others):
        loaded = None if each.loaded is None else tuple(each.loaded.items())
        exchanged.append((tuple(each.values.items()), each.memory, loaded))
    told: object = None
    if found is not None:
        enums = tuple((name, tuple(values.items())) for name, values in (found.enums or {}).items())
        parts = (found.leaves, (found.kinds or {}), (found.members or {}))
        told = (found.size, found.align, *(tuple(part.items()) for part in parts), enums, found.alike)
    return seen.layout.record, seen.layout.abi, told, tuple(exchanged), seen.size


def _cause(seen: Observation) -> str:
    found, layout = seen.description, seen.layout
    if layout.record.body:
        return behaviour_of(seen)
    named = _whole(seen)
    if not named and found is not None and _odd_kinds(seen, found):
        two = _two(seen)
        if two:
            return two
        # languages lack kinds: what was told of them is left aside where no mistake fits it, and that is said
        seen = replace(seen, description=replace(found, kinds={}))
        named = _whole(seen)
        named = f"{named} {words.NOT_EVERY_KIND}" if named else ""
    if named or found is None or described_right(seen):
        return named
    two = _two(seen)
    part = "" if two or describes(Candidate("", layout.record, layout.abi), seen) else _first(describes, seen)
    return two or (f"{part} {words.NOT_EVERY_BYTE}" if part else "")


def _whole(seen: Observation) -> str:
    """Return a cause of all that is known; empty if there is none."""
    right = Candidate("", seen.layout.record, seen.layout.abi)
    if explains(right, seen):  # all scalars
        return behaviour_of(seen) or _constants(seen)
    if seen.description is None:
        return next((mistake.words(ways) for mistake, ways in _explaining(seen)), "")
    if not describes(right, seen):
        return _first(explains, seen)
    told = _odd_kinds(seen, seen.description)
    declared = "" if all_lost(seen) and not told else _first(explains, seen)
    return behaviour_of(seen) or declared or losses_of(seen)


def _first(test: _Test, seen: Observation) -> str:
    """Name the first mistake of which a way passes the test."""
    return next((mistake.words(ways) for mistake, ways in _passing(test, seen)), "")


def _explaining(seen: Observation) -> Iterator[tuple[Mistake, list[Candidate]]]:
    """Yield the mistakes that explain what somebody who cannot be asked left in memory: those that leave no byte over, or else all."""
    found = False
    for one in _passing(lambda way, seen: tidy(way, seen) and explains(way, seen), seen):
        found = True
        yield one
    if not found:
        yield from _passing(explains, seen)


def _passing(test: _Test, seen: Observation) -> Iterator[tuple[Mistake, list[Candidate]]]:
    """Yield the mistakes of which some ways pass the test, with those, within the work that is allowed."""
    for mistake in _affordable(seen, _tries(seen, MAX_WORK)):
        for one in (
            (test, partial(explains, raw=True)) if test is explains and seen.description is not None else (test,)
        ):
            ways = [way for way in mistake.ways if _passes(one, way, seen)]
            if ways:
                yield mistake, ways
                break


def _tries(seen: Observation, work: int) -> int:
    """Return how many candidates may be tried."""
    fields = sum(
        len(one.fields) for one in (seen.layout.record, *seen.layout.record.nested()) if isinstance(one, Record)
    )
    return max(LEAST_TRIED, work // (fields + seen.layout.count // 4 + 1))


def _affordable(seen: Observation, tries: int) -> Iterator[Mistake]:
    """Yield the mistakes to try, as long as there are tries left."""
    for mistake in suspects(seen):
        tries -= len(mistake.ways)
        if tries < 0:
            return
        yield mistake


def _passes(test: _Test, way: Candidate, seen: Observation) -> bool:
    with suppress(LayoutError):  # a change that makes no record, such as fields that overlap
        return test(way, seen)
    return False


def _odd_kinds(seen: Observation, found: Description) -> bool:
    """Return whether a kind was told that is not the layout's."""
    kinds = ((leaf.kind, (found.kinds or {}).get(leaf.path, "")) for leaf in seen.layout.leaves)
    return any(told and not kind_fits(kind, told, seen.layout.abi, found.alike) for kind, told in kinds)


def _constants(seen: Observation) -> str:
    """Return words for the constant of an enumeration that was told to have another number; empty if there is none."""
    for leaf in seen.layout.leaves if seen.description is not None else ():
        if isinstance(leaf.kind, Enum) and seen.description is not None:
            told = constants_told(seen.description, leaf.path, leaf.kind) or {}
            for name, number in leaf.kind.values if told else ():
                if not same_number(number, told.get(name), leaf.kind, seen.layout.abi):
                    return words.constants(leaf.kind.name or f"`{leaf.field}`", name, told.get(name), number)
    return ""


# --- two mistakes ----------------------------------------------------------------------------------------------------------


def _two(seen: Observation) -> str:
    """Return words for two mistakes that explain everything together: the second is sought in the record as the first one makes it."""
    found: dict[str, None] = {}
    first_ones = _promising(seen)
    tries = _tries(seen, MAX_WORK_FOR_TWO) // max(1, len(first_ones))
    for first in first_ones:
        for mistake in _affordable(replace(seen, layout=first.layout), tries):
            ways = [way for way in mistake.ways if _passes(explains, _both(first, way), seen)]
            if ways and mistake.words(ways) != first.words:
                found[words.two_changes(first.words, mistake.words(ways))] = None
                break
    named = next(iter(found), "")
    return words.such_as(named) if len(found) > 1 else named


def _both(first: Candidate, second: Candidate) -> Candidate:
    return replace(
        second,
        words="",
        shift=first.shift + second.shift,
        turned=first.turned ^ second.turned,
        crossed=first.crossed | second.crossed,
    )


def _promising(seen: Observation) -> list[Candidate]:
    """Return the single mistakes that explain most of the description, and more than none does."""
    found: list[tuple[int, Candidate]] = []
    least = _explained(Candidate("", seen.layout.record, seen.layout.abi), seen)
    for mistake in _affordable(seen, _tries(seen, MAX_WORK_FOR_TWO)):
        for way in mistake.ways:
            with suppress(LayoutError):
                score = 0 if way.unseen or way.silent else _explained(way, seen)
                if score > least:
                    found.append((score, replace(way, words=mistake.words([way]))))
    found.sort(key=lambda pair: -pair[0])
    return [way for _, way in found[:PROMISING]]


def _explained(way: Candidate, seen: Observation) -> int:
    """Return how many leaves are where they were described, or lacking where they were not, and how many are of the kind told."""
    assert seen.description is not None
    score = int(way.end == seen.description.size) + int(seen.description.aligned_to(way.layout.align))
    for leaf in seen.layout.leaves:
        place, told = way.places.of(leaf.path), seen.description.leaves.get(leaf.path)
        there = None if place is None or place.outside else (place.start, place.width)
        score += there == told
        kind = (seen.description.kinds or {}).get(leaf.path, "")
        score += place is not None and (not kind or kind_fits(place.kind, kind, way.layout.abi, seen.description.alike))
    return score
