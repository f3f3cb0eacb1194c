"""The matrix on a terminal: a table per realm, what did not agree and why, what was skipped and how to add it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from samebytes.checks.matrix import Skip
from samebytes.checks.verdict import Difference, Result, Run, Stage, Verdict

__all__ = ["Style", "render_matrix"]

SHOWN_FIELDS = 6
SHOWN_CELLS = 4
EVIDENCE_LINES = 6


class Style:
    """Colours, or none when the output is not a terminal."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def verdict(self, verdict: str, width: int = 0) -> str:
        """A verdict's word, green or red, padded to `width`."""
        return self._painted(f"{verdict:<{width}}", "32" if verdict == Verdict.AGREED else "31;1")

    def strong(self, text: str) -> str:
        """A heading."""
        return self._painted(text, "1")

    def _painted(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def render_matrix(
    results: Sequence[Result],
    skips: Sequence[Skip],
    peers: Mapping[str, Mapping[str, Mapping[str, str]]],
    seconds: float,
    style: Style,
) -> str:
    """Everything a person needs to see, as one text."""
    lines: list[str] = []
    for realm in sorted({result.realm for result in results}):
        lines += _realm_table(
            [result for result in results if result.realm == realm], realm, peers.get(realm, {}), style
        )
    lines += _failures(results, style)
    lines += _skipped(skips, style)
    lines.append(_sum(results, skips, seconds, style))
    return "\n".join(lines) + "\n"


def _realm_table(
    results: Sequence[Result], realm: str, peers: Mapping[str, Mapping[str, str]], style: Style
) -> Iterator[str]:
    yield style.strong(realm)
    for name in sorted({result.producer for result in results} | {result.consumer for result in results}):
        yield f"  {name:<8} {_peer_words(peers.get(name, {}))}"
    yield ""
    programs = list(dict.fromkeys(result.program for result in results))
    pairs = list(dict.fromkeys((result.producer, result.consumer) for result in results))
    cells = {(result.producer, result.consumer, result.program): result for result in results}
    wide = max(len(f"{producer} → {consumer}") for producer, consumer in pairs)
    yield f"  {'producer → consumer':<{wide}}  " + "  ".join(f"{program:<11}" for program in programs).rstrip()
    for producer, consumer in pairs:
        row = (cells.get((producer, consumer, program)) for program in programs)
        words = "  ".join(style.verdict(result.verdict if result else "–", 11) for result in row)
        yield f"  {f'{producer} → {consumer}':<{max(wide, 19)}}  {words}".rstrip()
    yield ""


def _peer_words(facts: Mapping[str, str]) -> str:
    parts = (facts.get("language", ""), facts.get("version", ""), facts.get("target", ""))
    return " · ".join(part for part in parts if part)


def _failures(results: Sequence[Result], style: Style) -> Iterator[str]:
    """One block for everything that failed in the same way."""
    alike: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    for result in results:
        if result.verdict is not Verdict.AGREED:
            alike[_likeness(result)].append(result)
    for group in alike.values():
        yield from _block(group, style)


def _likeness(result: Result) -> tuple[str, ...]:
    worst = result.worst
    if worst.differences and not worst.message:
        return (result.realm, str(result.verdict), worst.stage, *(str(item) for item in worst.differences[:1]))
    return (result.realm, str(result.verdict), worst.stage, worst.message)


def _block(group: Sequence[Result], style: Style) -> Iterator[str]:
    worst = max((result.worst for result in group), key=Run.tells)
    count = "1 cell" if len(group) == 1 else f"{len(group)} cells"
    names = ", ".join(f"{result.producer} → {result.consumer} {result.program}" for result in group[:SHOWN_CELLS])
    more = f" and {len(group) - SHOWN_CELLS} more" if len(group) > SHOWN_CELLS else ""
    yield f"{style.verdict(group[0].verdict)} at {worst.stage} in {group[0].realm}, {count}: {names}{more}"
    yield from (f"    {line}" for line in _reasons(worst))
    yield ""


def _reasons(run: Run) -> Iterator[str]:
    if run.layout:
        yield f"{run.layout}, values {run.values!r}, {run.producer} → {run.consumer}"
    if run.message:
        yield run.message
    for stage in Stage:
        yield from _shown([difference for difference in run.differences if difference.stage is stage])
    yield from (f"| {line}" for line in run.evidence.splitlines()[-EVIDENCE_LINES:])


def _shown(differences: Sequence[Difference]) -> Iterator[str]:
    """The differences of one stage: of an array's elements only the first, with how many more there are."""
    by_field: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for difference in differences:
        by_field[difference.peer, difference.path.partition("[")[0]].append(difference)
    for group in list(by_field.values())[:SHOWN_FIELDS]:
        more = f" … and {len(group) - 1} more of its elements" if len(group) > 1 else ""
        yield f"{group[0]}{more}"
    if len(by_field) > SHOWN_FIELDS:
        yield f"… and {len(by_field) - SHOWN_FIELDS} more fields"


def _skipped(skips: Iterable[Skip], style: Style) -> Iterator[str]:
    listed = list(skips)
    if listed:
        yield style.strong("not run")
        for skip in listed:
            what = f"{skip.peer} in {skip.realm}" if skip.peer else f"realm {skip.realm}"
            yield f"  {what}: {skip.reason}" + (f"; to add it: {skip.add}" if skip.add else "")
        yield ""


def _sum(results: Sequence[Result], skips: Sequence[Skip], seconds: float, style: Style) -> str:
    counts = Counter(str(result.verdict) for result in results)
    words = ", ".join(f"{number} {style.verdict(verdict)}" for verdict, number in sorted(counts.items()))
    skipped = f"; {len(skips)} not run" if skips else ""
    return f"{len(results)} cells: {words or 'nothing ran'}{skipped} ({seconds:.1f} s)"
