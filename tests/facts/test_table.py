"""docs/facts.md is whole and names tests that exist; and the program that makes it lets nothing be missed."""

from __future__ import annotations

import ast
import functools
import importlib.util
import re
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROW = re.compile(r"^\| (\d+) \| (.+) \|$", re.MULTILINE)
TESTS = re.compile(r"^(\d+)\. (.*)$", re.MULTILINE)
CELL = re.compile(r"seen|(?:expected deviation|not applicable|not tested) \(.+\)")


def _load():
    spec = importlib.util.spec_from_file_location("facts_table", Path(__file__).with_name("table.py"))
    module = sys.modules["facts_table"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


table = _load()


@functools.cache
def page() -> str:
    return (ROOT / "docs" / "facts.md").read_text("utf-8")


def rows() -> dict[int, list[str]]:
    """For each fact its words and its cells."""
    return {int(number): rest.split(" | ") for number, rest in ROW.findall(page())}


def listed() -> dict[int, list[tuple[str, list[str]]]]:
    """For each fact its tests, and the places where each was seen."""
    found = re.compile(r"`([^`]+)` \(([^)]+)\)")
    return {int(number): [(test, where.split(", ")) for test, where in found.findall(rest)] for number, rest in
            TESTS.findall(page())}  # fmt: skip


@functools.cache
def functions_in(module: str) -> dict[str, str]:
    """The tests of a module under tests/, each with its source."""
    source = (ROOT / "tests" / module).read_text("utf-8")
    functions = (node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    return {node.name: ast.get_source_segment(source, node) or "" for node in functions}


def test_every_fact_has_its_row_and_no_cell_is_empty():
    known = table.known_facts()["facts"]
    assert list(rows()) == [int(fact) for fact in known] == list(range(1, 91))
    for fact, (words, *cells) in rows().items():
        assert words == known[str(fact)]
        assert len(cells) == len(table.WHERE)
        assert all(CELL.fullmatch(cell) for cell in cells), f"fact {fact}: {cells}; run tests/facts/table.py"


@pytest.mark.parametrize("index", range(4), ids=list(table.WHERE))
def test_whatever_was_seen_names_a_test_that_exists(index):
    where = list(table.WHERE)[index]
    for fact, (_, *cells) in rows().items():
        tests = [test for test, places in listed()[fact] if where in places]
        if cells[index] == "seen" or cells[index].startswith("expected deviation"):
            assert tests, f"fact {fact} was seen in {where} by no test"
        else:
            assert not tests, f"fact {fact} is {cells[index]!r} in {where}, and {tests} ran there"
        for test in tests:
            module, _, name = test.partition("::")
            assert name in functions_in(module), f"fact {fact}: there is no {test}; run tests/facts/table.py"
            decorated = (ROOT / "tests" / module).read_text("utf-8")
            also = [one for one in table.known_facts()["also"] if one["test"] == test and fact in one["facts"]]
            assert also or fact in table.numbers(name) or re.search(rf"fact_{fact:02}\b|fact_{fact:02}_", decorated)


def test_the_sums_are_those_of_the_rows():
    for word in table.GOOD:
        counts = [sum(cells[index].startswith(word) for _, *cells in rows().values()) for index in range(4)]
        assert f"| {word} | {' | '.join(map(str, counts))} |" in page()


# --- the program -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "facts"),
    [
        ("test_fact_07_an_impossible_size[1]", {7}),
        ("test_facts_56_57_what_another_user_made", {56, 57}),
        ("test_facts_14_15_names[open-fact_15_root]", {15}),
        ("test_fact_02_for_90_seconds", {2}),
        ("test_errors_travel", set()),
    ],
)
def test_a_name_carries_its_numbers(name, facts):
    assert table.numbers(name) == facts


REPORT = """<testsuites><testsuite>
<testcase classname="tests.mapping.test_a" name="test_fact_01_x[1]"/>
<testcase classname="tests.mapping.test_a" name="test_fact_02_x"><failure message="no"/></testcase>
<testcase classname="tests.mapping.test_a" name="test_fact_02_y"/>
<testcase classname="tests.mapping.test_a" name="test_fact_03_x"><skipped type="pytest.xfail" message="Wine"/></testcase>
<testcase classname="tests.mapping.test_a" name="test_fact_03_y"/>
<testcase classname="tests.mapping.test_a" name="test_fact_04_x">
  <skipped type="pytest.skip" message="no such thing on this system"/></testcase>
<testcase classname="tests.mapping.test_a" name="test_fact_05_x">
  <skipped type="pytest.skip" message="not root"/></testcase>
<testcase classname="tests.mapping.test_a" name="test_fact_06_x"><error message="in a fixture"/></testcase>
<testcase classname="tests.mapping.test_a" name="test_else"/>
</testsuite></testsuites>"""


def cells_of(tmp_path, report: str, run: str) -> dict[int, str]:
    """The cells of a table over facts 1 to 7, in the place that the report is of."""
    (tmp_path / "report.xml").write_text(report, "utf-8")
    absent = {"where": [run], "facts": [7], "why": "so"}
    known = {"facts": dict.fromkeys("1234567", "words"), "absent": [absent]}
    text = table.page(list(table.results(tmp_path / "report.xml", run)), known)
    column = 1 + list(table.WHERE).index(run)
    return {int(number): rest.split(" | ")[column] for number, rest in ROW.findall(text)}


def test_each_outcome_has_its_words(tmp_path):
    assert cells_of(tmp_path, REPORT, "linux") == {
        1: "seen",
        2: "**failed** (mapping/test_a.py::test_fact_02_x)",
        3: "expected deviation (Wine)",
        4: "not applicable (no such thing on this system)",
        5: "**not run** (not root)",
        6: "**failed** (mapping/test_a.py::test_fact_06_x)",
        7: "not applicable (so)",
    }


def test_a_fact_without_a_test_stands_out(tmp_path):
    cells = cells_of(tmp_path, "<testsuites/>", "dotnet-linux")
    assert cells[1] == table.NO_TEST
    assert not CELL.fullmatch(cells[1])


def test_a_test_may_count_elsewhere_too():
    known = {"also": [{"test": "a.py::b", "facts": [1, 2], "where": ["dotnet-linux"]}]}
    ran = [table.Result(frozenset({3}), "linux", test, "passed") for test in ("a.py::b", "a.py::c")]
    assert list(table.elsewhere(ran, known)) == [table.Result(frozenset({1, 2}), "dotnet-linux", "a.py::b", "passed")]


def test_a_test_counts_where_it_says_it_was(tmp_path):
    places = '<properties><property name="places" value="linux dotnet-linux"/></properties>'
    report = f'<testsuite><testcase classname="tests.x" name="test_fact_01_x">{places}</testcase></testsuite>'
    (tmp_path / "report.xml").write_text(report, "utf-8")
    assert [one.where for one in table.results(tmp_path / "report.xml", "dotnet")] == ["linux", "dotnet-linux"]
