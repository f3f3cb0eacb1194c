"""Every ordered pair of peers × every seed program, in each realm this machine has, through the command line."""

from __future__ import annotations

import itertools

import pytest

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.checks.lifecycle.cells import PARTNERS, fewer
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.requests.kind import Cell
from samebytes.peers.availability import realms_here
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

MANIFESTS = discover((peers_folder(),))
PEERS = tuple(MANIFESTS)
SEEDS = ("integer", "struct", "message", "stamp")
GROUPS = {"scalars", "mixed", "nested", "packed", "explicit", "unions", "text", "locks", "real"}
REDUCED = "csharp@3.1"
"""Exchanges data with C# on the runtime that is preferred, in both directions, through one face, and nothing besides."""
LOCKLESS = {"csharp"}
"""Peers without the optional verb `lock`: listed as not run with the scenarios that need it."""
PAIRS = tuple(itertools.product(PEERS, PEERS))
FACES = {name: len(manifest.faces_on("x86_64-linux")) for name, manifest in MANIFESTS.items()} | {REDUCED: 1}
SCENARIOS = read_scenarios(fixtures_folder())
PROGRAMS = read_programs(fixtures_folder(), read_records(fixtures_folder()))
NATIVE_NOT_FOUND = {
    "c": "error 2",
    "cpp": "error 2",
    "pascal": "error 2",
    "nim": "error 2",
    "go": "fs.ErrNotExist",
    "csharp": "FileNotFoundException",
    REDUCED: "FileNotFoundException",
    "python": "FileNotFoundError",
    "rust": "error 2",
}
"""What `open_existing` of nothing is called in each language; the protocol calls it `not_found` in all of them."""


def _missing(name: str) -> str | None:
    state = next((realm.availability() for realm in realms_here() if realm.name == name), None)
    if state is None:
        return f"the realm {name} does not exist on this system"
    return None if state.ready else f"{state.detail}; to add it: {state.add}"


@pytest.fixture(scope="module", params=["linux", "windows"])
def matrix(request, samebytes):
    """One run over everything in a realm: its name, its cells, its skips, its footer, and how it ended."""
    reason = _missing(request.param)
    if reason:
        pytest.skip(reason)
    ran = samebytes("matrix", "--realm", request.param, "--json")
    skips = [line for line in ran.lines if line["type"] == "skipped"]
    return request.param, ran.cells, skips, ran.lines[-1], ran


def test_every_peer_takes_part(matrix):
    _, _, skips, _, ran = matrix
    lockless = [skip for skip in skips if skip["reason"].startswith("it has no lock: ")]
    assert {skip["peer"] for skip in lockless} == LOCKLESS
    missing = [skip for skip in skips if skip not in lockless and (skip["add"] or " has no " not in skip["reason"])]
    assert missing == [], f"install the toolchains (python3 ci/test.py --toolchains): {ran.err}"


def _declare(program, *peers):
    """Whether both have the record of that column; a seed program has several, of which each pair exchanges what both have."""
    return not program.plain or all(program.name in MANIFESTS[name.partition("@")[0]].layouts for name in peers)


def test_every_pair_agrees_on_every_program_and_scenario(matrix):
    realm, cells, _, footer, ran = matrix
    pairs = (*PAIRS, ("csharp", REDUCED), (REDUCED, "csharp"))
    wanted = {
        f"{a}/{b}/{program.name}/{realm}/data"
        for (a, b), program in itertools.product(pairs, PROGRAMS)
        if _declare(program, a, b)
    }
    played = [
        Cell(one.check, a, b, one.name, realm, one, (a, b))
        for (a, b), one in itertools.product(PAIRS, SCENARIOS)
        if realm in (one.realms or (realm,)) and (a == b or not one.alone)
        if not (one.locks and {a, b} & LOCKLESS)
    ]
    for check in {one.check for one in played}:
        wanted |= {one.identity for one in fewer([one for one in played if one.check == check])}
    assert set(cells) == wanted
    assert {key: cell["verdict"] for key, cell in cells.items() if cell["verdict"] != "agreed"} == {}
    assert (footer["type"], footer["cells"], footer["verdicts"]) == ("footer", len(wanted), {"agreed": len(wanted)})
    assert ran.status == 0


def test_at_least_thirty_layouts_of_every_group_are_columns(matrix):
    realm, cells, *_ = matrix
    found = {key: cell["group"] for key, cell in cells.items() if key.startswith("c/csharp/") and "group" in cell}
    assert len(found) >= 30
    assert set(found.values()) == GROUPS
    assert {cell["group"] for cell in cells.values() if "group" in cell} == GROUPS
    assert all(key.endswith(f"/{realm}/data") for key in found)


def test_every_cell_stands_for_many_sets_of_values_on_every_pair_of_faces(matrix):
    _, cells, *_ = matrix
    for cell in cells.values():
        if "group" in cell:
            faces = {(run["producer"], run["consumer"]) for run in cell["runs"]}
            assert len(faces) == FACES[cell["producer"]] * FACES[cell["consumer"]]
            assert cell["cases"] >= 2 * len(faces)


def test_every_face_has_every_value_and_a_pair_says_what_it_left_to_others(matrix):
    realm, cells, _, footer, _ = matrix
    layouts = {cell["program"]: cell for cell in cells.values() if "group" in cell}
    left = 0
    for name, one in layouts.items():
        runs = [run for cell in cells.values() if cell["program"] == name for run in cell["runs"]]
        total = max(run["cases"] for run in runs)
        whole = [run for run in runs if "of" not in run]
        assert {run["cases"] for run in whole} == {total}
        assert {run["of"] for run in runs if "of" in run} <= {total}
        for side in ("producer", "consumer"):
            assert {run[side] for run in whole} == {run[side] for run in runs}, one["program"]
        left += sum(run["of"] - run["cases"] for run in runs if "of" in run)
    assert 0 < left <= footer["left"][realm]["data"]
    assert set(footer["left"][realm]) == ({"data"} if len(PEERS) <= PARTNERS else {"data", "contract", "lifecycle"})


def _rows(cell, layout, values):
    for run in cell["runs"]:
        if (run["layout"], run["values"]) == (layout, values):
            yield run, {row[0]: row for row in run["leaves"]}


@pytest.mark.parametrize("layout", ["MySharedData", "MySharedDataExplicit"])
def test_my_shared_data_is_208_bytes_with_its_bytes_in_place_in_every_cell(matrix, layout):
    realm, cells, *_ = matrix
    for producer, consumer in itertools.product(PEERS, PEERS):
        found = list(_rows(cells[f"{producer}/{consumer}/struct/{realm}/data"], layout, "seed"))
        assert found
        for run, rows in found:
            assert run["size"] == 208
            described = run["described"].values()
            assert {one["size"] for one in described} == {208}
            assert {one["align"] for one in described} <= {4, 0}, "0 is not told"
            assert rows["Value"] == ["Value", 0, 4, "7b000000", "7b000000", rows["Value"][5]]
            assert rows["Letter"][:5] == ["Letter", 4, 2, "5800", "5800"]
            assert rows["Numbers[10]"][:5] == ["Numbers[10]", 48, 4, "9a99b93f", "9a99b93f"]
            read = [int(rows[path][5], 16) for path in ("Value", "Letter", "Numbers[10]")]
            assert read == [123, ord("X"), 0x3FB9999A]
            assert bytes.fromhex(run["memory"])[48:52].hex() == "9a99b93f"


def test_opening_nothing_is_one_error_in_every_language(matrix):
    _, cells, *_ = matrix
    for cell in (cell for cell in cells.values() if cell["program"] in SEEDS):
        for run in (run for run in cell["runs"] if run["absent"]):
            native = NATIVE_NOT_FOUND[cell["consumer"]]
            assert run["absent"] == {"kind": "not_found", "code": 2, "native": native}


def test_streams_and_accessors_are_both_used(matrix):
    realm, cells, *_ = matrix
    forms = {(run["producer"], run["consumer"]) for run in cells[f"csharp/python/stamp/{realm}/data"]["runs"]}
    assert any("stream" in producer and "stream" in consumer for producer, consumer in forms)
    assert any("accessor" in producer and "accessor" in consumer for producer, consumer in forms)


def test_the_c_peer_runs_as_a_library_and_as_a_program(matrix):
    realm, cells, *_ = matrix
    runs = cells[f"c/c/struct/{realm}/data"]["runs"]
    faces = {(run["producer"].split("/")[0], run["consumer"].split("/")[0]) for run in runs}
    assert faces == set(itertools.product(("c.library", "c.program"), repeat=2))
