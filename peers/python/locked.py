"""The locked block: a lock word of 32 bits and the data right behind it. Nothing waits, and no owner is recorded."""

from __future__ import annotations

import ctypes
import time

from atomic import Swap

READERS = 0x00FF_FFFF
"""How many read."""
WRITER = 0x8000_0000
"""Whether one writes."""
UNINITIALIZED = 0xFF00_0000
"""The top byte of a block that nobody has made ready."""
ACTS = ("new", "read", "unlock_read", "write", "unlock_write", "hammer")
WORD = 4
NUMBERS = 15
PATIENCE_SECONDS = 5.0

Outcome = tuple[str, int]
"""What came of an act, and the word that it left, or that it was refused for."""


class LockedBlock:
    """A block at an address, with so many bytes from there to the end of its view."""

    def __init__(self, swap: Swap, address: int, room: int) -> None:
        self._swap, self._address = swap, address
        self._word = ctypes.c_uint32.from_address(address)
        self._data, self._size = address + WORD, room - WORD

    def new(self) -> Outcome:
        """Only who has created the memory may do this: whoever holds a lock in it would lose it."""
        self._word.value = UNINITIALIZED
        ctypes.memset(self._data, 0, self._size)
        found = self._swap(self._address, UNINITIALIZED, 0)
        return ("ok", 0) if found == UNINITIALIZED else ("uninitialized", found)

    def act(self, act: str) -> Outcome:
        """Lock or unlock, if the word that stands there allows it."""
        found = self._word.value
        while True:
            refused = _refusal(found, act)
            if refused:
                return refused, found
            wanted = _next(found, act)
            seen = self._swap(self._address, found, wanted)
            if seen == found:
                return "ok", wanted
            found = seen

    def hammer(self, rounds: int) -> Outcome:
        """Add one to every number in the even rounds, and look in the odd ones whether they are all alike."""
        numbers = (ctypes.c_uint32 * min(NUMBERS, self._size // 4)).from_address(self._data)
        for number in range(rounds):
            kind = "read" if number % 2 else "write"
            outcome = self._locked_in_time(kind)
            if outcome[0] != "ok":
                return outcome
            torn = False
            if number % 2:
                torn = len(set(numbers)) > 1
            else:
                for index, value in enumerate(numbers):
                    numbers[index] = value + 1
            outcome = self.act(f"unlock_{kind}")
            if torn or outcome[0] != "ok":
                return ("torn", outcome[1]) if torn else outcome
        return "ok", self._word.value

    def _locked_in_time(self, kind: str) -> Outcome:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            outcome, word = self.act(kind)
            if outcome not in ("read_locked", "write_locked"):
                return outcome, word
            if time.monotonic() >= deadline:
                return "stuck", word
            time.sleep(0)


def _refusal(word: int, act: str) -> str:
    """Return why an act cannot be done to a word; empty if it can."""
    readers, writing = word & READERS, bool(word & WRITER)
    if word & UNINITIALIZED == UNINITIALIZED:
        return "uninitialized"
    if act == "unlock_write":
        return "" if writing else "not_locked"
    if writing:
        return "write_locked"
    if act == "write":
        return "read_locked" if readers else ""
    if act == "read":
        return "max_readers" if readers == READERS else ""
    return "" if readers else "not_locked"


def _next(word: int, act: str) -> int:
    if act in ("write", "unlock_write"):
        return word | WRITER if act == "write" else word & ~WRITER
    return word + (1 if act == "read" else -1)
