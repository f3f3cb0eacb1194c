"""Whether a producer publishes a length last: the observer watches in bursts while one text after the other is stored.

Each text is one unit longer than the one before, and made of a letter of its own, later in the alphabet. A reader that sees a length may
find letters of the text that is being stored next, but never one of a text before, nor a hole.
"""

from __future__ import annotations

import string
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any, Literal

from samebytes.errors import PeerError, PeerRefusedError
from samebytes.peers.peer import Peer

__all__ = ["publish"]

ALPHABET = (string.digits + string.ascii_uppercase).encode()
"""In order, and nothing that a serialised text has around it."""
OTHERS = bytes(set(range(256)) - set(ALPHABET))
SHORTEST = 1_000
"""Units of the first text: to copy it takes a while, to look at it in one go does not."""
LOOKS = 32
"""Looks in a burst, sent at once."""
ROUNDS, ENOUGH = 6, 600
"""The texts are stored again until there were so many looks: on a busy machine the observer has few in a round."""
PREFIX = 4
AROUND = 128
"""Bytes that a serialised text may have around it."""


def publish(peer: Peer, view: int, layout: str, unit: int, observer: Peer, name: str) -> str:
    """Return `ok`, or what was seen; `unsupported` for a layout that the peer does not declare.

    `unit`: bytes of a code unit of the layout's last text. PeerError when a conversation broke.
    """
    if layout not in peer.hello.layouts:
        return "unsupported"
    stores = list(_stores(peer, view, layout, unit))
    map_, _ = observer.open("open_existing", name)
    start = peer.describe(layout).size - PREFIX
    look = _Look(observer, observer.view(map_, 0, "read_write"), start, unit, peer.order)
    try:
        for _ in range(ROUNDS):
            found = _round(look, peer, stores)
            if found or look.taken >= ENOUGH:
                return found or "ok"
        return "ok"
    finally:
        observer.close_view(look.view)
        observer.close_map(map_)


def _stores(peer: Peer, view: int, layout: str, unit: int) -> Iterator[str]:
    """Yield the stores: only the last leaf is a text that grows; the others are zero, or the same short text every time."""
    *fixed, _ = (width for _, width in peer.describe(layout).leaves.values())
    words = [f"{0:0{2 * width}x}" if width else f"{ord('x'):0{2 * unit}x}" for width in fixed]
    for number, letter in enumerate(ALPHABET):
        text = f"{letter:0{2 * unit}x}" * (SHORTEST + number)
        yield " ".join(("store", str(view), "0", layout, *words, text))


@dataclass
class _Look:
    """What the observer looks at: a length of four bytes at `start`, and the text behind it."""

    observer: Peer
    view: int
    start: int
    unit: int
    order: Literal["little", "big"]
    """Of the length's bytes."""
    first: int = 0
    """Bytes of the first text, with what is around it."""
    taken: int = 0
    """Looks so far."""

    @property
    def room(self) -> int:
        return PREFIX + self.unit * (SHORTEST + len(ALPHABET)) + AROUND

    def clear(self) -> None:
        """Store zeros where nothing is stored yet."""
        self.observer.poke(self.view, self.start, bytes(self.room))

    def once(self) -> bytes:
        """Return length and text as they are now."""
        return self.observer.peek(self.view, self.start, self.room)

    def burst(self) -> Iterator[bytes]:
        """Yield many looks, one right after the other."""
        for answer in self.observer.ask_all([f"peek {self.view} {self.start} {self.room}"] * LOOKS):
            if isinstance(answer, PeerRefusedError):
                raise answer
            self.taken += 1
            yield _bytes(answer)

    def length(self, seen: bytes) -> int:
        """Return the length that stands there."""
        return int.from_bytes(seen[:PREFIX], self.order)

    def torn(self, seen: bytes) -> bool:
        """Return whether a text is not all there though its length is."""
        size = self.length(seen)
        number = (size - self.first) // self.unit
        if not 0 <= number < len(ALPHABET):
            return size != 0
        letters = seen[PREFIX : PREFIX + size].translate(None, OTHERS)
        return len(letters) < SHORTEST + number or min(letters) < ALPHABET[number]


def _round(look: _Look, peer: Peer, stores: list[str]) -> str:
    """Store all texts once. Return what was seen, or nothing.

    The first is stored while nobody looks: it tells how long a text is with all around it.
    """
    failed: list[PeerError] = []
    look.clear()
    _store(peer, stores[:1], failed)
    look.first = look.length(look.once())
    thread = Thread(target=_store, args=(peer, stores[1:], failed), daemon=True)
    thread.start()
    try:
        found = _watch(look, thread)
    finally:
        thread.join()
    if failed:
        raise failed[0]
    return found


def _store(peer: Peer, stores: list[str], failed: list[PeerError]) -> None:
    try:
        failed += [answer for answer in peer.ask_all(stores) if isinstance(answer, PeerRefusedError)]
    except PeerError as error:
        failed.append(error)


def _watch(look: _Look, thread: Thread) -> str:
    """Look until all is stored, and once more. Return what was torn; empty if nothing was."""
    while True:
        last = not thread.is_alive()
        for seen in look.burst():
            if look.torn(seen):
                return f"a length of {look.length(seen)} bytes before its text was there"
        if last:
            return ""


def _bytes(answer: Any) -> bytes:
    return bytes.fromhex(str(answer["bytes"]))
