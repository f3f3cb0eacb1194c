"""The release oracle: what processes hold of segments before something, and what more they hold after it.

On Linux the kernel tells: every mapping and every descriptor of a file in a directory of segments, dead names included. On other
systems it tells nothing of other processes' views; there a name that will not go is all there is to see, and is looked at elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

from samebytes.peers.peer import Peer
from samebytes.peers.proc import descriptors, file_mappings

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
        """Return who holds what that was not held before; empty if nobody does."""
        return "; ".join(
            words for peer, before in self._before for words in _told(peer, _held(peer.process.pid) - before)
        )


def _told(peer: Peer, more: Held) -> Iterator[str]:
    for (what, path), count in more.items():
        times = f"{count} {what}s" if count > 1 else f"a {what}"
        yield f"{peer.name} (process {peer.process.pid}) still holds {times} of {path} after everything was closed"


def _held(pid: int) -> Held:
    mapped = (("mapping", one.path) for one in file_mappings(pid, b"/samebytes-"))
    opened = (("descriptor", path) for _, path in descriptors(pid))
    return Counter((what, path) for what, path in (*mapped, *opened) if _SEGMENT.search(path))
