"""A summary in Markdown, as CI systems show beside a job: the sum, what failed, counts by group and by pair, what was not run.

It stays short whatever the report holds: every list in it has an end, and so has every line.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from samebytes.checks.result import PASSING, Result, Verdict
from samebytes.report.blame import blame_of
from samebytes.report.cells import (
    apart,
    apart_lines,
    brief,
    covered,
    covered_lines,
    expected,
    expected_lines,
    failures,
    headline,
    program_of,
    reasons,
)
from samebytes.report.content import Report
from samebytes.report.left import left_words
from samebytes.report.terminal import Style, expectation_words, incomplete_words, peer_words, skip_words, sum_words
from samebytes.report.unseen import unseen_words

__all__ = ["HELP", "render"]

HELP = "a summary in Markdown, such as for $GITHUB_STEP_SUMMARY"

SHOWN_FULL = 8
"""Kinds of failure that are told in full. GitHub refuses a job summary above 1 MiB."""
SHOWN_BRIEF = 12
"""Kinds of failure after these that are told in a line or two; as many kinds of known deviations."""
SHOWN_LINES = 40
SHOWN_NAMES = 3
SHOWN_ROWS = 24
"""Programs without a group that have a row of their own; of more, all of them share one."""
SHOWN_SKIPS = 40
LONGEST = 500
"""Characters of a line."""
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render(report: Report) -> str:
    """Return the summary as text."""
    mark = "✅" if report.green else "⚠️" if report.passes() else "❌"
    lines = [f"## {mark} samebytes: {_plain(sum_words(report, Style(False)))}", ""]
    lines += [*(f"- {_plain(words)}" for words in incomplete_words(report)), ""] if report.incomplete else []
    lines += _failures(report)
    lines += _counts(report)
    for realm in report.realms:
        lines += _realm(report, realm)
    lines += _kinds("partial", covered(report.cells), covered_lines, "partial cell")
    lines += _kinds("incompatible", apart(report.cells), apart_lines, "incompatible cell")
    lines += _kinds("known", expected(report.cells), expected_lines, "known deviation")
    told = [*expectation_words(report), *left_words(report)]
    lines += [*(f"- {_plain(words)}" for words in told), ""] if told or report.expectations else []
    if report.skips:
        skips = [f"- {_plain(skip_words(skip))}" for skip in report.skips[:SHOWN_SKIPS]]
        more = [f"- … and {len(report.skips) - SHOWN_SKIPS} more"] if len(report.skips) > SHOWN_SKIPS else []
        lines += ["### not run", "", *skips, *more, ""]
    unseen = [f"- {_plain(sentence)}" for sentence in unseen_words(report)]
    lines += ["### not seen", "", *unseen, ""] if unseen else []
    lines += [f"<sub>{_plain(_host_words(report))}</sub>"]
    return "\n".join(lines) + "\n"


def _failures(report: Report) -> Iterator[str]:
    groups, repaired = failures(report.cells), set[str]()
    blame = [f"- {_plain(sentence)}" for sentence in blame_of(report)]
    yield from [*blame, ""] if blame else []
    for number, group in enumerate(groups[: SHOWN_FULL + SHOWN_BRIEF]):
        lines = reasons(group, repaired) if number < SHOWN_FULL else brief(group)
        yield from _kind(group[0].verdict, group, lines)
    if len(groups) > SHOWN_FULL + SHOWN_BRIEF:
        yield f"… and {len(groups) - SHOWN_FULL - SHOWN_BRIEF} more kinds of failure"
        yield ""


def _kinds(
    verdict: str, groups: Sequence[Sequence[Result]], words: Callable[[Sequence[Result]], Iterator[str]], name: str
) -> Iterator[str]:
    """Yield groups of cells that fail no run, and of which there is something to say."""
    for group in groups[:SHOWN_BRIEF]:
        yield from _kind(verdict, group, words(group))
    if len(groups) > SHOWN_BRIEF:
        yield f"… and {len(groups) - SHOWN_BRIEF} more kinds of {name}"
        yield ""


def _kind(verdict: str, group: Sequence[Result], lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of cells of which the same is to be said."""
    yield f"**{verdict}** {_plain(headline(group))}"
    yield ""
    yield from _fenced([_short(line) for line in lines])
    yield ""


def _counts(report: Report) -> Iterator[str]:
    """Yield how many cells of each group agreed, in each realm.

    A program without a group stands alone, and so does a check besides `data`.
    """
    order = report.columns(report.cells)
    alone = {cell.program for cell in report.cells if cell.check == "data" and not cell.group}
    rows: dict[str, dict[str, list[Result]]] = {}
    for cell in sorted(report.cells, key=lambda cell: (cell.check != "data", order.index(cell.program))):
        own = cell.group or (cell.program if len(alone) <= SHOWN_ROWS else "programs")
        row = own if cell.check == "data" else cell.check
        rows.setdefault(row, {}).setdefault(cell.realm, []).append(cell)
    yield f"| cells | {' | '.join(map(_plain, report.realms))} |"
    yield f"|---|{'---|' * len(report.realms)}"
    for name, places in rows.items():
        yield f"| {_plain(name)} | {' | '.join(_count(places.get(realm, [])) for realm in report.realms)} |"
    yield ""


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    """Yield a code block whose fence is longer than any in the text."""
    shown = [*lines[:SHOWN_LINES], *(["…"] if len(lines) > SHOWN_LINES else [])]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *shown, fence)


def _realm(report: Report, realm: str) -> Iterator[str]:
    """Yield producer × consumer; in each place the number that agreed, and the names of those that did not."""
    cells = [cell for cell in report.cells if cell.realm == realm]
    producers, consumers = sorted({cell.producer for cell in cells}), sorted({cell.consumer for cell in cells})
    yield f"### {_plain(realm)}"
    yield ""
    yield f"| producer ↓ consumer → | {' | '.join(map(_plain, consumers))} |"
    yield f"|---|{'---|' * len(consumers)}"
    for producer in producers:
        row = ([c for c in cells if (c.producer, c.consumer) == (producer, consumer)] for consumer in consumers)
        yield f"| **{_plain(producer)}** | {' | '.join(map(_place, row))} |"
    yield ""
    peers = report.peers.get(realm, {})
    yield from (f"- {_plain(name)}: {_plain(peer_words(facts))}" for name, facts in sorted(peers.items()))
    yield ""


def _place(cells: Sequence[Result]) -> str:
    bad = [f"{program_of(cell)} {cell.verdict}" for cell in cells if not cell.passes()]
    if not bad:
        return _count(cells)
    more = f", {len(bad) - SHOWN_NAMES} more" if len(bad) > SHOWN_NAMES else ""
    return f"{_count(cells)}: {_plain(', '.join(bad[:SHOWN_NAMES]) + more)}"


def _count(cells: Sequence[Result]) -> str:
    if not cells:
        return "–"
    verdicts = [cell.verdict for cell in cells]
    good, known = sum(cell.green for cell in cells), verdicts.count(Verdict.KNOWN)
    if not PASSING.issuperset(verdicts):
        return f"❌ {good}/{len(cells)}"
    odd = [f"{count} {one}" for one in (Verdict.PARTIAL, Verdict.INCOMPATIBLE) if (count := verdicts.count(one))]
    if odd:
        return f"⚠️ {good}/{len(cells)}, {', '.join(odd)}"
    return f"✅ {len(cells)}" + (f", {known} of them known" if known else "")


def _host_words(report: Report) -> str:
    return "; ".join(
        f"samebytes {host.samebytes} on {host.system}, {host.started}"
        + ("" if host.seed is None else f", seed {host.seed}")
        for host in report.hosts
    )


def _plain(text: str) -> str:
    """Return text that stays text: nothing in it is markup."""
    return SPECIAL.sub(r"\\\1", _short(text).replace("\n", " ")).replace("\\<", "&lt;").replace("\\>", "&gt;")


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
