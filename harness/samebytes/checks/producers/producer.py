"""What a person says about a producer: how it is started, what it shares, what is expected of that, how it is stopped."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

from samebytes.checks.producers.guarding import Counters
from samebytes.errors import UsageError
from samebytes.layout import Abi, Layout, Record, lay_out

__all__ = ["CONSUMER", "POLITE", "RESTARTS", "Expectation", "Producer", "Restart", "Stop"]

CONSUMER = "samebytes"
"""Who looks at what a producer shares."""
DEADLINE = 10.0
WITHIN = 2.0
POLITE: Mapping[str, str] = {"terminate": "SIGTERM", "kill": "SIGKILL", "close": "the end of its standard input"}
"""The ways to stop that are no line of text, each with what the program gets to see."""


@dataclass(frozen=True)
class Expectation:
    """What is expected of one field, by its path (`speed`, `wheels[2].slip`, `name`). What is None or False is not looked at."""

    path: str
    minimum: float | None = None
    maximum: float | None = None
    equals: Any = None
    one_of: tuple[Any, ...] = ()
    advances: bool = False
    """A counter: it grows at least once `within` so many seconds, and never goes back (it may wrap around)."""
    changes: bool = False
    """It has another value at least once `within` so many seconds."""
    within: float = WITHIN
    text: str | None = None
    """An array of characters: its text up to the first NUL."""

    @property
    def in_time(self) -> bool:
        """Return whether one look is not enough to judge it."""
        return self.advances or self.changes


Restart = Literal["after-kill", "while-read", "stale"]
"""What is there when the program is started: the name that a killed one left; the same, while somebody still reads what it shared;
a segment of that name with other bytes, and too small."""
RESTARTS: tuple[Restart, ...] = ("after-kill", "while-read", "stale")


@dataclass(frozen=True)
class Stop:
    """How the program is asked to end."""

    how: Literal["terminate", "kill", "close", "line"] = "terminate"
    line: str = ""
    """With `line`: what is written to its standard input, without the newline."""

    @classmethod
    def parse(cls, text: str) -> Stop:
        """Parse `terminate`, `kill`, `close`, or else a line for its standard input."""
        if text in ("terminate", "kill", "close"):
            return cls(text)  # type: ignore[arg-type] # one of the literals, as the line above says
        return cls("line", text)

    def words(self, realm: str) -> str:
        """Return what the program gets to see there, for people. Windows knows no polite way but a program's own."""
        if realm == "windows" and self.how in ("terminate", "kill"):
            return "TerminateProcess"
        return POLITE.get(self.how, f"the line {self.line!r} on its standard input")


class Promised(Protocol):
    """A layout by its name, not read yet."""

    @property
    def name(self) -> str:
        """Return the layout's name."""


@dataclass(frozen=True)
class Producer:
    """One `[producer.NAME]`, its paths resolved. Times are in seconds, offsets in bytes.

    `commands` are argument lists by realm; one under the empty name is for every realm that has none of its own.
    """

    name: str
    commands: Mapping[str, tuple[str, ...]]
    segment: str
    """As `open_existing` takes it, `/x` a raw POSIX object; `{uid}`, `{user}` and `{pid}` (the program's) are replaced."""
    layout: Record | Layout | Promised
    """A record is laid out on the realm's ABI; a Layout is taken as it is (a 32-bit program's, say)."""
    segments: Mapping[str, str] = field(default_factory=dict)
    """Another name in a realm: `{"windows": "MumbleLink"}`."""
    folder: Path = field(default_factory=Path.cwd)
    """Where the program runs; a command with a `/` in it is relative to here."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Added to the realm's own."""
    offset: int = 0
    """Where in the segment the record begins."""
    deadline: float = DEADLINE
    """How long it may take until the segment is there, and ready; and again how long it may take to end when asked to."""
    ready: Mapping[str, Any] = field(default_factory=dict)
    """Fields that must have these values before it is judged. Without any: as soon as something was written and fits."""
    expectations: tuple[Expectation, ...] = ()
    stop: Stop = field(default_factory=Stop)
    name_stays: bool | None = None
    """Whether the name is meant to outlive the program. None: not when it ends by itself; a raw one killed may, with a note."""
    guard: bool = True
    """Whether the record is all there is: what stands behind it, to the end of the page, is then nobody's and stays zero."""
    sole: bool = False
    """Whether that goes for all that the segment has behind the record."""
    counters: Counters | None = None
    """Two fields that say when the values are whole."""
    watch: float = 0.0
    """How long the record is watched at least; 0: as long as it takes, some 1.5 s."""
    restarts: tuple[Restart, ...] = ()
    """In spite of what a start must serve anew."""

    def command(self, realm: str) -> tuple[str, ...]:
        """Return its argument list in that realm. UsageError when it has none there."""
        found = self.commands.get(realm) or self.commands.get("")
        if not found:
            known = ", ".join(sorted(self.commands)) or "none"
            raise UsageError(
                f"producer {self.name} has no command for {realm}", hint=f"it has one for: {known}; add {realm} = [...]"
            )
        program, *rest = found
        if "/" in program or os.sep in program:
            program = os.path.abspath(self.folder / program)  # noqa: PTH100 (links are to stay as they are)
        return (program, *rest)

    def lacks(self, realm: str) -> str:
        """Return the program's file where the command names one that does not exist; empty if it does, or is searched for."""
        program = self.command(realm)[0]
        return program if Path(program).is_absolute() and not os.path.lexists(program) else ""

    def layout_on(self, abi: Abi) -> Layout:
        """Return the layout that was promised, on the ABI of a realm."""
        if isinstance(self.layout, Layout):
            return self.layout
        assert isinstance(self.layout, Record)  # one that is only named has to be read before the producer is started
        return lay_out(self.layout, abi)

    def segment_in(self, realm: str, pid: int = 0) -> str:
        """Return the segment's name there, its placeholders replaced. UsageError names one that does not exist."""
        template = self.segments.get(realm, self.segment)
        known = {"uid": str(_uid()), "user": _user(), "pid": str(pid)}
        name = template
        for key, value in known.items():
            name = name.replace("{" + key + "}", value)
        if "{" in name and "}" in name:
            raise UsageError(
                f"producer {self.name}: the segment's name {template!r} has a placeholder that does not exist",
                hint=f"placeholders: {', '.join('{' + key + '}' for key in known)}",
            )
        return name

    def of_process(self, realm: str) -> bool:
        """Return whether the segment's name depends on the process."""
        return "{pid}" in self.segments.get(realm, self.segment)


def _uid() -> int:
    return os.getuid() if hasattr(os, "getuid") else 0


def _user() -> str:
    return os.environ.get("USER") or os.environ.get("USERNAME") or str(_uid())
