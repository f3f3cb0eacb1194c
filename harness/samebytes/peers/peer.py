"""A started peer, spoken to in the words of the protocol: maps, views, layouts, leaves."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

from samebytes.errors import PeerRefusedError, StartError
from samebytes.layout import ABIS, Description
from samebytes.peers import answers
from samebytes.peers.build import Build, Missing
from samebytes.peers.description import alike_of, description_of
from samebytes.peers.manifest import Face, Manifest
from samebytes.peers.process import PeerProcess
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm
from samebytes.peers.variants import PLACEHOLDER, check_abi, check_runtime, face_name

__all__ = ["ANSWER_SECONDS", "START_SECONDS", "Hello", "Peer", "Starter"]

START_SECONDS = 90.0
"""From start to the answer to `hello`. .NET under Wine takes half a second on an idle machine, several at once on a busy one many."""
ANSWER_SECONDS = 15.0
"""For any request that only touches memory."""


@dataclass(frozen=True)
class Hello:
    """How a peer introduced itself."""

    language: str
    version: str
    target: str
    pointer: int
    layouts: tuple[str, ...]
    verbs: frozenset[str]
    views: tuple[str, ...]
    cannot_tell: tuple[str, ...] = ()
    """What its language does not say of a declaration, in words; `A from B`: two kinds that are one to it."""
    runtime: str = ""
    """The version of what it runs on, of a peer that can run on several."""


@dataclass
class Peer:
    """One running process of a peer. PeerError of the kind that fits is raised by every method; see PeerProcess for which end it."""

    name: str
    process: PeerProcess
    missing: tuple[Missing, ...] = ()
    answer_seconds: float = ANSWER_SECONDS
    hello: Hello = field(init=False)
    _described: dict[str, Description] = field(default_factory=dict)
    _alike: frozenset[tuple[str, str]] = frozenset()
    """The kinds that it cannot tell apart, once it has introduced itself."""
    _paths: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def greet(self) -> None:
        """Ask it to introduce itself. StartError when it does not, with what it printed."""
        answer = self.process.request("hello", 1, seconds=START_SECONDS)
        protocol = answer.get("protocol")
        if type(protocol) is not int or protocol != 1:
            raise StartError(f"{self.name} speaks protocol {answers.shortened(protocol)}; this is 1", peer=self.name)
        self.hello = Hello(
            language=answers.text(self.name, answer, "language"),
            version=answers.text(self.name, answer, "version"),
            target=answers.text(self.name, answer, "target"),
            pointer=answers.number(self.name, answer, "pointer", 1),
            layouts=tuple(answers.texts(self.name, answer, "layouts")),
            verbs=frozenset(answers.texts(self.name, answer, "verbs")),
            views=tuple(answers.texts(self.name, answer, "views")),
            cannot_tell=tuple(answers.texts(self.name, {"cannot_tell": [], **answer}, "cannot_tell")),
            runtime=answers.text(self.name, {"runtime": "", **answer}, "runtime"),
        )
        self._alike = alike_of(self.hello.cannot_tell)

    @property
    def order(self) -> Literal["little", "big"]:
        """Return its byte order: that of the ABI that it says it is for, or else this machine's."""
        target = self.hello.target
        return ABIS[target].order if target in ABIS else sys.byteorder

    def open(self, verb: str, name: str, *words: object) -> tuple[int, bool | None]:
        """Open a map with `create_new`, `create_or_open` or `open_existing`; return its number, and whether it was created."""
        return self.open_measured(verb, name, *words)[:2]

    def open_measured(self, verb: str, name: str, *words: object) -> tuple[int, bool | None, int | None]:
        """Open a map as `open` does; return also its capacity in bytes, None where the peer does not tell."""
        answer = self._ask(verb, quote(name, safe="~"), *words)
        capacity = answers.number(self.name, answer, "capacity") if answer.get("capacity") is not None else None
        return answers.number(self.name, answer, "map"), answers.flag(self.name, answer, "created"), capacity

    def open_to_read(self, name: str) -> tuple[int, int]:
        """Open an existing segment to read it; return the map's number, and its capacity in bytes."""
        answer = self._ask("open_existing", quote(name, safe="~"), "read")
        return answers.number(self.name, answer, "map"), answers.number(self.name, answer, "capacity")

    def view(self, map_: int, size: int, access: str, form: str = "accessor", offset: int = 0) -> int:
        """Map `size` bytes (0: to the end); return the view's number."""
        return self.view_measured(map_, offset, size, access, form)[0]

    def view_measured(
        self, map_: int, offset: int, size: int, access: str, form: str = "accessor"
    ) -> tuple[int, int | None]:
        """Map as `view` does; return also the view's capacity in bytes, None where the peer does not tell."""
        words = (map_, offset, size, access) if form == "accessor" else (map_, offset, size, access, form)
        answer = self._ask("view", *words)
        capacity = answers.number(self.name, answer, "capacity") if answer.get("capacity") is not None else None
        return answers.number(self.name, answer, "view"), capacity

    def peek(self, view: int, offset: int, count: int) -> bytes:
        """Read raw bytes of a view."""
        return answers.data(self.name, self._ask("peek", view, offset, count), "bytes", count)

    def poke(self, view: int, offset: int, data: bytes) -> None:
        """Write raw bytes."""
        self._ask("poke", view, offset, data.hex() or "-")

    def describe(self, layout: str) -> Description:
        """Return its own view of its declaration; asked once."""
        if layout not in self._described:
            self._described[layout] = self._description(layout, self._ask("describe", layout))
        return self._described[layout]

    def learn(self, layouts: Iterable[str]) -> None:
        """Have all of these described at once; what is refused is refused again when `describe` asks for it."""
        unknown = [layout for layout in layouts if layout not in self._described]
        for layout, answer in zip(unknown, self.ask_all([f"describe {layout}" for layout in unknown]), strict=True):
            if not isinstance(answer, PeerRefusedError):
                self._described[layout] = self._description(layout, answer)

    def _description(self, layout: str, answer: Mapping[str, Any]) -> Description:
        who = f"{self.name}, describing {layout},"
        return description_of(who, answer, self._alike)

    @property
    def untold(self) -> tuple[str, ...]:
        """Return what it left out of a description, in words; nothing where it has described nothing."""
        left_out = (words for description in self._described.values() for words in description.untold)
        return tuple(dict.fromkeys(left_out))

    def paths(self, layout: str) -> tuple[str, ...]:
        """Return the paths of its leaves, in the order in which it takes and gives them."""
        if layout not in self._paths:
            self._paths[layout] = tuple(self.describe(layout).leaves)
        return self._paths[layout]

    def store(self, view: int, offset: int, layout: str, leaves: Sequence[str]) -> None:
        """Set every leaf, in the order of its description."""
        self._ask("store", view, offset, layout, *leaves)

    def load(self, view: int, offset: int, layout: str) -> list[str]:
        """Return every leaf as it reads it, in the order of its description, in hex."""
        return answers.texts(self.name, self._ask("load", view, offset, layout), "leaves")

    def ask_all(self, requests: Sequence[str]) -> list[dict[str, Any] | PeerRefusedError]:
        """Send many requests at once, each as one line of words; return their answers in order, a refusal as the error it is."""
        return self.process.request_all(requests, self.answer_seconds)

    def begin_await(self, view: int, offset: int, milliseconds: int) -> Callable[[], dict[str, Any]]:
        """Let it poll; return a function that waits for its answer."""
        sequence = self.process.send("await", view, offset, milliseconds)
        return lambda: self.process.answer(sequence, milliseconds / 1000 + self.answer_seconds)

    def lock(self, view: int, offset: int, act: str) -> tuple[str, int]:
        """Lock or unlock a block, or make it ready; return what came of it, and the lock word as it then was."""
        return self._locked(self._ask("lock", view, offset, act))

    def begin_hammer(self, view: int, offset: int, rounds: int, seconds: float) -> Callable[[], tuple[str, int]]:
        """Let it lock and unlock a block so many times; return a function that waits for what came of it, as `lock` tells."""
        sequence = self.process.send("lock", view, offset, "hammer", rounds)
        return lambda: self._locked(self.process.answer(sequence, seconds))

    def _locked(self, answer: Mapping[str, Any]) -> tuple[str, int]:
        word = answers.data(self.name, answer, "word", 4)
        return answers.text(self.name, answer, "result"), int.from_bytes(word, "big")

    def close_view(self, view: int) -> None:
        """Unmap the view."""
        self._ask("close_view", view)

    def close_map(self, map_: int) -> None:
        """Close the handle."""
        self._ask("close_map", map_)

    def absence(self, name: str) -> PeerRefusedError | None:
        """Return how it refuses to open a name that should not exist; None if it opened it (and has closed it again)."""
        refusal, answer = self._refused("open_existing", quote(name, safe="~"))
        if refusal is None:
            self.close_map(answers.number(self.name, answer, "map"))
        return refusal

    def refuses(self, verb: str, *words: object) -> PeerRefusedError | None:
        """Return how it refuses a request that no peer should grant; None if it granted it."""
        return self._refused(verb, *words)[0]

    def _refused(self, verb: str, *words: object) -> tuple[PeerRefusedError | None, dict[str, Any]]:
        try:
            return None, self._ask(verb, *words)
        except PeerRefusedError as error:
            return error, {}

    def _ask(self, verb: str, *words: object) -> dict[str, Any]:
        return self.process.request(verb, *words, seconds=self.answer_seconds)


@dataclass(frozen=True)
class Starter:
    """What it takes to start a peer's face in a realm, any number of times."""

    manifest: Manifest
    face: Face
    realm: Realm
    build: Build
    processes: Processes
    answer_seconds: float = ANSWER_SECONDS
    """How long the started peer may take over a request that only touches memory."""

    @property
    def name(self) -> str:
        """Return the face's name among all peers' faces: `c.library`, or `python` of a peer that has one face."""
        return face_name(self.manifest, self.face)

    @property
    def abi(self) -> str:
        """Return the ABI of its programs."""
        return self.manifest.abi_in(self.realm.abi)

    def start(self) -> Peer:
        """Start a process and have it introduce itself; the caller ends it. StartError says what it printed."""
        command = self.realm.command([*self.realm.runner(self.abi), *self.arguments()])
        process = PeerProcess(self.name, command, self.realm.environment(), self.processes)
        peer = Peer(self.name, process, self.build.missing, self.answer_seconds)
        try:
            peer.greet()
            check_runtime(self.manifest, peer.hello.runtime)
            check_abi(self.manifest, self.abi, peer.hello.target)
        except BaseException:
            peer.process.end()
            raise
        return peer

    def arguments(self) -> list[str]:
        """Return the argument list in the realm's own words."""
        if self.face.kind == "program":
            return self.expand(self.face.run[self.abi])
        exports = (f"{role}={name}" for role, name in self.face.exports.items())
        return self.expand(("{python}", "{launch}", "{host}", self.face.file[self.abi], *exports))

    def expand(self, words: Sequence[str]) -> list[str]:
        """Return a command of the manifest with its placeholders replaced."""
        return [word for raw in words for word in self._expanded(raw)]

    def _expanded(self, word: str) -> list[str]:
        if word == "{python}":
            return self.realm.python()
        here = Path(__file__).parent
        word = word.replace(PLACEHOLDER, self.manifest.runtime.name if self.manifest.runtime else "")
        places = {"launch": here / "launch.py", "host": here / "host.py", "source": self.manifest.folder}
        if self.build.folder is not None:
            places["out"] = self.build.folder
        for name, path in places.items():
            head, found, tail = word.partition("{" + name + "}")
            if found:
                return [head + self.realm.path(path / tail.lstrip("/"))]
        return [word]
