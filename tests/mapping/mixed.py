"""The stress of stress.py with other languages on the same name: prints what happened, as stress.py does.

    python tests/mapping/mixed.py SECONDS '[{"command": […], "deaths": 0.02, "stranger": false}, …]'

Beside three Python workers each command is kept running: a peer of the line protocol, driven at random by a process that
writes down what it sees, or a stranger that writes its log itself (its last arguments are the segment's file and the
log). `deaths` is how likely one is killed at each request, or in each 10 ms of a stranger's life.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))
from stress import NAME, Hold, drive, judge, now, read, say, stamped

PYTHONS = 3
SIZE, STAMP = 8192, 8184
Ends = dict[str, tuple[int, int]]


class Killed(Exception):  # noqa: N818
    """The peer is dead, as intended: when that began, and when it was over."""


class Peer:
    """One process of a peer, and its log."""

    def __init__(self, command: list[str], log: Path, dice: random.Random) -> None:
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
        self.deaths, self.dice = 0.0, dice
        self.end = (0, 0)
        self.ask("hello", 1)

    def ask(self, *words: object) -> dict[str, Any]:
        """The answer to a request; or the peer is killed at some moment before it answers, or just after."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, (1, *words))).encode() + b"\n")
        self.process.stdin.flush()
        if self.dice.random() < self.deaths:
            time.sleep(self.dice.random() * 0.0004)
            self.kill()
            raise Killed
        line = self.process.stdout.readline()
        assert line, f"the peer ended by itself: {self.process.args} {words}"
        return json.loads(line)

    def kill(self) -> None:
        killed = now()
        self.process.kill()
        self.process.wait()
        self.end = (killed, now())

    def close(self) -> None:
        if not self.end[0]:
            self.kill()
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe is not None
            with contextlib.suppress(OSError):
                pipe.close()
        os.close(self.out)

    def once(self) -> None:
        """One life of a map in the peer."""
        how = self.dice.choice(("create_new", "create_or_open", "open_existing"))
        say(self.out, "try", 0)
        answer = self.ask(how, NAME, *(() if how == "open_existing" else (SIZE,)))
        if "error" in answer:
            known = answer["error"]["kind"] in ("exists", "not_found")
            say(self.out, "none" if known else f"BROKEN: {answer}", 0)
            return
        inode = self.inode()
        say(self.out, "made" if answer["ok"]["created"] else "joined", inode)
        key = answer["ok"]["map"]
        self.use(key, inode, answer["ok"]["capacity"])
        say(self.out, "leave", inode)
        self.ask("close_map", key)
        say(self.out, "left", inode)

    def use(self, key: int, inode: int, capacity: int) -> None:
        view = self.ask("view", key, 0, 0, "read_write")["ok"]["view"]
        stamp = self.ask("peek", view, STAMP, 8)["ok"]["bytes"]
        if capacity != SIZE or not stamped(int.from_bytes(bytes.fromhex(stamp), "little"), inode):
            say(self.out, f"BROKEN: {capacity} bytes, stamped {stamp}", inode)
        self.ask("poke", view, STAMP, inode.to_bytes(8, "little").hex())
        self.ask("close_view", view)

    def inode(self) -> int:
        """Of the segment that the peer holds: no other file in shared memory is open there."""
        found = set()
        for entry in Path(f"/proc/{self.process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if str(entry.readlink()).startswith(os.environ["SAMEBYTES_SHM_DIR"]) and entry.is_file():
                    found.add(entry.stat().st_ino)
        (inode,) = found
        return inode


def segment_file() -> Path:
    return Path(os.environ["SAMEBYTES_SHM_DIR"], f"samebytes-{os.geteuid()}", NAME)


# --- who keeps them running ------------------------------------------------------------------------------------------


class Pool:
    """The folder with the logs, and files that say: this one has begun, all shall end."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.stop = logs / "stop"

    def over(self) -> bool:
        return self.stop.exists()

    def keep_peer(self, number: int, command: list[str], deaths: float) -> Ends:
        """Drive one peer after the other."""
        dice, ends = random.Random(), {}
        while not self.over():
            name = f"peer-{number}-{len(ends)}"
            peer = Peer(command, self.logs / name, dice)
            (self.logs / f"ready-{number}").touch()
            peer.deaths = deaths
            self.drive(peer)
            ends[name] = peer.end
        return ends

    def drive(self, peer: Peer) -> None:
        try:
            while not self.over():
                peer.once()
                time.sleep(peer.dice.random() * 0.001)
        except Killed:
            pass
        finally:
            peer.close()

    def keep_stranger(self, number: int, command: list[str], deaths: float) -> Ends:
        """Have one stranger after the other."""
        dice, ends = random.Random(), {}
        while not self.over():
            name = f"stranger-{number}-{len(ends)}"
            process = subprocess.Popen([*command, str(segment_file()), str(self.logs / name)], stdin=subprocess.PIPE)
            while not self.over() and dice.random() >= deaths:
                assert process.poll() is None, "the stranger ended by itself"
                if (self.logs / name).exists():
                    (self.logs / f"ready-{number}").touch()
                time.sleep(0.01)
            killed = now()
            process.kill()
            process.communicate()
            ends[name] = (killed, now())
        return ends


@contextlib.contextmanager
def kept(kinds: list[dict[str, Any]], pool: Pool) -> Iterator[Ends]:
    """All of them running, each kind kept by a process; when they are over, it is known when who died."""
    ends: Ends = {}
    drivers = [start(pool, number, kind) for number, kind in enumerate(kinds)]
    try:
        while len(list(pool.logs.glob("ready-*"))) < len(kinds):
            assert all(os.waitpid(pid, os.WNOHANG) == (0, 0) for pid in drivers), "a driver failed at once"
            time.sleep(0.01)
        yield ends
    finally:
        pool.stop.touch()
        for number, pid in enumerate(drivers):
            _, status = os.waitpid(pid, 0)
            assert status == 0, f"the driver of {kinds[number]['command']} failed"
            ends.update(json.loads((pool.logs / f"ends-{number}").read_text()))


def start(pool: Pool, number: int, kind: dict[str, Any]) -> int:
    pid = os.fork()
    if pid == 0:
        keep = pool.keep_stranger if kind.pop("stranger", False) else pool.keep_peer
        try:
            ends = keep(number, **kind)
            (pool.logs / f"ends-{number}").write_text(json.dumps(ends))
            os._exit(0)
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(1)
    return pid


def run(seconds: float, kinds: list[dict[str, Any]]) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        logs = Path(folder)
        with kept(kinds, Pool(logs)) as theirs:
            ends: dict[Any, tuple[int, int]] = dict(drive(seconds, PYTHONS, logs))
        ends.update(theirs)
        held = [0] * len(kinds)
        for name, end in theirs.items():
            found = read(logs / name, name, *end)
            held[int(name.split("-")[1])] += sum(isinstance(hold, Hold) and hold.inode > 0 for hold in found)
        return {**judge(logs, ends), "theirs": len(theirs), "held": held}


def main() -> None:
    seconds, kinds = float(sys.argv[1]), json.loads(sys.argv[2])
    with tempfile.TemporaryDirectory(prefix="samebytes-stress-", dir="/dev/shm") as place:
        os.environ["SAMEBYTES_SHM_DIR"] = place
        print(json.dumps(run(seconds, kinds)))


if __name__ == "__main__":
    main()
