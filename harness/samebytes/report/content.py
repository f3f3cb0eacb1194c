"""What a report holds: who ran, the cells in one canonical order, what was skipped, the peers, the time it took."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from samebytes import __version__
from samebytes.checks.result import Result, Skip
from samebytes.report.lines import FORMAT, Expectations, Footer, Header, Host, Line, Machine, Peers, line_of, shown

__all__ = ["Report", "report_of"]


@dataclass(frozen=True)
class Report:
    """A whole report, of one run or of several merged. What is in it is typed, and nobody changes it."""

    hosts: Sequence[Host]
    """One for each run."""
    cells: Sequence[Result]
    """In canonical order: realm, producer, consumer, check (`data` first), program."""
    skips: Sequence[Skip] = ()
    peers: Peers = field(default_factory=dict)
    """By realm and name: language, toolchain, version, target."""
    programs: Sequence[str] = ()
    """In the order in which they are shown; programs not named here come after these, by name."""
    rates: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By realm and pair of faces: data cases verified in a second, where many were tried at once."""
    phases: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    """By realm: the seconds of each part of its run, in order."""
    left: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """By realm and check: the data cases, or the cells, that were left to other pairs."""
    expectations: Expectations | None = None
    """What became of the file of expected deviations, if it has any."""
    incomplete: Sequence[str] = ()
    """Why this is not all that was to be run: interrupted, cut off, a leg that is missing."""

    @property
    def seconds(self) -> float:
        """Return the seconds that the runs took, together."""
        return round(sum(host.seconds for host in self.hosts), 3)

    @property
    def verdicts(self) -> dict[str, int]:
        """Return how many cells have each verdict, by the verdict's name."""
        return dict(sorted(Counter(str(cell.verdict) for cell in self.cells).items()))

    @property
    def stale(self) -> Sequence[str]:
        """Return what was expected and is about nothing, in words."""
        return self.expectations.stale if self.expectations else ()

    @property
    def green(self) -> bool:
        """Return whether something ran, all of it is as it must be, in full, and no expectation is stale."""
        return self.passes(complete=True) and all(cell.green for cell in self.cells)

    def passes(self, complete: bool = False) -> bool:
        """Return whether all of it ran, nothing failed, and no expectation is stale; `complete`: and nothing is partial."""
        return (
            bool(self.cells)
            and not self.stale
            and not self.incomplete
            and all(cell.passes(complete) for cell in self.cells)
        )

    @property
    def cases(self) -> int:
        """Return how many sets of values were stored, compared, loaded and compared again."""
        return sum(cell.cases for cell in self.cells if cell.check == "data")

    @property
    def realms(self) -> list[str]:
        """Return the realms that have cells."""
        return sorted({cell.realm for cell in self.cells})

    def by_check(self, realm: str) -> dict[str, list[Result]]:
        """Return a realm's cells by check, `data` first."""
        checks = {cell.check for cell in self.cells if cell.realm == realm}
        return {
            check: [cell for cell in self.cells if (cell.realm, cell.check) == (realm, check)]
            for check in sorted(checks, key=lambda name: (name != "data", name))
        }

    def columns(self, cells: Iterable[Result]) -> list[str]:
        """Return the programs of those cells, in order."""
        return sorted({cell.program for cell in cells}, key=self._program_key)

    def sorted(self) -> Report:
        """Return the same with its cells and skips in canonical order."""
        cells = sorted(self.cells, key=self._cell_key)
        skips = sorted(self.skips, key=lambda skip: (skip.realm, skip.peer, skip.reason, skip.add))
        return replace(self, cells=cells, skips=skips)

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield the report's lines, ready for JSON: reading them again gives an equal report."""
        yield self._header().to_json()
        yield from (cell.to_json() for cell in self.cells)
        yield from (skip.to_json() for skip in self.skips)
        sums: Mapping[Any, int] = self.verdicts
        figures = (self.peers, self.seconds, self.phases, self.rates, self.left)
        foot = Footer(len(self.cells), sums, *figures, self.expectations, list(self.incomplete))
        yield foot.to_json()

    def _header(self) -> Header:
        first = min(self.hosts, key=lambda host: host.started)
        if len(self.hosts) > 1:
            return Header(FORMAT, __version__, first.started, hosts=list(self.hosts), programs=list(self.programs))
        machine = Machine(first.system, first.machine, first.python)
        return Header(FORMAT, first.samebytes, first.started, machine, programs=list(self.programs), seed=first.seed)

    def _cell_key(self, cell: Result) -> tuple[Any, ...]:
        place = (cell.realm, cell.producer, cell.consumer)
        return (*place, cell.check != "data", cell.check, self._program_key(cell.program))

    def _program_key(self, program: str) -> tuple[int, str]:
        known = program in self.programs
        return (self.programs.index(program) if known else len(self.programs), program)


def report_of(lines: Iterable[Line | Mapping[str, Any]]) -> Report:
    """Return a report of lines that are known to be complete and well-formed: a run's own, or those that a reader has checked."""
    typed = [line_of(shown(line)) if isinstance(line, Mapping) else line for line in lines]
    head, foot = typed[0], typed[-1]
    assert isinstance(head, Header)
    assert isinstance(foot, Footer)
    return Report(
        hosts=_hosts(head, foot.seconds),
        cells=[line for line in typed if isinstance(line, Result)],
        skips=[line for line in typed if isinstance(line, Skip)],
        peers=foot.peers,
        programs=tuple(head.programs),
        phases=foot.phases,
        rates=foot.rates,
        left=foot.left,
        expectations=foot.expectations,
        incomplete=tuple(foot.incomplete),
    ).sorted()


def _hosts(head: Header, seconds: float) -> list[Host]:
    if head.hosts:
        return list(head.hosts)
    machine = head.host or Machine()
    return [Host(head.samebytes, head.started, machine.system, machine.machine, machine.python, seconds, head.seed)]
