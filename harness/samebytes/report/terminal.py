"""The matrix on a terminal: a table per realm, what did not agree and why, what was skipped and how to add it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from samebytes.checks.result import GREEN, PASSING, Result, Skip
from samebytes.printable import printable
from samebytes.report.blame import blame_of
from samebytes.report.cells import (
    apart,
    apart_lines,
    brief,
    cells_in_words,
    covered,
    covered_lines,
    expected,
    expected_lines,
    failures,
    headline,
    reasons,
)
from samebytes.report.content import Report
from samebytes.report.left import left_words
from samebytes.report.unseen import unseen_words

__all__ = [
    "Style",
    "expectation_words",
    "incomplete_words",
    "peer_words",
    "render_brief",
    "render_durations",
    "render_matrix",
    "skip_words",
    "sum_words",
    "time_words",
]

WIDEST = 140
"""Columns: a realm whose programs take more is shown as producer × consumer, with counts."""
WIDTH = 100
"""Columns of running text."""
SHOWN_FULL = 3
"""Kinds of failure that are told with their bytes and the corrected declaration."""
SHOWN_BRIEF = 8
"""Kinds of failure after these that are told in a line or two."""
NARROWEST = 11
"""Columns of a verdict: as wide as the longest one but `incompatible`, which few reports have."""
PASSED = (
    ("partial", covered, covered_lines), ("incompatible", apart, apart_lines), ("known", expected, expected_lines),
)  # fmt: skip
"""Verdicts that fail no run and of which there is something to say: which cells have them, and what is said."""


class Style:
    """Colours, or none when the output is not a terminal."""

    def __init__(self, colour: bool) -> None:
        self._colour = colour

    def verdict(self, verdict: str, width: int = 0) -> str:
        """Return a verdict's word, green, yellow or red, padded to `width`."""
        return self._coloured(f"{verdict:<{width}}", _code([verdict]))

    def count(self, good: str, verdicts: Sequence[str]) -> str:
        """Colour the number of these that are as they must be: green if all are, red if one failed, yellow otherwise."""
        return self._coloured(good, _code(verdicts))

    def painted(self, text: str, good: bool) -> str:
        """Paint the text green or red."""
        return self._coloured(text, "32" if good else "31;1")

    def strong(self, text: str) -> str:
        """Return the text as a heading."""
        return self._coloured(text, "1")

    def _coloured(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self._colour else text


def _code(verdicts: Sequence[str]) -> str:
    """Return the terminal's code of green, of yellow, of bold red (ECMA-48, 8.3.117)."""
    return "32" if GREEN.issuperset(verdicts) else "33" if PASSING.issuperset(verdicts) else "31;1"


def render_matrix(report: Report, style: Style) -> str:
    """Return everything a person needs to see, as one text. The same for a run's own lines and for those read from its report."""
    lines: list[str] = []
    for realm in report.realms:
        lines += _realm(report, realm, style)
    lines += _blame(report, style)
    lines += _failures(report, style)
    for verdict, groups, words in PASSED:
        for group in groups(report.cells):
            lines += [
                f"{style.verdict(verdict)} {headline(group)}",
                *(f"    {line}".rstrip() for line in words(group)),
                "",
            ]
    lines += _skipped(report.skips, style)
    lines += _unseen(report, style)
    told = [*expectation_words(report), *left_words(report)]
    lines += [*told, ""] if told else []
    lines += [*(style.painted(words, False) for words in incomplete_words(report)), ""] if report.incomplete else []
    lines.append(sum_words(report, style))
    return "\n".join(lines) + "\n"


def render_brief(report: Report, style: Style) -> str:
    """Return what is not as it must be, and the sums."""
    lines = [*_blame(report, style), *_failures(report, style)]
    lines += [*(style.painted(words, False) for words in incomplete_words(report)), ""] if report.incomplete else []
    return "\n".join([*lines, sum_words(report, style)]) + "\n"


def _failures(report: Report, style: Style) -> Iterator[str]:
    """Yield the first kinds of failure in full, more of them in brief, the rest counted: a screen or two in any case."""
    groups, repaired = failures(report.cells), set[str]()
    for number, group in enumerate(groups[: SHOWN_FULL + SHOWN_BRIEF]):
        yield f"{style.verdict(group[0].verdict)} {headline(group)}"
        lines = reasons(group, repaired) if number < SHOWN_FULL else brief(group)
        yield from (f"    {line}".rstrip() for line in lines)
        yield ""
    rest = groups[SHOWN_FULL + SHOWN_BRIEF :]
    if rest:
        kinds, cells = ("1 more kind" if len(rest) == 1 else f"{len(rest)} more kinds"), sum(map(len, rest))
        yield f"… and {kinds} of failure, {cells_in_words(cells)}: --html FILE shows them all"
        yield ""


def peer_words(facts: Mapping[str, str]) -> str:
    """Return a peer's language, version and target."""
    parts = (facts.get("language", ""), facts.get("version", ""), facts.get("target", ""))
    return " · ".join(part for part in parts if part)


def skip_words(skip: Skip) -> str:
    """Return what was not run, why, and the command that adds it."""
    what = f"{skip.peer} in {skip.realm}" if skip.peer else f"realm {skip.realm}"
    return printable(f"{what}: {skip.reason}" + (f"; to add it: {skip.add}" if skip.add else ""))


def incomplete_words(report: Report) -> list[str]:
    """Return why the report is not all that was to be run, a line each."""
    return [f"incomplete: {printable(words)}" for words in report.incomplete]


def sum_words(report: Report, style: Style) -> str:
    """Return the sums in one line."""
    incomplete = style.painted("incomplete: ", False) if report.incomplete else ""
    words = ", ".join(f"{number} {style.verdict(verdict)}" for verdict, number in report.verdicts.items())
    skipped = f"; {len(report.skips)} not run" if report.skips else ""
    return f"{incomplete}{cells_in_words(len(report.cells))}: {words or 'nothing ran'}{skipped}{_rate(report)} ({report.seconds:.1f} s)"


def render_durations(report: Report, number: int) -> str:
    """Return what took the time: the parts of each realm's run, and the slowest cells."""
    lines = list(time_words(report))
    for cell in sorted(report.cells, key=lambda cell: cell.seconds, reverse=True)[:number]:
        lines.append(f"{cell.seconds:8.3f} s  {cell.identity}")
    return "\n".join(lines) + "\n"


def time_words(report: Report) -> Iterator[str]:
    """Yield by realm how long each part of its run took, and how fast data was verified."""
    for realm, phases in report.phases.items():
        yield f"{realm}: {', '.join(f'{name} {seconds:.1f} s' for name, seconds in phases.items())}"
    for realm, rates in report.rates.items():
        if not rates:
            continue
        yield f"{realm}, data cases verified in a second of one core:"
        yield from (f"{rate:10,.0f}  {pair}" for pair, rate in sorted(rates.items(), key=lambda item: -item[1]))


def expectation_words(report: Report) -> Iterator[str]:
    """Yield what is to be known of the file of expected deviations besides the cells that are known."""
    told = report.expectations
    if told is not None:
        yield from (f"stale: {words}" for words in told.stale)
        yield from (f"not judged: {told.file}, entry {each.entry}: {each.why}" for each in told.unjudged)


def _rate(report: Report) -> str:
    """Return how many sets of values were verified, and how many in a second of the data checks."""
    cases = report.cases
    seconds = sum(phases.get("data", 0.0) for phases in report.phases.values())
    if not cases or not seconds:
        return ""
    return f"; {cases:,} data cases, {cases / seconds:,.0f}/s"


def _blame(report: Report, style: Style) -> list[str]:
    """Return who is wrong by majority."""
    sentences = [style.painted(sentence, good=False) for sentence in blame_of(report)]
    return [*sentences, ""] if sentences else []


def _realm(report: Report, realm: str, style: Style) -> Iterator[str]:
    cells = [cell for cell in report.cells if cell.realm == realm]
    peers = report.peers.get(realm, {})
    yield style.strong(realm)
    names = sorted({name for cell in cells for name in (cell.producer, cell.consumer)})
    width = max(8, *map(len, names)) if names else 0
    for name in names:
        yield f"  {name:<{width}} {peer_words(peers.get(name, {}))}".rstrip()
    yield ""
    for check, part in report.by_check(realm).items():
        if check != "data":
            yield f"  {style.strong(check)}"
        columns = report.columns(part)
        narrowest = _narrowest(part)
        wide = max(len(_pair(cell)) for cell in part) + 2 + sum(max(len(name), narrowest) + 2 for name in columns)
        if wide <= WIDEST:
            yield from _table(part, columns, style)
        else:
            yield from _counts(part, style)
            yield from _columns(part, columns, style)
        yield ""


def _narrowest(cells: Sequence[Result]) -> int:
    return max(NARROWEST, *(len(cell.verdict) for cell in cells))


def _table(cells: Sequence[Result], columns: Sequence[str], style: Style) -> Iterator[str]:
    """Yield a row for every pair, a column for every program."""
    by_place = {(_pair(cell), cell.program): str(cell.verdict) for cell in cells}
    pairs = dict.fromkeys(_pair(cell) for cell in cells)
    head = "producer → consumer"
    first = max(len(head), *map(len, pairs))
    widths = {name: max(len(name), _narrowest(cells)) for name in columns}
    yield f"  {head:<{first}}  {'  '.join(f'{name:<{widths[name]}}' for name in columns)}".rstrip()
    for pair in pairs:
        verdicts = (by_place.get((pair, name)) for name in columns)
        words = (
            style.verdict(verdict, widths[name]) if verdict else f"{'–':<{widths[name]}}"
            for name, verdict in zip(columns, verdicts, strict=True)
        )  # fmt: skip
        yield f"  {pair:<{first}}  {'  '.join(words)}".rstrip()


def _counts(cells: Sequence[Result], style: Style) -> Iterator[str]:
    """Yield a row for every producer, a column for every consumer: how many of the programs agreed."""
    producers, consumers = sorted({cell.producer for cell in cells}), sorted({cell.consumer for cell in cells})
    head = "producer ↓ consumer →"
    width = max(9, *map(len, consumers))
    yield f"  {head}  {'  '.join(f'{name:<{width}}' for name in consumers)}".rstrip()
    for producer in producers:
        words = []
        for consumer in consumers:
            verdicts = [c.verdict for c in cells if (c.producer, c.consumer) == (producer, consumer)]
            words.append(_count(verdicts, width, style))
        yield f"  {producer:<{len(head)}}  {'  '.join(words)}".rstrip()


def _columns(cells: Sequence[Result], columns: Sequence[str], style: Style) -> Iterator[str]:
    """Yield, under the counts, how many pairs agreed on each program, a group's layouts counted together."""
    by_name: dict[str, list[str]] = {}
    for program in columns:
        for cell in cells:
            if cell.program == program:
                by_name.setdefault(cell.group or program, []).append(cell.verdict)
    line, room = "", WIDTH
    for name, verdicts in by_name.items():
        length = len(f"{name} {len(verdicts)}/{len(verdicts)}   ")
        if line and length > room:
            yield f"  {line}"
            line, room = "", WIDTH
        line += f"{'   ' if line else ''}{name} {_count(verdicts, 0, style)}"
        room -= length
    yield f"  {line}"


def _count(verdicts: Sequence[str], width: int, style: Style) -> str:
    if not verdicts:
        return f"{'–':<{width}}"
    good = sum(verdict in GREEN for verdict in verdicts)
    return style.count(f"{f'{good}/{len(verdicts)}':<{width}}", verdicts)


def _pair(cell: Result) -> str:
    return f"{cell.producer} → {cell.consumer}"


def _skipped(skips: Sequence[Skip], style: Style) -> Iterator[str]:
    if skips:
        yield style.strong("not run")
        yield from (f"  {skip_words(skip)}" for skip in skips)
        yield ""


def _unseen(report: Report, style: Style) -> Iterator[str]:
    """Yield what agreed because nobody could look there."""
    sentences = list(unseen_words(report))
    if sentences:
        yield style.strong("not seen")
        yield from (f"  {sentence}" for sentence in sentences)
        yield ""
