"""What a report holds: who ran, the cells in one canonical order, what was skipped, the peers, the time it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from samebytes import __version__
from samebytes.report.stream import FORMAT

__all__ = ["GREEN", "Cell", "Line", "Report", "report_of"]

Line = Mapping[str, Any]
"""One line of a report, as its JSON object."""
Cell = Line
"""A line of type `cell`."""

GREEN = frozenset({"agreed", "known"})
"""The verdicts that fail no run: `known` is a deviation that was expected, and matched."""
MACHINE = ("system", "machine", "python")


@dataclass(frozen=True)
class Report:
    """A whole report, of one run or of several merged. Lines are dictionaries, as in the stream; nobody changes them."""

    hosts: Sequence[Line]
    """One for each run: its version of samebytes, `started`, `system`, `machine`, `python`, `seconds`."""
    cells: Sequence[Cell]
    """In canonical order: realm, producer, consumer, check (`data` first), program."""
    skips: Sequence[Line] = ()
    peers: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """By realm and name: language, toolchain, version, target."""
    programs: Sequence[str] = ()
    """In the order in which they are shown; programs not named here come after these, by name."""
    rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By realm and pair of faces: data cases verified in a second, where many were tried at once."""
    phases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By realm: the seconds of each part of its run, in order."""
    expectations: Line = field(default_factory=dict)
    """What became of the file of expected deviations, if it has any: `file`, `entries`, `unjudged`, `stale`."""

    @property
    def seconds(self) -> float:
        """What the runs took, together."""
        return round(sum(float(host["seconds"]) for host in self.hosts), 3)

    @property
    def verdicts(self) -> dict[str, int]:
        """How many cells have each verdict, by the verdict's name."""
        return dict(sorted(Counter(cell["verdict"] for cell in self.cells).items()))

    @property
    def green(self) -> bool:
        """Whether something ran, nothing failed, and nothing was expected that there is not."""
        stale = self.expectations.get("stale")
        return bool(self.cells) and not stale and all(cell["verdict"] in GREEN for cell in self.cells)

    @property
    def cases(self) -> int:
        """How many sets of values were stored, compared, loaded and compared again."""
        return sum(cell.get("cases", 0) for cell in self.cells if cell["check"] == "data")

    @property
    def realms(self) -> list[str]:
        """The realms that have cells."""
        return sorted({cell["realm"] for cell in self.cells})

    def by_check(self, realm: str) -> dict[str, list[Cell]]:
        """A realm's cells by check, `data` first."""
        checks = {cell["check"] for cell in self.cells if cell["realm"] == realm}
        return {
            check: [cell for cell in self.cells if (cell["realm"], cell["check"]) == (realm, check)]
            for check in sorted(checks, key=lambda name: (name != "data", name))
        }

    def columns(self, cells: Iterable[Cell]) -> list[str]:
        """The programs of those cells, in order."""
        return sorted({cell["program"] for cell in cells}, key=self._program_key)

    def sorted(self) -> Report:
        """The same with its cells and skips in canonical order."""
        cells = sorted(self.cells, key=self._cell_key)
        skips = sorted(self.skips, key=lambda skip: (skip["realm"], skip["peer"] or "", skip["reason"]))
        return replace(self, cells=cells, skips=skips)

    def lines(self) -> Iterator[Line]:
        """The report as lines: reading them again gives an equal report."""
        yield self._header()
        yield from self.cells
        yield from self.skips
        yield {
            "type": "footer",
            "cells": len(self.cells),
            "verdicts": self.verdicts,
            "peers": self.peers,
            **({"phases": self.phases} if self.phases else {}),
            **({"rates": self.rates} if self.rates else {}),
            **({"expectations": self.expectations} if self.expectations else {}),
            "seconds": self.seconds,
        }

    def _header(self) -> Line:
        first = min(self.hosts, key=lambda host: str(host["started"]))
        head = {"type": "header", "format": FORMAT, "samebytes": __version__, "started": first["started"]}
        order = {"programs": list(self.programs)} if self.programs else {}
        if len(self.hosts) > 1:
            return {**head, "hosts": list(self.hosts), **order}
        return {
            **head,
            "samebytes": first["samebytes"],
            "host": {name: first[name] for name in MACHINE},
            **order,
        }

    def _cell_key(self, cell: Cell) -> tuple[Any, ...]:
        return (
            cell["realm"],
            cell["producer"],
            cell["consumer"],
            cell["check"] != "data",
            cell["check"],
            self._program_key(cell["program"]),
        )

    def _program_key(self, program: str) -> tuple[int, str]:
        known = program in self.programs
        return (self.programs.index(program) if known else len(self.programs), program)


def report_of(lines: Sequence[Line]) -> Report:
    """A report of lines that are known to be complete and well-formed: a run's own, or those that a reader has checked."""
    head, foot = lines[0], lines[-1]
    return Report(
        hosts=_hosts(head, foot["seconds"]),
        cells=[line for line in lines if line["type"] == "cell"],
        skips=[line for line in lines if line["type"] == "skipped"],
        peers=foot["peers"],
        programs=tuple(head.get("programs", ())),
        phases=foot.get("phases", {}),
        rates=foot.get("rates", {}),
        expectations=foot.get("expectations", {}),
    ).sorted()


def _hosts(head: Line, seconds: float) -> list[Line]:
    if "hosts" in head:
        return list(head["hosts"])
    machine = head.get("host", {})
    facts = {name: machine.get(name, "") for name in MACHINE}
    return [{"samebytes": head["samebytes"], "started": head["started"], **facts, "seconds": seconds}]
