"""The contract scenarios: every peer keeps them, and each of a row of peers that break one promise is found by the step that asks."""

from __future__ import annotations

import itertools
import shutil
import sys

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.lifecycle.steps import named
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings, check_required, run
from samebytes.checks.result import Verdict
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

PEERS = tuple(discover((peers_folder(),)))
RECORDS = read_records(fixtures_folder())
SCENARIOS = [scenario for scenario in read_scenarios(fixtures_folder()) if scenario.check == "contract"]

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")

MODE = """    peer = PythonPeer()
    held = os.open
    os.open = lambda path, flags, mode=0o777, **more: held(path, flags, 0o666 if mode == 0o600 else mode, **more)
    os.fchmod = lambda fd, mode: None
    os.umask(0)
"""
"""Every file is made for everybody."""
LENGTH_LAST = """        body = declarations.message_body(title, content)
        write(view, offset + PREFIX, body)
"""
LENGTH_FIRST = """        body = declarations.message_body(title, content)
        write(view, offset, len(body).to_bytes(PREFIX, sys.byteorder))
        __import__("time").sleep(0.001)
        write(view, offset + PREFIX, body)
"""
STRANGE_NAMES = 'create_new(segment_name(name).removeprefix("Local\\\\").replace(" ", "_")'

BROKEN = [
    # scenario, file, what stands there, what stands there instead, words of the step that finds it
    ("rights", "peer.py", "ACCESS[access])", 'ACCESS["read_write"])', "B write 2"),
    ("read-only-map", "peer.py", 'READ if rights == "read" else', "READ_WRITE if rights else", "B view read_write"),
    ("copy-on-write", "peer.py", '"copy": Access.COPY_ON_WRITE', '"copy": Access.READ_WRITE', "A read 1"),
    ("offsets", "peer.py", "make(place(offset),", "make(place(offset) // 16 * 16,", "17"),
    ("offsets", "peer.py", '"capacity": view.capacity}', '"capacity": view.capacity + 6}', "view_capacity"),
    ("sizes", "peer.py", "(name), capacity(size)", "(name), max(1, capacity(size))", "A create_new 0"),
    ("sizes", "peer.py", '"capacity": held.capacity}', '"capacity": 4096}', "map_capacity"),
    ("sizes", "peer.py", '"created": held.created', '"created": None', "A create_new 1"),
    ("created", "peer.py", '"created": held.created', '"created": True', "B create_or_open 100"),
    ("refusals", "peer.py", 'raise Fault("closed", f"no map', 'raise Fault("failed", f"no map', "closed"),
    ("names", "peer.py", "create_new(segment_name(name)", STRANGE_NAMES, "B open_existing of %20"),
    ("await", "peer.py", "whole(milliseconds))", "0)", "await 40"),
    ("await", "peer.py", "read(held, at, 4)", "read(held, at, 4) and bytes(3) + b'x'", "await 40"),
    ("files", "peer.py", "    peer = PythonPeer()\n", MODE, "file 600"),
    ("length-last", "records.py", LENGTH_LAST, LENGTH_FIRST, "publish Message"),
]


def played(folder, scenario):
    """What came of a scenario between a changed Python peer and itself, and, where B has a part, the Python peer."""
    python = discover((peers_folder(),))["python"]
    mutant = discover((folder,))["python"]
    object.__setattr__(mutant, "name", "mutant")
    request = Request(
        realms=["linux"],
        checks=["contract"],
        manifests={"mutant": mutant, "python": python},
        peers=["mutant", "python"],
        scenarios=[one for one in SCENARIOS if one.name == scenario],
        records=RECORDS,
        selected=lambda identity: identity.startswith(("mutant/python/", "python/mutant/", "mutant/mutant/")),
        required=frozenset({"linux", "mutant"}),
    )
    findings = Findings()
    with Lab(RECORDS) as lab:
        run(request, lab, findings)
    check_required(findings, request.required)
    return findings.results


@linux_only
@pytest.mark.parametrize(("scenario", "file", "old", "new", "words"), BROKEN)
def test_a_broken_promise_is_found_by_the_step_that_asks(tmp_path, scenario, file, old, new, words):
    shutil.copytree(peers_folder() / "python", tmp_path / "python", ignore=shutil.ignore_patterns("__pycache__"))
    path = tmp_path / "python" / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    results = played(tmp_path, f"contract-{scenario}")
    found = [str(one) for result in results for one in result.worst.differences if result.verdict is Verdict.DIFFERS]
    assert any(words in line for line in found), found or [(result.identity, result.verdict) for result in results]


@linux_only
def test_every_peer_keeps_the_contract_on_linux(samebytes):
    ran = samebytes("matrix", "--check", "contract", "--realm", "linux", "--json")
    wanted = {
        f"{a}/{b}/{scenario.name}/linux/contract"
        for a, b in itertools.product(PEERS, PEERS)
        for scenario in SCENARIOS
        if a == b or not scenario.alone
    }
    assert set(ran.cells) == wanted
    assert {key: cell["verdict"] for key, cell in ran.cells.items() if cell["verdict"] != "agreed"} == {}


def test_names_are_filled_in_and_filled_up():
    assert named("Local\\{name}", "x-1") == "Local\\x-1"
    assert len(named("{name:255}", "x-1")) == 255
    assert named("%C3%A4%20{name}", "x") == "ä x"
