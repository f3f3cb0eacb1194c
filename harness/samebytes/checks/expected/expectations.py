"""Expected deviations: the entries of `fixtures/expectations.toml`, and what came of them in a run. `fixtures/README.md` has the rules.

Strict both ways: a cell that deviates otherwise than its entry says is red, and so is one that agrees although an entry says it does not.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from samebytes.checks.expected.expectation import Expectation, Found, Peers, covers, expectation, found_in, says
from samebytes.checks.result import Result, Run, Verdict
from samebytes.errors import UsageError
from samebytes.toml import TomlError, read_toml

__all__ = ["Expectations", "Verified", "read_expectations"]


@dataclass(frozen=True)
class Verified:
    """A cell that ran: the entry that is about it, if there is one, and how it deviates, if it does."""

    identity: str
    entry: Expectation | None
    found: Found | None

    @property
    def matched(self) -> bool:
        """Return whether the cell deviates as its entry says."""
        return self.entry is not None and self.found is not None and self.entry.expects(self.found)


@dataclass
class Expectations:
    """The entries of a file, and what came of them in one run. Not thread-safe."""

    path: Path | None = None
    entries: Sequence[Expectation] = ()
    judged: list[Verified] = field(default_factory=list)
    _apart: set[int] = field(default_factory=set)
    """Entries that are about a cell that ran, but whose condition does not hold for it."""

    def judge(self, result: Result, peers: Peers) -> None:
        """Look a finished cell up: one that deviates as expected becomes `known`, one that agrees unexpectedly becomes red."""
        about = [entry for entry in self.entries if entry.covers(result.identity)]
        entry = next((entry for entry in about if entry.holds(result, peers)), None)
        self._apart |= {each.number for each in about if each is not entry}
        found = found_in(result)
        judged = Verified(result.identity, entry, found)
        self.judged.append(judged)
        if entry is None:
            return
        if judged.matched:
            result.reason, result.link = entry.reason, entry.link
        elif found is None:
            result.runs.append(self._unexpected_pass(result, entry))
        else:
            worst = result.worst
            worst.message = "\n".join(filter(None, (worst.message, f"{self.place(entry)} expects {entry.found}")))

    def refuse_wide(self, universe: Collection[str]) -> None:
        """Raise UsageError for an entry whose wildcards take in more of all the cells there are than it says."""
        for entry in self.entries:
            covered = sum(map(entry.covers, universe))
            if entry.at_most is not None and covered > entry.at_most:
                raise UsageError(
                    f"{self.place(entry)} is about {covered} cells, and says at_most = {entry.at_most}",
                    hint="name fewer cells, or raise at_most if all of them are meant",
                )

    def nowhere(self, universe: Collection[str]) -> list[str]:
        """Return in words the identities of the file that name no existing cell, such as one of a peer that was renamed."""
        return [
            f"{self.place(entry)} is about {pattern}, and there is no such cell"
            for entry in self.entries
            for pattern in entry.cells
            if not any(covers(pattern, identity) for identity in universe)
        ]

    def unsaid(self, universe: Collection[str]) -> list[tuple[Expectation, str]]:
        """Return the messages that no cell gave, of entries all of whose cells ran."""
        found = []
        for entry in self.entries:
            told = [judged.found for judged in self.judged if judged.entry is entry and judged.matched]
            said = {words for each in told if each is not None for words in each.messages}
            if not told or len(told) < sum(map(entry.covers, universe)):
                continue
            found += [
                (entry, wanted) for wanted in entry.found.messages if not any(says(wanted, words) for words in said)
            ]
        return found

    def stale(self, universe: Collection[str]) -> list[str]:
        """Return in words what of the file is about nothing, now that all has run. Each item fails the run."""
        unsaid = (
            f"{self.place(entry)} lists a message that no cell gave: {words}" for entry, words in self.unsaid(universe)
        )
        return [*self.nowhere(universe), *unsaid]

    def unjudged(self, selected: Collection[str]) -> Iterator[tuple[int, str]]:
        """Yield number and reason for each entry of which no cell could be judged; such an entry is neither matched nor stale."""
        used = {judged.entry.number for judged in self.judged if judged.entry is not None}
        for entry in self.entries:
            if entry.number in used:
                continue
            if entry.number in self._apart:
                yield entry.number, "its condition does not hold here"
            elif any(map(entry.covers, selected)):
                yield entry.number, "its cells could not run here"
            else:
                yield entry.number, "its cells were not selected, or are of a realm that is not here"

    def _unexpected_pass(self, result: Result, entry: Expectation) -> Run:
        """Return a run that reports the unexpected pass: the cell is as red as one that differs."""
        run = Run("", "", result.producer, result.consumer)
        words = f"an unexpected pass: every run agreed, and {self.place(entry)} expects {entry.found}"
        run.fail(Verdict.DIFFERS, entry.found.stage, words)
        return run

    def place(self, entry: Expectation) -> str:
        """Return where an entry stands, in words."""
        return f"{self.path}, entry {entry.number}"


def read_expectations(path: Path) -> Expectations:
    """Return the file's entries. UsageError names the file, the entry and what is wrong with it."""
    try:
        tree = read_toml(path)
    except TomlError as error:
        raise UsageError(f"{path}: {error}", hint="an empty file expects nothing") from error
    written = tree.pop("expect", [])
    if tree or not isinstance(written, list):
        raise UsageError(f"{path}: unknown key {next(iter(tree), 'expect')!r}", hint="an entry begins with [[expect]]")
    entries = [_entry(path, number, table) for number, table in enumerate(written, 1)]
    for number, entry in enumerate(entries):
        for earlier in entries[:number]:
            if not entry.excludes(earlier):
                both = f"entries {earlier.number} and {entry.number} can be about one cell"
                raise UsageError(f"{path}: {both}", hint="make one of them narrower, or give them different conditions")
    return Expectations(path, entries)


def _entry(path: Path, number: int, table: Any) -> Expectation:
    try:
        return expectation(number, table)
    except (TypeError, ValueError) as error:
        raise UsageError(f"{path}, entry {number}: {error}", hint="fixtures/README.md says how one reads") from error
