"""C for several processors beside each other on this one: what two ABIs make of one record, and that names live and die alike.

The records are the tests' own (abis/): one whose places and widths are the ABI's, its portable twin, and one of bytes alone.
"""

from __future__ import annotations

import itertools
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings, run
from samebytes.checks.result import Stage, Verdict
from samebytes.layout import records_from_toml
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.variants import with_variants
from samebytes.report.blame import blame_of
from samebytes.report.content import Report

HERE = Path(__file__).parent / "abis"
OWN = records_from_toml(HERE / "records.toml")
RECORDS = {**read_records(fixtures_folder()), **OWN}
PROGRAMS = [program for program in read_programs(fixtures_folder(), RECORDS) if program.name in OWN]
ABIS = {"c": "x86_64-linux", "c@i686": "i686-linux", "c@aarch64": "aarch64-linux", "c@s390x": "s390x-linux"}
PLAYED = {
    "killed-creator", "killed-last-holder", "killed-consumer", "both-killed", "last-close", "creator-comes-back",
    "stopped-holder", "aborted", "contract-await", "contract-rights",
}  # fmt: skip
DYING = [("c", "c@s390x"), ("c@s390x", "c"), ("c@s390x", "c@aarch64"), ("c@i686", "c@s390x")]

QUICKLY = (('"-O2", ', '"-O0", '), ('build = [["gcc", "{so}"], ["gcc", "{elf}"]]', 'build = [["gcc", "{elf}"]]'))
"""Only programs are wanted, and not fast ones."""
NARROW = """
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    uint16_t Letter;
#else
    uint32_t Letter;
#endif"""
"""A declaration that is wrong in the programs of one processor."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="programs of several ABIs share the kernel of Linux")


def peers_in(place: Path, change: tuple[str, str] = ("", "")) -> dict:
    """The C peer with the tests' own records, for every ABI it has; with one change of their declarations."""
    shutil.copytree(peers_folder() / "c", place / "c")
    own = (HERE / "declarations.h").read_text("utf-8")
    assert own.count(change[0]) >= 1
    (place / "c" / "layouts" / "abis.h").write_text(
        own.replace("DECLARATIONS_H", "ABIS_H").replace(*change, 1), "utf-8"
    )
    declared = place / "c" / "declarations.h"
    declared.write_text(f'#include "layouts/abis.h"\n{declared.read_text("utf-8")}', "utf-8")
    manifest = place / "c" / "peer.toml"
    text = manifest.read_text("utf-8").replace('layouts = ["*"]', f"layouts = {list(OWN)}")
    for old, new in QUICKLY:
        assert old in text
        text = text.replace(old, new)
    manifest.write_text(text, "utf-8")
    known = with_variants(discover((place,), tuple(OWN)))
    return {name: replace(known[name], faces=known[name].faces[-1:]) for name in ABIS}


def run_all(manifests: dict, names: list[str], checks: list[str], selected=lambda _identity: True) -> Findings:
    """What came of it; skipped where a compiler, or what runs its programs, is not here."""
    request = Request(
        realms=["linux"],
        checks=checks,
        manifests=manifests,
        peers=names,
        programs=PROGRAMS if "data" in checks else [],
        scenarios=[one for one in read_scenarios(fixtures_folder()) if one.name in PLAYED],
        records=RECORDS,
        selected=selected,
    )
    findings = Findings()
    with Lab(RECORDS) as lab:
        run(request, lab, findings)
    if findings.skips:
        pytest.skip("; ".join(f"{skip.peer}: {skip.reason}; to add it: {skip.add}" for skip in findings.skips))
    return findings


def dying(identity: str) -> bool:
    """Whether a cell is one of bytes, or a scenario between two of those that are to die."""
    producer, consumer, _, _, check = identity.split("/")
    return check == "data" or (producer, consumer) in DYING


@pytest.fixture(scope="module")
def findings(tmp_path_factory):
    """One run of everything: every pair's bytes, and the scenarios of some."""
    place = tmp_path_factory.mktemp("abis")
    return run_all(peers_in(place), list(ABIS), ["data", "contract", "lifecycle"], dying)


@pytest.fixture(scope="module")
def cells(findings):
    """Its cells of bytes, by producer, consumer and record."""
    return {(one.producer, one.consumer, one.program): one for one in findings.results if one.check == "data"}


def test_every_program_is_for_the_abi_that_its_name_says(findings):
    assert {name: facts["target"] for name, facts in findings.peers["linux"].items() if name in ABIS} == ABIS


def test_within_an_abi_everything_agrees(cells):
    for name, record in itertools.product(ABIS, OWN):
        assert cells[name, name, record].verdict is Verdict.AGREED, cells[name, name, record].worst.differences[:3]


def test_a_record_of_bytes_agrees_between_all(cells):
    for pair in itertools.product(ABIS, ABIS):
        cell = cells[*pair, "Bytes"]
        assert (cell.verdict, cell.message) == (Verdict.AGREED, "")
        assert cell.cases >= 5


def test_the_portable_twin_agrees_between_all_of_one_byte_order(cells):
    for one, other in itertools.permutations(ABIS, 2):
        cell = cells[one, other, "Twin"]
        if "c@s390x" not in (one, other):
            assert cell.verdict is Verdict.AGREED, cell.message
        else:
            assert cell.verdict is Verdict.INCOMPATIBLE
            assert cell.message == f"{ABIS[one]} against {ABIS[other]}: Count, Ratio and 5 more (byte order)"


@pytest.mark.parametrize(
    ("producer", "consumer", "reasons"),
    [
        (
            "c",
            "c@i686",
            [
                "Ratio (double: aligned to 8 against 4 bytes)", "Total (long: 8 against 4 bytes)", "Owner (pointer: 8 against 4 bytes)",
                "Letter (offset 40 against 24)", "When (time_t: 8 against 4 bytes)", "Room (size_t: 8 against 4 bytes)",
                "Flags (offset 64 against 36)", "size of Hazards (72 against 40 bytes)",
            ],
        ),
        ("c@i686", "c@aarch64", ["Total (long: 4 against 8 bytes)", "size of Hazards (40 against 72 bytes)"]),
        ("c@i686", "c@s390x", ["Count (byte order)", "Total (long: 4 against 8 bytes)", "Total (byte order)"]),
    ],
)  # fmt: skip
def test_what_is_not_the_same_on_both_is_named_with_its_reason(cells, producer, consumer, reasons):
    cell = cells[producer, consumer, "Hazards"]
    assert cell.verdict is Verdict.INCOMPATIBLE, cell.worst.differences[:3]
    assert cell.passes(complete=True)
    assert cell.message.startswith(f"{ABIS[producer]} against {ABIS[consumer]}: ")
    notes = cell.worst.notes
    assert [reason for reason in reasons if reason not in notes and reason not in cell.message] == [], notes
    assert not any(note.startswith(("Tag (byte", "Flags[")) for note in notes)


def test_aarch64_and_x86_64_have_one_layout(cells):
    assert cells["c", "c@aarch64", "Hazards"].verdict is Verdict.AGREED
    assert cells["c@aarch64", "c", "Hazards"].verdict is Verdict.AGREED


def test_memory_is_the_producers_and_what_is_read_is_what_it_makes_of_it(cells):
    run = cells["c", "c@s390x", "Twin"].worst
    rows = {row.path: row for row in run.leaves}
    assert rows["Count"].memory == rows["Count"].expected
    assert rows["Count"].loaded == rows["Count"].memory, "read high byte first"
    assert rows["Flags[1]"].loaded == rows["Flags[1]"].expected, "where both agree, the value arrives"
    run = cells["c@s390x", "c", "Twin"].worst
    rows = {row.path: row for row in run.leaves}
    assert bytes.fromhex(rows["Total"].loaded) == bytes.fromhex(rows["Total"].memory)[::-1]


def test_names_and_memory_live_and_die_alike(findings):
    played = [one for one in findings.results if one.check != "data"]
    assert {(one.producer, one.consumer) for one in played} == set(DYING)
    assert {one.program for one in played} == PLAYED
    wrong = [(one.identity, one.worst.differences, one.message) for one in played if one.verdict is not Verdict.AGREED]
    assert wrong == []


@pytest.mark.parametrize(
    ("change", "cause"),
    [(("    uint32_t Letter;", NARROW), "Letter")],
)
def test_a_mistake_in_one_is_blamed_on_it_and_not_on_its_abi(tmp_path, change, cause):
    names = ["c", "c@s390x", "c@aarch64"]
    findings = run_all(
        peers_in(tmp_path, change), names, ["data"], lambda identity: identity.split("/")[2] in ("Twin", "Bytes")
    )
    by_pair = {(one.producer, one.consumer): one for one in findings.results if one.program == "Twin"}
    for pair, cell in by_pair.items():
        if "c@s390x" not in pair:
            assert cell.verdict is Verdict.AGREED
            continue
        assert (cell.verdict, cell.stage) == (Verdict.DIFFERS, Stage.DESCRIBE)
        assert {item.peer for item in cell.worst.differences} == {"c@s390x.program"}
        assert any(cause in item.path for item in cell.worst.differences)
        assert cell.cause.startswith("c@s390x.program: ")
        assert "byte order" not in cell.cause + cell.message
    said = blame_of(Report(hosts=(), cells=findings.results, skips=(), peers=findings.peers, programs=tuple(OWN)))
    assert len(said) == 1
    assert "2 of 3 peers in linux agree with the layout; c@s390x is the outlier in 5 cells, one cause" in said[0]
