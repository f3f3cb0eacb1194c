"""Many processes on one name, killed at random: prints what happened as JSON, with every broken promise in `broken`.

    python tests/mapping/stress.py SECONDS [PROCESSES]

Each worker writes down when it tried, held and left which inode; the parent, when it killed whom. From that follows, afterwards and
for certain, whether anybody joined a segment that nobody can have held, or two segments of one name were alive at once.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))
from samebytes.mapping import MemoryMappedFile

NAME = "stress"
now = time.monotonic_ns


class Hold(NamedTuple):
    """One worker's hold on one inode: the moments between which it is possible, and between which it is certain."""

    worker: object
    inode: int
    joined: bool
    tried: int
    held: int
    leaving: int
    left: int
    stranger: bool = False
    """It follows no protocol: what it opens may be dead, and lives on by that."""


# --- a worker --------------------------------------------------------------------------------------------------------


def work(log: str, seed: int) -> None:
    dice = random.Random(seed)
    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
    while True:
        once(dice, out)
        time.sleep(dice.random() * 0.001)  # so that the name is free now and then


def once(dice: random.Random, out: int) -> None:
    how = dice.choice((MemoryMappedFile.create_new, MemoryMappedFile.create_or_open, MemoryMappedFile.open_existing))
    size = () if how == MemoryMappedFile.open_existing else (8192,)
    say(out, "try", 0)
    try:
        segment = how(NAME, *size)
    except (FileExistsError, FileNotFoundError):
        say(out, "none", 0)
        return
    inode = os.fstat(segment._segment.fd).st_ino
    say(out, "made" if segment.created else "joined", inode)
    with segment, segment.create_view_accessor() as view:
        use(segment, view, inode, out, dice)
        say(out, "leave", inode)
    say(out, "left", inode)


def use(segment: MemoryMappedFile, view, inode: int, out: int, dice: random.Random) -> None:
    if any(view.read_bytes(0, 8184)):  # the last 8 bytes may be a joiner's stamp already
        say(out, "BROKEN: a new segment is not zero", inode)
    stamp = view.read_uint64(8184)
    if not stamped(stamp, inode):
        say(out, f"BROKEN: stamped {stamp}", inode)
    view.write_uint64(8184, inode)
    if dice.random() < 0.2:
        time.sleep(dice.random() * 0.0005)
    if segment.orphaned or segment.capacity != 8192:
        say(out, "BROKEN: orphaned while held, or of a wrong size", inode)


def stamped(stamp: int, inode: int) -> bool:
    """Whether the stamp is of this inode, or of nobody. A peer's poke puts byte after byte, and may be seen, or killed, in between."""
    pairs = zip(stamp.to_bytes(8, "little"), inode.to_bytes(8, "little"), strict=True)
    return all(found in (0, byte) for found, byte in pairs)


def say(out: int, what: str, inode: int) -> None:
    os.write(out, f"{now()} {inode} {what}\n".encode())


# --- the parent ------------------------------------------------------------------------------------------------------


def drive(seconds: float, processes: int, logs: Path) -> dict[int, tuple[int, int]]:
    """Keep `processes` workers busy, kill one at random again and again: {worker: (when killed, when certainly dead)}."""
    dice, ends, pids = random.Random(), {}, {}
    deadline, number = time.monotonic() + seconds, 0
    while time.monotonic() < deadline:
        while len(pids) < processes:
            pids[number] = start(str(logs / str(number)), number)
            number += 1
        time.sleep(dice.random() * 0.004)
        victim = dice.choice(list(pids))
        ends[victim] = kill(pids.pop(victim))
    for worker, pid in pids.items():
        ends[worker] = kill(pid)
    return ends


def start(log: str, seed: int) -> int:
    pid = os.fork()
    if pid == 0:
        try:
            work(log, seed)
        finally:
            os._exit(1)
    return pid


def kill(pid: int) -> tuple[int, int]:
    killed = now()
    os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL, f"a worker ended by itself: {status}"
    return killed, now()


# --- the verdict -----------------------------------------------------------------------------------------------------


def read(log: Path, worker: object, killed: int, dead: int) -> Iterator[Hold | str]:
    """The holds of one worker; a try that its death cut short is a possible hold of any inode (0)."""
    tried = held = leaving = inode = 0
    joined = stranger = False
    for line in log.read_text().splitlines() if log.exists() else []:
        when, which, what = line.split(" ", 2)
        if what == "try":
            tried, held, leaving, inode = int(when), 0, 0, 0
        elif what in ("made", "joined", "met"):
            held, inode, joined, stranger = int(when), int(which), what == "joined", what == "met"
        elif what == "leave":
            leaving = int(when)
        elif what == "left":
            yield Hold(worker, inode, joined, tried, held, leaving, int(when), stranger)
            tried = 0
        elif what == "none":
            tried = 0
        else:
            yield line
    if tried:
        yield Hold(worker, inode, joined and held > 0, tried, held or dead, leaving or killed, dead, stranger)


def dead_joins(holds: list[Hold]) -> Iterator[str]:
    by_inode: dict[int, list[Hold]] = {}
    for hold in holds:
        by_inode.setdefault(hold.inode, []).append(hold)
    unknown = by_inode.pop(0, [])
    for hold in holds:
        if (
            hold.inode
            and hold.joined
            and not any(
                other is not hold and other.tried <= hold.held and other.left >= hold.tried
                for other in by_inode[hold.inode] + unknown
            )
        ):
            yield f"joined {hold.inode}, which nobody held: {hold}"


def doubles(holds: list[Hold]) -> Iterator[str]:
    certain = sorted(
        (hold.held, hold.leaving, hold.inode)
        for hold in holds
        if hold.inode and hold.held < hold.leaving and not hold.stranger
    )
    last: dict[int, int] = {}
    for held, leaving, inode in certain:
        yield from (
            f"{inode} and {other} were alive at {held}" for other, end in last.items() if other != inode and end > held
        )
        last = {known: end for known, end in last.items() if end > held}
        last[inode] = max(leaving, last.get(inode, 0))


def rest() -> Iterator[str]:
    """What is left when all are dead: at most one file, which one open frees."""
    place = Path(os.environ["SAMEBYTES_SHM_DIR"], f"samebytes-{os.geteuid()}")
    try:
        MemoryMappedFile.open_existing(NAME).close()
        yield "the name is alive after the last holder's death"
    except FileNotFoundError:
        pass
    yield from (f"{path} is left" for path in place.iterdir())


def run(seconds: float, processes: int) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        ends = drive(seconds, processes, Path(folder))
        return judge(Path(folder), ends)


def judge(logs: Path, ends: dict[Any, tuple[int, int]]) -> dict[str, object]:
    """What the logs of all who were killed say."""
    found = [item for worker, end in ends.items() for item in read(logs / str(worker), worker, *end)]
    holds = [item for item in found if isinstance(item, Hold)]
    broken = [item for item in found if isinstance(item, str)] + [*dead_joins(holds), *doubles(holds), *rest()]
    joined, met = sum(hold.joined for hold in holds), sum(hold.stranger for hold in holds)
    made = sum(hold.inode > 0 for hold in holds) - joined - met
    return {"made": made, "joined": joined, "met": met, "killed": len(ends), "broken": broken}


def main() -> None:
    seconds, processes = float(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 6
    if "SAMEBYTES_SHM_DIR" not in os.environ:
        with tempfile.TemporaryDirectory(prefix="samebytes-stress-", dir="/dev/shm") as place:
            os.environ["SAMEBYTES_SHM_DIR"] = place
            print(json.dumps(run(seconds, processes)))
    else:
        print(json.dumps(run(seconds, processes)))


if __name__ == "__main__":
    main()
