"""A running peer: one request line out, one answer line in, each with a deadline."""

from __future__ import annotations

import contextlib
import os
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from typing import IO, Any, TypeVar

from samebytes.errors import PeerCrashedError, PeerRefusedError, PeerTimeoutError, ProtocolError
from samebytes.peers import answers
from samebytes.peers.proc import core_seconds
from samebytes.peers.processes import Processes
from samebytes.peers.workers import Worker
from samebytes.printable import printable

__all__ = ["PeerProcess"]

_Chunk = bytes | MemoryError | None
_E = TypeVar("_E", PeerTimeoutError, PeerCrashedError, ProtocolError)

MAX_LINE = 1 << 20
"""Bytes in an answer line; a longer one is a peer that lost its way."""
CHUNK = 1 << 16
"""Bytes read from a peer at once."""
BACKLOG = 64
"""Chunks that wait to be looked at; a peer that prints more has to wait itself."""
IN_FLIGHT = 4096 if os.name == "nt" else 32768
"""Bytes of requests on their way that no answer has come for: what a pipe takes though nobody reads from it."""
WRITE_SECONDS = 15.0
"""How long a peer may leave a long request unread."""
EVIDENCE_LINES = 40
"""How much of a peer's standard error is kept as evidence."""
EXIT_SECONDS = 3.0
"""How long a peer that was told goodbye, or whose pipe ended, may take to exit by itself."""


class PeerProcess:
    """One peer process. Not thread-safe: one conversation at a time. `end` must be called; `with` does.

    After a PeerError other than PeerRefusedError the conversation is over and the process has been ended.
    """

    def __init__(
        self, name: str, arguments: Sequence[str], environment: Mapping[str, str], processes: Processes
    ) -> None:
        self.name = name
        self._processes = processes
        self._sequence = 0
        self._process = processes.start(arguments, environment)
        self._chunks: queue.Queue[_Chunk] = queue.Queue(BACKLOG)
        self._lines: deque[bytes] = deque()
        self._rest = b""
        self._ended = False
        self._unread = 0.0
        self._errors: deque[str] = deque(maxlen=EVIDENCE_LINES)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            _reader(_read_chunks, self._process.stdout, self._chunks, 0),
            _reader(_keep_lines, self._process.stderr, self._errors, CHUNK),
        ]

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Return its process id on this machine."""
        return self._process.pid

    def core_seconds(self) -> float:
        """Return the processor time that it, and reading its answers, has taken until now, in seconds.

        0 where the system does not tell: Linux does.
        """
        return core_seconds(self.pid) + sum(core_seconds(os.getpid(), reader.native_id) for reader in self._readers)

    @property
    def alive(self) -> bool:
        """Return whether the process still runs."""
        return self._process.poll() is None

    @property
    def evidence(self) -> str:
        """Return the last lines it wrote to standard error."""
        return "\n".join(self._errors)

    def request(self, verb: str, *words: object, seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer, at most `seconds`. PeerRefusedError when the answer is an error."""
        return self.answer(self.send(verb, *words), seconds)

    def send(self, verb: str, *words: object) -> int:
        """Send one request; return its sequence number, for `answer`."""
        return self._post([" ".join((verb, *map(str, words)))])

    def answer(self, sequence: int, seconds: float) -> dict[str, Any]:
        """Return the answer to the request of that number, which must be the oldest one open."""
        return self._unpack(self._line(seconds), sequence)

    def request_all(self, requests: Sequence[str], seconds: float) -> list[dict[str, Any] | PeerRefusedError]:
        """Send many requests and collect their answers, in order, many on their way at once. A refusal is an answer like another.

        Each answer has `seconds` from the one before. Whatever else goes wrong is raised, and the answers so far are lost.
        """
        answers: list[dict[str, Any] | PeerRefusedError] = []
        waiting: deque[range] = deque()
        for batch in _batches(requests, IN_FLIGHT // 2):
            last = self._post(batch, seconds)
            waiting.append(range(last - len(batch) + 1, last + 1))
            if len(waiting) > 1:
                answers += self._collect(waiting.popleft(), seconds)
        while waiting:
            answers += self._collect(waiting.popleft(), seconds)
        return answers

    def _collect(self, sequences: range, seconds: float) -> Iterator[dict[str, Any] | PeerRefusedError]:
        for sequence in sequences:
            try:
                yield self.answer(sequence, seconds)
            except PeerRefusedError as refusal:
                yield refusal

    def _post(self, requests: Sequence[str], seconds: float = WRITE_SECONDS) -> int:
        """Write the requests, numbered; return the last one's number.

        More than a pipe takes is written only if the peer reads: one that does not is ended after `seconds`, and that shows as
        a missing answer, with better evidence than a broken pipe has.
        """
        first = self._sequence + 1
        self._sequence += len(requests)
        data = "".join(f"{number} {words}\n" for number, words in enumerate(requests, first)).encode("ascii")
        with contextlib.suppress(OSError, ValueError), self._watched(data, seconds):
            pipe = self._process.stdin
            assert pipe is not None
            pipe.write(data)
            pipe.flush()
        return self._sequence

    @contextlib.contextmanager
    def _watched(self, data: bytes, seconds: float) -> Iterator[None]:
        if len(data) <= IN_FLIGHT // 2:
            yield
            return
        timer = threading.Timer(seconds, self._stuck, (seconds,))
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _stuck(self, seconds: float) -> None:
        self._unread = seconds
        with contextlib.suppress(OSError):
            self._process.kill()

    def _line(self, seconds: float) -> bytes:
        """Return the next line it printed, at most `seconds` from now."""
        deadline = time.monotonic() + seconds
        while not self._lines:
            if self._ended:
                raise self._silent(self._unread) if self._unread else self._crashed()
            try:
                self._split(self._chunks.get(timeout=max(deadline - time.monotonic(), 0)))
            except queue.Empty:  # of a dead one too, if a child of its own holds its output open
                raise (self._silent(seconds) if self.alive else self._crashed()) from None
        return self._lines.popleft()

    def _split(self, chunk: _Chunk) -> None:
        """Add what was read to the lines. What stands at the end without its newline is handed over as it is, and is not an answer."""
        if isinstance(chunk, MemoryError):
            self.end()
            raise chunk
        self._ended = chunk is None
        *lines, self._rest = (self._rest + (chunk or b"")).split(b"\n")
        self._lines.extend(lines)
        if self._rest and (self._ended or len(self._rest) > MAX_LINE):
            self._lines.append(self._rest)
            self._rest = b""

    def _silent(self, seconds: float) -> PeerTimeoutError:
        return self._over(PeerTimeoutError, f"{self.name} did not answer within {seconds:g} s", seconds=seconds)

    def say_goodbye(self) -> None:
        """Ask it to close everything and exit; end it if it does not."""
        if self.alive:
            with contextlib.suppress(PeerTimeoutError, PeerCrashedError, PeerRefusedError, ProtocolError):
                self.request("bye", seconds=EXIT_SECONDS)
                self.wait(EXIT_SECONDS)
        self.end()

    def wait(self, seconds: float) -> bool:
        """Return whether it exits by itself within `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.alive

    def stop(self) -> None:
        """Suspend every thread of it, as a debugger or a frozen container does; it keeps all it holds."""
        self._suspend(True)

    def resume(self) -> None:
        """Let it go on."""
        self._suspend(False)

    def _suspend(self, stopped: bool) -> None:
        if sys.platform == "win32":
            import ctypes

            # Win32 has no function for it; debuggers use these two of ntdll.
            act = ctypes.WinDLL("ntdll")["NtSuspendProcess" if stopped else "NtResumeProcess"]
            act(ctypes.c_void_p(int(self._process._handle)))  # type: ignore[attr-defined]
        else:
            self._process.send_signal(signal.SIGSTOP if stopped else signal.SIGCONT)

    def kill(self) -> None:
        """End it as SIGKILL or TerminateProcess does, and reap it."""
        self.end()

    def end(self) -> int | None:
        """Kill it if it still runs, reap it, close its pipes; idempotent. Return its exit status."""
        status = self._process.returncode
        if status is None or self._readers:
            status = self._processes.end(self._process)
            self._join_readers()
        return status

    def _join_readers(self) -> None:
        """Wait for both readers; one that waits for room in the backlog gets it."""
        deadline = time.monotonic() + EXIT_SECONDS
        for reader in self._readers:
            while reader.is_alive() and time.monotonic() < deadline:
                with contextlib.suppress(queue.Empty):
                    while reader.is_alive():
                        self._chunks.get_nowait()
                reader.join(0.02)
        self._readers = []

    def _unpack(self, line: bytes, sequence: int) -> dict[str, Any]:
        if line == b'{"seq":%d,"ok":{}}' % sequence:  # half of all answers
            return {}
        try:
            answer = answers.decode(line)
        except ValueError as problem:
            words = f"{self.name} printed an invalid answer, which {problem}: {answers.shown(line)}"
            raise self._over(ProtocolError, words, hint=answers.HINT) from None
        number = answer.get("seq")
        if type(number) is not int or number != sequence:
            words = f"{self.name} answered request {sequence} with {answers.shown(line)}"
            raise self._over(ProtocolError, words, hint=answers.HINT)
        good, error = answer.get("ok"), answer.get("error")
        if isinstance(good, dict) and error is None:
            return good
        if isinstance(error, dict) and good is None:
            raise self._refusal(error)
        words = f"{self.name} answered neither ok nor error: {answers.shown(line)}"
        raise self._over(ProtocolError, words, hint=answers.HINT)

    def _refusal(self, error: Mapping[str, Any]) -> PeerRefusedError | ProtocolError:
        try:
            return answers.refusal(self.name, error)
        except ProtocolError as problem:
            return self._over(ProtocolError, problem.message, hint=problem.hint)

    def _crashed(self) -> PeerCrashedError:
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(EXIT_SECONDS)
        status = self._process.poll()
        how = "closed its output" if status is None else _ending(status)
        error = self._over(PeerCrashedError, f"{self.name} {how}")
        error.status = status or 0
        return error

    def _over(self, kind: type[_E], message: str, **fields: Any) -> _E:
        """End the process and make the error that says why, with what it wrote to standard error."""
        self.end()
        return kind(message, peer=self.name, evidence=self.evidence, **fields)


def _ending(status: int) -> str:
    if status < 0:
        try:
            return f"was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"was ended by signal {-status}"
    return f"exited with {status}"


def _reader(work: Any, pipe: IO[bytes], sink: Any, buffering: int) -> Worker:
    """Read a pipe in a thread, through a handle of its own.

    The process' owner may close the pipe while somebody else still has its other end.
    """
    own = os.fdopen(os.dup(pipe.fileno()), "rb", buffering=buffering)  # the thread closes it
    return Worker(work, own, sink)


def _batches(requests: Sequence[str], limit: int) -> Iterator[list[str]]:
    """Yield the requests in groups of at most `limit` bytes; a longer one is a group of its own."""
    batch: list[str] = []
    size = 0
    for request in requests:
        if batch and size + len(request) > limit:
            yield batch
            batch, size = [], 0
        batch.append(request)
        size += len(request) + 12
    if batch:
        yield batch


def _read_chunks(pipe: IO[bytes], chunks: queue.Queue[_Chunk]) -> None:
    """Hand over what comes, as it comes; None at the end, and the error if there is no memory for more."""
    end: MemoryError | None = None
    try:
        with contextlib.suppress(OSError, ValueError), pipe:
            while chunk := pipe.read(CHUNK):
                chunks.put(chunk)
    except MemoryError as error:
        end = error
    chunks.put(end)


def _keep_lines(pipe: IO[bytes], kept: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError, MemoryError), pipe:
        while line := pipe.readline(MAX_LINE):
            kept.append(printable(line.decode("utf-8", "replace").rstrip()))
