"""Results: what came of each cell of a run, and of what could not run. Typed, with a stable JSON form.

A result keeps what was seen. Its verdict, stage, message and cause are those of the run that decides: they stand in the JSON form for
its readers, and are found anew when it is read.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, convert, field, to_builtins
from msgspec.structs import replace

from samebytes.checks.run import (
    COMPLETE,
    GREEN,
    PASSING,
    Count,
    Difference,
    LeafRow,
    Run,
    RunLine,
    Sizes,
    Stage,
    Verdict,
    verdict_of,
)

__all__ = [
    "GREEN",
    "PASSING",
    "CellLine",
    "Difference",
    "LeafRow",
    "Name",
    "Result",
    "Run",
    "Seconds",
    "Sizes",
    "Skip",
    "SkipLine",
    "SourceLine",
    "Stage",
    "Verdict",
    "verdict_of",
]

Name = Annotated[str, Meta(min_length=1)]
Seconds = Annotated[float, Meta(ge=0)]
SEEN = ("producer", "consumer", "program", "realm", "check", "seconds", "reason", "link", "group", "covers")
"""Members of a cell that its result keeps as they are."""
EXTRAS = ("blame", "repair", "repro", "bundle")
"""What is added to a failing cell after it has been judged."""


class SourceLine(Struct, frozen=True):
    """A line that people can open and change: of a declaration, or of the project file."""

    file: Name
    """Relative to the top of its repository, with slashes; absolute where it is in none."""
    line: Annotated[int, Meta(ge=1)]
    about: str = ""
    """What is wrong there, in words."""


class Result(Struct):
    """What came of a cell of the matrix: producer × consumer × program in one realm."""

    producer: str
    consumer: str
    program: str
    realm: str
    check: str = "data"
    runs: list[Run] = field(default_factory=list)
    seconds: float = 0.0
    reason: str = ""
    """Why what came of it was expected. With a reason, the cell is `known`."""
    link: str = ""
    """Where there is more about that reason."""
    group: str = ""
    """The group of a program that is one layout and nothing besides."""
    covers: str = ""
    """What was looked at, in words, where it is to be said of the whole cell."""
    blame: str = ""
    """Who is wrong by majority."""
    repair: str = ""
    """A corrected declaration, as source text."""
    repro: str = ""
    """The command that runs this cell alone."""
    bundle: str = ""
    """The path of a bundle that replays this cell."""
    sources: list[SourceLine] = field(default_factory=list)
    """Where what is wrong is declared, the most telling first; empty where it is not known."""

    @property
    def cases(self) -> int:
        """Return how many sets of values were stored, compared, loaded and compared again, or scenarios played."""
        return sum(run.cases for run in self.runs)

    @property
    def identity(self) -> str:
        """Return the cell's name, stable over versions: `producer/consumer/program/realm/check`."""
        return f"{self.producer}/{self.consumer}/{self.program}/{self.realm}/{self.check}"

    @property
    def worst(self) -> Run:
        """Return the run that decides: the first failure, else the most telling difference.

        If it has neither: what is incompatible, else what is partial, else the first.
        """
        failed = [run for run in self.runs if run.verdict not in (*PASSING, Verdict.DIFFERS)]
        differing = [run for run in self.runs if run.verdict is Verdict.DIFFERS]
        apart = [run for run in self.runs if run.verdict is Verdict.INCOMPATIBLE]
        partial = [run for run in self.runs if run.verdict is Verdict.PARTIAL]
        return (failed or sorted(differing, key=Run.tells, reverse=True) or apart or partial or self.runs)[0]

    @property
    def verdict(self) -> Verdict:
        """Return the verdict of the run that decides; `known` if it was expected. A cell without a run is never green."""
        if not self.runs:
            return Verdict.REFUSED
        return Verdict.KNOWN if self.reason else self.worst.verdict

    @property
    def stage(self) -> Stage | None:
        """Return where it did not agree; None if it did."""
        return None if self.verdict is Verdict.AGREED or not self.runs else self.worst.stage

    @property
    def message(self) -> str:
        """Return the words of the run that decides."""
        return self.worst.message if self.runs else "nothing was run"

    @property
    def cause(self) -> str:
        """Return the one change of a declaration that explains what was seen, and whose it is; empty if none does."""
        return (self.worst.cause or "") if self.runs else ""

    @property
    def coverage(self) -> str:
        """Return what was looked at, in words: of the whole cell, or else of the run that decides."""
        return self.covers or (self.worst.covers if self.runs else "")

    @property
    def shared(self) -> bool:
        """Return whether it exchanged a share of the values, both sides having had all of them in other cells."""
        return any(run.of is not None for run in self.runs)

    @property
    def green(self) -> bool:
        """Return whether it is as it must be, in full."""
        return self.verdict in GREEN

    def passes(self, complete: bool = False) -> bool:
        """Return whether it fails no run; a `partial` one fails a run that was asked to be complete."""
        return self.verdict in (COMPLETE if complete else PASSING)

    def extras(self) -> dict[str, str]:
        """Return what was added to it, by name: `blame`, `repair`, `repro`, `bundle`."""
        return {name: text for name in EXTRAS if (text := getattr(self, name))}

    def brief(self) -> Result:
        """Return the same without bytes: enough for a table, and for telling who is wrong."""
        return replace(self, runs=[replace(run, leaves=[], memory="") for run in self.runs])

    def to_json(self) -> dict[str, Any]:
        """Return the cell as it stands in a report, ready for JSON."""
        return {
            "type": "cell",
            "id": self.identity,
            "producer": self.producer,
            "consumer": self.consumer,
            "program": self.program,
            "realm": self.realm,
            "check": self.check,
            **({"group": self.group} if self.group else {}),
            "verdict": str(self.verdict),
            "stage": None if self.stage is None else str(self.stage),
            "message": self.message,
            "cause": self.cause,
            **self._expected(),
            **({"covers": self.covers} if self.covers else {}),
            "seconds": round(self.seconds, 4),
            "cases": self.cases,
            "runs": [run.to_json() for run in self.runs],
            **self.extras(),
            **({"sources": to_builtins(self.sources)} if self.sources else {}),
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Result:
        """Return the result that a cell's JSON object holds. msgspec.ValidationError if it is not as `CellLine` says."""
        return convert(line, CellLine).result()

    def _expected(self) -> dict[str, str]:
        """Return what a `known` cell adds: its verdict if nobody had expected it, why it was expected, where there is more."""
        if not self.reason or not self.runs:
            return {}
        return {"deviation": str(self.worst.verdict), "reason": self.reason, "link": self.link}


class CellLine(Struct, tag_field="type", tag="cell"):
    """What came of producer × consumer × program in one realm, as it stands in a report: a result, and what follows from it."""

    id: Name
    producer: Name
    consumer: Name
    program: Name
    realm: Name
    check: Name
    verdict: Verdict
    stage: Stage | None
    message: str
    seconds: Seconds
    runs: list[RunLine]
    group: str = ""
    cause: str | None = ""
    deviation: Verdict | None = None
    reason: str = ""
    link: str = ""
    covers: str = ""
    cases: Count | None = None
    blame: str | None = ""
    repair: str | None = ""
    repro: str | None = ""
    bundle: str | None = ""
    sources: list[SourceLine] = field(default_factory=list)

    def result(self) -> Result:
        """Return what was seen, without what follows from it."""
        facts: dict[str, Any] = {name: getattr(self, name) for name in SEEN}
        facts |= {name: getattr(self, name) or "" for name in EXTRAS}
        return Result(runs=[run.run() for run in self.runs], sources=self.sources, **facts)


class Skip(Struct, frozen=True):
    """What was not run: a realm (`peer` is empty) or a peer in a realm, why, and the command that adds it."""

    realm: str
    peer: str
    reason: str
    add: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in a report, ready for JSON."""
        return {
            "type": "skipped",
            "realm": self.realm,
            "peer": self.peer or None,
            "reason": self.reason,
            "add": self.add,
        }

    @classmethod
    def from_json(cls, line: Mapping[str, Any]) -> Skip:
        """Return what a skipped line's JSON object holds. msgspec.ValidationError if it is not as `SkipLine` says."""
        return convert(line, SkipLine).skip()


class SkipLine(Struct, tag_field="type", tag="skipped"):
    """What was not run: a realm (`peer` is null) or a peer in a realm, why, and the command that adds it."""

    realm: Name
    peer: str | None
    reason: str
    add: str | None = ""

    def skip(self) -> Skip:
        """Return it with empty texts for null."""
        return Skip(self.realm, self.peer or "", self.reason, self.add or "")
