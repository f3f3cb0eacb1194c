"""Where a segment is looked for: its name as people write it, the realm it lives in, and what to say when it is not there."""

from __future__ import annotations

import difflib
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from samebytes.checks.attach.holders import FileId, Holder, file_id, holders
from samebytes.checks.producers.segment_reader import NativeEyes, OpenSegment, PeerEyes, SegmentReader
from samebytes.checks.producers.traces import file_of, shm_folder
from samebytes.errors import MappingError, SegmentNotFoundError, UsageError
from samebytes.layout import ABIS
from samebytes.mapping import list_segments
from samebytes.peers.guest_wine import GuestWine
from samebytes.peers.lab import Lab
from samebytes.peers.peer import Peer
from samebytes.peers.realms import REALMS, NativeRealm, Realm, Say

__all__ = ["Place", "find", "looking", "segment_name"]

LOOK_SECONDS = 0.02


@dataclass
class Place:
    """A segment's name in a realm, and who can look there. `looking` makes one."""

    name: str
    realm: Realm
    segment_reader: SegmentReader = field(default_factory=NativeEyes)
    peer: Peer | None = None
    """The process of ours that looks for us, where this one cannot."""
    _path: str = ""

    @property
    def abi(self) -> str:
        """Return the ABI of this realm's programs."""
        return self.realm.abi if self.realm.abi in ABIS else f"x86_64-{self.realm.name}"

    @property
    def raw(self) -> bool:
        """Return whether it is a POSIX object without a lifetime: it stays until somebody unlinks it."""
        return self.name.startswith("/")

    def file(self) -> FileId | None:
        """Return the file that carries the name now; None where names have no files, or there is none."""
        if not self._path:
            self._path = self._find_path()
        return file_id(self._path) if self._path else None

    def _find_path(self) -> str:
        """Return where its file is whenever there is one: the same for the same name."""
        return file_of(self.name) if isinstance(self.realm, NativeRealm) else ""

    def holders(self) -> list[Holder]:
        """Return who has it mapped or open, as far as this user may know."""
        file = self.file()
        return holders(file) if file is not None else []


def segment_name(name: str) -> str:
    """Return the name with `{uid}` replaced by this user's number."""
    if "{uid}" not in name:
        return name
    if sys.platform == "win32":
        raise UsageError(f"{name}: Windows has no user numbers", hint="write the name as the producer does")
    return name.replace("{uid}", str(os.getuid()))


@contextmanager
def looking(name: str, realm: str, say: Say, *, begin: bool = False) -> Iterator[Place]:
    """Yield the place of a name in a realm, whose SegmentReader is ended with it; an empty realm is this system's own.

    `begin` lets a Wine prefix begin to run in which nothing does. UsageError for a realm that cannot be looked into
    from here.
    """
    native = NativeRealm()
    if realm and realm not in REALMS:
        raise UsageError(f"--realm {realm}: there is none of that name", hint=f"there are: {', '.join(REALMS)}")
    if realm in ("", native.name):
        yield Place(segment_name(name), native)
    elif realm == "linux":
        raise UsageError("--realm linux: not from Windows", hint="attach on the Linux machine itself")
    else:
        with _through_wine(say, begin) as (wine, peer):
            yield Place(segment_name(name), wine, PeerEyes(peer), peer)


@contextmanager
def _through_wine(say: Say, begin: bool) -> Iterator[tuple[Realm, Peer]]:
    """Yield the realm and a process of ours in the Wine prefix of the producer; it ends, and the prefix stays as it is."""
    with Lab(say=lambda _realm, line: say(line), realms=[GuestWine(begin)]) as lab:
        site = lab.prepared("windows")
        peer = site.observer()
        yield site.realm, peer
        peer.process.say_goodbye()


def find(place: Place, seconds: float) -> OpenSegment:
    """Open the segment, waiting at most so many seconds for its name. UsageError, with names that exist, when it is not there."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            return place.segment_reader.open(place.name)
        except SegmentNotFoundError as error:
            if time.monotonic() >= deadline:
                raise _absent(place, seconds) from error
        time.sleep(LOOK_SECONDS)


def _absent(place: Place, seconds: float) -> UsageError:
    waited = f" within {seconds:g} s" if seconds else ""
    what = f"{place.name!r}: no such segment in {place.realm.name} ({place.realm.how}){waited}"
    near = _near(place)
    if near:
        return UsageError(what, hint=f"did you mean {near[0]!r}?")
    if isinstance(place.realm, NativeRealm):
        wine = "; --realm windows looks into Wine" if place.realm.name == "linux" else ""
        return UsageError(what, hint=f"--wait SECONDS waits for it; `samebytes segments` lists what there is{wine}")
    return UsageError(what, hint="--wait SECONDS waits for it; its producer must run in the same Wine prefix")


def _near(place: Place) -> list[str]:
    """Return existing names that look like it: another case, a raw object of that name, a slip of the finger."""
    if not isinstance(place.realm, NativeRealm) or sys.platform == "win32":
        return []
    names: list[str] = []
    with suppress(MappingError, OSError):
        names += [info.name for info in list_segments() if info.alive]
    with suppress(OSError):
        names += [f"/{path.name}" for path in Path(shm_folder()).iterdir() if path.is_file()]
    return difflib.get_close_matches(place.name, names, 1, 0.75)
