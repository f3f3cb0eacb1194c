"""Merging reports of several runs, such as one from Linux and one from Windows, into one. The order they are given in does not matter."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from msgspec.structs import replace

from samebytes.checks.result import Result, Skip, Verdict
from samebytes.errors import ReportConflictError, ReportVersionError
from samebytes.report.content import Report
from samebytes.report.lines import Expectations, Host, Unjudged

__all__ = ["merge_reports"]

Figure = TypeVar("Figure", int, float)
WHYS = ("its condition", "its cells could not run", "")
"""How a run says why it could not judge an expectation, what tells most first."""


def merge_reports(reports: Mapping[str, Report]) -> Report:
    """Return one report of several, each under its file's name. A cell may stand in several if they agree in all but the time.

    Of one that agreed on shares of its values, the larger share is kept. ReportConflictError names both files of a cell about which
    two reports say different things, ReportVersionError two files that are of different versions of samebytes.
    """
    _refuse_versions(reports)
    every = list(reports.values())
    cells = _cells(reports)
    return Report(
        hosts=sorted({host for report in every for host in report.hosts}, key=_host_key),
        cells=cells,
        skips=[skip for skip in {skip for report in every for skip in report.skips} if not _ran(skip, cells)],
        peers=_peers(every),
        programs=_programs(every),
        phases=_largest(report.phases for report in every),
        rates=_largest(report.rates for report in every),
        left=_largest(report.left for report in every),
        expectations=_expectations(every),
        incomplete=tuple(
            dict.fromkeys(_told(name, words) for name, report in reports.items() for words in report.incomplete)
        ),
    ).sorted()


def _told(name: str, words: str) -> str:
    return words if words.startswith("leg ") else f"{name}: {words}"


def _cells(reports: Mapping[str, Report]) -> list[Result]:
    found: dict[str, tuple[str, Result]] = {}
    for name, report in reports.items():
        for cell in report.cells:
            other, same = found.setdefault(cell.identity, (name, cell))
            if same is cell:
                continue
            if not _alike(same, cell):
                raise _conflict(other, same, name, cell)
            found[cell.identity] = min((other, same), (name, cell), key=lambda pair: (-pair[1].cases, pair[1].seconds))
    return [cell for _, cell in found.values()]


def _alike(one: Result, other: Result) -> bool:
    """Return whether two reports say the same of a cell, times aside. Two shares of its values, both right, are no contradiction."""
    if replace(one, seconds=other.seconds) == other:
        return True
    agreed = one.verdict is other.verdict is Verdict.AGREED
    return agreed and (one.shared or other.shared)


def _refuse_versions(reports: Mapping[str, Report]) -> None:
    """Raise ReportVersionError if they are not all of one version of samebytes."""
    files = {host.samebytes: name for name, report in reports.items() for host in report.hosts}
    if len(files) > 1:
        (one, file), (other, other_file) = sorted(files.items())[:2]
        raise ReportVersionError(
            f"{file} is of samebytes {one} and {other_file} of samebytes {other}",
            hint="run both with one version: what one calls agreed, another may not",
            file=file,
            versions=tuple(sorted(files)),
        )


def _conflict(file: str, one: Result, other_file: str, other: Result) -> ReportConflictError:
    identity = one.identity
    if one.verdict is not other.verdict:
        what = f"{one.verdict} in {file} and {other.verdict} in {other_file}"
    else:
        what = f"{one.verdict} in both {file} and {other_file}, with other evidence"
    return ReportConflictError(
        f"the cell {identity} is {what}",
        hint="merge only one of them, or run the cell again",
        file=file,
        other=other_file,
        identity=identity,
    )


def _ran(skip: Skip, cells: Iterable[Result]) -> bool:
    """Return whether what one run skipped, another ran.

    A Linux machine without Wine has no realm `windows`, the Windows one has.
    """
    return any(
        cell.realm == skip.realm and (not skip.peer or skip.peer in (cell.producer, cell.consumer)) for cell in cells
    )


def _peers(reports: Sequence[Report]) -> dict[str, dict[str, dict[str, str]]]:
    """Return the peers by realm and name. Where two runs had different versions of a peer, both stand there."""
    merged: dict[str, dict[str, dict[str, str]]] = {}
    for report in reports:
        for realm, peers in report.peers.items():
            for name, facts in peers.items():
                known = merged.setdefault(realm, {}).setdefault(name, {})
                known.update({key: _both(known.get(key, value), value) for key, value in facts.items()})
    return {realm: dict(sorted(peers.items())) for realm, peers in sorted(merged.items())}


def _both(one: str, other: str) -> str:
    return " | ".join(sorted({*one.split(" | "), *other.split(" | ")}))


def _largest(reports: Iterable[Mapping[str, Mapping[str, Figure]]]) -> dict[str, dict[str, Figure]]:
    """Return figures by realm and name; where several runs have one, the largest, so that their order does not matter."""
    merged: dict[str, dict[str, Figure]] = {}
    for report in reports:
        for realm, figures in report.items():
            known = merged.setdefault(realm, {})
            known.update({name: max(figure, known.get(name, figure)) for name, figure in figures.items()})
    return dict(sorted(merged.items()))


def _expectations(reports: Sequence[Report]) -> Expectations | None:
    """Return what became of one file in all of these runs: an entry that one of them judged is judged."""
    told = [report.expectations for report in reports if report.expectations]
    if not told:
        return None
    unjudged = [{item.entry: item.why for item in each.unjudged} for each in told]
    nowhere = sorted(set.intersection(*map(set, unjudged)))
    return Expectations(
        file=min(each.file for each in told),
        entries=max(each.entries for each in told),
        unjudged=[Unjudged(entry, min((each[entry] for each in unjudged), key=_why)) for entry in nowhere],
        stale=sorted({words for each in told for words in each.stale}),
    )


def _why(words: str) -> tuple[int, str]:
    """Return a sort key: first those that say more than that no cell of it was selected."""
    return next(number for number, start in enumerate(WHYS) if words.startswith(start)), words


def _programs(reports: Iterable[Report]) -> tuple[str, ...]:
    """Return the longest order first, then what the others have besides."""
    orders = sorted({tuple(report.programs) for report in reports}, key=lambda order: (-len(order), order))
    return tuple(dict.fromkeys(program for order in orders for program in order))


def _host_key(host: Host) -> tuple[object, ...]:
    """Return a sort key, by time first: an order of its own, whatever order the files come in."""
    return host.started, host.samebytes, host.system, host.machine, host.python, host.seconds, host.seed or 0
