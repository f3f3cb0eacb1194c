"""A peer's answers, read without trust: whatever a line holds, what comes of it is its parts or a ProtocolError with the peer's name."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

from samebytes.errors import PeerRefusedError, ProtocolError
from samebytes.printable import printable, printable_all

__all__ = [
    "HINT",
    "bits",
    "data",
    "decode",
    "flag",
    "number",
    "refusal",
    "rows",
    "shortened",
    "shown",
    "text",
    "texts",
    "wrong",
]

HINT = 'an answer is one JSON line, {"seq":N,"ok":{…}} or {"seq":N,"error":{…}}; see peers/README.md'
DEEPEST = 64
"""Levels of an answer; the protocol has five."""
MOST = (1 << 63) - 1
"""The largest number of a map, a view, a byte: a signed 64-bit integer."""
SHOWN = 80
"""Bytes of a wrong answer that are shown."""
LONGEST_NAME = 200
"""Characters of what a peer says about itself."""
LONGEST_MESSAGE = 2000

_HEX = re.compile(r"(?:[0-9a-fA-F]{2})*").fullmatch
_DIGITS = re.compile(r"[0-9a-fA-F]+").fullmatch
_PLAIN = re.compile(rb"[\x20-\x5b\x5d-\x7e]*").fullmatch
_BRACKETS = re.compile(rb'"(?:[^"\\]|\\.)*"|[\[\]{}]')


def decode(line: bytes) -> dict[str, Any]:
    """Return the JSON object on a line, its texts printable. ValueError says in few words why it is not one."""
    if line.count(b"[") + line.count(b"{") > DEEPEST and _depth(line) > DEEPEST:
        raise ValueError(f"is nested more than {DEEPEST} levels deep")
    try:
        answer = _DECODE(line.decode("utf-8"))
    except UnicodeDecodeError:
        raise ValueError("is not UTF-8") from None
    except _MalformedError:
        raise
    except ValueError:
        raise ValueError("is not JSON") from None
    if not isinstance(answer, dict):
        raise ValueError("is not a JSON object")
    # Only an escape or a letter outside of ASCII can have become a character that must not be shown as it is.
    return answer if _PLAIN(line) else dict(printable_all(answer))


class _MalformedError(ValueError):
    """What is wrong with an answer that is JSON to its syntax."""


def _depth(line: bytes) -> int:
    depth = deepest = 0
    for found in _BRACKETS.finditer(line):
        bracket = found[0]
        if bracket in b"[{":
            depth += 1
            deepest = max(deepest, depth)
        elif bracket in b"]}":
            depth -= 1
    return deepest


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise _MalformedError("has a member twice")
    return found


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise _MalformedError(f"has the number {word[:20]}")
    return number


def _integer(word: str) -> int:
    if len(word) > SHOWN:
        raise _MalformedError(f"has a number of {len(word)} digits")
    return int(word)


_DECODE = json.JSONDecoder(
    parse_constant=_finite, parse_float=_finite, parse_int=_integer, object_pairs_hook=_distinct
).decode


def refusal(who: str, error: Mapping[str, Any]) -> PeerRefusedError:
    """Return the refusal that an answer's `error` is. ProtocolError if it is not one."""
    kind = text(who, error, "kind", within="error")
    code, native, message = error.get("code", 0), error.get("native", ""), error.get("message", "")
    if type(code) is not int or not -MOST - 1 <= code <= 2 * MOST + 1:
        raise wrong(who, f"refused with the code {shortened(code)}, which is not a 64-bit integer")
    if not isinstance(native, str) or not isinstance(message, str):
        raise wrong(who, "refused with a native or a message that is not a text")
    words = _cut(message, LONGEST_MESSAGE) or _cut(kind, LONGEST_NAME)
    return PeerRefusedError(f"{who}: {words}", peer=who, kind=kind, code=code, native=_cut(native, LONGEST_NAME))


def number(who: str, answer: Mapping[str, Any], key: str, least: int = 0) -> int:
    """Return the whole number under `key`, which must be there, and between `least` and 2**63 - 1."""
    value = answer.get(key)
    if type(value) is not int or not least <= value <= MOST:
        raise _lacks(who, answer, key, f"a whole number from {least} to 2**63 - 1")
    return value


def flag(who: str, answer: Mapping[str, Any], key: str) -> bool | None:
    """Return the true, false or null under `key`; null where there is none."""
    value = answer.get(key)
    if value is not None and not isinstance(value, bool):
        raise _lacks(who, answer, key, "true, false or null")
    return value


def text(who: str, answer: Mapping[str, Any], key: str, within: str = "ok") -> str:
    """Return the text under `key`, at most 200 characters of it."""
    value = answer.get(key)
    if not isinstance(value, str):
        raise _lacks(who, answer, key, "a text", within)
    return _cut(value, LONGEST_NAME)


def texts(who: str, answer: Mapping[str, Any], key: str) -> list[str]:
    """Return the list of texts under `key`."""
    value = answer.get(key)
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise _lacks(who, answer, key, "a list of texts")
    return value


def bits(who: str, answer: Mapping[str, Any], key: str) -> tuple[int, ...]:
    """Return the list of bit patterns under `key`, which come in hex."""
    words = texts(who, answer, key)
    if not all(map(_DIGITS, words)):
        raise _lacks(who, answer, key, "a list of numbers in hex")
    return tuple(int(word, 16) for word in words)


def data(who: str, answer: Mapping[str, Any], key: str, count: int) -> bytes:
    """Return the `count` bytes under `key`, which come in hex."""
    value = answer.get(key)
    if not isinstance(value, str) or not _HEX(value):
        raise _lacks(who, answer, key, "bytes in hex")
    if len(value) != 2 * count:
        raise wrong(who, f"gave {len(value) // 2} bytes, {count} were asked for")
    return bytes.fromhex(value)


def rows(who: str, answer: Mapping[str, Any], key: str) -> dict[str, tuple[int, int]]:
    """Return by path the offset and width of every leaf under `key`: `[path, offset, width, …]` each, every path once."""
    found: dict[str, tuple[int, int]] = {}
    value = answer.get(key)
    if not isinstance(value, list):
        raise _lacks(who, answer, key, "a list of leaves")
    for row in value:
        whole = isinstance(row, list) and len(row) >= 3 and isinstance(row[0], str)
        if not whole or any(type(item) is not int or not 0 <= item <= MOST for item in row[1:3]):
            raise wrong(who, f"has the leaf {shortened(row)}, which is not [path, offset, width]")
        if row[0] in found:
            raise wrong(who, f"has the leaf {shortened(row[0])} twice")
        found[row[0]] = (row[1], row[2])
    return found


def wrong(who: str, words: str) -> ProtocolError:
    """Return the error that says what is wrong with an answer."""
    return ProtocolError(f"{who} {words}", hint=HINT, peer=who)


def shown(line: bytes) -> str:
    """Return a line's beginning in quotes, fit to be shown."""
    head = line[:SHOWN].decode("utf-8", "backslashreplace").rstrip("\r\n")
    words = printable(head)
    return f"'{words[:SHOWN]}'" + (" …" if len(line) > SHOWN or len(words) > SHOWN else "")


def shortened(value: Any) -> str:
    """Return JSON's value as text, at most 80 characters of it."""
    return _cut(json.dumps(value, ensure_ascii=False), SHOWN)


def _lacks(who: str, answer: Mapping[str, Any], key: str, kind: str, within: str = "ok") -> ProtocolError:
    """Return the error for a part that is missing or of another type: it is never replaced by a default."""
    if key not in answer:
        return wrong(who, f"answered without {key!r} ({kind}) in {within}: {shortened(dict(answer))}")
    return wrong(who, f"answered {key!r} with {shortened(answer[key])}, which is not {kind}")


def _cut(words: str, most: int) -> str:
    return words if len(words) <= most else f"{words[:most]}…"
