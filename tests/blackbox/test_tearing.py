"""Torn reads: seen where a value takes more than one store, never where it is one aligned word."""

from __future__ import annotations

import secrets
import subprocess
import time
from dataclasses import replace

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.checks.producers.segment_reader import NativeEyes
from samebytes.checks.producers.tearing import can_tear, mixes, probe
from samebytes.errors import MissingToolError, SegmentNotFoundError
from samebytes.layout import KINDS, Field, Record, abi_named, lay_out
from samebytes.peers.manifest import read_manifest
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.realms import NativeRealm

LINUX = abi_named("x86_64-linux")
STAMPED = Record(
    "Stamped",
    (
        Field("number", KINDS["u32"]),
        Field("half", KINDS["u32"]),
        Field("time", KINDS["u64"]),
        Field("stamp", KINDS["u64"], (2,)),
        Field("wide", KINDS["u128"]),
    ),
)
LAYOUT = lay_out(STAMPED, LINUX)


def images(*values: tuple[int, int]) -> list[bytes]:
    return [bytes(16) + value[0].to_bytes(8, "little") + value[1].to_bytes(8, "little") + bytes(16) for value in values]


def moments(*content: tuple[float, bytes]) -> list[tuple[float, bytes]]:
    found, at = [], 0.0
    for lasted, data in content:
        found.append((at, data))
        at += lasted
    return found


def test_what_lies_in_one_aligned_word_cannot_be_torn():
    assert can_tear(LAYOUT, 0) == {"stamp": "16 bytes", "wide": "16 bytes, loaded in pieces of 8"}


def test_what_is_misaligned_can_be_torn_and_so_can_eight_bytes_in_a_32_bit_program():
    packed = Record("Packed", (Field("id", KINDS["u8"]), Field("time", KINDS["u64"])), pack=1)
    assert can_tear(lay_out(packed, LINUX), 0) == {"time": "misaligned at 1"}
    assert can_tear(LAYOUT, 4)["time"] == "misaligned at 12"
    assert can_tear(lay_out(Record("T", (Field("t", KINDS["u64"]),)), abi_named("i686-linux")), 0) == {
        "t": "8 bytes, loaded in pieces of 4"
    }


def test_a_content_between_two_that_lasted_and_made_of_both_is_a_mix():
    old, mixed, new = images((1, 1), (2, 1), (2, 2))
    seen = mixes(LAYOUT, moments((0.01, old), (0.00001, mixed), (0.01, new), (0.01, old)))
    assert (seen["stamp"].changes, seen["stamp"].mixes) == (1, 1)  # how long the last lasts, nobody has seen
    assert "→" in seen["stamp"].example


def test_a_content_that_lasted_is_what_the_producer_meant():
    old, mixed, new = images((1, 1), (2, 1), (2, 2))
    assert mixes(LAYOUT, moments((0.01, old), (0.01, mixed), (0.01, new), (0.01, old)))["stamp"].mixes == 0


def test_a_brief_content_of_its_own_is_no_mix():
    old, other, new = images((1, 1), (7, 7), (2, 2))
    assert mixes(LAYOUT, moments((0.01, old), (0.00001, other), (0.01, new), (0.01, old)))["stamp"].mixes == 0


def test_aligned_words_are_never_said_to_be_torn():
    old, new = bytes(48), b"\xff" * 16 + bytes(32)
    assert mixes(LAYOUT, moments((0.01, old), (0.00001, new), (0.01, old), (0.01, new))) == {}


def test_stores_some_time_apart_are_seen_half_done(native, build):
    program = build("sim")
    layout = lay_out(native.record, LINUX)
    running = subprocess.Popen([program, native.name, "slow-stores"])
    try:
        sight = _appeared(native.name)
        assert _seen_within(sight, layout, 60).mixes > 0
        sight.close()
    finally:
        running.terminate()
        running.wait(20)


def _appeared(name):
    deadline = time.monotonic() + 20
    while True:
        try:
            sight = NativeEyes().open(name)
            if sight.size:
                return sight
        except SegmentNotFoundError:
            assert time.monotonic() < deadline
        time.sleep(0.01)


def _seen_within(sight, layout, seconds):
    """A busy machine may let us look only while the program sleeps: try again."""
    end = time.monotonic() + seconds
    while True:
        _, found = sight.burst(0, layout.size, 0.5)
        seen = mixes(layout, found)
        assert set(seen) <= {"wheels", "driver"}
        if seen.get("wheels") and (seen["wheels"].mixes or time.monotonic() > end):
            return seen["wheels"]


@pytest.fixture
def start(here):
    """Start a peer that declares some of the fixtures' records."""
    records = read_records(fixtures_folder())
    started = []

    def make(name: str):
        manifest = read_manifest(peers_folder() / name / "peer.toml")
        face = next(face for face in manifest.faces_on(here.realm.abi) if face.kind == "program")
        try:
            starters = here.starters(replace(manifest, faces=(face,)), records)
        except MissingToolError as error:
            pytest.skip(str(error))
        started.append(here.start(next(iter(starters.values()))))
        return started[-1], records

    yield make
    for peer in started:
        peer.process.end()


@pytest.mark.parametrize(("record", "torn"), [("OddArrays", "Points"), ("FrameSlot", "Pixels")])
def test_between_c_and_python_a_wide_value_tears_and_aligned_words_do_not(start, record, torn):
    writer, records = start("c")
    reader, _ = start("python")
    layout = lay_out(records[record], abi_named(NativeRealm().abi))
    found = probe(writer, reader, f"samebytes-tear-{secrets.token_hex(6)}", layout, 90, until=torn)
    assert found.torn.get(torn, 0) > 0
    assert set(found.torn) <= set(can_tear(layout, 0))
    assert min(found.values.values()) > 0  # both values were really there to be mixed


@pytest.mark.parametrize("record", ["SequencedQuote", "SignedNumbers"])
def test_between_c_and_python_aligned_words_of_4_and_8_bytes_never_tear(start, record):
    writer, records = start("c")
    reader, _ = start("python")
    layout = lay_out(records[record], abi_named(NativeRealm().abi))
    found = probe(writer, reader, f"samebytes-tear-{secrets.token_hex(6)}", layout, 2)
    assert found.torn == {}
    assert found.looks > 0
    assert min(found.values.values()) > 0
