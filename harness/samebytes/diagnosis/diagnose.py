"""Causes: which single change of the declaration explains everything that was observed.

The record is laid out again under each candidate rule. A rule explains an observation if it gives the size, alignment,
offsets and widths that the peer described, and, where the peer stored, every byte that it left in memory.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from threading import Lock

from samebytes.diagnosis.as_declared import as_declared
from samebytes.diagnosis.explains import Candidate, Observation, describes, explains
from samebytes.diagnosis.hypotheses import Group, suspects
from samebytes.errors import LayoutError
from samebytes.layout import Description, lay_out

__all__ = ["Observation", "cause_of"]

MAX_CANDIDATES = 4000
"""What may be tried for one observation: a second's work for a record of 300 leaves."""
REMEMBERED = 1000
"""Observations whose causes are kept: a wrong peer shows the same to everyone it is paired with."""
_known: dict[object, str] = {}
_lock = Lock()
BY_DESCRIPTION = "(by its description; it does not explain every byte)"


def cause_of(seen: Observation) -> str:
    """The first candidate that explains everything, in words; empty if none does, or if there is nothing to explain.

    Where none explains the bytes, one that explains the whole description is named, and it is said that the bytes are not.
    """
    found, loaded = seen.description, seen.loaded
    told = (
        found.size,
        found.align,
        tuple(found.leaves.items()),
        tuple(seen.values.items()),
        seen.memory,
        *_more(found),
    )
    key = (seen.layout.record, seen.layout.abi, told, None if loaded is None else tuple(loaded.items()))
    with _lock:
        if key not in _known:
            if len(_known) >= REMEMBERED:
                _known.clear()
            _known[key] = _cause(seen)
        return _known[key]


def _more(found: Description) -> tuple[object, ...]:
    """What a description says besides places, to be remembered by."""
    parts = (tuple((part or {}).items()) for part in (found.kinds, found.members))
    return (*parts, tuple((name, tuple(named.items())) for name, named in (found.enums or {}).items()), found.alike)


def _cause(seen: Observation) -> str:
    right = Candidate("", seen.layout.record, seen.layout.abi)
    if seen.layout.record.body or explains(right, seen):
        return ""
    told = as_declared(seen)
    if told is None:
        return _single(seen)
    if told.whole and explains(Candidate("", told.record, seen.layout.abi), seen):
        return told.words
    other = _single(seen)
    if (other and BY_DESCRIPTION not in other) or not told.harmless:
        return other or (told.words if describes(Candidate("", told.record, seen.layout.abi), seen) else "")
    rest = _single(replace(seen, layout=lay_out(told.record, seen.layout.abi)))
    return f"{told.words}; and {rest}" if rest else other


def _single(seen: Observation) -> str:
    """One change that explains it, of those that people make."""
    right = Candidate("", seen.layout.record, seen.layout.abi)
    tried, by_description = 0, ""
    for group in suspects(seen):
        words = _naming(explains, group, seen) or _naming(partial(explains, raw=True), group, seen)
        if words:
            return words
        by_description = by_description or _naming(describes, group, seen)
        tried += len(group.candidates)
        if tried > MAX_CANDIDATES:
            break
    if not by_description or describes(right, seen):
        return ""
    return f"{by_description} {BY_DESCRIPTION}"


def _naming(test: Callable[[Candidate, Observation], bool], group: Group, seen: Observation) -> str:
    """The group's words for those of its candidates that pass the test."""
    found = []
    for candidate in group.candidates:
        with suppress(LayoutError):  # a change that makes no record, such as fields that overlap
            if test(candidate, seen):
                found.append(candidate.words)
    return group.words(list(dict.fromkeys(found))) if found else ""
