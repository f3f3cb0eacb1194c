"""The reaper as a process of its own: it outlives the harness, kills what that started, and then ends.

The harness starts it once a run and tells it through its standard input, a line each:

    watch PID BIRTH     kill this process, and the group it leads, unless `ended PID` comes first
    ended PID
    wine PREFIX         end this Wine prefix's server unless another run uses it, unless `unwine` comes first
    unwine
    remove DIRECTORY    remove this directory and all in it
    bye                 all is well: end without doing anything

When the harness dies (which the kernel tells) or its end of the pipe is closed, and no `bye` has come, that is done.
BIRTH is the process's start time in clock ticks after boot, 0 if unknown: a pid that was used again is left alone.
Linux; see `reaper` for the choice.
"""

from __future__ import annotations

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

__all__ = ["ProcessReaper"]

assert sys.platform != "win32"

_BYE_SECONDS = 5.0
# More than ending a stubborn Wine prefix takes; after it the reaper gives up, so that it always ends.
_CLEANUP_SECONDS = 60
_DEATH_SECONDS = 5.0


class ProcessReaper:
    """The harness's end. Thread-safe. Losing the reaper is not an error: it is needed only after a disaster.

    `with` starts it and says bye at the end. Starting takes no waiting; the process is ready some
    20 ms later, and what it was told in between is in its pipe.
    """

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> ProcessReaper:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bye()

    def start(self) -> None:
        """Start the process; harmless when it runs already."""
        with self._lock:
            if self._process is None:
                self._process = _spawn()

    def watch(self, pid: int) -> None:
        """Kill this child of ours, not yet waited for, should we die."""
        self._tell(f"watch {pid} {_birth(pid)}")

    def ended(self, pid: int) -> None:
        """Note that this child has been waited for."""
        self._tell(f"ended {pid}")

    def wine(self, prefix: Path) -> None:
        """End this Wine prefix's server should we die, unless another run uses it."""
        self._tell(f"wine {prefix}")

    def unwine(self) -> None:
        """Leave Wine alone."""
        self._tell("unwine")

    def remove(self, directory: Path) -> None:
        """Remove this directory should we die."""
        self._tell(f"remove {directory}")

    def bye(self) -> None:
        """Send the reaper away; idempotent. Waits until it is gone."""
        self._tell("bye")
        with self._lock:
            process, self._process = self._process, None
        if process is not None:
            _wait(process)

    def _tell(self, line: str) -> None:
        with self._lock:
            if self._process is not None and self._process.stdin is not None:
                with contextlib.suppress(OSError):
                    self._process.stdin.write(os.fsencode(line) + b"\n")


def _spawn() -> subprocess.Popen[bytes]:
    # -I -S: nothing but the standard library is needed, and it starts twice as fast.
    command = [sys.executable, "-I", "-S", str(Path(__file__).resolve()), str(os.getpid())]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        bufsize=0, cwd="/", start_new_session=True,
    )  # fmt: skip


def _wait(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError):
        if process.stdin is not None:
            process.stdin.close()
    try:
        process.wait(_BYE_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _birth(pid: int) -> int:
    """Return when a process started, in clock ticks after boot; 0 if there is no such process or no /proc."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_bytes()
    except OSError:
        return 0
    # proc(5): field 22, counted behind the program's name, which stands in parentheses and may hold spaces.
    return int(stat.rpartition(b")")[2].split()[19])


# --- the process ------------------------------------------------------------------------------------------------


class _Duties:
    """What there is to do when the harness dies."""

    def __init__(self) -> None:
        self.processes: dict[int, int] = {}
        self.prefix = ""
        self.directories: list[str] = []

    def note(self, line: str) -> None:
        """Take in one line; one that makes no sense is passed over: nobody is there to be told."""
        verb, _, rest = line.partition(" ")
        if verb == "watch":
            pid, _, birth = rest.partition(" ")
            self.processes[int(pid)] = int(birth)
        elif verb == "ended":
            self.processes.pop(int(rest), None)
        elif verb in ("wine", "unwine"):
            self.prefix = rest
        elif verb == "remove":
            self.directories.append(rest)

    def perform(self) -> None:
        """Do it all: processes first, since they hold what comes after."""
        for pid, birth in self.processes.items():
            _kill(pid, birth)
        _until_dead(self.processes)
        # Run by path and isolated; the package is found from here.
        sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
        for step in (self._end_wine, self._remove, _reap):
            with contextlib.suppress(Exception):  # one failure must not keep the others from being tried
                step()

    def _end_wine(self) -> None:
        from samebytes.peers.wine_prefix import end_if_unused

        if self.prefix:
            end_if_unused(Path(self.prefix))

    def _remove(self) -> None:
        for directory in self.directories:
            shutil.rmtree(directory, ignore_errors=True)


def _kill(pid: int, birth: int) -> None:
    """Kill the process that was born then, with the group it leads if it leads one."""
    with contextlib.suppress(OSError):
        if birth and _birth(pid) != birth:
            return
        if os.getpgid(pid) == pid:
            os.killpg(pid, signal.SIGKILL)
        else:
            os.kill(pid, signal.SIGKILL)


def _until_dead(processes: dict[int, int]) -> None:
    deadline = time.monotonic() + _DEATH_SECONDS
    while any(birth and _alive(pid, birth) for pid, birth in processes.items()) and time.monotonic() < deadline:
        time.sleep(0.005)


def _alive(pid: int, birth: int) -> bool:
    """Return whether the process that was born then lives.

    A zombie is dead: it holds nothing any more, and is not ours to wait for.
    """
    try:
        state = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()[0]
    except OSError:
        return False
    return state not in (b"Z", b"X") and _birth(pid) == birth


def _reap() -> None:
    """Free the segments whose last holder has been killed."""
    from samebytes import mapping

    mapping.reap()


def _lines(parent: int) -> Iterator[str]:
    """Yield what the harness says, until it closes the pipe or is gone.

    Watching the harness itself matters: a child it forked may hold the pipe open for longer than it lives.
    """
    pending = b""
    for chunk in _chunks(parent):
        *whole, pending = (pending + chunk).split(b"\n")
        yield from (os.fsdecode(line) for line in whole)


def _chunks(parent: int) -> Iterator[bytes]:
    os.set_blocking(0, False)
    watched = [0, *_death_of(parent)]
    while True:
        ready, _, _ = select.select(watched, [], [])
        try:
            chunk = os.read(0, 65536)
        except BlockingIOError:
            if ready == [0]:
                continue  # woken for nothing, as select(2) may
            return  # everything is read, and the harness is dead
        if not chunk:
            return
        yield chunk


def _death_of(parent: int) -> list[int]:
    """Return a descriptor that is readable once the parent is dead; none where the system has no such thing (Linux before 5.3)."""
    descriptors = []
    with contextlib.suppress(OSError, AttributeError):
        descriptors.append(os.pidfd_open(parent))
    if os.getppid() != parent:  # it died before we came to look; a null device is always readable
        descriptors.append(os.open(os.devnull, os.O_RDONLY))
    return descriptors


def main(parent: int) -> None:
    """Listen, and when no `bye` has come, clean up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    duties = _Duties()
    for line in _lines(parent):
        if line == "bye":
            return
        with contextlib.suppress(ValueError):
            duties.note(line)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(_CLEANUP_SECONDS)
    duties.perform()


if __name__ == "__main__":
    main(int(sys.argv[1]))
