"""Blame: who is wrong by majority, over a whole report, in a few sentences. Derived from the cells, so merged reports have it too."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from samebytes.checks.result import Result, Stage, Verdict
from samebytes.peers.variants import peer_of
from samebytes.report.cells import cause_key, cells_in_words
from samebytes.report.content import Report

__all__ = ["blame_of", "guilty_of"]

SHOWN_CAUSES = 3
HARNESS = "samebytes"
"""The other side of a cell that has one side only: it is nobody's peer."""
NOBODIES = frozenset({HARNESS, "layout"})
"""What stands for a side that nobody is: a layout is held against itself on another ABI."""
BY_LAYOUT = ("data", "declaration", "library")
"""Checks in which a layout is what everything is held to."""
BY_ITSELF = ("producer",)
"""Checks in which everybody is held to expectations of its own: there is no majority."""
OWN_STAGES = (Stage.DESCRIBE, Stage.STORE)
"""Stages in which a difference is the doing of the peer it names. What a consumer loads may be wrong because of the producer."""


def blame_of(report: Report) -> list[str]:
    """Return sentences for each realm and check with failures: who agrees, who does not, in how many cells, and why."""
    found: list[str] = []
    for realm in report.realms:
        cells = [cell for cell in report.cells if cell.realm == realm]
        broken = {peer: count for peer in _peers(cells) if (count := _fails_everything(peer, cells))}
        found += [f"{peer} fails all of its {count} cells in {realm}" for peer, count in broken.items()]
        for check, part in report.by_check(realm).items():
            able = [cell for cell in part if not {cell.producer, cell.consumer} & set(broken)]
            if check not in BY_ITSELF and not all(cell.passes() for cell in able):
                found += _sentences(realm, check, able)
    return found


def _peers(cells: Iterable[Result]) -> list[str]:
    return sorted({name for cell in cells for name in (cell.producer, cell.consumer)} - NOBODIES)


def _fails_everything(peer: str, cells: Iterable[Result]) -> int:
    """Return how many cells a peer has, if each fails with the same words, as where it cannot be built or started; else 0."""
    own = [cell for cell in cells if peer in (cell.producer, cell.consumer)]
    words = {"" if cell.passes() else cell.message for cell in own}
    return len(own) if len(own) > 1 and len(words) == 1 and "" not in words else 0


def _sentences(realm: str, check: str, cells: Sequence[Result]) -> Iterator[str]:
    peers, blamed = _peers(cells), _blamed(cells)
    outliers = [peer for peer in peers if blamed.get(peer)]
    if not outliers:
        return
    agreeing = len(peers) - len(outliers)
    what = "the layout" if check in BY_LAYOUT else f"what {check} expects"
    number = f"{agreeing} of {len(peers)} peers" if agreeing else "no peer"
    head = f"{number} in {realm} {'agree' if agreeing > 1 else 'agrees'} with {what}"
    yield f"{head}; {'; '.join(_outlier(peer, blamed[peer], cells, len(outliers)) for peer in outliers)}"
    same = _same_for_most(outliers, blamed, len(peers))
    if same:
        yield f"{len(outliers)} of {len(peers)} peers in {realm} are wrong in the same way ({same}): look at the layout first"


def _outlier(peer: str, failed: Sequence[Result], cells: Sequence[Result], outliers: int) -> str:
    taking_part = [cell for cell in cells if peer in (cell.producer, cell.consumer)]
    everything = len(failed) == len(taking_part) > 1
    name = f"{peer} {'is the outlier' if outliers == 1 else 'is out'}"
    where = f"in all of its {len(failed)} cells" if everything else f"in {cells_in_words(len(failed))}"
    return f"{name} {where}{_why(peer, failed)}"


def _why(peer: str, failed: Sequence[Result]) -> str:
    words = [reason for reason in (_reason(cell, peer) for cell in failed) if reason]
    if not words:
        return ""
    alike = Counter(map(cause_key, words))
    shown = [next(reason for reason in words if cause_key(reason) == key) for key, _ in alike.most_common(SHOWN_CAUSES)]
    more = f" | and {len(alike) - SHOWN_CAUSES} more" if len(alike) > SHOWN_CAUSES else ""
    causes = "one cause" if len(alike) == 1 else f"{len(alike)} causes"
    return f", {causes}: {' | '.join(shown)}{more}"


def _reason(cell: Result, peer: str) -> str:
    """Return the cause without whose it is; empty if there is none, or if it is another's."""
    face, _, words = cell.cause.partition(": ")
    return words if peer_of(face) == peer else ""


def _same_for_most(outliers: Sequence[str], blamed: dict[str, list[Result]], peers: int) -> str:
    """Return the words that explain every outlier alike, where they are more than half of the peers; else empty."""
    if len(outliers) * 2 <= peers:
        return ""
    found = [{_reason(cell, peer) for cell in blamed[peer]} for peer in outliers]
    shared = set.intersection(*found) - {""}
    return min(shared, default="") if len(outliers) > 1 else ""


def _blamed(cells: Sequence[Result]) -> dict[str, list[Result]]:
    """Return the failed cells by the peer to blame: as their evidence says, or else the one that fails most elsewhere too."""
    blamed: dict[str, list[Result]] = defaultdict(list)
    unclear = []
    for cell in (cell for cell in cells if not cell.passes()):
        guilty = guilty_of(cell)
        for peer in guilty:
            blamed[peer].append(cell)
        if not guilty:
            unclear.append(cell)
    rates = {peer: _rate(peer, cells) for peer in (_peers(cells) if unclear else ())}
    for cell in unclear:
        for peer in _more_suspect(cell, rates):
            blamed[peer].append(cell)
    return blamed


def guilty_of(cell: Result) -> set[str]:
    """Return whom the differences themselves name: by description or store; by load only where what was stored was right."""
    named = {peer_of(cell.cause.partition(":")[0])} if cell.cause else set()
    differences = [item for run in cell.runs for item in run.differences]
    own = {peer_of(item.peer) for item in differences if item.stage in OWN_STAGES}
    loads = {peer_of(item.peer) for item in differences if item.stage is Stage.LOAD}
    found = named | (own or loads or {peer_of(item.peer) for item in differences})
    return (found or _ended(cell)) & {cell.producer, cell.consumer}


def _ended(cell: Result) -> set[str]:
    """Return who crashed or hung, if that is all there is: the words of a conversation that broke begin with its name."""
    broke = [run.message for run in cell.runs if run.verdict in (Verdict.CRASHED, Verdict.HUNG)]
    return {peer_of(words.split(" ")[0]) for words in broke}


def _more_suspect(cell: Result, rates: Mapping[str, float]) -> set[str]:
    """Return the one of a pair that fails in the larger part of its cells; both where that does not tell."""
    pair = {cell.producer, cell.consumer} - NOBODIES
    return {peer for peer in pair if rates[peer] == max(rates[one] for one in pair)}


def _rate(peer: str, cells: Iterable[Result]) -> float:
    own = [not cell.passes() for cell in cells if peer in (cell.producer, cell.consumer)]
    return sum(own) / len(own)
