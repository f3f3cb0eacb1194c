"""`pytest --samebytes-matrix`: every cell is an item, and its outcome is what `samebytes matrix` says."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from samebytes.peers.paths import peers_folder
from samebytes.report.reading import read_report

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")

SMALL = ("--samebytes-matrix", "--samebytes-realm", "linux", "--samebytes-layout", "struct")
C_AND_PYTHON = ("--samebytes-peer", "c", "--samebytes-peer", "python")
OUTCOME = {"agreed": "passed", "known": "xfailed"}
"""Of a verdict; of every other one, `failed`."""


def told(cell):
    """What a report says of a cell, but for what differs from run to run: times, and the random part of segments' names."""
    runs = [
        {
            key: run[key]
            for key in ("layout", "values", "producer", "consumer", "verdict", "stage", "differences", "leaves")
        }
        for run in cell["runs"]
    ]
    told_cell = {"verdict": cell["verdict"], "stage": cell["stage"], "cause": cell["cause"], "runs": runs}
    return json.loads(json.dumps(told_cell))  # a row of a leaf is a tuple here and a list there


@pytest.mark.parametrize(
    "spread", [(), ("-n", "2"), ("-n", "2", "--dist", "worksteal")], ids=["plain", "n2", "worksteal"]
)
def test_pytest_and_samebytes_matrix_agree_case_by_case(samebytes, run_pytest, misbehaving, spread):
    """Peers that agree, and one that does not store what it should."""
    folder = misbehaving("skip@store")
    peers = ("c", "python", "bad")
    ours = samebytes(
        "matrix", "--peers-folder", folder, *(word for peer in peers for word in ("--peer", peer)),
        "--realm", "linux", "--layout", "struct", "--layout", "integer", "--seed", 7, "--json", "--full",
    )  # fmt: skip
    ran = run_pytest(
        *SMALL, "--samebytes-layout", "integer", f"--samebytes-peers-folder={folder}",
        *(word for peer in peers for word in ("--samebytes-peer", peer)), "--samebytes-report", "run.jsonl",
        "--samebytes-seed", "7", "--samebytes-full", *spread,
    )  # fmt: skip
    assert len(ours.cells) == 18
    assert {cell["verdict"] for cell in ours.cells.values()} > {"agreed"}
    assert ran.cells == {key: OUTCOME.get(cell["verdict"], "failed") for key, cell in ours.cells.items()}
    assert ran.status == ours.status == 1
    report = read_report(Path("run.jsonl"))
    assert {cell.identity: told(cell.to_json()) for cell in report.cells} == {
        key: told(cell) for key, cell in ours.cells.items()
    }
    assert report.peers == ours.lines[-1]["peers"]
    assert [host.seed for host in report.hosts] == [7]


@pytest.fixture(scope="module")
def five(tmp_path_factory):
    """A folder with the Python peer under five names."""
    folder = tmp_path_factory.mktemp("five")
    for number in range(5):
        place = folder / f"p{number}"
        shutil.copytree(peers_folder() / "python", place, ignore=shutil.ignore_patterns("__pycache__"))
        manifest = place / "peer.toml"
        text = manifest.read_text("utf-8").replace('name = "python"', f'name = "p{number}"', 1)
        manifest.write_text(text, "utf-8")
    return folder


def test_five_peers_leave_scenarios_and_values_to_others_and_say_so(samebytes, run_pytest, five):
    named = ("join", "mapped-again")
    peers = [f"p{number}" for number in range(5)]
    ours = samebytes(
        "matrix", "--peers-folder", five, *(word for peer in peers for word in ("--peer", peer)), "--realm", "linux",
        "--layout", "PlainChars", *(word for name in named for word in ("--scenario", name)), "--json",
    )  # fmt: skip
    ran = run_pytest(
        *SMALL[:3], f"--samebytes-peers-folder={five}", *(word for peer in peers for word in ("--samebytes-peer", peer)),
        "--samebytes-layout", "PlainChars", *(word for name in named for word in ("--samebytes-scenario", name)),
        "--samebytes-report", "run.jsonl", "-rs",
    )  # fmt: skip
    left = ours.lines[-1]["left"]["linux"]
    assert left["lifecycle"] == 2 * 5
    assert len(ours.cells) == 25 + 2 * 4 * 5
    assert {key for key, outcome in ran.cells.items() if outcome == "passed"} == set(ours.cells)
    assert sum(outcome == "skipped" for outcome in ran.cells.values()) == 10
    assert "lifecycle in linux: both peers play it with others; --samebytes-full adds it" in ran.out
    assert "lifecycle: each peer played each in either part, not with every other (40 of 50 cells)" in ran.out
    report = read_report(Path("run.jsonl"))
    assert report.left["linux"]["lifecycle"] == 10
    assert report.left["linux"]["data"] > 0
    assert ran.status == ours.status == 0


@pytest.mark.parametrize("selected", [("-k", "join"), ("samebytes::p0/p4/join/linux/lifecycle",)], ids=["k", "name"])
def test_what_is_selected_is_run_in_full(run_pytest, five, selected):
    peers = [word for number in range(5) for word in ("--samebytes-peer", f"p{number}")]
    ran = run_pytest(
        *SMALL[:3], f"--samebytes-peers-folder={five}", *peers, "--samebytes-scenario", "join", "--samebytes-scenario",
        "mapped-again", *selected,
    )  # fmt: skip
    assert ran.cells["p0/p4/join/linux/lifecycle"] == "passed"
    assert len(ran.cells) == (25 if "-k" in selected else 1)
    assert set(ran.cells.values()) == {"passed"}


def test_lifecycle_cells_are_items_too(run_pytest):
    ran = run_pytest(
        "--samebytes-matrix", "--samebytes-realm", "linux", "--samebytes-peer", "python",
        "--samebytes-check", "lifecycle", "--samebytes-scenario", "join", "--samebytes-scenario", "killed-creator",
    )  # fmt: skip
    assert ran.cells == {
        "python/python/join/linux/lifecycle": "passed",
        "python/python/killed-creator/linux/lifecycle": "passed",
    }
    assert ran.status == 0


def test_a_failed_cell_says_what_samebytes_matrix_says_and_shows_no_traceback(samebytes, run_pytest, misbehaving):
    folder = misbehaving("skip@store")
    ours = samebytes(
        "matrix", "--peers-folder", folder, "--peer", "bad", "--realm", "linux", "--layout", "struct"
    )  # fmt: skip
    ran = run_pytest(*SMALL, f"--samebytes-peers-folder={folder}", "--samebytes-peer", "bad")
    [line] = [line for line in ours.out.splitlines() if line.startswith("differs ")]
    lines = ours.out[ours.out.index(line) :].split("\n\n")[0].splitlines()
    words = ran.text("samebytes::bad/bad/struct/linux/data").splitlines()
    assert len(lines) >= 3
    assert words == lines
    assert "Traceback" not in ran.out
    assert "pytest_plugin" not in ran.out


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["plain", "n2"])
def test_what_cannot_run_is_skipped_with_its_reason_and_how_to_add_it(run_pytest, unbuildable, spread):
    Path("tox.ini").write_text("[pytest]\nsamebytes_peers = lone python\n", "utf-8")
    ran = run_pytest(*SMALL, f"--samebytes-peers-folder={unbuildable}", "-rs", *spread)
    assert ran.cells == {
        "lone/lone/struct/linux/data": "skipped",
        "lone/python/struct/linux/data": "skipped",
        "python/lone/struct/linux/data": "skipped",
        "python/python/struct/linux/data": "passed",
    }
    reason = "lone in linux: no compiler for x86_64-linux (looked for lonec); to add it: apt-get install lonec"
    assert f"SKIPPED [3] samebytes: {reason}" in ran.out
    assert f"not run: {reason}" in ran.out
    assert ran.status == 0


@pytest.mark.parametrize("spread", [(), ("-n", "2")], ids=["plain", "n2"])
def test_a_peer_asked_for_by_name_that_cannot_run_is_no_success(run_pytest, unbuildable, spread):
    ran = run_pytest(
        *SMALL, f"--samebytes-peers-folder={unbuildable}", "--samebytes-peer", "lone", "--samebytes-peer", "python",
        *spread,
    )  # fmt: skip
    assert "failed" not in ran.cells.values()
    assert "asked for by name and missing: lone in linux: no compiler" in ran.out
    assert ran.status == 1


def test_a_runtime_asked_for_by_name_that_cannot_run_is_no_success(run_pytest, unbuildable):
    with (unbuildable / "lone/peer.toml").open("a", encoding="utf-8") as manifest:
        manifest.write('[[runtime]]\nname = "1"\n')
    peers = ("--samebytes-peer", "lone", "--samebytes-peer", "python")
    ran = run_pytest(*SMALL, f"--samebytes-peers-folder={unbuildable}", *peers, "--samebytes-runtime", "1")
    assert ran.cells["python/python/struct/linux/data"] == "passed"
    assert "asked for by name and missing: lone@1 in linux: no compiler" in ran.out
    assert ran.status == 1


def test_a_matrix_in_which_nothing_ran_is_no_success(run_pytest, unbuildable):
    Path("tox.ini").write_text("[pytest]\nsamebytes_peers = lone\n", "utf-8")
    ran = run_pytest(*SMALL, f"--samebytes-peers-folder={unbuildable}")
    assert ran.cells == {"lone/lone/struct/linux/data": "skipped"}
    assert "nothing could run on this machine; samebytes doctor says what is missing" in ran.out
    assert ran.status == 1


def test_a_known_deviation_is_an_expected_failure_and_an_unexpected_pass_is_red(run_pytest, misbehaving, tmp_path):
    folder = misbehaving("crash@hello")
    expected = tmp_path / "expected.toml"
    expected.write_text(
        '[[expect]]\ncells = ["bad/bad/struct/linux/data"]\nverdict = "crashed"\nstage = "start"\n'
        'message = "bad was ended by SIGKILL"\nreason = "it dies at once"\n'
        '[[expect]]\ncells = ["python/python/struct/linux/data"]\nverdict = "crashed"\nstage = "start"\n'
        'message = "python was ended by SIGKILL"\nreason = "it once did"\n',
        "utf-8",
    )
    ran = run_pytest(
        *SMALL, f"--samebytes-peers-folder={folder}", "--samebytes-peer", "bad", "--samebytes-peer", "python",
        f"--samebytes-expectations={expected}", "-rx",
    )  # fmt: skip
    assert ran.cells["bad/bad/struct/linux/data"] == "xfailed"
    assert "it dies at once" in ran.out
    assert ran.cells["python/python/struct/linux/data"] == "failed"
    assert "an unexpected pass" in ran.text("samebytes::python/python/struct/linux/data")
    assert ran.cells["bad/python/struct/linux/data"] == "failed"


def test_k_m_x_and_lf_select_cells_as_they_select_tests(run_pytest, misbehaving):
    folder = misbehaving("skip@store")
    bad = (*SMALL, f"--samebytes-peers-folder={folder}", "--samebytes-peer", "bad", "--samebytes-peer", "python")
    Path("test_own.py").write_text("def test_own(): pass\n", "utf-8")
    first = run_pytest(*bad)
    assert sorted(first.cells.values()) == ["failed", "failed", "passed", "passed"]
    assert first.outcomes["test_own.py::test_own"] == "passed"
    again = run_pytest(*bad, "--lf")
    assert set(again.outcomes) == {"samebytes::bad/bad/struct/linux/data", "samebytes::bad/python/struct/linux/data"}
    assert set(run_pytest(*bad, "-k", "python/ and not bad").cells) == {"python/python/struct/linux/data"}
    assert "test_own.py::test_own" not in run_pytest(*bad, "-m", "samebytes_matrix").outcomes
    assert run_pytest(*bad, "-m", "not samebytes_matrix").cells == {}
    assert list(run_pytest(*bad, "-x").cells.values()).count("failed") == 1


def test_a_cell_is_run_alone_by_its_nodeid(run_pytest):
    Path("test_own.py").write_text("def test_own(): pass\n", "utf-8")
    ran = run_pytest("samebytes::python/python/struct/linux/data")
    assert ran.outcomes == {"samebytes::python/python/struct/linux/data": "passed"}
    assert run_pytest("../samebytes::python/python/struct/linux/data").outcomes == ran.outcomes
    ran = run_pytest("samebytes::python/python/strct/linux/data")
    assert "samebytes::python/python/strct/linux/data: there is no such cell" in ran.err
    assert ran.status == 4


def test_only_the_peers_of_selected_cells_are_built_and_started(run_pytest):
    run_pytest(*SMALL, "-k", "c/c/", "--samebytes-report", "run.jsonl")
    report = read_report(Path("run.jsonl"))
    assert [cell.identity for cell in report.cells] == ["c/c/struct/linux/data"]
    assert set(report.peers["linux"]) == {"c", "python"}  # python looks at the bytes


def test_a_report_of_a_run_that_was_cut_off_has_no_footer(run_pytest, misbehaving):
    folder = misbehaving("skip@store")
    ran = run_pytest(
        *SMALL, f"--samebytes-peers-folder={folder}", "--samebytes-peer", "bad", "--samebytes-peer", "python",
        "--samebytes-report", "run.jsonl", "-x",
    )  # fmt: skip
    assert "the run ended early: 4 cells were asked for" in ran.out
    assert '"footer"' not in Path("run.jsonl").read_text("utf-8")


def test_junit_has_a_testcase_for_every_cell(run_pytest, misbehaving):
    folder = misbehaving("skip@store")
    run_pytest(*SMALL, f"--samebytes-peers-folder={folder}", "--samebytes-peer", "bad", "--junitxml", "run.xml")
    [case] = ET.parse("run.xml").getroot().iter("testcase")
    assert (case.get("classname"), case.get("name")) == ("samebytes", "bad/bad/struct/linux/data")
    failure = case.find("failure")
    assert failure is not None
    assert (failure.text or "").startswith("differs at ")


def test_ini_keys_select_and_the_command_line_overrides_them(run_pytest, misbehaving):
    folder = misbehaving("skip@store")
    Path("tox.ini").write_text(
        "[pytest]\nsamebytes_peers = python\nsamebytes_realms = linux\nsamebytes_layouts = integer stamp\n"
        f"samebytes_peers_folders = {folder}\n",
        "utf-8",
    )
    assert set(run_pytest("--samebytes-matrix").cells) == {
        "python/python/integer/linux/data",
        "python/python/stamp/linux/data",
    }
    ran = run_pytest("--samebytes-matrix", "--samebytes-peer", "bad", "--samebytes-layout", "integer")
    assert ran.cells == {"bad/bad/integer/linux/data": "failed"}


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            ("--samebytes-matrix", "--samebytes-peer", "nosuch"),
            "--samebytes-peer nosuch: there is none of that name (there are: c, cpp, csharp, go, nim, pascal, python, rust)",
        ),
        (("--samebytes-matrix", "--samebytes-realm", "macos"), "--samebytes-realm macos: there is none of that name"),
        (("--samebytes-matrix", "--samebytes-layout", "Nope"), "--samebytes-layout Nope: there is none of that name"),
        (
            ("--samebytes-matrix", "--samebytes-check", "lifecycle", "--samebytes-layout", "struct"),
            "--samebytes-layout selects data checks, and --samebytes-check lifecycle has none",
        ),
        (("--samebytes-matrix", "--samebytes-deadline", "0"), "is not between 0 and 3600 seconds"),
        (("--samebytes-matrix", "--samebytes-deadline", "soon"), "not a number of seconds"),
        (
            ("--samebytes-matrix", "--samebytes-peers-folder", "/no/such"),
            "--samebytes-peers-folder /no/such: no such folder",
        ),
        (
            ("--samebytes-matrix", "--samebytes-report", "/no/such/r.jsonl"),
            "the report cannot be written to /no/such/r.jsonl",
        ),
        (("--samebytes-report", "r.jsonl"), "there is no matrix to report"),
        (("--samebytes-matrix", "--samebytes-expectations", "no.toml"), "no.toml"),
        (
            ("--samebytes-matrix", "-n", "2", "--dist", "each", "--samebytes-report", "r.jsonl"),
            "every cell would stand there several times",
        ),
    ],
)
def test_wrong_options_are_one_line_and_pytests_usage_error(run_pytest, arguments, words):
    ran = run_pytest(*arguments)
    assert ran.status == pytest.ExitCode.USAGE_ERROR
    assert words in ran.err
    assert "Traceback" not in ran.err + ran.out


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("raise ValueError('a bug of ours')", "ValueError: a bug of ours"),
        ("return None", "python/python/integer/linux/data was not run"),
    ],
    ids=["raises", "tells nothing"],
)
def test_a_run_that_breaks_makes_no_cell_green(run_pytest, pytester, fault, words):
    pytester.makeconftest(
        f"{(pytester.path / 'conftest.py').read_text('utf-8')}\nfrom samebytes.checks.requests.realm_run import RealmRun\n"
        f"def broken(self, cells, tell):\n    {fault}\nRealmRun.run = broken\n"
    )
    ran = run_pytest(
        "--samebytes-matrix", "--samebytes-realm", "linux", "--samebytes-layout", "integer",
        "--samebytes-peer", "python", "--samebytes-peer", "c", "--samebytes-report", "run.jsonl",
    )  # fmt: skip
    assert list(ran.cells.values()) == ["failed"] * 4
    assert words in ran.text("samebytes::python/python/integer/linux/data")
    assert '"footer"' not in Path("run.jsonl").read_text("utf-8")
    assert ran.status == 1
