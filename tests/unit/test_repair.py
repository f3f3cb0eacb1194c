"""Repairs and repeats: whose declaration is corrected, in which language, and the command that runs a cell again."""

from __future__ import annotations

import shlex
import sys
from dataclasses import replace

import pytest

from samebytes.checks.bundles.repair import guilty, repair_of
from samebytes.checks.bundles.repro import repro_of
from samebytes.checks.data.subjects import read_records
from samebytes.checks.result import Difference, Result, Run, Stage, Verdict
from samebytes.layout.emit import LANGUAGES, emitter_of
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

RECORDS = read_records(fixtures_folder())
MANIFESTS = discover((peers_folder(),))


def run_with(cause="", *described):
    run = Run("MySharedData", "seed", "c.library/accessor", "nim/accessor", Verdict.DIFFERS, cause=cause)
    run.differences = [Difference(Stage.DESCRIBE, peer, "Letter", "offset 4", "offset 5") for peer in described]
    return run


def test_the_guilty_one_is_the_causes_or_the_only_one_that_describes_it_otherwise():
    assert guilty(run_with("c.library: packed: as if Pack=1")) == "c"
    assert guilty(run_with("", "nim", "nim")) == "nim"
    assert guilty(run_with("", "nim", "c.library")) == ""
    assert guilty(run_with()) == ""


@pytest.mark.parametrize(
    ("peer", "words"),
    [("c", "_Static_assert(sizeof(MySharedData) == 208"), ("csharp", "public static void Verify()"),
     ("nim", "doAssert sizeof(MySharedData) == 208"), ("python", "class MySharedData(ctypes.")],
)  # fmt: skip
def test_every_language_that_has_an_emitter_gets_its_own_declaration(peer, words):
    assert words in repair_of(run_with(f"{peer}: something"), RECORDS, MANIFESTS, "x86_64-linux")


def test_a_language_without_an_emitter_gets_none():
    cobol = {"c": replace(MANIFESTS["c"], language="COBOL")}
    assert repair_of(run_with("c: something"), RECORDS, cobol, "x86_64-linux") == ""
    assert repair_of(run_with("stranger: something"), RECORDS, MANIFESTS, "x86_64-linux") == ""


def test_a_language_is_known_by_its_own_name():
    known = {"C": "c", "C#": "csharp", "C++": "c++", "Nim": "nim", "Python": "python", "Object Pascal": "pascal"}
    assert {name: emitter_of(name) for name in known} == known
    assert all(emitter_of(name) == name for name in LANGUAGES)
    assert emitter_of("COBOL") == ""


@pytest.mark.skipif(sys.platform == "win32", reason="quoted as a POSIX shell has it")
def test_the_command_names_each_peer_once_and_the_cell():
    data = shlex.split(repro_of(Result("c", "nim", "struct", "linux"), ("--peers-folder", "my peers")))
    assert data == [
        "samebytes", "matrix", "--peers-folder", "my peers", "--peer", "c", "--peer", "nim", "--realm", "linux",
        "--layout", "struct", "-k", "c/nim/struct/linux/data",
    ]  # fmt: skip
    lives = shlex.split(repro_of(Result("c", "c", "join", "windows", "lifecycle")))
    assert lives == [
        "samebytes", "matrix", "--peer", "c", "--realm", "windows", "--scenario", "join", "-k",
        "c/c/join/windows/lifecycle",
    ]  # fmt: skip
