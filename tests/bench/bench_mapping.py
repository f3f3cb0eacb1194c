"""How fast the mapping library is, beside what else there is: one table of ratios, smaller is better.

    python tests/bench/bench_mapping.py

Each number is the median of several rounds, the rivals measured in turn within each round, so that a busy machine hits both.
Below the table stand the bare system calls of a life and of a join, in Python, without any library around them: what no
implementation of the same promises can go below.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import os
import statistics
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
from samebytes.mapping import MemoryMappedFile

ROUNDS = 41
NAME = f"samebytes-bench-{os.getpid()}"
PAGE = 4096
BIG = 64 << 20
TRIPS = 1000

Act = Callable[[], object]


def seconds(act: Act, times: int) -> float:
    """Of one call, the loop's own cost included."""
    repeat = range(times)
    began = time.perf_counter()
    for _ in repeat:
        act()
    return (time.perf_counter() - began) / times


def medians(acts: dict[str, Act], times: int) -> dict[str, float]:
    """Each act's median, measured in turn."""
    found: dict[str, list[float]] = {what: [] for what in acts}
    for _ in range(ROUNDS):
        for what, act in acts.items():
            found[what].append(seconds(act, times))
    return {what: statistics.median(all_) for what, all_ in found.items()}


def compare(what: str, rival: str, ours: Act, theirs: Act, times: int, limit: float | None = None) -> None:
    """Print ours / theirs, and the limit that the project sets itself."""
    row(what, rival, medians({"ours": ours, "theirs": theirs}, times), limit)


def row(what: str, rival: str, found: dict[str, float], limit: float | None) -> None:
    ratio = found["ours"] / found["theirs"]
    bar = "" if limit is None else f"  ≤ {limit:.2f} {'yes' if ratio <= limit else 'NO'}"
    print(f"{what:26} {short(found['ours']):>9}  {rival:32} {short(found['theirs']):>9}  {ratio:5.2f}{bar}", flush=True)


def short(value: float) -> str:
    for unit, scale in (("ms", 1e-3), ("µs", 1e-6)):
        if value >= scale:
            return f"{value / scale:.2f} {unit}"
    return f"{value * 1e9:.0f} ns"


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
    compare("create, map, close", "SharedMemory", life, their_life, 100, 1.0)
    compare("create, map, touch, close", "SharedMemory", written_life, their_written_life, 100, 1.0)
    if sys.platform == "linux":
        compare("create, map, close", "a file in tmpfs, bare mmap", life, plain_life, 100)
    with MemoryMappedFile.create_new(NAME, PAGE):
        theirs = SharedMemory(NAME, create=True, size=PAGE)
        compare("open, map, close", "SharedMemory", join, their_join, 100, 0.8)
        if sys.platform == "linux":
            compare("open, map, close", "a file in tmpfs, bare mmap", join, plain_join, 100)
        theirs.close()
        theirs.unlink()


# --- the least that the promises cost --------------------------------------------------------------------------------


def plain_life() -> None:
    path = os.environ["SAMEBYTES_SHM_DIR"] + "/plain"
    fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    os.ftruncate(fd, PAGE)
    plain_view(fd)
    os.unlink(path)  # noqa: PTH108 - the bare call


def plain_join() -> None:
    own = f"{os.environ['SAMEBYTES_SHM_DIR']}/samebytes-{os.geteuid()}/{NAME}"
    plain_view(os.open(own, os.O_RDWR | os.O_CLOEXEC))


def plain_view(fd: int) -> None:
    """Map the file, close it, unmap."""
    memory = mmap.mmap(fd, PAGE)
    os.close(fd)
    memory.close()


class Floor:
    """The calls of the protocol in its order, with nothing around them: each part separately, and all of it."""

    def __init__(self, directory: str) -> None:
        import fcntl

        self.flock, self.path = fcntl.flock, directory
        self.guard = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        self.take, self.share, self.give = fcntl.LOCK_EX | fcntl.LOCK_NB, fcntl.LOCK_SH | fcntl.LOCK_NB, fcntl.LOCK_UN
        self.held = os.open(NAME, os.O_RDWR | os.O_CLOEXEC, dir_fd=self.guard)
        self.flock(self.held, self.share)

    def guarded(self, look: bool = True) -> None:
        """Take the guard, having seen that the directory is still the same; give it back."""
        if look:
            os.lstat(self.path)
        self.flock(self.guard, self.take)
        self.flock(self.guard, self.give)

    def probed(self, fd: int) -> None:
        """Find that somebody else holds the file."""
        try:  # noqa: SIM105 - suppress() costs more than the call
            self.flock(fd, self.take)
        except BlockingIOError:
            pass

    def allocated(self) -> int:
        """A file without a name, with its memory and its lock."""
        fd = os.open(self.path, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC, 0o600)
        os.posix_fallocate(fd, 0, PAGE)
        self.flock(fd, self.share)
        return fd

    def named(self) -> None:
        """All that gives a name to a file, and takes it away again."""
        fd = self.allocated()
        self.publish(fd)
        self.bury(fd)

    def publish(self, fd: int) -> None:
        path = f"/proc/self/fd/{fd}"
        os.link(path, "floor", src_dir_fd=0, dst_dir_fd=self.guard, follow_symlinks=True)

    def bury(self, fd: int) -> None:
        self.flock(fd, self.take)
        os.fstat(fd)
        os.stat("floor", dir_fd=self.guard, follow_symlinks=False)
        os.unlink("floor", dir_fd=self.guard)
        os.close(fd)

    def view(self) -> None:
        """The second opening, and mapping it."""
        plain_view(os.open(f"/proc/self/fd/{self.held}", os.O_RDWR | os.O_CLOEXEC))

    def joined(self) -> None:
        """Open, look what it is, find it alive, lock it; leave it again, finding it alive still."""
        fd = os.open(NAME, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.guard)
        os.fstat(fd)
        self.probed(fd)
        self.flock(fd, self.share)
        self.probed(fd)
        os.close(fd)

    def life(self) -> None:
        self.guarded()
        self.named()
        self.view()
        self.guarded(False)

    def join(self) -> None:
        self.guarded()
        self.joined()
        self.view()
        self.guarded(False)

    def close(self) -> None:
        os.close(self.held)
        os.close(self.guard)


def profile() -> None:
    """What the calls alone cost that the promises need, and SharedMemory beside them."""
    with MemoryMappedFile.create_new(NAME, PAGE):
        theirs = SharedMemory(NAME, create=True, size=PAGE)
        floor = Floor(f"{os.environ['SAMEBYTES_SHM_DIR']}/samebytes-{os.geteuid()}")
        found = medians(
            {
                "guard": floor.guarded,
                "allocated": lambda: os.close(floor.allocated()),
                "named": floor.named,
                "joined": floor.joined,
                "view": floor.view,
                "life": floor.life,
                "join": floor.join,
                "our life": life_elsewhere,
                "our join": join,
                "their join": their_join,
            },
            100,
        )
        floor.close()
        theirs.close()
        theirs.unlink()
    tell(found)


def life_elsewhere() -> None:
    with MemoryMappedFile.create_new(NAME + "x", PAGE) as one, one.create_view_accessor():
        pass


def tell(found: dict[str, float]) -> None:
    print("\nThe system calls alone, as bare Python calls in the protocol's order (median of the same rounds):")
    for what, key in (
        ("guard: lstat of the directory, two flocks (each life and join has two)", "guard"),
        ("a file with its memory and lock: O_TMPFILE, posix_fallocate, flock", "allocated"),
        ("the same, its name given (linkat) and taken (flock, two stats, unlink)", "named"),
        ("a living file joined and left: open, fstat, four flocks, two of them refused", "joined"),
        ("a view: opened once more, so that it carries no lock; mmap; munmap", "view"),
    ):
        print(f"  {short(found[key]):>9}  {what}")
    for what in ("life", "join"):
        ours, least = found[f"our {what}"], found[what]
        print(f"  {short(least):>9}  a whole {what}; the library takes {short(ours)}: {ours / least:.2f} × that")
    print(
        f"  {short(found['their join']):>9}  SharedMemory's join: one open, one mmap, a note to its tracker. The bare calls above are\n"
        f"             {found['join'] / found['their join']:.2f} × that before the library does anything. It has no guard, does not\n"
        "             ask whether anybody is alive, allocates nothing before the first touch, and lets a name outlive everyone."
    )


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
        compare("read_int32", "struct.unpack_from", read, lambda: unpack("<i", plain, 8), 5000, 2.0)
        compare("write_int32", "struct.pack_into", write, lambda: pack("<i", plain, 8, 1), 5000)
        fields(view)
        compare(
            "read_struct, 50 fields",
            "Struct.unpack_from",
            lambda: view.read_struct(0, record),
            lambda: record.unpack_from(plain, 0),
            3000,
        )
        compare("read_bytes, 64", "mmap slice", lambda: view.read_bytes(8, 64), lambda: plain[8:72], 3000)


def fields(view: Any) -> None:
    """One int32 through an overlay: ctypes' own class, and samebytes.layout's where it has one."""
    theirs = Sample()
    ours = view.overlay(Sample)
    compare("overlay field, ctypes class", "a ctypes field", lambda: ours.value, lambda: theirs.value, 5000, 1.2)
    ours = layout_overlay(view)
    if ours is not None:
        compare("overlay field, layout", "a ctypes field", lambda: ours.value, lambda: theirs.value, 5000, 1.2)


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
        compare("write_bytes, 64 MiB", "memoryview copy", lambda: view.write_bytes(0, data), copy, 1, 1 / 0.95)
        compare("read_into, 64 MiB", "memoryview copy", lambda: view.read_into(0, target), back, 1, 1 / 0.95)


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
        middle = {way: statistics.median(times[way] for times in rounds) for way in rounds[0]}
    for what, ours, rival, theirs in (
        ("ping-pong, memoryview", "window", "memoryview of a plain mmap", "cast"),
        ("ping-pong, read_int32", "typed", "struct on a plain mmap", "packed"),
    ):
        row(what, rival, {"ours": middle[ours], "theirs": middle[theirs]}, 1.3)


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
    parts = (lives, values, copies, ping, profile) if sys.platform == "linux" else (lives, values, copies)
    for part in parts:
        part()


if __name__ == "__main__":
    main()
