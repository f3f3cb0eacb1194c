"""The peer's side of the line protocol, for peers that run in Python. `peers/README.md` is its specification."""

from __future__ import annotations

import io
import json
import os
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any, NoReturn

__all__ = [
    "Fault",
    "Verb",
    "await_change",
    "capacity",
    "hex_bytes",
    "hex_words",
    "place",
    "segment_name",
    "serve",
    "whole",
]

Verb = Callable[..., dict[str, Any]]
"""Takes the request's words, gives the answer's `ok`; raises Fault."""
BUFFER = 1 << 16
"""Bytes of requests, and of answers, that travel at once."""
LONGEST = 100
"""Characters of a number: Python itself converts no number of any length."""
LARGEST = (1 << 63) - 1
VAR_POSITIONAL = 0x04
"""A flag of code objects: the last parameter takes all words that are left (`inspect.CO_VARARGS`)."""
_ENCODE = json.JSONEncoder(separators=(",", ":")).encode
LOOK_SECONDS = 0.0005
"""Between two looks of `await`."""


class Fault(Exception):
    """An answer that is an error: the protocol's kind, the native code, the language's own word, a message."""

    def __init__(self, kind: str, message: str, code: int = 0, native: str = "") -> None:
        super().__init__(message)
        self.kind, self.message, self.code, self.native = kind, message, code, native


def serve(verbs: Mapping[str, Verb], close: Callable[[], None]) -> None:
    """Answer requests until `bye` or the end of input, then `close` what is held. `leave` and `abort` never return."""
    output = io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "wb", closefd=False), BUFFER)
    ending = {"leave": _leave, "abort": _abort}
    counted = _counted(verbs)
    for line in io.BufferedReader(_Requests(output), BUFFER):
        sequence, verb, words = _parts(line)
        if verb in ending:
            ending[verb]()
        answer = _answer(counted, verb, words)
        output.write(b'{"seq":%d,%b\n' % (sequence, _ENCODE(answer).encode()[1:]))
        if verb == "bye":
            break
    output.flush()
    close()


class _Requests(io.RawIOBase):
    """The standard input. Before it waits for more, the answers so far are sent: many requests that came at once are answered so."""

    def __init__(self, output: IO[bytes]) -> None:
        self._output = output

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._output.flush()
        data = os.read(sys.stdin.fileno(), len(buffer))
        buffer[: len(data)] = data
        return len(data)


def whole(word: str) -> int:
    """Return a decimal word as a number that counts things. Fault `invalid` if it is not one."""
    if word.startswith("-"):
        raise Fault("invalid", f"{word[:40]!r} is negative")
    return _number(word)


def _number(word: str) -> int:
    if not word.isascii() or not word.removeprefix("-").isdigit() or len(word) > LONGEST:
        raise Fault("invalid", f"{word[:40]!r} is no decimal number")
    return int(word)


def place(word: str) -> int:
    """Return an offset or a count in a view or a map.

    Fault `range` if it is negative, `invalid` if it is not a number.
    """
    number = _number(word)
    if not 0 <= number <= LARGEST:
        raise Fault("range", f"{number} lies outside of everything")
    return number


def capacity(word: str) -> int:
    """Return the size of a segment to be made, for whoever makes it to refuse.

    Fault `invalid_size` for what no 64-bit number can say.
    """
    number = _number(word)
    if not -LARGEST <= number <= LARGEST:
        raise Fault("invalid_size", f"{number} fits no 64-bit number")
    return number


def segment_name(word: str) -> str:
    """Return a percent-encoded name, decoded. Fault `invalid` if it is not UTF-8."""
    if "%" not in word:
        return word
    from urllib.parse import unquote_to_bytes  # most names have nothing to unquote, and a start is mostly imports

    try:
        return unquote_to_bytes(word).decode("utf-8")
    except UnicodeDecodeError:
        raise Fault("invalid", f"{word[:40]!r} is not percent-encoded UTF-8") from None


def hex_bytes(word: str) -> bytes:
    """Return bytes from hex; `-` is none at all. Fault `invalid` if it is not hex."""
    try:
        return b"" if word == "-" else bytes.fromhex(word)
    except ValueError:
        raise Fault("invalid", f"{word[:40]!r} is not hex") from None


def hex_words(data: bytes) -> str:
    """Return bytes as they travel: hex, `-` for none."""
    return data.hex() or "-"


def await_change(look: Callable[[], bytes], milliseconds: int) -> dict[str, Any]:
    """Poll four bytes until they are not all zero. Fault `timeout` after the deadline."""
    deadline = time.monotonic() + milliseconds / 1000
    while not any(seen := look()):
        if time.monotonic() >= deadline:
            raise Fault("timeout", f"still zero after {milliseconds} ms")
        time.sleep(LOOK_SECONDS)
    return {"value": seen[::-1].hex() if sys.byteorder == "little" else seen.hex()}


def _parts(line: bytes) -> tuple[int, str, Sequence[str]]:
    words = line.decode("ascii", "replace").split()
    number = words[0] if words else ""
    return (int(number) if number.isdigit() else 0), (words[1] if len(words) > 1 else ""), words[2:]


def _counted(verbs: Mapping[str, Verb]) -> dict[str, tuple[Verb, int, float]]:
    """Return each verb with how many words it takes."""
    return {name: (verb, *_words_taken(verb)) for name, verb in verbs.items()}


def _words_taken(verb: Verb) -> tuple[int, float]:
    """Return how many words a verb, a method or a wrapper of one, takes at least and at most.

    `inspect` would tell, at the price of its import in every start.
    """
    method: Any = getattr(verb, "__wrapped__", verb)
    function = method.__func__
    fixed = function.__code__.co_argcount - 1
    endless = function.__code__.co_flags & VAR_POSITIONAL
    return fixed - len(function.__defaults__ or ()), float("inf") if endless else fixed


def _answer(verbs: Mapping[str, tuple[Verb, int, float]], verb: str, words: Sequence[str]) -> dict[str, Any]:
    try:
        if verb == "bye":
            return {"ok": {}}
        if verb not in verbs:
            raise Fault("unsupported", f"no verb {verb[:40]!r}")
        act, least, most = verbs[verb]
        if not least <= len(words) <= most:
            raise Fault("invalid", f"wrong number of words: {len(words)} after {verb}")
        return {"ok": act(*words)}
    except Fault as fault:
        return {"error": {"kind": fault.kind, "code": fault.code, "native": fault.native, "message": fault.message}}
    except Exception as error:  # a peer answers; it never dies of a request
        return {"error": {"kind": "failed", "code": 0, "native": type(error).__name__, "message": str(error)}}


def _leave() -> NoReturn:
    os._exit(0)


def _abort() -> NoReturn:
    os.abort()
