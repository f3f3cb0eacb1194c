"""A report whose every text is out to deceive: nothing in it acts on a terminal, a page or a summary, or draws a line of its own."""

from __future__ import annotations

import copy
import json

import pytest

from samebytes.report.formats.badge import render as render_badge
from samebytes.report.formats.html import render as render_page
from samebytes.report.formats.junit import render as render_junit
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.reading import read_report
from samebytes.report.stream import line_text
from samebytes.report.terminal import Style, render_durations, render_matrix

EVIL = "\x1b[2J\x1b]0;owned\x07\n  c → python           agreed\r\u202egreen\u2028\x9b1m\x00\ud800</script><img src=x>|`"
RENDERED = {
    "terminal": lambda report: render_matrix(report, Style(False)) + render_durations(report, 3),
    "junit": render_junit,
    "markdown": render_markdown,
    "badge": render_badge,
    "page": render_page,
}


@pytest.fixture
def hostile(lines_of, tmp_path):
    """Read again from a file in which every text that may be any text is evil."""
    lines = copy.deepcopy(lines_of("differs"))
    lines[0]["host"] = dict.fromkeys(("system", "machine", "python"), EVIL)
    cells = [line for line in lines if line["type"] == "cell"]
    for cell in cells:
        for run in cell["runs"]:
            run.update(
                dict.fromkeys(("layout", "values", "producer", "consumer", "evidence", "message", "cause"), EVIL)
            )
            run["notes"], run["absent"] = [EVIL], {EVIL: EVIL}
            for row in run["leaves"]:
                row[0] = f"{EVIL}{row[0]}"
            for difference in run["differences"]:
                difference.update(dict.fromkeys(("peer", "path", "expected", "found"), EVIL))
        cell.update(dict.fromkeys(("message", "cause", "repair", "repro", "bundle", "blame", "group"), EVIL))
        cell["covers"] = EVIL
        cell["program"] = f"{EVIL}{cell['program']}"
        cell["id"] = "/".join(cell[name] for name in ("producer", "consumer", "program", "realm", "check"))
    for skip in lines[-3:-1]:
        skip.update(reason=EVIL, add=EVIL)
    lines[-1]["peers"] = {"linux": {"c": dict.fromkeys(("language", "version", "target", "toolchain"), EVIL)}}
    path = tmp_path / "run.jsonl"
    path.write_text("".join(map(json.dumps, lines)).replace("}{", "}\n{") + "\n", "utf-8")
    return read_report(path)


@pytest.mark.parametrize("form", RENDERED)
def test_no_form_of_a_report_obeys_its_texts(hostile, form):
    text = RENDERED[form](hostile)
    text.encode("utf-8")
    assert not [letter for letter in text if not (letter.isprintable() or letter in "\n\t")]
    assert not [line for line in text.splitlines() if line.startswith(("  c → python", "c → python"))]


def test_what_is_written_again_is_the_same_and_printable(hostile, tmp_path):
    again = tmp_path / "again.jsonl"
    again.write_text("".join(map(line_text, hostile.lines())), "utf-8")
    assert all(line.isprintable() for line in again.read_text("utf-8").splitlines())
    assert read_report(again) == hostile


def test_the_name_of_a_file_is_printable_too(samebytes, tmp_path):
    ran = samebytes("report", tmp_path / "a\x1b[2J\n  c → python   agreed\u202e.jsonl")
    assert ran.status == 2
    assert r"/a\x1b[2J\n  c → python   agreed\u202e.jsonl: there is no such file" in ran.err
    assert len(ran.err.splitlines()) == 1
