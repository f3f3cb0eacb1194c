"""Blame: who is wrong by majority, said once, from the cells alone."""

from __future__ import annotations

import itertools

from msgspec.structs import replace

from samebytes.checks.result import Difference, Result, Run, Stage, Verdict
from samebytes.report.blame import blame_of
from samebytes.report.content import Report
from samebytes.report.embed import embedded
from samebytes.report.formats.markdown import render as render_markdown
from samebytes.report.lines import Host
from samebytes.report.merging import merge_reports
from samebytes.report.terminal import Style, render_matrix

HOST = Host("1", "2026-01-01T00:00:00Z", "s", "m", "3", 1.0)
PACKED = "packed: as if Pack=1"


def cell(
    producer,
    consumer,
    program="struct",
    realm="linux",
    verdict="agreed",
    check="data",
    runs=(),
    cause="",
    reason="",
    repair="",
):
    """A cell of those runs, or of one that has that verdict and nothing to say."""
    some = [replace(run, cause=cause) for run in runs or [Run("R", "seed", "p", "c", Verdict(verdict), Stage.STORE)]]
    found = Result(producer, consumer, program, realm, check, some, 0.1, reason, repair=repair)
    assert found.verdict == verdict
    return found


def a_run(*differences, message="", verdict="differs"):
    items = [Difference(Stage(stage), peer, "x", "00", "01", 0) for stage, peer in differences]
    return Run("R", "seed", "p", "c", Verdict(verdict), Stage.STORE, message, differences=items)


def report(cells):
    return Report(hosts=[HOST], cells=list(cells)).sorted()


def matrix(peers, wrong, programs=("struct",), realm="linux", cause=PACKED):
    """Every pair; those with a wrong peer differ: it stores wrong, and as a consumer reads wrong what was stored right."""
    for producer, consumer, program in itertools.product(peers, peers, programs):
        found = [("store", f"{producer}.library")] * (producer in wrong) + [("load", consumer)] * (
            bool({producer, consumer} & set(wrong))
        )
        if found:
            peer = producer if producer in wrong else consumer
            words = f"{peer}.library: {cause}" if cause else ""
            yield cell(producer, consumer, program, realm, "differs", runs=[a_run(*found)], cause=words)
        else:
            yield cell(producer, consumer, program, realm)


def test_an_outlier_is_named_with_its_one_cause():
    assert blame_of(report(matrix(("c", "csharp", "nim", "python"), {"nim"}))) == [
        f"3 of 4 peers in linux agree with the layout; nim is the outlier in all of its 7 cells, one cause: {PACKED}"
    ]


def test_cells_that_agree_are_not_counted_against_it():
    cells = [*matrix(("c", "nim"), {"nim"}), cell("nim", "nim", "integer"), cell("nim", "c", "integer")]
    assert "nim is the outlier in 3 cells, one cause" in blame_of(report(cells))[0]


def test_who_reads_what_another_stored_wrong_is_not_to_blame():
    (sentence,) = blame_of(report(matrix(("c", "nim", "python"), {"nim"}, cause="")))
    assert sentence == "2 of 3 peers in linux agree with the layout; nim is the outlier in all of its 5 cells"


def test_who_crashed_is_to_blame_and_not_whom_it_was_speaking_with():
    died = a_run(message="nim.program exited with 3", verdict="crashed")
    cells = [*matrix(("c", "nim"), set(), ("integer",)), cell("c", "nim", verdict="crashed", runs=[died])]
    assert blame_of(report(cells)) == ["1 of 2 peers in linux agrees with the layout; nim is the outlier in 1 cell"]


def test_two_outliers_are_both_named_with_their_own_causes():
    cells = [
        *matrix(("c", "python"), set()),
        cell("c", "nim", verdict="differs", runs=[a_run(("load", "nim"))], cause="nim: `x` missing"),
        cell("c", "go", verdict="differs", runs=[a_run(("load", "go"))], cause="go: `y` missing"),
    ]
    (sentence,) = blame_of(report(cells))
    assert sentence == (
        "2 of 4 peers in linux agree with the layout; go is out in 1 cell, one cause: `y` missing; "
        "nim is out in 1 cell, one cause: `x` missing"
    )


def test_when_most_are_wrong_in_the_same_way_the_layout_is_looked_at():
    first, second = blame_of(report(matrix(("c", "go", "nim"), {"c", "nim"})))
    assert first.startswith("1 of 3 peers in linux agrees with the layout; c is out in ")
    assert second == f"2 of 3 peers in linux are wrong in the same way ({PACKED}): look at the layout first"


def test_a_peer_that_fails_everything_is_named_once_for_all_checks():
    """The words of its failure stand with the cells; here they would be said again."""
    broken = [a_run(message="go does not build: no such file", verdict="refused")]
    pairs = (("go", "go"), ("go", "c"), ("c", "go"), ("go", "python"), ("python", "go"))
    data = [cell(one, other, verdict="refused", runs=broken) for one, other in pairs]
    lives = [cell(one, other, "join", verdict="refused", check="lifecycle", runs=broken) for one, other in pairs]
    cells = [*matrix(("c", "python"), set()), *data, *lives]
    assert blame_of(report(cells)) == ["go fails all of its 10 cells in linux"]
    wrong = cell(
        "python", "c", "other", verdict="differs", runs=[a_run(("store", "python"))], cause=f"python: {PACKED}"
    )
    assert blame_of(report([*cells, wrong])) == [
        "go fails all of its 10 cells in linux",
        f"1 of 2 peers in linux agrees with the layout; python is the outlier in 1 cell, one cause: {PACKED}",
    ]
    text = render_matrix(report(cells), Style(False))
    assert text.count("no such file") == 1


def test_when_nobody_agrees_that_is_said():
    (sentence,) = blame_of(report([cell("c", "c", verdict="differs", runs=[a_run(("store", "c"))])]))
    assert sentence == "no peer in linux agrees with the layout; c is the outlier in 1 cell"


def test_nothing_failed_nobody_is_blamed():
    known = cell("c", "go", verdict="known", runs=[a_run(("store", "c"))], reason="as expected")
    assert blame_of(report([*matrix(("c", "python"), set()), known])) == []


def test_each_realm_and_check_has_its_own_sentence_in_merged_reports_too():
    linux = report(matrix(("c", "nim", "python"), {"nim"}))
    lives = cell("c", "nim", "join", "windows", "differs", "lifecycle", runs=[a_run(("open", "nim"))])
    windows = report([*matrix(("c", "python"), set(), realm="windows"), lives])
    merged = merge_reports({"linux": linux, "windows": windows})
    assert blame_of(merged) == [
        f"2 of 3 peers in linux agree with the layout; nim is the outlier in all of its 5 cells, one cause: {PACKED}",
        "1 of 2 peers in windows agrees with what lifecycle expects; nim is the outlier in 1 cell",
    ]
    assert embedded(merged)["blame"] == blame_of(merged)
    for text in (render_matrix(merged, Style(False)), render_markdown(merged)):
        assert "nim is the outlier in all of its 5 cells" in text


REPAIR = "\n".join(
    [
        "/* R as on x86_64-linux */", "#include <stdint.h>", "", "typedef struct R {",
        *(f"    uint32_t field{number};" for number in range(40)), "} R;", "_Static_assert(sizeof(R) == 160, \"\");",
    ]
)  # fmt: skip


def test_a_long_repair_is_cut_to_what_the_cause_names_and_told_once():
    differs = {"verdict": "differs", "runs": [a_run(("store", "nim"))], "repair": REPAIR}
    cells = [
        cell("nim", "c", cause="nim: `field20` missing", **differs),
        cell("nim", "c", "other", cause="nim: `field20` or `field21` missing", **differs),
    ]
    text = render_matrix(report(cells), Style(False))
    assert "        typedef struct R {" in text
    assert "            uint32_t field20;" in text
    assert "uint32_t field30;" not in text
    assert "#include" not in text
    assert text.count("typedef struct R {") == 1
    assert "repair: as above" in text


def test_the_harness_itself_is_nobodys_peer():
    """Where one declaration or program is held to a layout, the other side of its cell is no side."""
    cells = [cell("samebytes", "mine", check="declaration", verdict="differs", runs=[a_run(("describe", "mine"))])]
    assert blame_of(report([*cells, cell("samebytes", "theirs", check="declaration")])) == [
        "1 of 2 peers in linux agrees with the layout; mine is the outlier in 1 cell"
    ]


def test_a_program_that_is_watched_has_no_majority_and_tells_everything_that_is_wrong_with_it():
    small = a_run(("store", "sim"), message="too small: 56 bytes")
    stays = a_run(verdict="leaked", message="the name is still there")
    told = report([cell("sim", "samebytes", check="producer", verdict="leaked", runs=[small, stays])])
    assert blame_of(told) == []
    text = render_matrix(told, Style(False))
    assert text.index("the name is still there") < text.index("also at store: too small: 56 bytes")
