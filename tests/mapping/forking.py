"""Forks of a process in which four threads make, view, join and close maps: forking.py COUNT. Prints what went wrong, as JSON.

Each child closes what it got, lives a life of its own and waits to be told to end. Meanwhile everything of its parent is closed:
nothing may be alive that only the child could hold.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import threading
import time
import warnings
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from samebytes.mapping import MemoryMappedFile, list_segments

HANG_SECONDS = 20
THREADS = 4


class Work:
    """What the threads do, until they are stopped."""

    def __init__(self) -> None:
        self.stop = False
        self.failures: list[str] = []
        self.kept = [MemoryMappedFile.create_new(f"kept {number}", 4096) for number in range(THREADS)]
        self.threads = [threading.Thread(target=self.work, args=(number,)) for number in range(THREADS)]

    def work(self, number: int) -> None:
        turn = 0
        try:
            while not self.stop:
                turn += 1
                with (
                    MemoryMappedFile.create_or_open(f"shared {turn % 2}", 4096) as made,
                    made.create_view_accessor() as view,
                ):
                    view.write_int32(0, number)
                    self.kept[number].create_view_accessor().close()
                if turn % 8 == 0:
                    list_segments()
        except BaseException as error:
            self.failures.append(repr(error))


def child(work: Work, told: int, ready: int) -> None:
    """Never returns."""
    status = 1
    try:
        for one in work.kept:
            one.close()
        with MemoryMappedFile.create_new(f"child {os.getpid()}", 4096) as made, made.create_view_accessor():
            pass
        os.write(ready, b"1")
        os.read(told, 1)
        status = 0
    finally:
        os._exit(status)


def forked(work: Work) -> str:
    """What is wrong with one fork; empty if nothing is."""
    (told, tell), (asked, ready) = os.pipe(), os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(tell)
        child(work, told, ready)
    os.close(told)
    os.close(ready)
    try:
        came, _, _ = select.select([asked], [], [], HANG_SECONDS)
        if not came or os.read(asked, 1) != b"1":
            os.kill(pid, signal.SIGKILL)
            return "a child hangs, or failed"
        return lengthened(pid)
    finally:
        os.close(asked)
        os.close(tell)
        os.waitpid(pid, 0)


def lengthened(pid: int) -> str:
    """A descriptor of its parent that the child has still, and with it a lock."""
    place = os.environ["SAMEBYTES_SHM_DIR"]
    for fd in Path(f"/proc/{pid}/fd").iterdir():
        try:
            target = str(fd.readlink())
            info = Path(f"/proc/{pid}/fdinfo/{fd.name}").read_text()
        except FileNotFoundError:
            continue
        if target.startswith(place) and "lock:\t" in info:
            return f"a child has a lock on {target}"
    return ""


def main() -> None:
    warnings.simplefilter("ignore", DeprecationWarning)  # of a fork beside threads: that is the point
    work, wrong = Work(), []
    for thread in work.threads:
        thread.start()
    began = time.monotonic()
    for _ in range(int(sys.argv[1])):
        found = forked(work)
        if found:
            wrong.append(found)
    work.stop = True
    for thread in work.threads:
        thread.join()
    for one in work.kept:
        one.close()
    left = [one.name for one in list_segments()]
    print(
        json.dumps(
            {"seconds": round(time.monotonic() - began), "wrong": wrong, "failures": work.failures, "left": left}
        )
    )


if __name__ == "__main__":
    main()
