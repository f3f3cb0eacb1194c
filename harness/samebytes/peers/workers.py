"""Threads that begin within a deadline.

Where memory is short, `threading.Thread.start` can wait for ever: for a thread that the system has made and that never gets as far as
to say so. A harness that hangs says nothing, so what runs beside the main thread here is started without that wait.
"""

from __future__ import annotations

import _thread
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future
from typing import Any, TypeVar

__all__ = ["Worker", "Workers"]

BEGIN_SECONDS = 30.0
"""How long a thread may take to begin; only a machine without memory takes longer."""

_A = TypeVar("_A")
_R = TypeVar("_R")


class Worker:
    """One thread that does `work(*arguments)`, at once. Nothing waits for it at the end of the process.

    MemoryError where it does not begin, RuntimeError where the system gives no more threads. `work` must not raise.
    """

    def __init__(self, work: Callable[..., object], *arguments: Any) -> None:
        self.native_id: int | None = None
        """The thread's number in the system, as threading.Thread has it."""
        self._begun, self._done, self._given_up = threading.Event(), threading.Event(), False
        _thread.start_new_thread(self._body, (work, arguments))
        if not self._begun.wait(BEGIN_SECONDS):
            self._given_up = True
            raise MemoryError("a thread was made and did not begin")

    def is_alive(self) -> bool:
        """Return whether it is still at work."""
        return not self._done.is_set()

    def join(self, seconds: float | None = None) -> None:
        """Wait until it is done, at most so long."""
        self._done.wait(seconds)

    def _body(self, work: Callable[..., object], arguments: tuple[Any, ...]) -> None:
        try:
            self.native_id = threading.get_native_id()
            self._begun.set()
            if threading.gettrace() is not None:  # as threading.Thread does, for who measures what tests reach
                sys.settrace(threading.gettrace())
            if not self._given_up:
                work(*arguments)
        finally:
            self._done.set()


class Workers:
    """Does things in threads of their own, at most so many at once: what is needed of concurrent.futures.Executor."""

    def __init__(self, most: int) -> None:
        self._room = threading.Semaphore(most)
        self._futures: list[Future[Any]] = []

    def submit(self, work: Callable[..., _R], *arguments: Any) -> Future[_R]:
        """Begin to do it, as soon as there is room; return what comes of it."""
        future: Future[_R] = Future()
        self._futures.append(future)
        Worker(self._do, future, work, arguments)
        return future

    def map(self, work: Callable[[_A], _R], items: Iterable[_A]) -> Iterator[_R]:
        """Do it with each of these, and yield what comes of them, in order."""
        futures = [self.submit(work, item) for item in items]
        return (future.result() for future in futures)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Begin nothing more that waits for room, if `cancel_futures`; `wait` until the rest is done."""
        for future in self._futures:
            if cancel_futures:
                future.cancel()
        for future in self._futures if wait else ():
            if not future.cancelled():
                future.exception()

    def _do(self, future: Future[Any], work: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
        with self._room:
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(work(*arguments))
                except BaseException as error:
                    future.set_exception(error)
