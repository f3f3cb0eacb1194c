"""The lab: the one place where a run prepares realms and builds, starts, watches and ends peers and every other program.

Commands and the pytest plugin ask a lab; nothing outside this package starts a process (tests/unit/test_one_lab.py holds that).
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar, cast

from samebytes import mapping
from samebytes.errors import MissingError, SamebytesError
from samebytes.layout import Record
from samebytes.peers.availability import Diagnosis, diagnose, realms_here
from samebytes.peers.build import Builder
from samebytes.peers.manifest import Manifest
from samebytes.peers.peer import ANSWER_SECONDS
from samebytes.peers.processes import Completed, Processes
from samebytes.peers.realms import Realm
from samebytes.peers.reaper import Reaper
from samebytes.peers.site import Site
from samebytes.peers.workers import Worker

__all__ = ["JOIN_SECONDS", "Lab", "Tell"]

JOIN_SECONDS = 2.0
"""How long interrupted work may take to notice that everything it talks to has been killed."""

Tell = Callable[[str, str], None]
"""Is told what takes a while: the realm, and a short line. Called from several threads."""


T = TypeVar("T")


class Lab:
    """One run's engine. `with` starts its reaper, and at the end closes every site, ends every process and frees dead segments.

    Work in it is done by `do`, in threads of its own. A Site is used by one thread at a time; everything else here by any.
    """

    def __init__(
        self,
        records: Mapping[str, Record] | None = None,
        say: Tell = lambda _realm, _line: None,
        *,
        answer_seconds: float = ANSWER_SECONDS,
        realms: Sequence[Realm] | None = None,
    ) -> None:
        """Take `records`, those that peers may declare; `realms`, this system's own where None.

        `answer_seconds`: for a request that only touches memory.
        """
        self.records = records or {}
        self.say = say
        self.answer_seconds = answer_seconds
        self.stopped = False
        self._reaper = Reaper()
        self._processes = Processes(self._reaper)
        self._builders: list[tuple[Mapping[str, Record], Builder]] = []
        self._sites = {realm.name: Site(self, realm) for realm in (realms_here() if realms is None else realms)}
        self._kept: dict[tuple[object, ...], object] = {}
        self._stack = contextlib.ExitStack()
        self._open = False
        self._lock = threading.Lock()

    def __enter__(self) -> Lab:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Start the reaper, which cleans up should this process be killed; idempotent. It comes before anything else is started."""
        if not self._open:
            self._open = True
            self._stack.enter_context(self._reaper)
            self._stack.callback(_free_dead_segments)
            self._stack.callback(self._processes.kill_all)
            for site in self._sites.values():
                self._stack.callback(site.close)

    def close(self) -> None:
        """End everything; idempotent. Nothing can be started afterwards."""
        self._stack.close()

    def stop(self) -> None:
        """Begin nothing more, and end every process at once. May be called from any thread."""
        self.stopped = True
        self._processes.kill_all()

    @property
    def realms(self) -> list[Realm]:
        """Return this system's realms, whether or not they can be used."""
        return [site.realm for site in self._sites.values()]

    def site(self, realm: str) -> Site:
        """Return the site of a realm, not yet prepared. MissingError where this system has no such realm."""
        if realm not in self._sites:
            raise MissingError(
                f"programs for {realm} cannot run on this system", hint="run samebytes on such a system, too"
            )
        return self._sites[realm]

    def prepared(self, realm: str) -> Site:
        """Return the site of a realm, prepared. MissingError, each time, with what is missing and how to add it."""
        return self.site(realm).prepare()

    def keep(self, make: Callable[..., T], *arguments: object) -> T:
        """Return what `make` makes of these arguments, made once. Used by one thread.

        If it can be closed, it is when the lab is, first of all.
        """
        key = (make, *arguments)
        if key not in self._kept:
            made = self._kept[key] = make(*arguments)
            close = getattr(made, "close", None)
            if close is not None:
                self._stack.callback(close)
        return cast(T, self._kept[key])

    def folder(self, prefix: str) -> Path:
        """Return a new temporary folder, which is removed when the lab is closed, or by the reaper."""
        path = Path(tempfile.mkdtemp(prefix=f"samebytes-{prefix}-"))
        self._reaper.remove(path)
        self._stack.callback(shutil.rmtree, path, ignore_errors=True)
        return path

    def run(
        self,
        arguments: Sequence[str],
        *,
        seconds: float,
        folder: Path | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> Completed:
        """Run a program of this machine, such as a compiler, to its end or its deadline. StartError if it cannot start."""
        return self._processes.run(arguments, environment=environment, folder=folder, seconds=seconds)

    def diagnose(self, realm: str, manifests: Mapping[str, Manifest]) -> list[Diagnosis]:
        """Return whether a realm and peers in it can run here, and if not, why, without building or fetching anything."""
        return diagnose(self.site(realm).realm, manifests, self.builder())

    def do(self, *works: Callable[[], object]) -> None:
        """Do all of it side by side, each in a thread, until all is done; then raise the first failure.

        Ctrl-C gets through at once, and any other exception here: everything is ended, and it goes on to the caller.
        """
        threads = [_Work(work) for work in works]
        try:
            for one in threads:
                one.start()
            for one in threads:
                one.wait_for_ever()
        except BaseException:
            self._interrupt(threads)
            raise
        for one in threads:
            if one.failure is not None:
                raise one.failure

    def builder(self, records: Mapping[str, Record] | None = None) -> Builder:
        """Return the builder for peers that declare these records; the lab's own, if None.

        All of them probe each toolchain once.
        """
        wanted = self.records if records is None else records
        with self._lock:
            for known, builder in self._builders:
                if known is wanted:
                    return builder
            first = self._builders[0][1] if self._builders else None
            builder = Builder(self._processes, (sys.executable,), wanted, *([first.versions] if first else []))
            self._builders.append((wanted, builder))
            return builder

    @property
    def processes(self) -> Processes:
        """Return every process of the run; for the sites."""
        return self._processes

    def _interrupt(self, threads: Sequence[_Work]) -> None:
        self.stop()
        for one in threads:
            one.wait(JOIN_SECONDS)
        for site in self._sites.values():
            site.realm.close()


class _Work:
    """Something done in a thread of its own.

    Its end is an event, not the thread's: before Python 3.13, a thread whose join() was interrupted by Ctrl-C counts as ended
    from then on, though it still runs. The waits are short, for a long one holds Ctrl-C up on Windows.
    """

    def __init__(self, work: Callable[[], object]) -> None:
        self.failure: BaseException | None = None
        self._work, self._started, self._done = work, False, threading.Event()

    def start(self) -> None:
        """Begin the work."""
        self._started = True
        Worker(self._body)

    def wait_for_ever(self) -> None:
        """Wait until it is done."""
        while not self._done.wait(0.2):
            pass

    def wait(self, seconds: float) -> None:
        """Wait until it is done, or at most so long; not at all for what has not begun."""
        if self._started:
            self._done.wait(seconds)

    def _body(self) -> None:
        try:
            self._work()
        except BaseException as error:  # raised again where it is waited for
            self.failure = error
        finally:
            self._done.set()


def _free_dead_segments() -> None:
    """Free the segments of processes that were killed: on Linux the last holder's death does not."""
    if os.name != "nt":
        with contextlib.suppress(SamebytesError, OSError):
            mapping.reap()
