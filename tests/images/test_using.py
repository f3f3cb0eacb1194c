"""Images used: shown, compared across ABIs, held in a live segment, read through consumers in every language at hand."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from image_cases import IMAGES, image_of

from samebytes.checks.data.subjects import read_records
from samebytes.checks.images.consumers import parts_from
from samebytes.checks.images.differing import differences
from samebytes.checks.images.file import read_image, write_image
from samebytes.errors import SegmentNotFoundError
from samebytes.layout import abi_named, encode, lay_out
from samebytes.mapping import MemoryMappedFile
from samebytes.peers.paths import fixtures_folder

RECORDS = read_records(fixtures_folder())
LINUX, WINDOWS, BIG = (abi_named(f"{name}") for name in ("x86_64-linux", "x86_64-windows", "s390x-linux"))
TRUCK = IMAGES / "truck-x86_64-linux.image"
linux = pytest.mark.skipif(sys.platform != "linux", reason="peers of the linux realm")


def made(record, abi=LINUX, **values):
    layout = lay_out(RECORDS[record], abi)
    bits = {leaf.path: "" if leaf.variable else 0 for leaf in layout.leaves}
    return image_of(layout, encode(layout, bits | values))


def test_an_image_is_shown_as_a_segment_is(samebytes):
    done = samebytes("image", "show", IMAGES / "truck-s390x-linux.image")
    assert done.status == 0
    assert "TruckFrame on s390x-linux: 152 bytes" in done.out
    assert "note: captured 20" in done.out
    assert any(line.split()[:5] == ["144", "8", "i64", "Income", "-42"] for line in done.out.splitlines())
    found = json.loads(samebytes("image", "show", TRUCK, "--json", "--fields", "Place.Y").out)
    assert [(field["path"], field["value"]) for field in found["fields"]] == [("Place.Y", -2.25)]


@pytest.mark.parametrize("other", ["s390x-linux", "x86_64-windows"])
def test_the_same_values_on_another_abi_are_the_same(samebytes, other):
    done = samebytes("image", "diff", TRUCK, IMAGES / f"truck-{other}.image")
    assert (done.status, done.out.splitlines()[-1]) == (0, "every field is the same")


def test_what_differs_is_named(samebytes, tmp_path):
    write_image(tmp_path / "a.image", made("MySharedData", Value=1))
    write_image(tmp_path / "b.image", made("MySharedData", Value=2, **{"Numbers[49]": 0x3FB9999A}))
    done = samebytes("image", "diff", tmp_path / "a.image", tmp_path / "b.image")
    assert done.status == 1
    assert done.out.splitlines()[2:] == [
        "Value: 1 → 2",
        "Numbers: [0 ×50] → [0 ×49, 1.45]",
        "2 fields differ",
    ]
    found = json.loads(samebytes("image", "diff", tmp_path / "a.image", tmp_path / "b.image", "--json").out)
    assert found["same"] is False
    assert found["differences"][0] == {"path": "Value", "one": "1", "other": "2"}


def test_what_is_too_long_to_be_shown_differs_all_the_same():
    one, other = made("HardwareMonitor"), made("HardwareMonitor", **{"Readings[3].Average": 1})
    assert [item.path for item in differences(one, other)] == ["Readings[3].Average"]


def test_padding_is_nobodys():
    one, other = made("MySharedData"), made("MySharedData")
    object.__setattr__(other, "data", other.data[:6] + b"\xcc\xcc" + other.data[8:])
    assert differences(one, other) == []


def test_a_replayed_image_is_there_and_then_gone():
    name = "image-replay-test"
    replay = subprocess.Popen(
        [sys.executable, "-m", "samebytes", "image", "replay", str(TRUCK), "--segment", name, "--until-enter"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8",
    )  # fmt: skip
    with replay:
        assert replay.stdout is not None
        assert "held until Enter" in replay.stdout.readline()
        with MemoryMappedFile.open_existing(name) as map_, map_.create_view_accessor() as view:
            assert view.read_bytes(0, 152) == read_image(TRUCK).data
        replay.communicate("\n", timeout=60)
    assert replay.returncode == 0
    with pytest.raises(SegmentNotFoundError):
        MemoryMappedFile.open_existing(name)


def test_a_taken_name_is_refused(samebytes):
    with MemoryMappedFile.create_new("image-taken-test", 10):
        done = samebytes("image", "replay", TRUCK, "--segment", "image-taken-test", "--seconds", "0")
    assert done.status == 2
    assert "'image-taken-test' is taken" in done.err


@linux
def test_a_raw_object_that_was_replayed_is_unlinked(samebytes):
    from pathlib import Path

    done = samebytes("image", "replay", TRUCK, "--segment", "/image-raw-test", "--seconds", "0")
    assert done.status == 0
    assert not Path("/dev/shm/image-raw-test").exists()


@pytest.mark.parametrize(
    ("record", "here", "there", "words"),
    [
        ("TruckFrame", WINDOWS, "x86_64-linux", ""),
        ("TruckFrame", BIG, "x86_64-linux", "s390x-linux is big-endian, x86_64-linux is not"),
        ("VoiceLink", WINDOWS, "x86_64-linux", "Program[0] is 2 bytes at 32 on x86_64-windows, 4 bytes at 32 on"),
        ("LongNumbers", LINUX, "x86_64-windows", "8 bytes at"),
    ],
)
def test_where_two_abis_part(record, here, there, words):
    found = parts_from(lay_out(RECORDS[record], here), there)
    assert words in found
    assert bool(words) == bool(found)


def verdicts(done):
    """By realm and face."""
    return {(cell["realm"], run["consumer"]): run["verdict"] for cell in done.cells.values() for run in cell["runs"]}


@linux
@pytest.mark.parametrize("image", ["truck-x86_64-linux", "truck-x86_64-windows"])
def test_every_linux_consumer_reads_it(samebytes, image):
    done = samebytes("image", "check", IMAGES / f"{image}.image", "--realm", "linux", "--json")
    found = verdicts(done)
    assert done.status == 0, done.out
    assert found[("linux", "python")] == "agreed"
    assert set(found.values()) == {"agreed"}


@linux
@pytest.mark.parametrize("record", ["MySharedData", "SomeData", "Message", "Integer"])
def test_records_of_every_kind_travel(samebytes, tmp_path, record):
    texts = {"Message": {"title": "Hello", "content": "é"}, "SomeData": {"Text": "naïve"}}.get(record, {})
    write_image(tmp_path / "x.image", made(record, **texts))
    done = samebytes(
        "image", "check", tmp_path / "x.image", "--realm", "linux", "--peer", "c", "--peer", "python", "--json"
    )
    assert done.status == 0, done.out
    assert verdicts(done)[("linux", "python")] == "agreed"


@linux
@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        ("zeros@load", "Value at 0: expected 0000007b, bad read 00000000"),
        ("half@load", "bad read 26"),
        ("lie@describe", "Value at 0: the layout has offset 0"),
        ("crash@load", "bad "),
    ],
)
def test_a_consumer_that_reads_it_wrongly_is_red(samebytes, tmp_path, misbehaving, behaviour, words):
    write_image(tmp_path / "x.image", made("MySharedData", Value=123))
    done = samebytes(
        "image",
        "check",
        tmp_path / "x.image",
        "--peers-folder",
        misbehaving(behaviour),
        "--peer",
        "bad",
        "--realm",
        "linux",
    )
    assert done.status == 1
    assert ("crashed" if behaviour.startswith("crash") else "differs") in done.out
    assert words in done.out


@linux
def test_nobody_of_another_byte_order_is_believed(samebytes):
    done = samebytes("image", "check", IMAGES / "truck-s390x-linux.image", "--realm", "linux", "--peer", "python")
    assert done.status == 3
    assert "python in linux: s390x-linux is big-endian, x86_64-linux is not" in done.out
    assert "no consumer here could read it" in done.err


@linux
def test_a_record_that_nobody_declares(samebytes, tmp_path):
    from samebytes.layout import records_from_tree

    record = records_from_tree({"record": {"Mine": {"fields": [{"name": "x", "type": "u8"}]}}})["Mine"]
    write_image(tmp_path / "x.image", image_of(lay_out(record, LINUX)))
    done = samebytes("image", "check", tmp_path / "x.image", "--realm", "linux")
    assert done.status == 3
    assert "no peer declares Mine" in done.err


@linux
def test_another_record_of_a_known_name_is_refused(samebytes, tmp_path):
    from samebytes.layout import records_from_tree

    record = records_from_tree({"record": {"Integer": {"fields": [{"name": "Value", "type": "i64"}]}}})["Integer"]
    write_image(tmp_path / "x.image", image_of(lay_out(record, LINUX)))
    done = samebytes("image", "check", tmp_path / "x.image", "--realm", "linux", "--peer", "python")
    assert done.status == 3
    assert "the peers' Integer is another record than the image's" in done.out
