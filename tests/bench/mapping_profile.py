"""Why an operation of the mapping library costs what it costs: its parts, measured one by one.

The system calls of a life and of a join stand here as bare Python calls, in the order of the protocol and without any library
around them: what no implementation of the same promises can go below.
"""

from __future__ import annotations

import mmap
import os
import struct
import sys
from multiprocessing.shared_memory import SharedMemory
from pathlib import Path

from measure import Times, medians, short, spread

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from samebytes.mapping import MemoryMappedFile

PAGE = 4096
NAME = f"samebytes-profile-{os.getpid()}"
TIMES = 20


def tell(above: dict[str, Times]) -> None:
    """For each row above its limit: how far its rounds lie apart, then the profile of what it does more than its rival."""
    for what, found in above.items():
        print(
            f"\n{what}: ours {spread(found['ours'])}, theirs {spread(found['theirs'])} in the middle half of the rounds."
        )
    reasons = [why for words, why in _REASONS.items() if any(what.startswith(words) for what in above)]
    for why in dict.fromkeys(reasons):
        why()


def _print(parts: dict[str, float]) -> None:
    for what, value in parts.items():
        print(f"  {short(value):>9}  {what}")


# --- whole lives -----------------------------------------------------------------------------------------------------


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

    def guarded(self) -> None:
        """Take the guard, and give it back."""
        self.flock(self.guard, self.take)
        self.flock(self.guard, self.give)

    def guards(self) -> None:
        """The two of a life, or of a join: coming and going."""
        self.guarded()
        self.guarded()

    def probed(self, fd: int) -> None:
        """Find that somebody else holds the file."""
        try:  # noqa: SIM105 - suppress() costs more than the call
            self.flock(fd, self.take)
        except BlockingIOError:
            pass

    def _made(self) -> int:
        fd = os.open("floor", os.O_CREAT | os.O_EXCL | os.O_RDWR | os.O_CLOEXEC, 0o600, dir_fd=self.guard)
        self.flock(fd, self.share)
        os.posix_fallocate(fd, 0, PAGE)
        os.fstat(fd)
        return fd

    def named(self) -> None:
        """A file with all its memory, its lock and its name; and its end, when nobody holds it."""
        fd = self._made()
        self.flock(fd, self.take)
        os.lstat("floor", dir_fd=self.guard)
        os.unlink("floor", dir_fd=self.guard)
        os.close(fd)

    def view(self) -> None:
        """The second opening, seen to be of the same file, and mapping it."""
        fd = os.open(NAME, os.O_RDWR | os.O_CLOEXEC, dir_fd=self.guard)
        os.fstat(fd)
        plain_view(fd)

    def joined(self) -> None:
        """Open, find it alive, lock it, look what it is; leave it again, finding it alive still."""
        fd = os.open(NAME, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self.guard)
        self.probed(fd)
        self.flock(fd, self.share)
        os.fstat(fd)
        self.probed(fd)
        os.close(fd)

    def life(self) -> None:
        self.guards()
        self.named()
        self.view()

    def join(self) -> None:
        self.guards()
        self.joined()
        self.view()

    def close(self) -> None:
        os.close(self.held)
        os.close(self.guard)


def _our_life() -> None:
    with MemoryMappedFile.create_new(NAME + "x", PAGE) as one, one.create_view_accessor():
        pass


def _their_life() -> None:
    one = SharedMemory(NAME + "x", create=True, size=PAGE)
    one.close()
    one.unlink()


def _our_join() -> None:
    with MemoryMappedFile.open_existing(NAME) as one, one.create_view_accessor():
        pass


def _their_join() -> None:
    SharedMemory(NAME).close()


def why_life() -> None:
    """Creating: what the promises need in system calls, and SharedMemory beside it."""
    with MemoryMappedFile.create_new(NAME, PAGE):
        floor = Floor(f"{os.environ['SAMEBYTES_SHM_DIR']}/samebytes-{os.geteuid()}")
        acts = {"guards": floor.guards, "named": floor.named, "view": floor.view}
        found = medians({**acts, "all": floor.life, "ours": _our_life, "theirs": _their_life}, TIMES)
        floor.close()
    print("\nWhy creating costs what it does: the system calls of its promises alone, as bare Python calls")
    _print({
        "a guard to come and one to go: four flocks": found["guards"],
        "a file with its memory, lock and name, and its end: open, flock, posix_fallocate, fstat, flock, lstat, unlink, close": (
            found["named"]
        ),
        "a view that carries no lock: opened once more, fstat, mmap, munmap": found["view"],
    })  # fmt: skip
    _sum(found, "It makes a name that outlives everyone, over memory that is not there before the first touch.")


def why_join() -> None:
    """Opening: the same."""
    with MemoryMappedFile.create_new(NAME, PAGE):
        theirs = SharedMemory(NAME, create=True, size=PAGE)
        floor = Floor(f"{os.environ['SAMEBYTES_SHM_DIR']}/samebytes-{os.geteuid()}")
        acts = {"guards": floor.guards, "joined": floor.joined, "view": floor.view}
        found = medians({**acts, "all": floor.join, "ours": _our_join, "theirs": _their_join}, TIMES)
        floor.close()
        theirs.close()
        theirs.unlink()
    print("\nWhy opening costs what it does: the system calls of its promises alone, as bare Python calls")
    _print({
        "a guard to come and one to go: four flocks": found["guards"],
        "found alive, held, left without taking it from others: open, fstat, three flocks, two of them refused": (
            found["joined"]
        ),
        "a view that carries no lock: opened once more, fstat, mmap, munmap": found["view"],
    })  # fmt: skip
    _sum(found, "It opens and maps: whether anybody is alive, and who else is just leaving, it does not ask.")


def _sum(found: dict[str, float], theirs: str) -> None:
    ratios = f"{found['all'] / found['theirs']:.2f} × SharedMemory"
    _print({
        f"all of these: {ratios}, before the library does anything": found["all"],
        f"the library, with its objects and checks: {found['ours'] / found['all']:.2f} × these": found["ours"],
        f"SharedMemory. {theirs}": found["theirs"],
    })  # fmt: skip


# --- single values ---------------------------------------------------------------------------------------------------


class _Least:
    """A method that does as little around struct as one can that may not count from the end."""

    def __init__(self, buffer: memoryview) -> None:
        self.buffer = buffer

    def nothing(self, position: int) -> int:
        return position

    def read(self, position: int) -> int:
        if position < 0:
            raise IndexError
        return _unpack(self.buffer, position)[0]


_unpack = struct.Struct("<i").unpack_from


def why_value() -> None:
    """One int32: what the call of a method costs before anything is read."""
    with MemoryMappedFile.create_new(NAME, PAGE) as one, one.create_view_accessor() as view:
        window = view.memoryview()
        least, unpack = _Least(window), struct.unpack_from
        found = medians(
            {
                "loop": lambda: None,
                "method": lambda: least.nothing(8),
                "struct": lambda: unpack("<i", window, 8),
                "least": lambda: least.read(8),
                "ours": lambda: view.read_int32(8),
            },
            1000,
        )
        least.buffer.release()
    print("\nWhy read_int32 costs what it does (each with the loop's own cost, the first line)")
    _print({
        "nothing": found["loop"],
        "a method that returns its argument": found["method"],
        "struct.unpack_from": found["struct"],
        "a method that only calls it, and refuses a negative position": found["least"],
        f"read_int32: {found['ours'] / found['least']:.2f} × that": found["ours"],
    })  # fmt: skip


# Rows without a reason here do the same as their rival, on other memory: only the spread says something.
_REASONS = {
    "create": why_life,
    "open": why_join,
    "read_int32": why_value,
    "ping-pong, read_int32": why_value,
}
