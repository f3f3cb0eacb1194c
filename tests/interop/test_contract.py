"""The contract scenarios: every peer keeps them. Those that break a promise are in the catalogue of defects."""

from __future__ import annotations

import itertools
import sys

import pytest

from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.lifecycle.steps import named
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

PEERS = tuple(discover((peers_folder(),)))
SCENARIOS = [scenario for scenario in read_scenarios(fixtures_folder()) if scenario.check == "contract"]

LOCKLESS = {"csharp", "pascal"}
"""Peers without the optional verb `lock`: not run with it, and listed so."""

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")


@linux_only
def test_every_peer_keeps_the_contract_on_linux(samebytes):
    ran = samebytes("matrix", "--check", "contract", "--realm", "linux", "--json")
    wanted = {
        f"{a}/{b}/{scenario.name}/linux/contract"
        for a, b in itertools.product(PEERS, PEERS)
        for scenario in SCENARIOS
        if (a == b or not scenario.alone) and not (scenario.locks and {a, b} & LOCKLESS)
    }
    assert set(ran.cells) == wanted
    lockless = [line["peer"] for line in ran.lines if line["type"] == "skipped" and "it has no lock" in line["reason"]]
    assert sorted(lockless) == sorted(LOCKLESS)
    assert {key: cell["verdict"] for key, cell in ran.cells.items() if cell["verdict"] != "agreed"} == {}


def test_names_are_filled_in_and_filled_up():
    assert named("Local\\{name}", "x-1") == "Local\\x-1"
    assert len(named("{name:255}", "x-1")) == 255
    assert named("%C3%A4%20{name}", "x") == "ä x"
