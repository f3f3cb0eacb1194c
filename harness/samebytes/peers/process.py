"""A running peer: one request line out, one answer line in, each with a deadline."""

from __future__ import annotations

import contextlib
import json
import queue
import signal
import subprocess
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO, Any, TypeVar

from samebytes.errors import PeerCrashedError, PeerRefusedError, PeerTimeoutError, ProtocolError
from samebytes.peers.children import Children

__all__ = ["PeerProcess"]

_E = TypeVar("_E", PeerTimeoutError, PeerCrashedError, ProtocolError)

MAX_LINE = 1 << 20
"""Bytes in an answer line; a longer one is a peer that lost its way."""
EVIDENCE_LINES = 40
"""How much of a peer's standard error is kept as evidence."""
EXIT_SECONDS = 3.0
"""How long a peer that was told goodbye, or whose pipe ended, may take to exit by itself."""


class PeerProcess:
    """One peer process. Not thread-safe: one conversation at a time. `end` must be called; `with` does.

    After a PeerError other than PeerRefusedError the conversation is over and the process has been ended.
    """

    def __init__(self, name: str, arguments: Sequence[str], environment: Mapping[str, str], children: Children) -> None:
        self.name = name
        self._children = children
        self._sequence = 0
        self._process = children.start(arguments, environment)
        self._lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
        self._errors: deque[str] = deque(maxlen=EVIDENCE_LINES)
        assert self._process.stdout is not None
        assert self._process.stderr is not None
        self._readers = [
            _reader(_read_lines, self._process.stdout, self._lines),
            _reader(_keep_lines, self._process.stderr, self._errors),
        ]

    def __enter__(self) -> PeerProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        """Its process id on this machine."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether the process still runs."""
        return self._process.poll() is None

    @property
    def evidence(self) -> str:
        """The last lines it wrote to standard error."""
        return "\n".join(self._errors)

    def request(self, verb: str, *words: object, seconds: float) -> dict[str, Any]:
        """Send one request and wait for its answer, at most `seconds`. PeerRefusedError when the answer is an error."""
        return self.answer(self.send(verb, *words), seconds)

    def send(self, verb: str, *words: object) -> int:
        """Send one request; its sequence number, for `answer`."""
        self._sequence += 1
        line = " ".join((str(self._sequence), verb, *map(str, words))) + "\n"
        pipe = self._process.stdin
        assert pipe is not None
        with contextlib.suppress(OSError, ValueError):  # a broken pipe shows as a missing answer, with better evidence
            pipe.write(line.encode("ascii"))
            pipe.flush()
        return self._sequence

    def answer(self, sequence: int, seconds: float) -> dict[str, Any]:
        """The answer to the request of that number, which must be the oldest one open."""
        try:
            line = self._lines.get(timeout=seconds)
        except queue.Empty:
            raise self._over(
                PeerTimeoutError, f"{self.name} did not answer within {seconds:g} s", seconds=seconds
            ) from None
        if line is None:
            raise self._crashed()
        return self._unpack(line, sequence)

    def say_goodbye(self) -> None:
        """Ask it to close everything and exit; end it if it does not."""
        if self.alive:
            with contextlib.suppress(PeerTimeoutError, PeerCrashedError, PeerRefusedError, ProtocolError):
                self.request("bye", seconds=EXIT_SECONDS)
                self._process.wait(EXIT_SECONDS)
        self.end()

    def wait(self, seconds: float) -> bool:
        """Whether it exits by itself within `seconds`."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(seconds)
        return not self.alive

    def kill(self) -> None:
        """End it as SIGKILL or TerminateProcess does, and reap it."""
        self.end()

    def end(self) -> int | None:
        """Kill it if it still runs, reap it, close its pipes; idempotent. Its exit status."""
        status = self._process.returncode
        if status is None or self._readers:
            status = self._children.end(self._process)
            for reader in self._readers:
                reader.join(EXIT_SECONDS)
            self._readers = []
        return status

    def _unpack(self, line: bytes, sequence: int) -> dict[str, Any]:
        try:
            answer = json.loads(line)
        except ValueError:
            raise self._over(
                ProtocolError, f"{self.name} printed what is no answer: {_shown(line)}", hint=_ANSWER_HINT
            ) from None
        if not isinstance(answer, dict) or answer.get("seq") != sequence:
            raise self._over(
                ProtocolError, f"{self.name} answered request {sequence} with {_shown(line)}", hint=_ANSWER_HINT
            )
        if isinstance(answer.get("ok"), dict):
            return dict(answer["ok"])
        error = answer.get("error")
        if isinstance(error, dict) and isinstance(error.get("kind"), str):
            raise self._refused(error)
        raise self._over(ProtocolError, f"{self.name} answered neither ok nor error: {_shown(line)}", hint=_ANSWER_HINT)

    def _refused(self, error: Mapping[str, Any]) -> PeerRefusedError:
        code = error.get("code")
        return PeerRefusedError(
            f"{self.name}: {error.get('message') or error['kind']}",
            peer=self.name,
            kind=error["kind"],
            code=code if isinstance(code, int) else 0,
            native=str(error.get("native", "")),
        )

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


_ANSWER_HINT = 'an answer is one JSON line, {"seq":N,"ok":{…}} or {"seq":N,"error":{…}}; see peers/README.md'


def _ending(status: int) -> str:
    if status < 0:
        try:
            return f"was ended by {signal.Signals(-status).name}"
        except ValueError:
            return f"was ended by signal {-status}"
    return f"exited with {status}"


def _shown(line: bytes) -> str:
    text = line[:80].decode("utf-8", "replace").rstrip("\r\n")
    return repr(text) + (" …" if len(line) > 80 else "")


def _reader(work: Any, *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=work, args=arguments, daemon=True)
    thread.start()
    return thread


def _read_lines(pipe: IO[bytes], lines: queue.SimpleQueue[bytes | None]) -> None:
    """Hand over each line as it comes; None at the end. A line without its end is handed over as it is, and is no answer."""
    with contextlib.suppress(OSError, ValueError):
        while line := pipe.readline(MAX_LINE):
            lines.put(line)
    lines.put(None)


def _keep_lines(pipe: IO[bytes], kept: deque[str]) -> None:
    with contextlib.suppress(OSError, ValueError):
        while line := pipe.readline(MAX_LINE):
            kept.append(line.decode("utf-8", "replace").rstrip())
