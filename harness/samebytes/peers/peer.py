"""A started peer, spoken to in the words of the protocol: maps, views, layouts, leaves."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

from samebytes.errors import PeerRefusedError, ProtocolError, StartError
from samebytes.peers.build import Build, Missing
from samebytes.peers.children import Children
from samebytes.peers.manifest import Face, Manifest
from samebytes.peers.process import PeerProcess
from samebytes.peers.realms import Realm
from samebytes.peers.variants import PLACEHOLDER, check_runtime, face_name

__all__ = ["ANSWER_SECONDS", "START_SECONDS", "Description", "Hello", "Peer", "Starter"]

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
    runtime: str = ""
    """The version of what it runs on, of a peer that can run on several."""


@dataclass(frozen=True)
class Description:
    """How a peer sees its own declaration: bytes, and per leaf path its offset and width (0: variable), in its order."""

    size: int
    align: int
    leaves: Mapping[str, tuple[int, int]]


@dataclass
class Peer:
    """One running process of a peer. PeerError of the kind that fits is raised by every method; see PeerProcess for which end it."""

    name: str
    process: PeerProcess
    missing: tuple[Missing, ...] = ()
    answer_seconds: float = ANSWER_SECONDS
    hello: Hello = field(init=False)
    _described: dict[str, Description] = field(default_factory=dict)
    _paths: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def greet(self) -> None:
        """Ask it to introduce itself. StartError when it does not, with what it printed."""
        answer = self.process.request("hello", 1, seconds=START_SECONDS)
        if answer.get("protocol") != 1:
            raise StartError(f"{self.name} speaks protocol {answer.get('protocol')!r}; this is 1", peer=self.name)
        self.hello = Hello(
            language=str(_part(self, answer, "language", str)),
            version=str(_part(self, answer, "version", str)),
            target=str(_part(self, answer, "target", str)),
            pointer=int(_part(self, answer, "pointer", int)),
            layouts=tuple(_part(self, answer, "layouts", list)),
            verbs=frozenset(_part(self, answer, "verbs", list)),
            views=tuple(_part(self, answer, "views", list)),
            runtime=str(answer.get("runtime", "")),
        )

    def open(self, verb: str, name: str, *words: object) -> tuple[int, bool | None]:
        """`create_new`, `create_or_open` or `open_existing`: the map's number, and whether it was created."""
        answer = self._ask(verb, quote(name, safe="~"), *words)
        return int(_part(self, answer, "map", int)), answer.get("created")

    def view(self, map_: int, size: int, access: str, form: str = "accessor", offset: int = 0) -> int:
        """Map `size` bytes (0: to the end): the view's number."""
        words = (map_, offset, size, access) if form == "accessor" else (map_, offset, size, access, form)
        return int(_part(self, self._ask("view", *words), "view", int))

    def peek(self, view: int, offset: int, count: int) -> bytes:
        """Raw bytes of a view."""
        found = bytes.fromhex(str(_part(self, self._ask("peek", view, offset, count), "bytes", str)))
        if len(found) != count:
            raise ProtocolError(f"{self.name} gave {len(found)} bytes, {count} were asked for", peer=self.name)
        return found

    def poke(self, view: int, offset: int, data: bytes) -> None:
        """Write raw bytes."""
        self._ask("poke", view, offset, data.hex() or "-")

    def describe(self, layout: str) -> Description:
        """Its own view of its declaration; asked once."""
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
        rows = _part(self, answer, "leaves", list)
        try:
            leaves = {str(path): (int(offset), int(width)) for path, offset, width in rows}
        except (TypeError, ValueError):
            raise ProtocolError(f"{self.name} describes {layout} with {str(rows)[:80]}", peer=self.name) from None
        return Description(int(_part(self, answer, "size", int)), int(_part(self, answer, "align", int)), leaves)

    def paths(self, layout: str) -> tuple[str, ...]:
        """The paths of its leaves, in the order in which it takes and gives them."""
        if layout not in self._paths:
            self._paths[layout] = tuple(self.describe(layout).leaves)
        return self._paths[layout]

    def store(self, view: int, offset: int, layout: str, leaves: Sequence[str]) -> None:
        """Set every leaf, in the order of its description."""
        self._ask("store", view, offset, layout, *leaves)

    def load(self, view: int, offset: int, layout: str) -> list[str]:
        """Every leaf as it reads it, in the order of its description, in hex."""
        return [str(word) for word in _part(self, self._ask("load", view, offset, layout), "leaves", list)]

    def ask_all(self, requests: Sequence[str]) -> list[dict[str, Any] | PeerRefusedError]:
        """Many requests at once, each as one line of words; their answers in order, a refusal as the error it is."""
        return self.process.request_all(requests, self.answer_seconds)

    def begin_await(self, view: int, offset: int, milliseconds: int) -> Callable[[], dict[str, Any]]:
        """Let it poll; the function that comes back waits for its answer."""
        sequence = self.process.send("await", view, offset, milliseconds)
        return lambda: self.process.answer(sequence, milliseconds / 1000 + self.answer_seconds)

    def close_view(self, view: int) -> None:
        """Unmap."""
        self._ask("close_view", view)

    def close_map(self, map_: int) -> None:
        """Close the handle."""
        self._ask("close_map", map_)

    def absence(self, name: str) -> PeerRefusedError | None:
        """How it refuses to open a name that should not exist; None if it opened it (and has closed it again)."""
        refusal, answer = self._refused("open_existing", quote(name, safe="~"))
        if refusal is None:
            self.close_map(int(_part(self, answer, "map", int)))
        return refusal

    def refuses(self, verb: str, *words: object) -> PeerRefusedError | None:
        """How it refuses a request that no peer should grant; None if it granted it."""
        return self._refused(verb, *words)[0]

    def _refused(self, verb: str, *words: object) -> tuple[PeerRefusedError | None, dict[str, Any]]:
        try:
            return None, self._ask(verb, *words)
        except PeerRefusedError as error:
            return error, {}

    def _ask(self, verb: str, *words: object) -> dict[str, Any]:
        return self.process.request(verb, *words, seconds=self.answer_seconds)


def _part(peer: Peer, answer: Mapping[str, Any], key: str, kind: type) -> Any:
    """A part that the answer must have. A missing one is an error, never a default."""
    value = answer.get(key)
    if not isinstance(value, kind):
        raise ProtocolError(
            f"{peer.name} answered without {key!r} ({kind.__name__}): {str(dict(answer))[:80]}",
            hint="see peers/README.md",
            peer=peer.name,
        )
    return value


@dataclass(frozen=True)
class Starter:
    """What it takes to start a peer's face in a realm, any number of times."""

    manifest: Manifest
    face: Face
    realm: Realm
    build: Build
    children: Children
    answer_seconds: float = ANSWER_SECONDS
    """How long the started peer may take over a request that only touches memory."""

    def start(self) -> Peer:
        """A new process that has introduced itself; the caller ends it. StartError says what it printed."""
        name = face_name(self.manifest, self.face)
        command = self.realm.command(self.arguments())
        process = PeerProcess(name, command, self.realm.environment(), self.children)
        peer = Peer(name, process, self.build.missing, self.answer_seconds)
        try:
            peer.greet()
            check_runtime(self.manifest, peer.hello.runtime)
        except BaseException:
            peer.process.end()
            raise
        return peer

    def arguments(self) -> list[str]:
        """The argument list in the realm's own words."""
        abi = self.realm.abi
        if self.face.kind == "program":
            return self.expand(self.face.run[abi])
        exports = (f"{role}={name}" for role, name in self.face.exports.items())
        return self.expand(("{python}", "{launch}", "{host}", self.face.file[abi], *exports))

    def expand(self, words: Sequence[str]) -> list[str]:
        """A command of the manifest with its placeholders replaced."""
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
