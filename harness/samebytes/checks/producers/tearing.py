"""Torn reads: fields that a reader without a lock can see half old, half new, and whether one did.

A processor loads and stores an aligned number of at most its own word in one piece, and nothing that is wider or lies across
words (Intel SDM vol. 3, 9.1.1; Arm ARM B2.2.1; AMD64 manual vol. 2, 7.3.2). Two ways to see it happen: between two peers, one
storing two values in turn, and in an unknown producer's record, where a value counts as torn only if it is a mix of the one before
and the one after and lasted for a fraction of their time.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import pairwise
from time import monotonic

from samebytes.checks.data.compare import leaf_word
from samebytes.checks.producers.burst import Moment
from samebytes.checks.producers.reading import Part, parts_of
from samebytes.errors import PeerError, PeerRefusedError
from samebytes.layout import Layout, Leaf, Text
from samebytes.peers.answers import bits
from samebytes.peers.peer import Peer

__all__ = ["Seen", "Tearing", "can_tear", "mixes", "probe"]

SHORTER = 10
LONGEST = 0.001
"""A mix must have lasted at most one part in so many of what contents usually last, and so many seconds: what a producer leaves for
longer, it means."""
LONG = 16
"""Bytes of a content that are shown."""
STORES, LOADS = 4096, 512
"""Requests handed over at once: the writer must not wait for us between two of them."""
PATTERNS = (0x11, 0x66)
"""The byte that fills every field, in turn. As a float of any width each is an ordinary number."""


def can_tear(layout: Layout, offset: int) -> dict[str, str]:
    """Return, by part that a reader may see half-written, why. `offset` is where the record begins in its segment."""
    found = {}
    for part in parts_of(layout):
        why = _why(part, layout.abi.pointer, offset + part.offset)
        if why:
            found[part.path] = why
    return found


def _why(part: Part, word: int, at: int) -> str:
    if not part.scalar and part.size > part.width:
        return f"{part.size} bytes"
    if part.width > word:
        return f"{part.width} bytes, loaded in pieces of {word}"
    return f"misaligned at {at}" if part.width and at % part.width else ""


@dataclass
class Seen:
    """What a burst of looks showed of one part: contents, and those that were half old, half new."""

    changes: int = 0
    mixes: int = 0
    example: str = ""


def mixes(layout: Layout, moments: Sequence[Moment]) -> dict[str, Seen]:
    """Return, by part that can be torn and that changed, how often it did, and how often a mix was seen."""
    risky = can_tear(layout, 0)
    found = {}
    for part in parts_of(layout):
        if part.path in risky:
            word = layout.abi.pointer
            seen = _seen(_contents(part, moments), min(part.width or 1, word) if part.size > part.width else word)
            if seen.changes:
                found[part.path] = seen
    return found


def _contents(part: Part, moments: Sequence[Moment]) -> list[Moment]:
    """Return the part's own contents in turn, each when it was first seen."""
    found: list[Moment] = []
    for at, data in moments:
        own = data[part.offset : part.offset + part.size]
        if not found or found[-1][1] != own:
            found.append((at, own))
    return found


def _seen(contents: Sequence[Moment], unit: int) -> Seen:
    """Return the changes between contents that lasted, and the mixes among those that did not: made of the units of both."""
    seen, before, brief = Seen(), b"", list[bytes]()
    spans = [later - at for (at, _), (later, _) in pairwise(contents)]  # the last one's nobody knows
    limit = min(_usual(spans) / SHORTER, LONGEST)
    for span, (_, data) in zip(spans, contents, strict=False):
        if span <= limit:
            brief.append(data)
            continue
        mixed = [one for one in brief if before and _is_mix(before, one, data, unit)]
        seen.changes += bool(before)
        seen.mixes += bool(mixed)
        if mixed and not seen.example:
            seen.example = _shown(before, mixed[0], data)
        before, brief = data, []
    return seen


def _shown(before: bytes, mixed: bytes, after: bytes) -> str:
    """Return three contents in hex; of long ones the bytes around the last that is still old, and where they begin."""
    if len(before) <= LONG:
        return f"{before.hex()} → {mixed.hex()} → {after.hex()}"
    first = next(at for at, (was, now) in enumerate(zip(before, after, strict=True)) if was != now)
    turn = next(
        (at for at in range(first, len(mixed)) if (mixed[at] == before[at]) != (mixed[first] == before[first])), first
    )
    start = max(0, min(turn - LONG // 2, len(before) - LONG))
    parts = (f"…{data[start : start + LONG].hex()}…" for data in (before, mixed, after))
    return f"{' → '.join(parts)} (from byte {start} on)"


def _usual(spans: Sequence[float]) -> float:
    """Return how long contents last that a producer means to last, in seconds: nine in ten do not last longer."""
    return sorted(spans)[len(spans) * 9 // 10] if spans else 0.0


def _is_mix(before: bytes, mix: bytes, after: bytes, unit: int) -> bool:
    """Return whether every unit is the old one or the new one, and there are both."""
    old = new = False
    for at in range(0, len(mix), unit):
        was, now, will = (data[at : at + unit] for data in (before, mix, after))
        if now not in (was, will):
            return False
        old |= now == was != will
        new |= now == will != was
    return old and new


# --- between two peers -------------------------------------------------------------------------------------------


@dataclass
class Tearing:
    """What a reader in one language saw of what a writer in another stored, value after value, without a lock."""

    looks: int = 0
    stores: int = 0
    values: dict[str, int] = field(default_factory=lambda: {"first": 0, "second": 0})
    """How many looks showed the whole record with the one value, and with the other."""
    torn: dict[str, int] = field(default_factory=dict)
    """Per part: how many looks showed it with pieces of both."""
    examples: dict[str, str] = field(default_factory=dict)


def probe(writer: Peer, reader: Peer, name: str, layout: Layout, seconds: float, until: str = "") -> Tearing:
    """Let `writer` store two values of the record in turn as fast as it can while `reader` loads it.

    Ends after so many seconds, or when the part of the path `until` was seen torn. Both declare the record. `name`
    must be free; the segment lives until this returns. PeerError of the kind that fits.
    """
    record = layout.record.name
    written, _ = writer.open("create_new", name, layout.size)
    try:
        to_write = writer.view(written, 0, "read_write")
        lines = _stores(writer, to_write, layout)
        writer.ask_all(lines[:1])
        read, _ = reader.open("open_existing", name)
        try:
            to_read = reader.view(read, 0, "read_write")
            found = _race(writer, reader, lines, f"load {to_read} 0 {record}", layout, seconds, until)
            reader.close_view(to_read)
        finally:
            _close(reader, read)
        writer.close_view(to_write)
    finally:
        _close(writer, written)
    return found


def _close(peer: Peer, map_: int) -> None:
    with suppress(PeerError):
        if peer.process.alive:
            peer.close_map(map_)


def _stores(peer: Peer, view: int, layout: Layout) -> list[str]:
    paths = peer.paths(layout.record.name)
    by_path = layout.by_path
    return [
        f"store {view} 0 {layout.record.name} "
        + " ".join(leaf_word(by_path[path], _pattern(by_path[path], byte)) for path in paths)
        for byte in PATTERNS
    ]


def _pattern(leaf: Leaf, byte: int) -> int:
    if isinstance(leaf.kind, Text):
        raise ValueError(f"{leaf.path} is a text of variable length")
    if leaf.kind.family == "bool":
        return 1
    width = 2 if leaf.kind.family == "char" else leaf.width  # four bytes of it would be no character
    bits = int.from_bytes(bytes([byte]) * min(width, leaf.width))
    return bits & (1 << leaf.bits) - 1 if leaf.bits else bits


def _race(
    writer: Peer, reader: Peer, lines: Sequence[str], load: str, layout: Layout, seconds: float, until: str
) -> Tearing:
    """Run both at once: the writer in a thread of its own. What goes wrong there is raised here."""
    found, over, failed = Tearing(), threading.Event(), list[BaseException]()

    def write() -> None:
        try:
            while not over.is_set():
                found.stores += len(_granted(writer, [*lines] * (STORES // 2)))
        except PeerError as error:
            failed.append(error)

    thread = threading.Thread(target=write, daemon=True)
    thread.start()
    try:
        _look(reader, load, layout, found, monotonic() + seconds, lambda: bool(failed) or until in found.torn)
    finally:
        over.set()
        thread.join()
    if failed:
        raise failed[0]
    return found


def _granted(peer: Peer, lines: Sequence[str]) -> list[dict[str, object]]:
    """Return the answers. A refusal is raised: what was not stored or loaded proves nothing."""
    answers = []
    for answer in peer.ask_all(lines):
        if isinstance(answer, PeerRefusedError):
            raise answer
        answers.append(answer)
    return answers


def _look(reader: Peer, load: str, layout: Layout, found: Tearing, end: float, over: Callable[[], bool]) -> None:
    paths = reader.paths(layout.record.name)
    by_path = layout.by_path
    whole = [tuple(_pattern(by_path[path], byte) for path in paths) for byte in PATTERNS]
    groups = {part.path: tuple(_own(part, paths, layout)) for part in parts_of(layout)}
    while monotonic() < end and not over():
        for answer in _granted(reader, [load] * LOADS):
            _judge(bits(reader.name, answer, "leaves"), whole, groups, found)


def _own(part: Part, paths: Sequence[str], layout: Layout) -> Iterator[int]:
    for index, path in enumerate(paths):
        at = layout.by_path[path].offset
        if part.offset <= at < part.offset + part.size:
            yield index


def _judge(
    values: tuple[int, ...],
    whole: Sequence[tuple[int, ...]],
    groups: dict[str, tuple[int, ...]],
    found: Tearing,
) -> None:
    found.looks += 1
    for key, complete in zip(found.values, whole, strict=True):
        if values == complete:
            found.values[key] += 1
            return
    for path, own in groups.items():
        mine = tuple(values[index] for index in own) if len(values) == len(whole[0]) else ()
        if mine not in [tuple(complete[index] for index in own) for complete in whole]:
            found.torn[path] = found.torn.get(path, 0) + 1
            found.examples.setdefault(path, " ".join(f"{value:x}" for value in mine))
