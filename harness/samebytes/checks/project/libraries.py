"""The check `library`: a user's library writes, and what stands in memory is compared with the layout; then it reads.

A library with the fuller contract of `peers/README.md` is exchanged with itself in a second process, as peers are. One that only has
the four functions and `Write`/`Read` is asked for the one 32-bit number that these take, which must be the layout's first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from secrets import token_hex

from samebytes.checks.data.batch import BACKGROUND
from samebytes.checks.data.exchange import Exchange
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import Side, gone_soon
from samebytes.checks.data.values import ValueSet, edges, graffiti
from samebytes.checks.producers.producer import CONSUMER as HARNESS
from samebytes.checks.producers.traces import file_of, remove_raw
from samebytes.checks.project.project import Library
from samebytes.checks.requests.kind import Finding
from samebytes.checks.result import Difference, Result, Run, Stage, Verdict
from samebytes.errors import PeerError, PeerRefusedError
from samebytes.layout import Kind, Layout
from samebytes.layout.source import plain
from samebytes.pages import PAGE
from samebytes.peers.host import LEAST
from samebytes.peers.leaks import ReleaseOracle
from samebytes.peers.manifest import Face, Manifest, Target
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.program_kind import exported_names, why_not_started
from samebytes.peers.site import Site

__all__ = ["LibraryChecks", "program_of"]

NUMBERS = (0x20212223, 0, 0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 1)
"""What is written and read: every byte its own, then the edges of 32 bits."""
PLAIN = "Integer"
"""What the host of a library without layouts calls its one number."""
BEYOND = "beyond the number"
SHOWN = 12
"""Functions of a library that are named."""


class LibraryChecks:
    """Judges libraries at a prepared site. `close` ends the observer."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._observer: Peer | None = None

    def judge(self, library: Library, layout: Layout) -> Finding:
        """Judge a library and return its cell. MissingError when nobody can look at the bytes in this realm."""
        started = time.perf_counter()
        result = Result(library.name, HARNESS, library.layout.name, self._site.name, "library")
        peers: list[Peer] = []
        try:
            peers += [self._site.start(self._starter(library))]
            result.runs += self._runs(library, layout, peers)
        except PeerError as error:
            run = Run(layout.record.name, "", library.name, HARNESS)
            run.fail(
                Verdict.REFUSED,
                Stage.START,
                _why(error, library, library.files[self._site.name], self._site.name),
                error.evidence,
            )
            result.runs.append(run)
        finally:
            for peer in peers:
                peer.process.say_goodbye()
        result.seconds = time.perf_counter() - started
        return Finding(result, remarks=tuple(_untried(library, layout, peers)))

    def close(self) -> None:
        """End the observer."""
        if self._observer is not None:
            self._observer.process.say_goodbye()

    def _runs(self, library: Library, layout: Layout, peers: list[Peer]) -> Iterator[Run]:
        known = peers[0].hello.layouts
        if not known:
            yield from self._number(layout, peers[0])
            return
        name = next((one for one in (layout.record.name, library.layout.type) if one in known), "")
        if not name:
            run = Run(layout.record.name, "", library.name, HARNESS)
            words = f"the library has no layout {layout.record.name}; it has: {', '.join(known)}"
            run.fail(Verdict.UNSUPPORTED, Stage.DESCRIBE, words)
            yield run
            return
        peers.append(self._site.start(self._starter(library)))
        yield from self._exchanges(replace(layout, record=replace(layout.record, name=name)), peers)

    def _exchanges(self, layout: Layout, peers: Sequence[Peer]) -> Iterator[Run]:
        """Exchange by the fuller contract: one process stores, another loads; each set of values to the first that does not agree.

        Afterwards neither may still hold anything of it.
        """
        program, three, oracle = program_of(layout), (peers[0], peers[1], self._observed()), ReleaseOracle(peers)
        runs = Exchange(program, layout, program.values[layout.record.name], _unique(layout), three, "accessor").run()
        leaks = oracle.leaks()
        if leaks and runs[-1].verdict in (Verdict.AGREED, Verdict.DIFFERS, Verdict.LEAKED):
            runs[-1].fail(Verdict.LEAKED, Stage.CLOSE, leaks)
        for run in runs:
            yield run
            if run.verdict is not Verdict.AGREED:
                return

    def _number(self, layout: Layout, peer: Peer) -> Iterator[Run]:
        yield _Number(layout, peer, self._observed(), _unique(layout)).run()

    def _observed(self) -> Peer:
        if self._observer is None or not self._observer.process.alive:
            self._observer = self._site.observer()
        return self._observer

    def _starter(self, library: Library) -> Starter:
        file = library.files[self._site.name]
        abi = self._site.realm.abi
        face = Face("library", "library", {}, {abi: f"{{source}}/{file.name}"}, library.exports)
        target = Target(abi, (), (), None, {})
        manifest = Manifest(library.name, "", file.parent, (), None, {}, {abi: target}, (face,))
        return self._site.starter(manifest, face)


def _untried(library: Library, layout: Layout, peers: Sequence[Peer]) -> Iterator[str]:
    """Yield what a library of the least contract leaves untried."""
    if peers and not peers[0].hello.layouts and layout.count > 1:
        first, name = layout.leaves[0].path, layout.record.name
        yield f"{library.name}: Write and Read reach `{first}` alone, one of the {layout.count} values of {name}"


def _why(error: PeerError, library: Library, file: Path, realm: str) -> str:
    """Return what the host says of a library that it cannot load, else the error's own words; and what the file is, or exports."""
    said = [line for line in error.evidence.splitlines() if line.strip()]
    words = said[-1] if said else str(error)
    kind = why_not_started(file, realm).partition(":")[0] if "does not export" not in words else ""
    lacking = [role for role in LEAST if f" {role}" in words.partition("does not export")[2]]
    if not lacking:
        return f"{words}; {kind}" if kind else words
    there = exported_names(file)
    shown = ", ".join(there[:SHOWN]) + (f" and {len(there) - SHOWN} more" if len(there) > SHOWN else "")
    near = {role: next((name for name in there if plain(name) == plain(role)), "") for role in lacking}
    given = ", ".join(f'{role} = "{name}"' for role, name in near.items() if name)
    keys = ", ".join(f"exports.{role} = {name!r}" for role in lacking if (name := library.exports.get(role)))
    hint = f"; exports = {{ {given} }} may be meant" if given else ""
    return f"{words}{f'; {library.place} says {keys}' if keys else ''}; it exports {shown or 'no function'}{hint}"


class _Number:
    """One exchange of the least contract."""

    def __init__(self, layout: Layout, peer: Peer, observer: Peer, name: str) -> None:
        self._layout, self._name = layout, name
        self._library, self._observer = Side(peer), Side(observer)
        self._oracle = ReleaseOracle((peer,))
        self._size = -(-layout.size // PAGE) * PAGE
        self._stage = Stage.CREATE
        self._run = Run(layout.record.name, f"{len(NUMBERS)} numbers", f"{peer.name}/Write", f"{peer.name}/Read")

    def run(self) -> Run:
        """Run the exchange. Never raises for what the library does: that is a verdict."""
        unfit = _unfit(self._layout)
        if unfit:
            self._run.fail(Verdict.UNSUPPORTED, Stage.DESCRIBE, unfit)
            return self._run
        self._run.size = 4
        try:
            self._open()
            for number in NUMBERS:
                self._store(number)
                self._load(number)
                if self._run.differences:
                    break
            self._run.cases = len(NUMBERS)
            self._close()
        except PeerError as error:
            self._run.break_off(self._stage, error)
        finally:
            for side in (self._library, self._observer):
                with suppress(PeerError):
                    if side.peer.process.alive:
                        side.release()
            if self._name.startswith("/"):
                remove_raw(file_of(self._name))  # the name is ours alone, and so is what is left of it
        return self._run

    def _open(self) -> None:
        self._library.open("create_or_open", self._name, self._size)
        self._library.view = self._library.look("read_write")
        self._stage = Stage.OPEN
        self._name = self._visible()
        self._observer.view = self._observer.look("read_write")

    def _visible(self) -> str:
        """Return the name under which others find what it made: the one given, or on Linux a raw POSIX object of that name."""
        try:
            self._observer.open("open_existing", self._name)
        except PeerRefusedError as error:
            if error.kind != "not_found":
                raise
            with suppress(PeerRefusedError):
                self._observer.open("open_existing", f"/{self._name}")
                return f"/{self._name}"
            raise PeerRefusedError(
                f"nobody finds what it made under the name that it was given, {self._name!r}",
                hint="CreateBufferFile must use that name; on Linux a raw POSIX object of that name is found, too",
                peer=self._library.peer.name,
                kind="not_found",
            ) from error
        return self._name

    def _store(self, number: int) -> None:
        self._stage = Stage.STORE
        self._observer.peer.poke(self._observer.view, 0, bytes([BACKGROUND]) * self._size)
        self._library.peer.store(self._library.view, 0, PLAIN, [f"{number:08x}"])
        memory = self._observer.peer.peek(self._observer.view, 0, self._size)
        wanted = number.to_bytes(4, self._layout.abi.order)
        if memory[:4] != wanted:
            self._differ(self._layout.leaves[0].path, wanted.hex(), memory[:4].hex(), 0)
        wrong = next((at for at in range(4, self._size) if memory[at] != BACKGROUND), None)
        if wrong is not None:
            untouched = f"untouched {BACKGROUND:02x}"
            self._differ(self._path_at(wrong), untouched, memory[wrong : wrong + 8].hex(), wrong)

    def _load(self, number: int) -> None:
        self._stage = Stage.LOAD
        self._observer.peer.poke(self._observer.view, 0, number.to_bytes(4, self._layout.abi.order))
        (word,) = self._library.peer.load(self._library.view, 0, PLAIN) or ("",)
        if int(word or "-1", 16) != number:
            self._differ(self._layout.leaves[0].path, f"{number:08x}", word or "nothing", 0)

    def _close(self) -> None:
        self._stage = Stage.CLOSE
        for side in (self._library, self._observer):
            side.release()
        leaks = self._oracle.leaks()
        if not leaks and not gone_soon(self._observer.peer, self._name):
            leaks = f"{self._name} is still there after everyone closed it"
        if leaks:
            self._run.fail(Verdict.LEAKED, self._stage, leaks)

    def _path_at(self, offset: int) -> str:
        leaf = self._layout.leaf_at(offset)
        return leaf.path if leaf is not None else BEYOND

    def _differ(self, path: str, expected: str, found: str, offset: int) -> None:
        self._run.differ(Difference(self._stage, self._library.peer.name, path, expected, found, offset))


def _unfit(layout: Layout) -> str:
    """Return why `Write` and `Read` of a 32-bit number cannot be held against a layout; empty if they can."""
    first = layout.leaves[0]
    numeric = isinstance(first.kind, Kind) and first.kind.family in ("signed", "unsigned", "enum")
    if numeric and (first.offset, first.width, first.bits) == (0, 4, None):
        return ""
    kind = first.kind.name if isinstance(first.kind, Kind) else "text"
    return (
        f"its Write and Read take one 32-bit number, and {layout.record.name} begins with `{first.path}`, {kind} at "
        f"{first.offset}: export the fuller contract of peers/README.md, or name a layout that is one number"
    )


def program_of(layout: Layout, group: str = "") -> DataSubject:
    """Return a program that exchanges one layout and nothing besides, with graffiti and the edges of every kind."""
    record = layout.record
    return DataSubject(
        name=record.name,
        title=record.name,
        records=(record,),
        segment=record.name,
        size=-(-layout.size // PAGE) * PAGE,
        create="create_or_open",
        views=("accessor",),
        polls=False,
        copy_on_write=False,
        values={record.name: _values(layout)},
        group=group,
    )


def _values(layout: Layout) -> tuple[ValueSet, ...]:
    return (graffiti(layout), *edges(layout))


def _unique(layout: Layout) -> str:
    return f"{layout.record.name}-{token_hex(6)}"
