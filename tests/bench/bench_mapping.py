"""How fast the mapping library is, beside what else there is: one table of ratios, smaller is better.

    python tests/bench/bench_mapping.py

Each number is the median of several rounds, the rivals measured in turn within each round, so that a busy machine hits both.
Some rows have a limit that the project sets itself. For a row above its limit the profile follows that says why.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from mapping_profile import plain_view, tell
from measure import ROUNDS, Table

from samebytes.mapping import MemoryMappedFile

NAME = f"samebytes-bench-{os.getpid()}"
PAGE = 4096
BIG = 64 << 20
TRIPS = 1000

TABLE = Table()


# --- whole lives -----------------------------------------------------------------------------------------------------


def life() -> None:
    with MemoryMappedFile.create_new(NAME, PAGE) as one, one.create_view_accessor():
        pass


def their_life() -> None:
    one = SharedMemory(NAME, create=True, size=PAGE)
    one.close()
    one.unlink()


def written_life() -> None:
    with MemoryMappedFile.create_new(NAME, PAGE) as one, one.create_view_accessor() as view:
        view.write_uint8(0, 1)


def their_written_life() -> None:
    one = SharedMemory(NAME, create=True, size=PAGE)
    one.buf[0] = 1
    one.close()
    one.unlink()


def join() -> None:
    with MemoryMappedFile.open_existing(NAME) as one, one.create_view_accessor():
        pass


def their_join() -> None:
    SharedMemory(NAME).close()


def lives() -> None:
    TABLE.compare("create, map, close", "SharedMemory", life, their_life, 20, 1.0)
    TABLE.compare("create, map, touch, close", "SharedMemory", written_life, their_written_life, 20, 1.0)
    if sys.platform == "linux":
        TABLE.compare("create, map, close", "a file in tmpfs, bare mmap", life, plain_life, 20)
    with MemoryMappedFile.create_new(NAME, PAGE):
        theirs = SharedMemory(NAME, create=True, size=PAGE)
        TABLE.compare("open, map, close", "SharedMemory", join, their_join, 20, 1.4)
        if sys.platform == "linux":
            TABLE.compare("open, map, close", "a file in tmpfs, bare mmap", join, plain_join, 20)
        theirs.close()
        theirs.unlink()


def plain_life() -> None:
    path = os.environ["SAMEBYTES_SHM_DIR"] + "/plain"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.ftruncate(fd, PAGE)
    plain_view(fd)
    os.unlink(path)  # noqa: PTH108 - the bare call


def plain_join() -> None:
    own = f"{os.environ['SAMEBYTES_SHM_DIR']}/samebytes-{os.geteuid()}/{NAME}"
    plain_view(os.open(own, os.O_RDWR | os.O_CLOEXEC))


# --- values and bytes ------------------------------------------------------------------------------------------------


class Sample(ctypes.LittleEndianStructure):
    _fields_ = (("before", ctypes.c_int64), ("value", ctypes.c_int32), ("after", ctypes.c_int32))


def values() -> None:
    with (
        MemoryMappedFile.create_new(NAME, PAGE) as one,
        one.create_view_accessor() as view,
        mmap.mmap(-1, PAGE) as plain,
    ):
        unpack, pack, record = struct.unpack_from, struct.pack_into, struct.Struct("<20i10d20h")
        read, write = (lambda: view.read_int32(8)), (lambda: view.write_int32(8, 1))
        TABLE.compare("read_int32", "struct.unpack_from", read, lambda: unpack("<i", plain, 8), 1000, 1.4)
        TABLE.compare("write_int32", "struct.pack_into", write, lambda: pack("<i", plain, 8, 1), 1000)
        fields(view)
        TABLE.compare(
            "read_struct, 50 fields",
            "Struct.unpack_from",
            lambda: view.read_struct(0, record),
            lambda: record.unpack_from(plain, 0),
            1000,
        )
        TABLE.compare("read_bytes, 64", "mmap slice", lambda: view.read_bytes(8, 64), lambda: plain[8:72], 1000)


def fields(view: Any) -> None:
    """One int32 through an overlay: ctypes' own class, and samebytes.layout's where it has one."""
    theirs = Sample()
    ours = view.overlay(Sample)
    TABLE.compare("overlay field, ctypes class", "a ctypes field", lambda: ours.value, lambda: theirs.value, 1000, 1.2)
    ours = layout_overlay(view)
    if ours is not None:
        TABLE.compare("overlay field, layout", "a ctypes field", lambda: ours.value, lambda: theirs.value, 1000, 1.2)


def layout_overlay(view: Any) -> Any:
    from samebytes import layout

    kinds = (("before", "i64"), ("value", "i32"), ("after", "i32"))
    fields = tuple(layout.Field(name, layout.kind_named(kind)) for name, kind in kinds)
    sample = layout.Record("Sample", fields)
    laid_out = layout.lay_out(sample, layout.abi_named("x86_64-linux"))
    return view.overlay(laid_out) if hasattr(laid_out, "overlay") else None


def copies() -> None:
    """The rival's pages are shared memory too: those of a bytearray may be huge ones, which no tmpfs here gives."""
    data, target = bytes(BIG), memoryview(bytearray(BIG))
    with (
        MemoryMappedFile.create_new(NAME, BIG) as one,
        one.create_view_accessor() as view,
        mmap.mmap(-1, BIG) as memory,
        memoryview(memory) as plain,
    ):

        def copy() -> None:
            plain[:] = data

        def back() -> None:
            target[:] = plain

        view.write_bytes(0, data)
        copy()
        TABLE.compare("write_bytes, 64 MiB", "memoryview copy", lambda: view.write_bytes(0, data), copy, 1, 1 / 0.95)
        TABLE.compare("read_into, 64 MiB", "memoryview copy", lambda: view.read_into(0, target), back, 1, 1 / 0.95)


# --- two processes ---------------------------------------------------------------------------------------------------


def typed(buffer: Any) -> tuple[Callable[[], int], Callable[[int], None]]:
    return (lambda: buffer.read_int32(0)), (lambda value: buffer.write_int32(0, value))


def packed(buffer: Any) -> tuple[Callable[[], int], Callable[[int], None]]:
    unpack, pack = struct.unpack_from, struct.pack_into
    return (lambda: unpack("<i", buffer, 0)[0]), (lambda value: pack("<i", buffer, 0, value))


def cast(buffer: Any) -> tuple[Callable[[], int], Callable[[int], None]]:
    words = memoryview(buffer).cast("i")
    return (lambda: words[0]), (lambda value: words.__setitem__(0, value))


def trips(read: Callable[[], int], write: Callable[[int], None], mine: int, count: int) -> None:
    """Wait for my number, answer with the next, `count` times."""
    for turn in range(mine, mine + 2 * count, 2):
        while read() != turn:
            pass
        write(turn + 1)


@contextmanager
def ways(name: str) -> Iterator[dict[str, tuple[Callable[[], int], Callable[[int], None]]]]:
    """Four ways to the same two pages: the library's, and bare mmap of another file."""
    with (
        MemoryMappedFile.create_or_open(name, PAGE) as one,
        one.create_view_accessor() as view,
        Path(os.environ["SAMEBYTES_SHM_DIR"], "plain").open("a+b") as file,
    ):
        file.truncate(PAGE)
        memory = mmap.mmap(file.fileno(), PAGE)
        window = view.memoryview()
        found = {"typed": typed(view), "packed": packed(memory), "window": cast(window), "cast": cast(memory)}
        try:
            yield found
        finally:
            found.clear()
            del window


def pong(name: str) -> None:
    """The other process: for each line, go along with so many trips the way that it names."""
    with ways(name) as found:
        print("ready", flush=True)
        for line in sys.stdin:
            trips(*found[line.strip()], 1, TRIPS)
            print("done", flush=True)


def ping() -> None:
    command = [sys.executable, __file__, "--pong", NAME]
    with (
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other,
        ways(NAME) as found,
    ):
        assert other.stdin is not None
        assert other.stdout is not None
        assert other.stdout.readline() == "ready\n"

        def trip(way: str) -> float:
            read, write = found[way]
            write(0)
            other.stdin.write(way + "\n")
            other.stdin.flush()
            time.sleep(0.002)
            began = time.perf_counter()
            write(1)
            trips(read, write, 2, TRIPS - 1)
            while read() != 2 * TRIPS:
                pass
            took = time.perf_counter() - began
            other.stdout.readline()
            return took / TRIPS

        rounds = [{way: trip(way) for way in found} for _ in range(ROUNDS)]
        other.stdin.close()
    for what, ours, rival, theirs in (
        ("ping-pong, memoryview", "window", "memoryview of a plain mmap", "cast"),
        ("ping-pong, read_int32", "typed", "struct on a plain mmap", "packed"),
    ):
        found = {"ours": [times[ours] for times in rounds], "theirs": [times[theirs] for times in rounds]}
        TABLE.row(what, rival, found, 1.3)


def main() -> None:
    if sys.argv[1:2] == ["--pong"]:
        pong(sys.argv[2])
        return
    gc.disable()
    if sys.platform != "linux":
        run()
        return
    with tempfile.TemporaryDirectory(prefix="samebytes-bench-", dir="/dev/shm") as place:
        os.environ["SAMEBYTES_SHM_DIR"] = place
        run()


def run() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors, medians of {ROUNDS} alternating rounds\n")
    parts = (lives, values, copies, ping) if sys.platform == "linux" else (lives, values, copies)
    for part in parts:
        part()
    if sys.platform == "linux":
        tell(TABLE.above)


if __name__ == "__main__":
    main()
