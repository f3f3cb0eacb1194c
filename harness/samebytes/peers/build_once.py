"""Things made once and kept outside the checkout: the locks around them, and making them whole."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from samebytes.errors import MissingError
from samebytes.peers.paths import writing_cache
from samebytes.peers.realms import Say

__all__ = ["Lock", "build_once", "hurry"]

# Another run may be downloading or making a Wine prefix on a slow machine; longer than this and it is stuck.
LOCK_SECONDS = 900.0
_POLL_SECONDS = 0.02


class Lock:
    """A lock on a file between processes, freed by the system when its holder dies. The file itself stays.

    Every Lock has its own open file, so two in one process exclude each other as two processes do.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def try_acquire(self, *, shared: bool = False) -> bool:
        """Take the lock if that needs no waiting; return whether it is held now."""
        if self._descriptor is None:
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if _try_lock(self._descriptor, shared):
            return True
        self.release()
        return False

    def acquire(self, *, shared: bool = False, seconds: float = LOCK_SECONDS, say: Say | None = None) -> None:
        """Take the lock within `seconds`; say so when it has to wait. MissingError when it stays taken."""
        begin, told = time.monotonic(), say is None
        while not self.try_acquire(shared=shared):
            waited = time.monotonic() - begin
            if waited > seconds:
                raise MissingError(
                    f"another run has held {self._path} for {seconds:.0f} s", hint="end that run, then try again"
                )
            if waited > 1 and not told and say is not None:
                say(f"waiting for another run that makes {self._path.name.removesuffix('.lock')}")
                told = True
            time.sleep(_POLL_SECONDS)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)

    @contextmanager
    def held(self, *, shared: bool = False, seconds: float = LOCK_SECONDS, say: Say | None = None) -> Iterator[None]:
        """Hold the lock for a `with` block."""
        self.acquire(shared=shared, seconds=seconds, say=say)
        try:
            yield
        finally:
            self.release()


if sys.platform == "win32":

    def _try_lock(descriptor: int, shared: bool) -> bool:
        import msvcrt

        del shared  # msvcrt knows only exclusive locks
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:

    def _try_lock(descriptor: int, shared: bool) -> bool:
        import fcntl

        try:
            fcntl.flock(descriptor, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


def hurry(path: Path) -> None:
    """Remove a tree that another process may be leaving: what cannot go now is left for the next sweep."""
    shutil.rmtree(path, ignore_errors=True)


def build_once(
    target: Path, make: Callable[[Path], None], say: Say, *, discard: Callable[[Path], None] = hurry
) -> Path:
    """Let `make` fill a directory that becomes `target` only when it is whole; return `target`.

    Parallel runs wait for the first. What an interrupted run left is discarded, never used: it lies under another
    name beside the target. `discard` gets each such directory, and the one of a `make` that raises.
    """
    if target.is_dir():
        return target
    with writing_cache():
        return _made(target, make, say, discard)


def _made(target: Path, make: Callable[[Path], None], say: Say, discard: Callable[[Path], None]) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    with Lock(target.with_name(target.name + ".lock")).held(say=say):
        if target.is_dir():
            return target
        for stale in target.parent.glob(f"{target.name}.part-*"):
            discard(stale)
        part = Path(tempfile.mkdtemp(prefix=f"{target.name}.part-", dir=target.parent))
        try:
            make(part)
            part.rename(target)
        except BaseException:
            discard(part)
            raise
    return target
