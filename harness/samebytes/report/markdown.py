"""A summary in Markdown, as CI systems show beside a job: the sum, what failed, a table for every realm, what was not run."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from samebytes.report.blame import blame_of
from samebytes.report.cells import expected, expected_lines, failures, headline, program_of, reasons
from samebytes.report.content import GREEN, Cell, Report
from samebytes.report.terminal import Style, peer_words, skip_words, sum_words

__all__ = ["render_markdown"]

SHOWN_GROUPS = 20
"""Failures that are told in full. GitHub refuses a job summary above 1 MiB."""
SHOWN_LINES = 40
SHOWN_NAMES = 3
SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def render_markdown(report: Report) -> str:
    """The summary as text."""
    mark = "✅" if report.green else "❌"
    lines = [f"## {mark} samebytes: {_plain(sum_words(report, Style(False)))}", ""]
    lines += _failures(report)
    for realm in report.realms:
        lines += _realm(report, realm)
    lines += _expected(report)
    if report.skips:
        lines += ["### not run", "", *(f"- {_plain(skip_words(skip))}" for skip in report.skips), ""]
    lines += [f"<sub>{_plain(_host_words(report))}</sub>"]
    return "\n".join(lines) + "\n"


def _failures(report: Report) -> Iterator[str]:
    groups, repaired = failures(report.cells), set[str]()
    blame = [f"- {_plain(sentence)}" for sentence in blame_of(report)]
    yield from [*blame, ""] if blame else []
    for group in groups[:SHOWN_GROUPS]:
        yield f"**{group[0]['verdict']}** {_plain(headline(group))}"
        yield ""
        yield from _fenced(list(reasons(group, repaired)))
        yield ""
    if len(groups) > SHOWN_GROUPS:
        yield f"… and {len(groups) - SHOWN_GROUPS} more kinds of failure"
        yield ""


def _expected(report: Report) -> Iterator[str]:
    for group in expected(report.cells):
        yield f"**known** {_plain(headline(group))}"
        yield ""
        yield from _fenced(list(expected_lines(group)))
        yield ""


def _fenced(lines: Sequence[str]) -> Iterator[str]:
    """A code block whose fence is longer than any in the text."""
    shown = [*lines[:SHOWN_LINES], *(["…"] if len(lines) > SHOWN_LINES else [])]
    longest = max((len(run) for line in shown for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    yield from (f"{fence}text", *shown, fence)


def _realm(report: Report, realm: str) -> Iterator[str]:
    """Producer × consumer; in a place the number that agreed, and the names of those that did not."""
    cells = [cell for cell in report.cells if cell["realm"] == realm]
    producers, consumers = (sorted({cell[role] for cell in cells}) for role in ("producer", "consumer"))
    yield f"### {_plain(realm)}"
    yield ""
    yield f"| producer ↓ consumer → | {' | '.join(map(_plain, consumers))} |"
    yield f"|---|{'---|' * len(consumers)}"
    for producer in producers:
        row = ([c for c in cells if (c["producer"], c["consumer"]) == (producer, consumer)] for consumer in consumers)
        yield f"| **{_plain(producer)}** | {' | '.join(map(_place, row))} |"
    yield ""
    peers = report.peers.get(realm, {})
    yield from (f"- {_plain(name)}: {_plain(peer_words(facts))}" for name, facts in sorted(peers.items()))
    yield ""


def _place(cells: Sequence[Cell]) -> str:
    if not cells:
        return "–"
    bad = [f"{program_of(cell)} {cell['verdict']}" for cell in cells if cell["verdict"] not in GREEN]
    known = sum(cell["verdict"] == "known" for cell in cells)
    if not bad:
        return f"✅ {len(cells)}" + (f", {known} of them known" if known else "")
    more = f", {len(bad) - SHOWN_NAMES} more" if len(bad) > SHOWN_NAMES else ""
    return f"❌ {len(cells) - len(bad)}/{len(cells)}: {_plain(', '.join(bad[:SHOWN_NAMES]) + more)}"


def _host_words(report: Report) -> str:
    runs = (f"samebytes {host['samebytes']} on {host['system']}, {host['started']}" for host in report.hosts)
    return "; ".join(runs)


def _plain(text: str) -> str:
    """Text that stays text: nothing in it is markup."""
    return SPECIAL.sub(r"\\\1", text.replace("\n", " ")).replace("\\<", "&lt;").replace("\\>", "&gt;")
