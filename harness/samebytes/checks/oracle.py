"""The release oracle: what processes hold of segments before something, and what more they hold after it.

On Linux the kernel tells: every mapping and every descriptor of a file in a directory of segments, dead names included. On other
systems it tells nothing of other processes' views; there a name that will not go is all there is to see, and is looked at elsewhere.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from samebytes.peers.peer import Peer

__all__ = ["ReleaseOracle"]

_SEGMENT = re.compile(r"/samebytes-(?:[0-9]+|global)/")
"""In the path of a segment's file, and in no other: `peers/README.md` names the directories."""

Held = Counter[tuple[str, str]]
"""How often something is held: `mapping` or `descriptor`, and the file."""


class ReleaseOracle:
    """Made before; `leaks` is asked after everything was let go. A peer that died in between holds nothing."""

    def __init__(self, peers: Iterable[Peer]) -> None:
        self._before = [(peer, _held(peer.process.pid)) for peer in peers]

    def leaks(self) -> str:
        """Who holds what that was not held before; empty if nobody does."""
        return "; ".join(
            words for peer, before in self._before for words in _told(peer, _held(peer.process.pid) - before)
        )


def _told(peer: Peer, more: Held) -> Iterator[str]:
    for (what, path), count in more.items():
        times = f"{count} {what}s" if count > 1 else f"a {what}"
        yield f"{peer.name} (process {peer.process.pid}) still holds {times} of {path} after everything was closed"


def _held(pid: int) -> Held:
    return Counter((*_mappings(pid), *_descriptors(pid)))


def _mappings(pid: int) -> Iterator[tuple[str, str]]:
    """See proc_pid_maps(5): the path is the sixth column."""
    with suppress(OSError):
        text = Path(f"/proc/{pid}/maps").read_bytes()
        if b"/samebytes-" not in text:  # a runtime has a thousand lines, and most of the time none of ours
            return
        for line in text.decode("utf-8", "replace").splitlines():
            if _SEGMENT.search(line):
                yield "mapping", line.split(maxsplit=5)[5]


def _descriptors(pid: int) -> Iterator[tuple[str, str]]:
    """See proc_pid_fd(5)."""
    folder = f"/proc/{pid}/fd"
    with suppress(OSError):
        for name in os.listdir(folder):  # noqa: PTH208 - looked at hundreds of times in a run
            with suppress(OSError):
                path = os.readlink(f"{folder}/{name}")  # noqa: PTH115 - as above
                if _SEGMENT.search(path):
                    yield "descriptor", path
