"""Verdicts, stages, differences: what came of a case, with the evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from samebytes.errors import (
    PeerCrashedError,
    PeerError,
    PeerRefusedError,
    PeerTimeoutError,
)

__all__ = ["Difference", "Result", "Run", "Skip", "Stage", "Verdict", "verdict_of"]


class Verdict(StrEnum):
    """What came of a case. Only `agreed` is green, and `known`, which a cell gets that deviates exactly as was expected."""

    AGREED = "agreed"
    DIFFERS = "differs"
    CRASHED = "crashed"
    HUNG = "hung"
    LEAKED = "leaked"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    KNOWN = "known"


class Stage(StrEnum):
    """Where in a case something happened, in order."""

    BUILD = "build"
    START = "start"
    DESCRIBE = "describe"
    CREATE = "create"
    OPEN = "open"
    STORE = "store"
    LOAD = "load"
    WATCH = "watch"
    """While a program that is not a peer runs: what it shares, over a while."""
    CLOSE = "close"
    KILL = "kill"


@dataclass(frozen=True)
class Difference:
    """One thing that is not as the layout says. Offsets and widths in bytes; `expected` and `found` as hex or in words."""

    stage: Stage
    peer: str
    path: str
    expected: str
    found: str
    offset: int | None = None

    def __str__(self) -> str:
        place = self.path if self.offset is None else f"{self.path} at {self.offset}"
        if self.stage is Stage.DESCRIBE:
            return f"{place}: the layout has {self.expected}, {self.peer} has {self.found}"
        if self.stage is Stage.STORE:
            return f"{place}: expected bytes {self.expected}, in memory {self.found} (written by {self.peer})"
        if self.stage is Stage.LOAD:
            return f"{place}: expected {self.expected}, {self.peer} read {self.found}"
        return f"{place}: expected {self.expected}, found {self.found} ({self.peer}, {self.stage})"


@dataclass
class Run:
    """One exchange between two processes: one layout, one set of values, one form of view on each side."""

    layout: str
    values: str
    producer: str
    consumer: str
    verdict: Verdict = Verdict.AGREED
    stage: Stage = Stage.DESCRIBE
    message: str = ""
    absent: Mapping[str, Any] = field(default_factory=dict)
    """How the consumer's `open_existing` of the name, before anybody created it, was refused."""
    size: int = 0
    described: Mapping[str, Any] = field(default_factory=dict)
    """Size and alignment as each side's compiler has them."""
    leaves: list[Sequence[Any]] = field(default_factory=list)
    """Per leaf: path, offset, width, bytes expected, bytes in memory, bits the consumer loaded; all in hex."""
    memory: str = ""
    """The record's bytes in shared memory after the store, in hex."""
    differences: list[Difference] = field(default_factory=list)
    cause: str = ""
    """The one change of a declaration that explains every difference, and whose it is; empty if none does."""
    evidence: str = ""
    cases: int = 1
    """How many sets of values it stands for: those that agree are told together."""
    notes: list[str] = field(default_factory=list)
    """What is worth knowing and no failure, a sentence each."""

    def differ(self, difference: Difference) -> None:
        """Add a difference, once; the first decides the stage of the verdict."""
        if difference in self.differences:
            return
        if self.verdict is Verdict.AGREED:
            self.verdict, self.stage = Verdict.DIFFERS, difference.stage
        self.differences.append(difference)

    def tells(self) -> int:
        """How much its differences tell: in how many stages there are some."""
        return len({difference.stage for difference in self.differences})

    def fail(self, verdict: Verdict, stage: Stage, message: str, evidence: str = "") -> None:
        """A failure outweighs differences: without a process there is nothing to compare."""
        self.verdict, self.stage, self.message, self.evidence = verdict, stage, message, evidence

    def break_off(self, stage: Stage, error: PeerError) -> Run:
        """A conversation with a peer broke: the failure that its error is. The run itself, for who makes one only to say so."""
        self.fail(verdict_of(error), stage, str(error), error.evidence)
        return self


@dataclass
class Result:
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

    @property
    def cases(self) -> int:
        """How many sets of values were stored, compared, loaded and compared again, or scenarios played."""
        return sum(run.cases for run in self.runs)

    @property
    def identity(self) -> str:
        """Its name, stable over versions: `producer/consumer/program/realm/check`."""
        return f"{self.producer}/{self.consumer}/{self.program}/{self.realm}/{self.check}"

    @property
    def worst(self) -> Run:
        """The run that decides: the first failure, else the difference that tells most, else the first."""
        failed = [run for run in self.runs if run.verdict not in (Verdict.AGREED, Verdict.DIFFERS)]
        differing = [run for run in self.runs if run.verdict is Verdict.DIFFERS]
        return (failed or sorted(differing, key=Run.tells, reverse=True) or self.runs)[0]

    @property
    def green(self) -> bool:
        """Whether it fails no run."""
        return self.verdict in (Verdict.AGREED, Verdict.KNOWN)

    @property
    def verdict(self) -> Verdict:
        """The verdict of the run that decides; `known` if it was expected. A cell without a run is never green."""
        if self.reason:
            return Verdict.KNOWN
        return self.worst.verdict if self.runs else Verdict.REFUSED

    def as_json(self) -> dict[str, Any]:
        """The cell as it stands in a report."""
        worst = self.worst
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
            "stage": None if self.verdict is Verdict.AGREED else str(worst.stage),
            "message": worst.message,
            "cause": worst.cause,
            **self._expected(),
            "seconds": round(self.seconds, 4),
            "cases": self.cases,
            "runs": [_run_json(run) for run in self.runs],
        }

    def _expected(self) -> dict[str, str]:
        """What a `known` cell says besides: its verdict if nobody had expected it, why it was expected, where there is more."""
        if not self.reason:
            return {}
        return {"deviation": str(self.worst.verdict), "reason": self.reason, "link": self.link}


@dataclass(frozen=True)
class Skip:
    """What was not run: a realm (peer empty) or a peer in a realm, why, and the command that adds it."""

    realm: str
    peer: str
    reason: str
    add: str


def _run_json(run: Run) -> dict[str, Any]:
    """A run as it stands in a report; notes only where there are some."""
    line = {**vars(run), "differences": [vars(difference) for difference in run.differences]}
    if not run.notes:
        del line["notes"]
    return line


def verdict_of(error: PeerError) -> Verdict:
    """Which verdict a peer's failure gives."""
    if isinstance(error, PeerCrashedError):
        return Verdict.CRASHED
    if isinstance(error, PeerTimeoutError):
        return Verdict.HUNG
    if isinstance(error, PeerRefusedError) and error.kind == "unsupported":
        return Verdict.UNSUPPORTED
    return Verdict.REFUSED
