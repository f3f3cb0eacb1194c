"""What a machine may lack: each is one line and exit code 3, or costs nothing; no peer is blamed for it, and nothing is left behind."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from samebytes.errors import MissingError, PeerCrashedError, StartError, UsageError
from samebytes.peers import paths, processes, realms, workers
from samebytes.peers.process import PeerProcess
from samebytes.peers.processes import Processes
from samebytes.peers.workers import Worker, Workers
from samebytes.report.reading import read_report
from samebytes.scarcity import shortage

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the limits and the devices are those of Linux")

MATRIX = ("matrix", "--peer", "python", "--realm", "linux", "--layout", "struct")
REPORT = "{tmp}/run.jsonl"
AGREED = "1 cell: 1 agreed"
MIB = 1 << 20


def limited(**limits: int) -> Callable[[], None]:
    """Set limits of the process that is about to start: `as_`, `nofile`, `fsize`."""

    def limit() -> None:
        import resource

        for name, number in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name.strip('_').upper()}"), (number, number))

    return limit


def closed(*descriptors: int) -> Callable[[], None]:
    return lambda: [os.close(each) for each in descriptors] and None  # type: ignore[func-returns-value]


@dataclass(frozen=True)
class Lack:
    status: int
    words: str = ""
    """In standard error, or, of a run that agreed, in its output."""
    options: tuple[str, ...] = ()
    before: Callable[[], None] | None = None
    out: str = ""
    err: str = ""
    environment: dict[str, str] = field(default_factory=dict)
    """Where `{tmp}` stands for a folder of the test's own."""


FULL = "/dev/full"
NO_ROOM = "No space left on device"
NEW_CACHE, FILE_CACHE = {"SAMEBYTES_CACHE": "{tmp}/new"}, {"SAMEBYTES_CACHE": "{tmp}/file"}
NO_CACHE = {"XDG_CACHE_HOME": "/proc/none", "SAMEBYTES_CACHE": ""}
NO_HOME = {"HOME": "/proc/none", "XDG_CACHE_HOME": "", "SAMEBYTES_CACHE": ""}
NO_SHM = {"SAMEBYTES_SHM_DIR": "/none"}
LACKS = {
    "standard output on a full disk": Lack(3, f"standard output cannot be written: {NO_ROOM}", out=FULL),
    "JSON on a full disk": Lack(3, f"standard output cannot be written: {NO_ROOM}", ("--json",), out=FULL),
    "standard error on a full disk": Lack(0, AGREED, err=FULL),
    "no standard output": Lack(0, before=closed(1)),
    "no standard error": Lack(0, AGREED, before=closed(2)),
    "no standard input": Lack(0, AGREED, before=closed(0)),
    "no standard streams": Lack(0, before=closed(0, 1, 2)),
    "a report on a full disk": Lack(3, f"the report cannot be written to {FULL}: {NO_ROOM} (make room", ("--report", FULL)),
    "a page on a full disk": Lack(3, f"--html {FULL}: cannot be written: {NO_ROOM} (make room", ("--html", FULL)),
    "a report beyond the size of a file": Lack(3, "File too large (raise the limit", ("--report", REPORT), limited(fsize=8192)),
    "no room in the cache": Lack(3, "cannot be written: File too large", before=limited(fsize=0), environment=NEW_CACHE),
    "a cache that is a file": Lack(3, "cannot be written: Not a directory", environment=FILE_CACHE),
    "a cache that nobody may make": Lack(3, "the cache folder /proc/none/samebytes cannot be written", environment=NO_CACHE),
    "a home that nobody may write to": Lack(3, "the cache folder /proc/none/.cache/samebytes cannot be", environment=NO_HOME),
    "no folder for what is temporary": Lack(0, AGREED, environment={"TMPDIR": "/none"}),
    "no shared memory": Lack(3, "no shared memory in /none: No such file or directory (to add it: mount", environment=NO_SHM),
    "a file for shared memory": Lack(3, "not a folder that this user may write to", environment={"SAMEBYTES_SHM_DIR": "{tmp}/file"}),
    "eight open files": Lack(3, "raise the limit of open files (ulimit -n)", before=limited(nofile=8)),
    "sixteen open files": Lack(3, "raise the limit of open files (ulimit -n)", before=limited(nofile=16)),
    "eighteen open files": Lack(3, "Too many open files", before=limited(nofile=18)),
    "a gigabyte of address space": Lack(0, AGREED, before=limited(as_=1024 * MIB)),
    "a quarter of a gigabyte": Lack(0, AGREED, before=limited(as_=256 * MIB)),
}  # fmt: skip


@pytest.mark.parametrize("what", LACKS)
def test_what_a_machine_lacks_is_told_and_leaves_nothing(what, shm, tmp_path, nothing_left):
    lack = LACKS[what]
    (tmp_path / "file").touch()
    own = {key: value.format(tmp=tmp_path) for key, value in lack.environment.items()}
    with ExitStack() as stack:
        streams = [
            stack.enter_context(Path(name).open("wb")) if name else subprocess.PIPE for name in (lack.out, lack.err)
        ]
        done = subprocess.run(
            [sys.executable, "-m", "samebytes", *MATRIX, *(word.format(tmp=tmp_path) for word in lack.options)],
            stdin=subprocess.DEVNULL, stdout=streams[0], stderr=streams[1], encoding="utf-8", timeout=120, check=False,
            env={**os.environ, "SAMEBYTES_SHM_DIR": str(shm), "SAMEBYTES_TEST": str(shm), **own}, preexec_fn=lack.before,
        )  # fmt: skip
    out, err = done.stdout or "", done.stderr or ""
    assert done.returncode == lack.status, err
    assert lack.words in (err if lack.status else out)
    assert "Traceback" not in err
    assert "refused" not in out
    if lack.status:
        assert len(err.splitlines()) <= 2  # what was begun, and what is lacking
    nothing_left(f"SAMEBYTES_TEST={shm}", shm, 5.0)


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_a_reader_that_has_gone_ends_a_run_quietly(shm, nothing_left, option):
    """As `| head` does: not a word, and neither 0 nor 1, which would say something about what was run."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "samebytes", *MATRIX, *option], stdout=writing, stderr=subprocess.PIPE, encoding="utf-8",
            env={**os.environ, "SAMEBYTES_SHM_DIR": str(shm), "SAMEBYTES_TEST": str(shm)}, timeout=120, check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert (done.returncode, [line for line in done.stderr.splitlines() if not line.startswith("linux: building")]) == (
        3,
        [],
    )
    nothing_left(f"SAMEBYTES_TEST={shm}", shm, 5.0)


def test_a_report_that_found_no_more_room_is_told_to_be_cut_off(samebytes, tmp_path):
    path = tmp_path / "run.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "samebytes", *MATRIX, "--report", str(path)], capture_output=True, preexec_fn=limited(fsize=8192),
        timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 3
    assert path.stat().st_size == 8192
    again = samebytes("report", path)
    assert (again.status, "ends in the middle of a line" in again.err) == (2, True)


# --- what cannot be had of this machine at will


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.EAGAIN, "ulimit -u"), (errno.ENOMEM, "ulimit -v"), (errno.ENFILE, "end other programs")],
)
def test_a_process_that_the_system_does_not_give_is_not_the_programs_fault(monkeypatch, number, words):
    def spawn(*_arguments):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(processes, "_spawn", spawn)
    with pytest.raises(MissingError, match=r"^cannot start gcc: ") as caught:
        Processes().start(["gcc"])
    assert words in caught.value.hint
    assert caught.value.add == caught.value.hint


def test_a_program_that_is_not_there_still_is(tmp_path):
    with pytest.raises(StartError, match="cannot start"):
        Processes().start([str(tmp_path / "none")])


def test_a_full_disk_is_not_what_a_compiler_said(monkeypatch, tmp_path):
    """A build that fails on a full disk says nothing about the sources."""
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path))
    paths.room_in_cache()
    monkeypatch.setattr(paths, "LEAST_ROOM", 1 << 62)
    with pytest.raises(MissingError, match=f"{tmp_path} cannot be written: No space left"):
        paths.room_in_cache()


def test_what_fails_elsewhere_than_in_the_cache_keeps_its_own_words(monkeypatch, tmp_path):
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    with pytest.raises(FileNotFoundError, match="tar"), paths.writing_cache():
        raise FileNotFoundError(errno.ENOENT, "No such file or directory", "tar")
    with pytest.raises(MissingError, match="Permission denied"), paths.writing_cache():
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / "cache" / "builds"))


def test_little_shared_memory_is_told_before_a_peer_is_blamed_for_it(monkeypatch, tmp_path):
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(tmp_path))
    assert realms.NativeRealm().availability().ready
    monkeypatch.setattr(realms, "LEAST_MEMORY", 1 << 62)
    state = realms.NativeRealm().availability()
    assert (state.ready, "too little shared memory" in state.detail, "--reap" in state.add) == (False, True, True)


def test_a_thread_that_never_begins_is_not_waited_for(monkeypatch):
    """threading.Thread.start waits for it for ever."""
    monkeypatch.setattr(workers, "BEGIN_SECONDS", 0.05)
    monkeypatch.setattr(workers._thread, "start_new_thread", lambda *_: 0)
    with pytest.raises(MemoryError, match="did not begin"):
        Worker(print)


def test_workers_do_so_many_at_once_and_hand_on_what_is_raised():
    at_once, most, lock = 0, 0, threading.Lock()

    def work(number):
        nonlocal at_once, most
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.01)
        with lock:
            at_once -= 1
        if number == 7:
            raise MissingError("seven")
        return number * 2

    some = Workers(3)
    assert list(some.map(work, range(7))) == [0, 2, 4, 6, 8, 10, 12]
    assert 1 < most <= 3
    with pytest.raises(MissingError, match="seven"):
        list(some.map(work, [7]))
    some.shutdown()


def test_no_memory_for_an_answer_is_not_the_peers_crash(monkeypatch):
    """The thread that reads hands the lack on to who waits for the answer."""

    class NoMemory:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def read(self, _count):
            raise MemoryError

        def readline(self, _count):
            raise MemoryError

    monkeypatch.setattr("samebytes.peers.process.os.fdopen", lambda number, *_, **__: os.close(number) or NoMemory())
    with PeerProcess("peer", [sys.executable, "-c", "input()"], dict(os.environ), Processes()) as peer:
        with pytest.raises(MemoryError):
            peer.request("hello", 1, seconds=20)
        assert not peer.alive


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (MemoryError(), MissingError, "out of memory"),
        (RuntimeError("can't start new thread"), MissingError, "no more threads can be started"),
        (OSError(errno.EMFILE, "Too many open files"), MissingError, "Too many open files"),
        (OSError(errno.EROFS, "Read-only file system", "/mnt/x\n"), MissingError, r"/mnt/x\n: Read-only file system"),
        (PermissionError(errno.EACCES, "Permission denied", "lock.toml"), UsageError, "lock.toml: Permission denied"),
        (OSError(errno.EINVAL, "Invalid argument"), type(None), ""),
        (RuntimeError("a defect"), type(None), ""),
        (PeerCrashedError("gone"), type(None), ""),
    ],
)  # fmt: skip
def test_what_is_scarce_is_told_from_what_is_wrong(error, kind, words):
    found = shortage(error)
    assert type(found) is kind
    assert (found.message if found else "") == words


def test_a_defect_of_ours_is_never_an_exit_code_about_what_was_run(monkeypatch, capsys):
    from samebytes.cli import main

    monkeypatch.setattr(main, "_parser", lambda _: 1 / 0)
    monkeypatch.setattr(main, "guard_streams", lambda: None)
    assert main.main(["matrix"]) == 3
    assert "a defect of samebytes" in capsys.readouterr().err


def test_a_whole_report_of_a_run_under_a_limit_is_read(tmp_path, shm):
    """Under 160 megabytes of address space everything is as without a limit."""
    path = tmp_path / "run.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "samebytes", *MATRIX, "--report", str(path)], capture_output=True, encoding="utf-8",
        preexec_fn=limited(as_=160 * MIB), env={**os.environ, "SAMEBYTES_SHM_DIR": str(shm)}, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert read_report(path).green
