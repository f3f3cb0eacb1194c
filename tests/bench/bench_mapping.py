"""How fast the mapping library is, beside what else there is: prints one ratio for each operation, smaller is better.

    python tests/bench/bench_mapping.py

Each number is the best of several rounds, the rivals measured in turn within each round, so that a busy machine hits both.
"""

from __future__ import annotations

import gc
import mmap
import os
import struct
import sys
import tempfile
import time
from collections.abc import Callable
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from samebytes.mapping import MemoryMappedFile

ROUNDS = 15
NAME = f"samebytes-bench-{os.getpid()}"
BIG = 64 << 20

Act = Callable[[], object]


def seconds(act: Act, times: int) -> float:
    """Of one call, the loop's own cost included."""
    repeat = range(times)
    began = time.perf_counter()
    for _ in repeat:
        act()
    return (time.perf_counter() - began) / times


def compare(what: str, rival: str, ours: Act, theirs: Act, times: int, limit: float) -> None:
    """Print ours / theirs, and the limit that the project sets itself."""
    mine = other = float("inf")
    for _ in range(ROUNDS):
        mine = min(mine, seconds(ours, times))
        other = min(other, seconds(theirs, times))
    verdict = "" if mine / other <= limit else "  SLOWER"
    print(f"{what:28} {short(mine):>9}  {rival:28} {short(other):>9}  {mine / other:5.2f} (limit {limit}){verdict}")


def short(value: float) -> str:
    for unit, scale in (("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.2f} {unit}"
    return f"{value * 1e9:.0f} ns"


# --- whole lives -----------------------------------------------------------------------------------------------------


def life() -> None:
    with MemoryMappedFile.create_new(NAME, 4096) as one, one.create_view_accessor():
        pass


def their_life() -> None:
    one = SharedMemory(NAME, create=True, size=4096)
    one.close()
    one.unlink()


def written_life() -> None:
    with MemoryMappedFile.create_new(NAME, 4096) as one, one.create_view_accessor() as view:
        view.write_int32(0, 1)


def their_written_life() -> None:
    one = SharedMemory(NAME, create=True, size=4096)
    one.buf[0] = 1
    one.close()
    one.unlink()


def join() -> None:
    with MemoryMappedFile.open_existing(NAME) as one, one.create_view_accessor():
        pass


def their_join() -> None:
    SharedMemory(NAME).close()


def lives() -> None:
    compare("create, map, close", "SharedMemory", life, their_life, 500, 1.0)
    compare("create, map, write, close", "SharedMemory", written_life, their_written_life, 500, 1.0)
    with MemoryMappedFile.create_new(NAME, 4096):
        theirs = SharedMemory(NAME, create=True, size=4096)
        compare("open, map, close", "SharedMemory", join, their_join, 500, 0.8)
        theirs.close()
        theirs.unlink()


# --- values and bytes ------------------------------------------------------------------------------------------------


def values() -> None:
    with (
        MemoryMappedFile.create_new(NAME, 4096) as one,
        one.create_view_accessor() as view,
        mmap.mmap(-1, 4096) as plain,
    ):
        unpack, pack, record = struct.unpack_from, struct.pack_into, struct.Struct("<20i10d20h")
        compare(
            "read_int32", "struct.unpack_from", lambda: view.read_int32(8), lambda: unpack("<i", plain, 8), 50000, 2.0
        )
        compare(
            "write_int32",
            "struct.pack_into",
            lambda: view.write_int32(8, 1),
            lambda: pack("<i", plain, 8, 1),
            50000,
            2.0,
        )
        compare(
            "read_struct, 50 fields",
            "Struct.unpack_from",
            lambda: view.read_struct(0, record),
            lambda: record.unpack_from(plain, 0),
            20000,
            2.0,
        )
        compare("read_bytes, 64", "mmap slice", lambda: view.read_bytes(8, 64), lambda: plain[8:72], 20000, 6.0)


def copies() -> None:
    data = bytes(BIG)
    with (
        MemoryMappedFile.create_new(NAME, BIG) as one,
        one.create_view_accessor() as view,
        memoryview(bytearray(BIG)) as plain,
    ):

        def copy() -> None:
            plain[:] = data

        view.write_bytes(0, data)
        compare("write_bytes, 64 MiB", "memoryview copy", lambda: view.write_bytes(0, data), copy, 2, 1.1)
        target = memoryview(bytearray(BIG))

        def back() -> None:
            target[:] = plain

        compare("read_into, 64 MiB", "memoryview copy", lambda: view.read_into(0, target), back, 2, 1.1)


def main() -> None:
    gc.disable()
    if sys.platform != "linux":
        run()
        return
    with tempfile.TemporaryDirectory(prefix="samebytes-bench-", dir="/dev/shm") as place:
        os.environ["SAMEBYTES_SHM_DIR"] = place
        run()


def run() -> None:
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} processors")
    for part in (lives, values, copies):
        part()


if __name__ == "__main__":
    main()
