"""A producer's record read by the languages at hand, each with the declaration that its layout becomes there."""

from __future__ import annotations

from dataclasses import replace

from samebytes.checks.matrix.realm_run import Skip
from samebytes.checks.producers import consumers
from samebytes.checks.producers.consumers import read_by_consumers
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.result import Result, Run, Verdict
from samebytes.layout import KINDS, Enum, Field, Layout, Record, Text, abi_named, lay_out
from samebytes.peers.processes import Processes
from samebytes.peers.realms import NativeRealm
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


def seen(record: Record, verdict: Verdict = Verdict.AGREED) -> tuple[Producer, Result]:
    """A producer, and what was seen of it."""
    realm = NativeRealm()
    layout = lay_out(record, abi_named(realm.abi))
    run = Run(record.name, "record", "sim", "samebytes", verdict)
    run.memory = "" if record.variable else values(layout).hex()
    producer = Producer("sim", {"": ("sim",)}, "x", record)
    return producer, Result("sim", "samebytes", record.name, realm.name, "producer", [run])


def read(processes: Processes, record: Record) -> list[Result | Skip]:
    return list(read_by_consumers(*seen(record), NativeRealm(), processes))


def test_every_language_at_hand_reads_what_was_seen(processes):
    found = read(processes, CAR)
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
        told = "\n".join(remarks_of(result))
        assert f"sim → {result.consumer} in {result.realm}: of arrays longer than 32 the first 8 elements" in told
        assert ("wheels[1].slip" in loaded) != ("no such fields: wheels" in told)  # read, or said that it was not


def python_with(monkeypatch, fields: tuple[Field, ...]) -> None:
    """Let the only consumer have another declaration than the layout's, without the emitter's own assertions."""
    emit = consumers.emit

    def wrong(record: Record, language: str, abi: str) -> str:
        kept = [part for part in record.fields if part.name not in ("id", "total")]
        return emit(replace(record, fields=(*fields, *kept)), language, abi)

    monkeypatch.setattr(consumers, "_recipes", lambda: {"python": {"emitter": "python", "append": "declarations.py"}})
    monkeypatch.setattr(consumers, "emit", wrong)


def test_a_declaration_that_is_wrong_is_seen(processes, monkeypatch):
    python_with(monkeypatch, (Field("id", KINDS["u8"]), Field("total", KINDS["u32"])))
    [result] = read(processes, CAR)
    assert (result.verdict, result.worst.stage) == ("differs", "describe")
    told = "\n".join(map(str, result.worst.differences))
    assert "total at 8: the layout has offset 8, 8 bytes, python has offset 4, 4 bytes" in told
    assert "python read" in told


def test_a_field_that_a_declaration_lacks_is_said_not_to_have_been_read(processes, monkeypatch):
    python_with(monkeypatch, (Field("id", KINDS["u8"]), Field("pad", KINDS["u64"])))
    [result] = read(processes, CAR)
    assert result.verdict == "agreed"
    assert "not read, for the declaration there has no such fields: total" in "\n".join(remarks_of(result))
    assert "total" not in {row[0] for row in result.runs[0].leaves}


def test_nothing_is_read_of_a_producer_that_was_found_wrong(processes):
    producer, result = seen(CAR, Verdict.DIFFERS)
    assert list(read_by_consumers(producer, result, NativeRealm(), processes)) == []


def test_a_record_without_a_fixed_size_is_skipped_with_the_reason(processes):
    note = Record("Note", (Field("id", KINDS["u8"]), Field("text", Text("utf-8", KINDS["u32"]))))
    producer, result = seen(note)
    result.runs[0].memory = "00"
    [skip] = read_by_consumers(producer, result, NativeRealm(), processes)
    assert isinstance(skip, Skip)
    assert "has no fixed size" in skip.reason


def test_a_32_bit_programs_record_is_skipped_with_the_reason(processes):
    producer, result = seen(CAR)
    wide = Record("Wide", (Field("at", KINDS["pointer"]),))
    producer = replace(producer, layout=lay_out(wide, abi_named("i686-linux")))
    [skip] = read_by_consumers(producer, result, NativeRealm(), processes)
    assert isinstance(skip, Skip)
    assert "lay Wide out in another way" in skip.reason


def test_a_program_on_windows_is_read_by_programs_there(windows, build):
    result = windows.judge(build("sim", windows=True), "{name}", "good")
    producer = Producer("sim", {"": ("sim",)}, "x", windows.record)
    found = list(read_by_consumers(producer, result, windows.realm, windows.processes))
    results = [one for one in found if isinstance(one, Result)]
    assert {one.consumer for one in results} >= {"python"}
    for one in results:
        assert one.verdict == "agreed", one.worst
        loaded = {row[0]: row[5] for row in one.runs[0].leaves}
        assert (int(loaded["version"], 16), loaded["speed"]) == (3, "405e200000000000")
