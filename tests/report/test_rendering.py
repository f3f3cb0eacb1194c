"""Terminal, JUnit, Markdown, badge: what stands in them, from a report's lines alone."""

from __future__ import annotations

import copy
import re
import subprocess
import sys
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from msgspec.structs import replace as changed

from samebytes.checks.result import Difference, Result, Run, Skip, Stage, Verdict
from samebytes.report.cells import failures
from samebytes.report.content import report_of
from samebytes.report.formats.badge import render as render_badge
from samebytes.report.formats.junit import render as render_junit
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.lines import Host
from samebytes.report.reading import read_report
from samebytes.report.stream import ReportWriter, footer, header, skip_line
from samebytes.report.terminal import Style, render_matrix

NOTHING = {"hosts": [Host("1", "2026-01-01T00:00:00Z", "s", "m", "3", 0.0)], "cells": []}


@pytest.fixture
def report(lines_of):
    return lambda name: report_of(lines_of(name))


def terminal(report) -> str:
    return render_matrix(report, Style(False))


def because(cell, cause):
    """The cell's runs, with another cause."""
    return [changed(run, cause=cause) for run in cell.runs]


def wide(report, programs):
    """The report with its first program's cells under many names."""
    first = [cell for cell in report.cells if cell.program == report.cells[0].program]
    cells = [changed(cell, program=name) for cell in first for name in programs]
    return type(report)(report.hosts, cells, report.skips, report.peers, tuple(programs)).sorted()


# --- terminal


def test_the_terminal_shows_the_matrix_in_the_order_of_the_programs(report):
    lines = terminal(report("agreed")).splitlines()
    assert lines[0] == "linux"
    assert "  producer → consumer  integer      struct       message      stamp" in lines
    assert "  c → python           agreed       agreed       agreed       agreed" in lines
    assert re.fullmatch(r"32 cells: 32 agreed \(\d+\.\d s\)", lines[-1])


def test_the_terminal_says_why_and_what_to_do(report):
    text = terminal(report("differs"))
    for words in (
        "differs at describe in linux, 3 cells: c → c struct, c → csharp struct, csharp → c struct",
        "    cause: c: Numbers declared as double instead of float",
        "    Numbers[0] at 8: the layout has offset 8, 4 bytes, c.library has offset 8, 8 bytes … and 49 more of its elements",
        "    repair:\n        struct MySharedData {\n            int32_t Value;",
        "    repro: samebytes matrix --peer c",
        "  nim in linux: nim: no Nim compiler; to add it: apt-get install nim",
        "  realm windows: Wine is not installed; to add it: apt-get install wine64",
        "8 cells: 5 agreed, 3 differs; 2 not run",
    ):
        assert words in text


def test_cells_that_failed_alike_stand_together(report):
    text = terminal(report("misbehaving"))
    assert "crashed at store in linux, 2 cells: crashing → python struct, crashing → python message" in text
    assert "    | about to die" in text
    assert "hung at store in linux, 2 cells" in text


def test_cells_of_one_cause_stand_together_whatever_their_words(lines_of):
    lines = lines_of("differs")
    red = [line for line in lines if line.get("verdict") == "differs"]
    red[0]["runs"][0]["differences"].reverse()
    assert terminal(report_of(lines)).count("differs at describe in linux, 3 cells") == 1
    for run in red[0]["runs"]:
        run["cause"] = "another"
    assert terminal(report_of(lines)).count("differs at describe in linux, ") == 2


def test_colours_only_where_they_are_wanted(report):
    differing = report("differs")
    coloured = render_matrix(differing, Style(True))
    assert "\x1b[31;1mdiffers" in coloured
    assert "\x1b" not in terminal(differing)
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert [line.rstrip() for line in plain.splitlines()] == terminal(differing).splitlines()


def test_many_programs_are_counted(report):
    text = terminal(wide(report("misbehaving"), [f"layout{number}" for number in range(20)]))
    assert "producer ↓ consumer →" in text
    assert re.search(r"^  beyond +– .* 0/20", text, re.MULTILINE)
    assert re.search(r"^  python +20/20", text, re.MULTILINE)
    assert max(map(len, text.partition("\n\n")[2].partition("\n\n")[0].splitlines())) <= 140


def test_a_check_other_than_data_has_a_table_of_its_own(report):
    base = report("agreed")
    extra = changed(base.cells[0], check="lifecycle", program="reopen")
    text = terminal(type(base)(base.hosts, [*base.cells, extra], (), base.peers, base.programs).sorted())
    assert "  lifecycle\n  producer → consumer  reopen\n  c → c                agreed\n\n" in text


def test_nothing_ran(report):
    empty = type(report("agreed"))(**NOTHING)
    assert terminal(empty) == "0 cells: nothing ran (0.0 s)\n"
    assert not empty.green


def test_a_run_and_its_report_give_the_same_text(tmp_path):
    """A run's own results, and the file they were written to."""
    run = Run("Record", "seed", "c", "nim", size=4)
    run.differ(Difference(Stage.LOAD, "nim", "x", "01", "02", 3))
    results = [Result("c", "nim", "record", "linux", runs=[run], seconds=0.25), Result("a", "b", "record", "linux", runs=[
        Run("Record", "seed", "a", "b")])]  # fmt: skip
    skips = [Skip("windows", "", "no Wine", "apt-get install wine")]
    peers = {"linux": {"c": {"language": "C", "version": "1", "target": "x"}}}
    lines = [
        header(["record"]), *(result.to_json() for result in results), *map(skip_line, skips),
        footer(results, peers, 1.25),
    ]  # fmt: skip
    path = tmp_path / "run.jsonl"
    with ReportWriter(path, lines[0]) as writer:
        for line in lines[1:]:
            writer.write(line)
    assert read_report(path) == report_of(lines)
    assert terminal(read_report(path)) == terminal(report_of(lines))
    assert "x at 3: expected 01, nim read 02" in terminal(read_report(path))


def test_the_run_that_decides_is_the_same_once_it_was_written_and_read():
    load, store = (Difference(stage, "c", "x", "1", "2") for stage in (Stage.LOAD, Stage.STORE))
    one, two, crash = (Run("R", name, "c", "c") for name in ("one", "two", "crash"))
    one.differ(load)
    two.differ(store)
    two.differ(load)
    crash.fail(Verdict.CRASHED, Stage.LOAD, "gone")
    for runs in ([one, two, crash], [one, two], [two, one], [Run("R", "fine", "c", "c"), one]):
        result = Result("c", "c", "r", "linux", runs=runs)
        assert Result.from_json(result.to_json()).worst == result.worst


def test_one_cause_in_many_fields_and_records_is_told_once(report):
    """In whatever record, field or realm, and whatever a run's values could tell of a sign."""
    base = copy.deepcopy(report("differs"))
    bad = next(cell for cell in base.cells if cell.verdict == "differs")
    causes = (
        "csharp.pythonnet: `Flag` declared as a 32-bit integer, character or bool instead of bool",
        "csharp.pythonnet: `Ready` declared as an unsigned 32-bit integer or character instead of bool",
        "csharp.sharedmem: every bool declared as a 32-bit integer, character or bool instead of bool",
        "csharp.pythonnet: not packed: Pack=1 is missing",
        "csharp.pythonnet: Sample not packed: Pack=1 is missing",
    )
    cells = [
        changed(bad, consumer="csharp", producer=producer, realm=realm, program=f"layout{number}", runs=because(bad, cause))
        for number, cause in enumerate(causes) for realm in ("linux", "windows") for producer in ("c", "csharp", "nim")
    ]  # fmt: skip
    many = replace(base, cells=cells).sorted()
    lines = terminal(many).splitlines()
    heads = [line for line in lines if line.startswith("differs at")]
    assert heads == [
        "differs at describe in linux and windows, 18 cells: csharp in layout0, layout1, layout2",
        "differs at describe in linux and windows, 12 cells: csharp in layout3, layout4",
    ]
    assert "    likewise `Ready` of layout1" in lines
    assert sum(line.startswith("    repair:") for line in lines) == 2


def test_other_causes_are_not_told_as_one(report):
    base = copy.deepcopy(report("differs"))
    bad = next(cell for cell in base.cells if cell.verdict == "differs")
    causes = ("c: `A` declared as a 32-bit integer instead of i64", "c: `A` declared as a 16-bit integer instead of i64",
              "c: `A` declared as a 32-bit float instead of i64", "c: not packed: Pack=1 is missing",
              "c: not packed: Pack=2 is missing", "c: packed: as if Pack=1", "nim: packed: as if Pack=1")  # fmt: skip
    cells = [changed(bad, program=str(number), runs=because(bad, cause)) for number, cause in enumerate(causes)]
    assert [len(group) for group in failures(cells)] == [1] * len(causes)


def test_many_kinds_of_failure_fit_two_screens(report):
    """However many there are: some in full, some in brief, the rest counted."""
    base = copy.deepcopy(report("misbehaving"))
    bad = next(cell for cell in base.cells if cell.verdict == "crashed")
    cells = [
        changed(bad, program=f"layout{number}", runs=[changed(bad.worst, message=f"died {number}\n" + "x\n" * 300)])
        for number in range(60)
    ]  # fmt: skip
    lines = terminal(replace(base, cells=cells, programs=()).sorted()).splitlines()
    assert len(lines) < 120
    assert sum(line.startswith("crashed at") for line in lines) == 11
    assert "    … and 289 more lines" in lines
    assert "… and 49 more kinds of failure, 49 cells: --html FILE shows them all" in lines
    assert lines[-1].startswith("60 cells: 60 crashed")


# --- JUnit


def test_junit_has_a_testcase_for_every_cell_and_skip(report):
    root = ET.fromstring(render_junit(report("differs")))
    linux, windows = root.findall("testsuite")
    assert {key: linux.get(key) for key in ("name", "tests", "failures", "errors", "skipped")} == {
        "name": "samebytes.linux", "tests": "9", "failures": "3", "errors": "0", "skipped": "1"}  # fmt: skip
    assert (windows.get("name"), windows.get("tests"), windows.get("skipped")) == ("samebytes.windows", "1", "1")
    failure = linux.find("testcase[@name='c → csharp']/failure")
    assert failure.get("message") == "differs at describe: c: Numbers declared as double instead of float"
    assert failure.text.startswith("c/csharp/struct/linux/data\nMySharedData")
    assert "float Numbers[50];" in failure.text
    assert windows.find("testcase/skipped").get("message") == "Wine is not installed; to add it: apt-get install wine64"


def test_junit_names_the_group_of_a_layout(grouped):
    cells = ET.fromstring(render_junit(grouped(wrong=["Packed3"]))).findall("testsuite/testcase")
    names = {case.get("classname") for case in cells}
    assert {"linux.data.struct", "linux.data.packed.Packed3", "windows.data.scalars.Scalars11"} <= names
    assert len(cells) == 232
    failed = [case for case in cells if case.find("failure") is not None]
    assert {case.get("classname") for case in failed} == {"linux.data.packed.Packed3", "windows.data.packed.Packed3"}


def test_junit_counts_are_those_of_its_testcases(sample):
    for suite in ET.fromstring(render_junit(read_report(sample))):
        assert int(suite.get("tests")) == len(suite.findall("testcase"))
        assert int(suite.get("failures")) == len(suite.findall("testcase/failure"))
        assert int(suite.get("skipped")) == len(suite.findall("testcase/skipped"))


def test_junit_is_of_the_shape_that_pytest_writes(sample, tmp_path):
    """Elements, where they stand, their attributes: nothing that a reader of pytest's would not know.

    A failure has a `type` besides, as the element was defined and as pytest has it for what is skipped.
    """
    (tmp_path / "test_x.py").write_text(
        "import pytest\n@pytest.fixture(autouse=True, scope='session')\n"
        "def told(record_testsuite_property): record_testsuite_property('a', 'b')\n"
        "def test_good(): pass\ndef test_bad(): assert 0\n@pytest.mark.skip\ndef test_skipped(): pass\n"
        "@pytest.mark.xfail\ndef test_known(): assert 0\n", "utf-8",
    )  # fmt: skip
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--junitxml", "x.xml", "-c", "none.ini"]
    command += ["-o", "junit_family=xunit1"]  # whose cases have a file and a line
    (tmp_path / "none.ini").write_text("[pytest]\n", "utf-8")
    subprocess.run([*command, "test_x.py"], cwd=tmp_path, check=False, capture_output=True, timeout=60)
    known, ours = shape(ET.parse(tmp_path / "x.xml").getroot()), shape(ET.fromstring(render_junit(read_report(sample))))
    for place, attributes in ours.items():
        assert place in known
        assert attributes - {"type"} <= known[place]


def shape(element: ET.Element, above: str = "") -> dict[str, set[str]]:
    place = f"{above}/{element.tag}".removeprefix("/")
    found = {place: set(element.keys())}
    for child in element:
        for inner, attributes in shape(child, place).items():
            found[inner] = found.get(inner, set()) | attributes
    return found


def test_junit_holds_what_xml_cannot(report):
    base = copy.deepcopy(report("misbehaving"))
    bad = next(cell for cell in base.cells if cell.verdict == "crashed")
    bad.worst.evidence = "\x1b[31m]]> <b> \x00 \ud800 ok"
    text = render_junit(base)
    text.encode()
    assert "#x1B[31m]]> <b> #x00 #xD800 ok" in "".join(ET.fromstring(text).itertext())


def test_a_known_deviation_is_skipped(report):
    base = copy.deepcopy(report("misbehaving"))
    for cell in base.cells:
        if cell.verdict != "agreed":
            cell.reason = "as expected"
    root = ET.fromstring(render_junit(base))
    assert root.find("testsuite").get("failures") == "0"
    assert {item.get("type") for item in root.iter("skipped")} == {"samebytes.known"}
    assert base.green


# --- Markdown


def test_markdown_has_the_sum_the_failures_and_a_table(report):
    text = render_markdown(report("differs"))
    assert text.startswith("## ❌ samebytes: 8 cells: 5 agreed, 3 differs; 2 not run (")
    assert "**differs** at describe in linux, 3 cells: c → c struct" in text
    assert "| **c** | ❌ 1/2: struct differs | ❌ 1/2: struct differs |" in text
    assert "| **csharp** | ❌ 1/2: struct differs | ✅ 2 |" in text
    assert "- realm windows: Wine is not installed; to add it: apt-get install wine64" in text
    assert render_markdown(report("agreed")).startswith("## ✅ samebytes: 32 cells: 32 agreed (")


def test_markdown_lets_nothing_out_of_its_place(report):
    base = copy.deepcopy(report("misbehaving"))
    bad = next(cell for cell in base.cells if cell.verdict == "crashed")
    bad.worst.evidence = "```\n# no heading\n````"
    base.peers["linux"]["python"]["version"] = "<script>|`x`"
    text = render_markdown(base)
    fence = next(line for line in text.splitlines() if line.startswith("`````"))
    assert fence == "`````text"
    assert "<script>" not in text
    assert r"&lt;script&gt;\|\`x\`" in text


def test_markdown_stays_below_what_a_job_summary_may_have(report):
    base = report("misbehaving")
    many = wide(base, [f"layout{number}" for number in range(200)])
    for number, cell in enumerate(many.cells):
        if cell.verdict != "agreed":
            cell.runs = [changed(cell.worst, message=f"{number} " + "x\n" * 100)]
    text = render_markdown(many)
    assert len(text.encode()) < 1 << 20
    assert "more kinds of failure" in text


def test_markdown_counts_by_group_and_realm(grouped):
    base = grouped(wrong=["Packed3"])
    life = changed(base.cells[0], check="lifecycle", program="join")
    text = render_markdown(replace(base, cells=[*base.cells, life]).sorted())
    for row in ("| cells | linux | windows |", "| struct | ✅ 4 | ✅ 4 |", "| scalars | ✅ 48 | ✅ 48 |",
                "| packed | ❌ 37/40 | ❌ 37/40 |", "| lifecycle | ✅ 1 | – |"):  # fmt: skip
        assert row in text.splitlines()
    assert len(text.splitlines()) < 80
    assert "Scalars" not in text


def test_markdown_is_short_whatever_a_report_holds(grouped):
    """Long lines, many kinds of known deviation, many skips."""
    base = grouped()
    cells = [changed(cell, reason=f"{number} {'x' * 9000}") for number, cell in enumerate(base.cells)]
    skips = [Skip("linux", f"p{number}", "y" * 9000) for number in range(500)]
    text = render_markdown(replace(base, cells=cells, skips=skips))
    assert len(text) < 100_000
    assert "more kinds of known deviation" in text
    assert "- … and 460 more" in text


# --- badge


@pytest.mark.parametrize(
    ("name", "words", "colour"), [("agreed", "32/32 agree", "#2d7d46"), ("differs", "5/8 agree", "#b42318")]
)
def test_the_badge_says_how_many_agree(report, name, words, colour):
    root = ET.fromstring(render_badge(report(name)))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("aria-label") == root.find(f"{space}title").text == f"samebytes: {words}"
    assert [element.text for element in root.iter(f"{space}text")] == ["samebytes", words]
    assert colour in {element.get("fill") for element in root.iter(f"{space}path")}
    boxes = [float(element.get("textLength")) for element in root.iter(f"{space}text")]
    assert sum(boxes) < float(root.get("width"))


def test_the_badge_of_nothing_is_not_green(report):
    text = render_badge(type(report("agreed"))(**NOTHING))
    assert "nothing ran" in text
    assert "#2d7d46" not in text


# --- what was looked at only in part


def test_a_partial_cell_is_not_green_fails_no_run_and_is_shown_everywhere(partly):
    assert (partly.green, partly.passes(), partly.passes(complete=True)) == (False, True, False)
    text = terminal(partly)
    assert "partial at load in linux, 1 cell: c → csharp struct\n    6 of 6 fields read, 4 judged\n" in text
    assert "8 cells: 7 agreed, 1 partial; 2 not run" in text
    assert "\x1b[33mpartial" in render_matrix(partly, Style(True))
    case = ET.fromstring(render_junit(partly)).find("testsuite/testcase[@name='c → csharp']/skipped")
    assert case.get("type") == "samebytes.partial"
    assert case.get("message") == "not everything was looked at: 6 of 6 fields read, 4 judged"
    markdown = render_markdown(partly)
    assert markdown.startswith("## ⚠️ samebytes: 8 cells: 7 agreed, 1 partial; 2 not run (")
    assert (
        "**partial** at load in linux, 1 cell: c → csharp struct\n\n```text\n6 of 6 fields read, 4 judged\n```"
        in markdown
    )
    assert "| **c** | ✅ 2 | ⚠️ 1/2, 1 partial |" in markdown
    badge = render_badge(partly)
    assert "7/8 agree, 1 partial" in badge
    assert "#2d7d46" not in badge


def test_a_partial_cell_that_differs_too_differs(partly):
    part = next(cell for cell in partly.cells if cell.verdict is Verdict.PARTIAL)
    part.worst.differ(Difference(Stage.LOAD, "csharp", "x", "01", "02"))
    assert part.verdict is Verdict.DIFFERS


def test_a_run_keeps_its_seed_and_its_report_too(tmp_path):
    head = header(["record"], seed=1234)
    lines = [head, Result("a", "b", "record", "linux", runs=[Run("R", "v", "a", "b", seed=1234)]).to_json()]
    lines.append(footer([Result.from_json(lines[1])], {}, 0.5))
    path = tmp_path / "run.jsonl"
    with ReportWriter(path, head) as writer:
        for line in lines[1:]:
            writer.write(line)
    report = read_report(path)
    assert (report.hosts[0].seed, report.cells[0].worst.seed) == (1234, 1234)
    assert next(iter(report.lines())) == head
    assert "seed 1234" in render_markdown(report)
