"""Following a producer: its changes, its end of every kind, and that following it keeps nothing alive."""

from __future__ import annotations

import json
import signal
import sys
from pathlib import Path

import pytest

from samebytes.errors import SegmentNotFoundError
from samebytes.mapping import MemoryMappedFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills by signal, looks at /dev/shm")

RAW = """
import mmap, os, sys
fd = os.open("/dev/shm/" + sys.argv[1][1:], os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
os.ftruncate(fd, 208)
memory = mmap.mmap(fd, 208)
os.close(fd)
print("ready", flush=True)
for line in sys.stdin:
    if line.strip() == "unlink":
        os.unlink("/dev/shm/" + sys.argv[1][1:])
    else:
        memory[:4] = int(line).to_bytes(4, "little")
    print("done", flush=True)
"""


def value_is(number):
    return lambda line: line["fields"].get("Value") == number


def ended(line):
    return line["type"] == "end"


def test_changes_are_told_with_only_what_changed(producer, watcher):
    watch = watcher()
    producer.tell("7")
    change = watch.until(value_is(7))
    assert change["type"] == "change"
    assert change["fields"] == {"Value": 7}


@pytest.mark.parametrize("last", [-1000, 5, 2**31 - 1])
def test_the_last_state_is_never_lost(producer, watcher, last):
    watch = watcher()
    producer.tell("41")
    producer.tell(str(last))  # and at once
    producer.tell("bye")
    end = watch.until(ended)
    assert end["fields"]["Value"] == last
    assert end["why"] == "gone: nobody holds the name any more"
    assert watch.end() == 0


def test_a_killed_producer_is_gone_and_so_is_its_memory(producer, watcher, name):
    watch = watcher()
    producer.tell("5")
    watch.until(value_is(5))
    producer.process.send_signal(signal.SIGKILL)
    assert watch.until(ended)["fields"]["Value"] == 5
    assert watch.end() == 0
    assert not list(Path("/dev/shm").glob(f"*/{name}"))


def test_watching_keeps_no_name_alive(watcher, name):
    with MemoryMappedFile.create_new(name, 208) as map_, map_.create_view_accessor() as view:
        watch = watcher()
        for number in (1, 2):  # so that it has looked, and looked again
            view.write_int32(0, number)
            watch.until(value_is(number))
    # The watch opens it for microseconds at a time: at most one of its looks is in the way.
    for _ in range(1000):
        try:
            MemoryMappedFile.open_existing(name).close()
        except SegmentNotFoundError:
            break
    else:
        pytest.fail("the name is still there")
    assert watch.until(ended)["why"].startswith("gone")


def test_ctrl_c_is_a_clean_end_with_the_last_state(producer, watcher):
    watch = watcher()
    producer.tell("9")
    watch.until(value_is(9))
    watch.interrupt()
    end = watch.until(ended)
    assert (end["why"], end["fields"]["Value"]) == ("interrupted", 9)
    assert watch.end() == 0
    producer.tell("10")
    assert producer.line() == "done"


def test_only_fields_that_are_followed_are_told(producer, watcher):
    watch = watcher("--fields", "Letter")
    producer.tell("3")
    producer.tell("bye")
    lines = []
    while line := watch.line():
        lines.append(json.loads(line))
    assert [line["type"] for line in lines] == ["end"]
    assert list(lines[0]["fields"]) == ["Letter"]


def test_a_raw_object_whose_producer_dies_stays_and_is_said_to(start, watcher, name):
    producer = start(sys.executable, "-c", RAW, f"/{name}")
    try:
        assert producer.line() == "ready"
        watch = watcher(of=f"/{name}")
        producer.tell("6")
        assert producer.line() == "done"
        producer.process.send_signal(signal.SIGKILL)
        end = watch.until(ended)
        assert "nobody has it mapped any more" in end["why"]
        assert end["fields"]["Value"] == 6
        assert Path("/dev/shm", name).exists()
    finally:
        Path("/dev/shm", name).unlink(missing_ok=True)


def test_a_raw_object_that_is_unlinked(start, watcher, name):
    producer = start(sys.executable, "-c", RAW, f"/{name}")
    try:
        assert producer.line() == "ready"
        watch = watcher(of=f"/{name}")
        producer.tell("8")
        producer.tell("unlink")
        end = watch.until(ended)
        assert (end["why"], end["fields"]["Value"]) == ("unlinked", 8)
        assert watch.end() == 0
    finally:
        Path("/dev/shm", name).unlink(missing_ok=True)


def test_a_raw_object_that_is_made_anew_is_followed_on(start, watcher, name):
    first = start(sys.executable, "-c", RAW, f"/{name}")
    try:
        assert first.line() == "ready"
        watch = watcher(of=f"/{name}")
        other = Path("/dev/shm", f"{name}.new")
        other.write_bytes((77).to_bytes(4, "little") + bytes(204))
        other.rename(Path("/dev/shm", name))  # in one step: the name is never missing
        assert watch.until(lambda line: line.get("anew", False))["fields"] == {"Value": 77}
    finally:
        Path("/dev/shm", name).unlink(missing_ok=True)


def test_plain_lines_for_people(producer, start, name):
    seed = Path(__file__).resolve().parents[2] / "fixtures" / "layouts" / "seed.toml"
    watch = start(
        sys.executable, "-m", "samebytes", "attach", name, "--layout", f"{seed}:MySharedData", "--watch", "--rate", 50
    )
    while not watch.line().startswith("     8"):
        pass
    producer.tell("4")
    assert watch.line().endswith("Value 0 → 4")
    producer.tell("bye")
    lines = []
    while line := watch.line():
        lines.append(line)
    assert "gone: nobody holds the name any more; the last state seen:" in lines[0]
    assert any(line.split()[:5] == ["0", "4", "i32", "Value", "4"] for line in lines)
