"""One exchange and what came of it: verdict, stage, and the evidence. Typed, as it stands in a report."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Any, NamedTuple, TypedDict

from msgspec import Meta, Struct, field, to_builtins
from msgspec.structs import asdict

from samebytes.errors import (
    PeerCrashedError,
    PeerError,
    PeerRefusedError,
    PeerTimeoutError,
)

__all__ = [
    "COMPLETE",
    "GREEN",
    "PASSING",
    "Count",
    "Difference",
    "Hex",
    "LeafRow",
    "Run",
    "RunLine",
    "Seed",
    "Sizes",
    "Stage",
    "Verdict",
    "verdict_of",
]

Count = Annotated[int, Meta(ge=0)]
"""A number of bytes or of things."""
Hex = Annotated[str, Meta(pattern=r"^(?:[0-9a-f]{2})*$(?![\s\S])")]
"""Bytes as lower-case hex digits; the end of the pattern keeps a newline out."""
Seed = Annotated[int, Meta(ge=0, lt=1 << 53)]
"""What random values were drawn from: a whole number that every JSON reader keeps exactly."""


class Verdict(StrEnum):
    """What came of a case.

    Only `agreed` is green, and `known`, which a cell gets that deviates exactly as was expected. `partial` is a case in which
    everything that was looked at agreed, and not everything was looked at: it fails no run unless a complete one was asked for.
    `incompatible` are two programs that are right, each by its own ABI, and whose ABIs lay the record out differently: what each
    stored and loaded is exactly what that predicts. It fails no run.
    """

    AGREED = "agreed"
    PARTIAL = "partial"
    INCOMPATIBLE = "incompatible"
    DIFFERS = "differs"
    CRASHED = "crashed"
    HUNG = "hung"
    LEAKED = "leaked"
    REFUSED = "refused"
    UNSUPPORTED = "unsupported"
    KNOWN = "known"


GREEN = frozenset({Verdict.AGREED, Verdict.KNOWN})
"""The verdicts of cells that are as they must be."""
COMPLETE = GREEN | {Verdict.INCOMPATIBLE}
"""The verdicts that fail no run in which everything was to be looked at."""
PASSING = COMPLETE | {Verdict.PARTIAL}
"""The verdicts that fail no run, unless a complete one was asked for."""
_OPTIONAL = ("notes", "covers", "seed", "of")
_UNBROKEN = (Verdict.AGREED, Verdict.PARTIAL, Verdict.INCOMPATIBLE)


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


class Difference(Struct, frozen=True):
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


class LeafRow(NamedTuple):
    """The evidence of one leaf: path, offset and width in bytes (0: variable), then bytes and bits in hex."""

    path: str
    offset: Count
    width: Count
    expected: Hex
    """The bytes that the layout says."""
    memory: Hex
    """The bytes in memory after the store."""
    loaded: str | None
    """The bits that the consumer loaded, as it gave them; None: it gave none."""


class Sizes(TypedDict):
    """Size and alignment in bytes, as a compiler has them."""

    size: Count
    align: Count


class Run(Struct):
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
    size: Count = 0
    """The record's size in bytes."""
    described: Mapping[str, Sizes | None] = field(default_factory=dict)
    """Size and alignment as each side's compiler has them; None for a side that declares nothing."""
    leaves: list[LeafRow] = field(default_factory=list)
    memory: Hex = ""
    """The record's bytes in shared memory after the store."""
    differences: list[Difference] = field(default_factory=list)
    cause: str | None = ""
    """The one change of a declaration that explains every difference, and whose it is; empty if none does."""
    evidence: str = ""
    """What the processes printed."""
    cases: Count = 1
    """How many sets of values it stands for: those that agree are told together."""
    notes: list[str] = field(default_factory=list)
    """What is worth knowing and no failure, a sentence each."""
    covers: str = ""
    """What was looked at, in words: `6 of 6 fields read, 4 judged`."""
    of: Count | None = None
    """How many sets of values there are, where the pair exchanged a share: both sides have had all of them. None if it exchanged all."""
    seed: Seed | None = None
    """What its random values were drawn from; None if it has none."""

    def differ(self, difference: Difference) -> None:
        """Add a difference, once; the first decides the stage of the verdict."""
        if difference in self.differences:
            return
        if self.verdict in _UNBROKEN:
            self.verdict, self.stage = Verdict.DIFFERS, difference.stage
        self.differences.append(difference)

    def tells(self) -> int:
        """Return how much its differences tell: in how many stages there are some."""
        return len({difference.stage for difference in self.differences})

    def fail(self, verdict: Verdict, stage: Stage, message: str, evidence: str = "") -> None:
        """Let a failure outweigh differences: without a process there is nothing to compare."""
        self.verdict, self.stage, self.message, self.evidence = verdict, stage, message, evidence

    def break_off(self, stage: Stage, error: PeerError) -> Run:
        """Record that a conversation with a peer broke, and return the run itself, for who makes one only to say so."""
        self.fail(verdict_of(error), stage, str(error), error.evidence)
        return self

    def to_json(self) -> dict[str, Any]:
        """Return the run as it stands in a report, ready for JSON; some of it only where there is something to say."""
        line: dict[str, Any] = to_builtins(self)
        for name in _OPTIONAL:
            if line[name] in ("", None, []):
                del line[name]
        return line


class RunLine(Run, kw_only=True):
    """One exchange as it stands in a report: what came of it must be said, and is never taken for granted."""

    verdict: Verdict
    stage: Stage
    message: str

    def run(self) -> Run:
        """Return the run itself."""
        return Run(**asdict(self))


def verdict_of(error: PeerError) -> Verdict:
    """Return the verdict that a peer's failure gives."""
    if isinstance(error, PeerCrashedError):
        return Verdict.CRASHED
    if isinstance(error, PeerTimeoutError):
        return Verdict.HUNG
    if isinstance(error, PeerRefusedError) and error.kind == "unsupported":
        return Verdict.UNSUPPORTED
    return Verdict.REFUSED
