"""One expected deviation: which cells it is about, under which condition, and how they deviate. `fixtures/README.md` has the rules."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from samebytes.checks.result import Result, Run, Stage, Verdict

__all__ = ["Expectation", "Found", "Peers", "covers", "expectation", "found_in", "says"]

WHOLE, GAP = "*", "…"
"""A part of an identity that may be anything; a stretch of a message that may be anything."""
MOST_WILD = 2
"""Parts of one identity that may be `*`."""
MOST_CELLS = 64
"""Cells that one entry with wildcards may be about."""
LEAST_LETTERS = 12
"""Letters that a message with a gap must have besides: a gap alone would match anything."""

_REQUIRED = ("cells", "verdict", "stage", "message", "reason")
_KEYS = (*_REQUIRED, "at_most", "when", "link")
_CONDITIONS = ("realm", "system", "target", "peer", "version")
_RANDOM = re.compile(r"(?<=-)\d+-[0-9a-f]{8}\b|(?<=process )\d+|(?<=/#)\d+")
"""What a run adds to a segment's name so that no two are the same, process ids, the numbers of files that have no name any more."""

Peers = Mapping[str, Mapping[str, str]]
"""The peers of a realm by name: language, toolchain, version, target."""


@dataclass(frozen=True)
class Found:
    """How a cell deviates: the verdict and the stage of the run that decides, and what each run says that did not agree."""

    verdict: Verdict
    stage: Stage
    messages: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.verdict} at {self.stage}: {' | '.join(self.messages)}"


@dataclass(frozen=True)
class Expectation:
    """One entry of the file. `number` counts from 1."""

    number: int
    cells: tuple[str, ...]
    found: Found
    reason: str
    link: str = ""
    at_most: int | None = None
    when: Mapping[str, str] = field(default_factory=dict)

    def covers(self, identity: str) -> bool:
        """Return whether the entry is about that cell, if its condition holds."""
        return any(covers(pattern, identity) for pattern in self.cells)

    def holds(self, result: Result, peers: Peers) -> bool:
        """Return whether the condition holds for a cell. What a peer did not tell, because it did not start, holds for nothing."""
        sides = {name: peers.get(name, {}) for name in (result.producer, result.consumer)}
        facts = {"realm": result.realm, "system": platform.system()}
        if any(facts.get(key, word) != word for key, word in self.when.items()):
            return False
        if "target" in self.when and self.when["target"] not in {side.get("target") for side in sides.values()}:
            return False
        version = sides.get(self.when.get("peer", ""), {}).get("version", "")
        return "version" not in self.when or version.startswith(self.when["version"])

    def expects(self, found: Found) -> bool:
        """Return whether a deviation is the expected one: the same verdict and stage, and every run's words are in the entry."""
        same = (found.verdict, found.stage) == (self.found.verdict, self.found.stage)
        return same and all(any(says(wanted, words) for wanted in self.found.messages) for words in found.messages)

    def excludes(self, other: Expectation) -> bool:
        """Return whether the two are never about one cell: no identity in common, or conditions that cannot both hold."""
        pairs = ((one, two) for one in self.cells for two in other.cells)
        if not any(_meet(one, two) for one, two in pairs):
            return True
        mine, theirs = self.when, other.when
        if any(key in mine and key in theirs and mine[key] != theirs[key] for key in ("realm", "system")):
            return True
        if not ("version" in mine and "version" in theirs and mine["peer"] == theirs["peer"]):
            return False
        one, two = mine["version"], theirs["version"]
        return not one.startswith(two) and not two.startswith(one)


def found_in(result: Result) -> Found | None:
    """Return how a finished cell deviates, None if it agreed, or is right by ABIs that are incompatible.

    Names that are random by design are taken out of the words.
    """
    if result.verdict in (Verdict.AGREED, Verdict.INCOMPATIBLE):
        return None
    worst = result.worst
    messages = (_words(run) for run in result.runs if run.verdict is not Verdict.AGREED)
    return Found(worst.verdict, worst.stage, tuple(dict.fromkeys(messages)))


def expectation(number: int, table: Any) -> Expectation:
    """Return an entry of the file from its table. TypeError or ValueError says what is wrong with it."""
    if not isinstance(table, dict):
        raise TypeError("no table")
    _only(table, _KEYS)
    for key in _REQUIRED:
        if key not in table:
            raise ValueError(f"lacks {key!r}")
    verdict = Verdict(_text(table, "verdict"))
    if verdict in (Verdict.AGREED, Verdict.INCOMPATIBLE, Verdict.KNOWN):
        raise ValueError(f"{verdict} is no deviation")
    return Expectation(
        number=number,
        cells=_cells(table),
        found=Found(verdict, Stage(_text(table, "stage")), _messages(table["message"])),
        reason=_text(table, "reason"),
        link=_text(table, "link") if "link" in table else "",
        at_most=table.get("at_most"),
        when=_condition(table.get("when", {})),
    )


def _cells(table: Mapping[str, Any]) -> tuple[str, ...]:
    """Read identities with bounded wildcards: whole parts, not many, and the entry says how many cells it may be about."""
    cells = _texts(table["cells"], "cells")
    for pattern in cells:
        parts = pattern.split("/")
        if len(parts) != 5 or not all(parts):
            raise ValueError(f"{pattern!r} is no producer/consumer/program/realm/check")
        if any(WHOLE in part and part != WHOLE for part in parts):
            raise ValueError(f"{pattern!r}: * stands for a whole part only")
        if parts.count(WHOLE) > MOST_WILD:
            raise ValueError(f"{pattern!r} is too wide: at most {MOST_WILD} parts may be *")
    wild, most = any(WHOLE in pattern for pattern in cells), table.get("at_most")
    if wild and most is None:
        raise ValueError("lacks 'at_most', how many cells its wildcards may take in")
    if most is not None and (type(most) is not int or not 0 < most <= MOST_CELLS):
        raise ValueError(f"at_most = {most!r} is no number from 1 to {MOST_CELLS}")
    return cells


def _messages(value: Any) -> tuple[str, ...]:
    messages = _texts([value] if isinstance(value, str) else value, "message")
    for message in messages:
        if GAP in message and len(message.replace(GAP, "").replace(" ", "")) < LEAST_LETTERS:
            raise ValueError(f"message {message!r} is too wide: {LEAST_LETTERS} letters beside its gaps, or more")
    return messages


def _condition(when: Any) -> dict[str, str]:
    if not isinstance(when, dict):
        raise TypeError("'when' is no table")
    _only(when, _CONDITIONS)
    if ("peer" in when) is not ("version" in when):
        raise ValueError("a condition has both 'peer' and 'version', or neither")
    return {key: _text(when, key) for key in when}


def _only(table: Mapping[str, Any], keys: Iterable[str]) -> None:
    unknown = sorted(set(table) - set(keys))
    if unknown:
        raise ValueError(f"unknown key {unknown[0]!r} (keys: {' '.join(keys)})")


def _text(table: Mapping[str, Any], key: str) -> str:
    (text,) = _texts([table[key]], key)
    return text


def _texts(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or not all(isinstance(text, str) and text.strip() for text in value):
        raise ValueError(f"{key!r} must be filled in with text")
    return tuple(value)


def covers(pattern: str, identity: str) -> bool:
    """Return whether an identity, which may have wildcards, is that of a cell."""
    return _meet(pattern, identity)


def _meet(one: str, other: str) -> bool:
    """Return whether two identities, with wildcards or without, can be the same."""
    pairs = zip(one.split("/"), other.split("/"), strict=True)
    return all(mine == theirs or WHOLE in (mine, theirs) for mine, theirs in pairs)


def says(wanted: str, words: str) -> bool:
    """Return whether a message, which may have gaps, is what a run says."""
    return re.fullmatch(".*".join(map(re.escape, wanted.split(GAP))), words, re.DOTALL) is not None


def _words(run: Run) -> str:
    """Return what a run says, in one line: its message, or else its first difference and how many more there are."""
    if run.message or not run.differences:
        words = next(iter(run.message.splitlines()), str(run.verdict))
    else:
        more = f" (and {len(run.differences) - 1} more)" if len(run.differences) > 1 else ""
        words = f"{run.differences[0]}{more}"
    return _RANDOM.sub(GAP, words)
