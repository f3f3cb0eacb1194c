"""A producer's record read by the languages at hand, each with the declaration that its layout becomes there."""

from __future__ import annotations

import sys
from dataclasses import replace
from types import SimpleNamespace

from samebytes.checks.producers import consumers
from samebytes.checks.producers.consumers import Consumers
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.run import run_producer
from samebytes.checks.result import Result, Skip
from samebytes.layout import KINDS, Enum, Field, Layout, Record, Text, abi_named, lay_out
from samebytes.peers.realms import NativeRealm
from samebytes.peers.site import Site
from samebytes.report.lines import line_of

WHEEL = Record("Wheel", (Field("slip", KINDS["f32"]), Field("hot", KINDS["bool"])))
CAR = Record(
    "Car",  # the peers have records of both names, of their own
    (
        Field("id", KINDS["u8"]),
        Field("total", KINDS["u64"]),
        Field("mode", Enum("Mode", values=(("IDLE", 0), ("RACE", 2)), base=KINDS["u16"])),
        Field("wheels", WHEEL, (2,)),
        Field("name", KINDS["u8"], (40,)),
        Field("last", KINDS["i16"]),
    ),
)


def values(layout: Layout) -> bytes:
    return bytes(byte if mask else 0 for byte, mask in zip(_graffiti(layout), layout.mask, strict=True))


def _graffiti(layout: Layout) -> bytes:
    data = bytearray(number % 250 + 1 for number in range(layout.size))
    for leaf in layout.leaves:
        if leaf.path.endswith("hot"):
            data[leaf.offset] = 1
    return bytes(data)


def read(site: Site, record: Record | Producer, memory: bytes = b"") -> list[Result | Skip]:
    """What comes of it when every language reads these bytes; without any, others in each field."""
    producer = record if isinstance(record, Producer) else Producer("sim", {"": ("sim",)}, "x", record)
    consumers = Consumers(producer, site)
    consumers.prepare()
    consumers.read(memory or values(producer.layout_on(abi_named(site.realm.abi))))
    return consumers.found


def test_every_language_at_hand_reads_what_was_seen(here):
    found = read(here, CAR)
    results = {one.consumer: one for one in found if isinstance(one, Result)}
    skipped = {one.peer for one in found if isinstance(one, Skip)}
    assert set(results) | skipped == {"c", "csharp", "nim", "python"}
    assert "python" in results
    for result in results.values():
        assert result.verdict == "agreed", result.worst
        assert result.identity == f"sim/{result.consumer}/Car/linux/consumer".replace("linux", NativeRealm().name)
        assert line_of(result.to_json()).runs == result.runs
        loaded = {row[0]: row[5] for row in result.runs[0].leaves}
        assert {"id", "total", "mode", "name[7]", "last"} <= set(loaded)
        assert None not in loaded.values()
        assert "wheels[1].slip" in loaded
        covers = result.runs[0].covers
        assert covers == "6 of 6 fields read; of arrays longer than 32 the first 8 elements"


KEYWORDS = Record(
    "Lap",
    tuple(
        Field(name, KINDS["u32"])
        for name in ("type", "end", "in", "ref", "object", "lock", "from", "lambda", "class_id", "string", "Verify")
    ),
)


def test_fields_whose_names_a_language_keeps_for_itself_are_read_under_those_they_have_there(here):
    for result in read(here, KEYWORDS):
        if isinstance(result, Result):
            assert result.verdict == "agreed", result.worst
            assert result.coverage == "11 of 11 fields read"
            assert [row[0] for row in result.runs[0].leaves] == list(KEYWORDS.names)


def python_with(monkeypatch, fields: tuple[Field, ...]) -> None:
    """Let the only consumer have another declaration than the layout's, without the emitter's own assertions."""
    emit = consumers.emit

    def wrong(record: Record, language: str, abi: str) -> str:
        kept = [part for part in record.fields if part.name not in ("id", "total")]
        return emit(replace(record, fields=(*fields, *kept)), language, abi)

    monkeypatch.setattr(consumers, "_recipes", lambda: {"python": {"emitter": "python", "append": "declarations.py"}})
    monkeypatch.setattr(consumers, "emit", wrong)


def test_a_declaration_that_is_wrong_is_seen(here, monkeypatch):
    python_with(monkeypatch, (Field("id", KINDS["u8"]), Field("total", KINDS["u32"])))
    [result] = read(here, CAR)
    assert (result.verdict, result.worst.stage) == ("differs", "describe")
    told = "\n".join(map(str, result.worst.differences))
    assert "total at 8: the layout has offset 8, 8 bytes, python has offset 4, 4 bytes" in told
    assert "python read" in told


def test_a_field_that_a_declaration_lacks_makes_the_cell_partial(here, monkeypatch):
    python_with(monkeypatch, (Field("id", KINDS["u8"]), Field("pad", KINDS["u64"])))
    [result] = read(here, CAR)
    assert result.verdict == "partial"
    assert not result.green
    assert (result.passes(), result.passes(complete=True)) == (True, False)
    assert result.worst.message == "not read, for the declaration there has no such fields: total"
    assert result.coverage.startswith("5 of 6 fields read; not read: total")
    assert "total" not in {row[0] for row in result.runs[0].leaves}


def test_what_is_zero_is_said_to_tell_little(here, monkeypatch):
    python_with(monkeypatch, (Field("id", KINDS["u8"]), Field("total", KINDS["u64"])))
    memory = bytearray(values(lay_out(CAR, abi_named(NativeRealm().abi))))
    memory[8:16] = bytes(8)
    [result] = read(here, CAR, bytes(memory))
    assert "zero, which tells little: total" in result.coverage


def test_a_record_without_a_fixed_size_is_skipped_with_the_reason(here):
    note = Record("Note", (Field("id", KINDS["u8"]), Field("text", Text("utf-8", KINDS["u32"]))))
    [skip] = read(here, note, bytes(1))
    assert isinstance(skip, Skip)
    assert "has no fixed size" in skip.reason


def test_a_32_bit_programs_record_is_skipped_with_the_reason(here):
    wide = Record("Wide", (Field("at", KINDS["pointer"]),))
    producer = Producer("sim", {"": ("sim",)}, "x", lay_out(wide, abi_named("i686-linux")))
    [skip] = read(here, producer, bytes(4))
    assert isinstance(skip, Skip)
    assert "lay Wide out in another way" in skip.reason


def test_a_program_on_windows_is_read_by_programs_there(windows, build):
    result = windows.judge(build("sim", windows=True), "{name}", "good")
    producer = Producer("sim", {"": ("sim",)}, "x", windows.record)
    found = read(windows.site, producer, bytes.fromhex(result.runs[0].memory))
    results = [one for one in found if isinstance(one, Result)]
    assert {one.consumer for one in results} >= {"python"}
    for one in results:
        assert one.verdict == "agreed", one.worst
        loaded = {row[0]: row[5] for row in one.runs[0].leaves}
        assert (int(loaded["version"], 16), loaded["speed"]) == (3, "405e200000000000")


def test_who_writes_a_name_that_is_meant_to_stay_and_leaves_is_read_too(native):
    """Its bytes were seen: that the program has left takes nothing from who reads them."""
    writes = "import os, sys; fd = os.open('/dev/shm' + sys.argv[1], os.O_CREAT | os.O_RDWR, 0o600); os.pwrite(fd, b'seen', 0)"
    seen = []
    readers = SimpleNamespace(prepare=lambda: None, read=seen.append)
    command = (sys.executable, "-c", writes, native.name)
    record = Record("Word", (Field("letters", KINDS["u8"], (4,)),))
    producer = Producer("sim", {"": command}, native.name, record, folder=native.folder, name_stays=True)
    assert run_producer(producer, native.site, readers).verdict == "agreed"
    assert seen == [b"seen"]
