"""Whether a producer publishes a length last: the observer watches in bursts while one text after the other is stored.

Each text is one unit longer than the one before, and memory is zero at first. So the last unit of every text stands where nothing stood
before: whoever sees a length and, after that, a zero where its text ends, has seen a length whose text was not there yet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from threading import Thread
from typing import Any

from samebytes.errors import PeerError, PeerRefusedError
from samebytes.peers.peer import Peer

__all__ = ["publish"]

TEXTS = 60
"""How many are stored. Every store takes tens of microseconds, and so does a look."""
SHORTEST = 8_000
"""Units: long enough for a look to fall between a length and its text, were it published first."""
LOOKS = 32
"""Looks in a burst, sent at once."""
PREFIX = 4
AROUND = 128
"""Bytes that a serialised text may have around it."""


def publish(peer: Peer, view: int, layout: str, unit: int, observer: Peer, name: str) -> str:
    """`ok`, or what was seen. `unit`: bytes of a code unit of the layout's last text. `unsupported` for a layout that the peer does not
    declare. PeerError when a conversation broke."""
    if layout not in peer.hello.layouts:
        return "unsupported"
    stores, failed = list(_stores(peer, view, layout, unit)), list[PeerError]()
    map_, _ = observer.open("open_existing", name)
    look = _Look(observer, observer.view(map_, 0, "read_write"), peer.describe(layout).size, unit)
    observer.poke(look.view, 0, bytes(look.tail + look.room))
    thread = Thread(target=_store, args=(peer, stores, failed), daemon=True)
    thread.start()
    try:
        seen = _watch(look, thread)
    finally:
        thread.join()
        observer.close_view(look.view)
        observer.close_map(map_)
    if failed:
        raise failed[0]
    return seen


@dataclass(frozen=True)
class _Look:
    """What the observer looks at: the length, and what stands behind the shortest text."""

    observer: Peer
    view: int
    start: int
    """Where the text begins, behind its length of four bytes."""
    unit: int

    @property
    def tail(self) -> int:
        """Where the last unit of the shortest text stands, at the earliest: a serialised one has more around it."""
        return self.start + self.unit * (SHORTEST - 1)

    @property
    def room(self) -> int:
        """Bytes behind that in which any of the texts may end."""
        return self.unit * TEXTS + AROUND

    def burst(self) -> Iterator[tuple[int, bytes]]:
        """Lengths in bytes, each with the tail as it was after that: never the other way round."""
        asked = [f"peek {self.view} {self.start - PREFIX} {PREFIX}", f"peek {self.view} {self.tail} {self.room}"]
        answers = self.observer.ask_all(asked * LOOKS)
        for length, text in zip(answers[::2], answers[1::2], strict=True):
            for answer in (length, text):
                if isinstance(answer, PeerRefusedError):
                    raise answer
            yield int.from_bytes(_bytes(length), "little"), _bytes(text)

    def torn(self, size: int, tail: bytes) -> bool:
        """Whether the last unit of a text of that length is not there."""
        end = self.start + size - self.tail
        return size > 0 and not any(tail[max(0, end - self.unit) : end])


def _bytes(answer: Any) -> bytes:
    return bytes.fromhex(str(answer["bytes"]))


def _stores(peer: Peer, view: int, layout: str, unit: int) -> Iterator[str]:
    """Only the last leaf is a text that grows; the others are zero, or the same short text every time."""
    letter = f"{ord('x'):0{2 * unit}x}"
    *fixed, _ = (width for _, width in peer.describe(layout).leaves.values())
    words = [f"{0:0{2 * width}x}" if width else letter for width in fixed]
    for number in range(TEXTS):
        yield " ".join(("store", str(view), "0", layout, *words, letter * (SHORTEST + number)))


def _store(peer: Peer, stores: list[str], failed: list[PeerError]) -> None:
    try:
        failed += [answer for answer in peer.ask_all(stores) if isinstance(answer, PeerRefusedError)]
    except PeerError as error:
        failed.append(error)


def _watch(look: _Look, thread: Thread) -> str:
    """Until all is stored, and once more."""
    while True:
        last = not thread.is_alive()
        for size, tail in look.burst():
            if look.torn(size, tail):
                return f"a length of {size} bytes before its text was there"
        if last:
            return "ok"
