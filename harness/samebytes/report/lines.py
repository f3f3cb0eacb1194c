"""The lines of a report, typed: a header, the cells and what was skipped, a footer.

A line comes from JSON by `line_of`, and goes back by `to_json`. What is not as these types say is refused with its place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct, convert, field, to_builtins
from msgspec.json import encode

from samebytes.checks.result import CellLine, Name, Result, Seconds, Skip, SkipLine, Verdict
from samebytes.checks.run import Count, Seed
from samebytes.printable import printable_all

__all__ = [
    "FORMAT",
    "FORMATS",
    "TYPES",
    "Expectations",
    "Footer",
    "Header",
    "Host",
    "Line",
    "Machine",
    "Peers",
    "Unjudged",
    "line_of",
    "shown",
]

FORMAT = 2
"""The format of the reports that are written; a reader refuses one it does not know."""
FORMATS = (1, 2)
"""The formats that are read: format 1 has neither `partial`, nor `incompatible`, nor `covers`, nor `seed`."""

SEVERAL = frozenset({"message", "evidence", "repair", "blame", "reason"})
"""Members whose text may have several lines."""
Instant = Annotated[str, Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z$(?![\s\S])")]
"""A time in UTC."""
Peers = Mapping[str, Mapping[str, Mapping[str, str]]]
"""By realm and name: language, toolchain, version, target."""
Figures = Mapping[str, Mapping[str, Seconds]]


class Machine(Struct, frozen=True):
    """Where a run took place."""

    system: str = ""
    machine: str = ""
    python: str = ""


class Host(Struct, frozen=True):
    """One run: where and when it took place, what it took in seconds, and what its random values were drawn from."""

    samebytes: Name
    started: Instant
    system: str
    machine: str
    python: str
    seconds: Seconds
    seed: Seed | None = None

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in a merged report's header."""
        return _without(to_builtins(self), "seed")


class Header(Struct, tag_field="type", tag="header"):
    """Who ran, where and when. A run has `host`; a merged report has `hosts`, one for each run."""

    format: int
    samebytes: Name
    started: Instant
    host: Machine | None = None
    hosts: Annotated[list[Host], Meta(min_length=1)] | None = None
    programs: list[str] = field(default_factory=list)
    """In the order in which they are shown."""
    seed: Seed | None = None
    """What the random values of the run were drawn from."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in a report."""
        line = _without(to_builtins(self), "host", "hosts", "programs", "seed")
        return line | ({"hosts": [host.to_json() for host in self.hosts]} if self.hosts else {})


class Unjudged(Struct, frozen=True):
    """An expectation, counted from 1, of which no cell could be judged, and why."""

    entry: Count
    why: str


class Expectations(Struct, frozen=True):
    """What became of the file of expected deviations, if it has any; `stale` is what of it is about nothing: the run failed."""

    file: str = ""
    entries: Count = 0
    unjudged: list[Unjudged] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)


class Footer(Struct, tag_field="type", tag="footer"):
    """The sums, and the peers that took part, by realm and name."""

    cells: Count
    verdicts: Mapping[Verdict, Count]
    peers: Peers
    seconds: Seconds
    phases: Figures = field(default_factory=dict)
    """By realm: the seconds of each part of its run."""
    rates: Figures = field(default_factory=dict)
    """By realm and pair of faces: data cases verified in a second of one core's time (of the clock's, where the system tells none)."""
    left: Mapping[str, Mapping[str, Count]] = field(default_factory=dict)
    """By realm and check: what was left to other pairs, and `--full` adds: of `data` so many cases, of other checks so many cells."""
    expectations: Expectations | None = None
    incomplete: list[str] = field(default_factory=list)
    """Why this is not all that was to be run: interrupted, cut off, a leg that is missing. Such a report is never green."""

    def to_json(self) -> dict[str, Any]:
        """Return it as it stands in a report."""
        line = _without(to_builtins(self), "phases", "rates", "left", "expectations", "incomplete")
        return {**line, "seconds": line.pop("seconds")}


Line = Header | Result | Skip | Footer
TYPES: Mapping[str, Any] = {"header": Header, "cell": CellLine, "skipped": SkipLine, "footer": Footer}
"""What a line's `type` says it is."""


def line_of(tree: Mapping[str, Any]) -> Line:
    """Return a line from its JSON object. KeyError for a type there is not, msgspec.ValidationError for what is not as the type says."""
    line: Header | CellLine | SkipLine | Footer = convert(tree, TYPES[tree["type"]])
    if isinstance(line, CellLine):
        return line.result()
    return line.skip() if isinstance(line, SkipLine) else line


def shown(tree: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a line's JSON object with every text in it fit to be shown; the same one where it is already."""
    try:
        text = encode(tree).decode()
    except UnicodeEncodeError:  # a lone surrogate
        text = "\\"
    # Without a backslash there is no escape in it, and so no control character that JSON does not show as it is.
    return tree if "\\" not in text and text.isprintable() else dict(printable_all(tree, SEVERAL))


def _without(tree: dict[str, Any], *optional: str) -> dict[str, Any]:
    """Return the same without those of these members that are empty."""
    return {name: value for name, value in tree.items() if name not in optional or value not in (None, [], {}, "")}
