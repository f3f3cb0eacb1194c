"""A producer's record as programs in other languages read it: each with the declaration that the layout becomes in its language.

What was seen of the producer's memory is put into a segment of our own, where it stays as it is; each peer at hand, a copy of it with
the emitted declaration built in, loads it there in a process of its own.
"""

from __future__ import annotations

import secrets
import shutil
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from samebytes.checks.data.compare import compare_description, compare_leaves
from samebytes.checks.producers.coverage import consumer_covers, fields_of, listed
from samebytes.checks.producers.producer import Producer
from samebytes.checks.result import Result, Run, Skip, Stage, Verdict
from samebytes.errors import LayoutError, MissingError, MissingToolError, PeerError, PeerRefusedError, SamebytesError
from samebytes.layout import Abi, Description, Enum, Field, Layout, Record, abi_named, decode, lay_out
from samebytes.layout.emit import emit
from samebytes.layout.emit.spelling import spelled_in
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.paths import peers_folder
from samebytes.peers.peer import Peer, Starter
from samebytes.peers.realms import Realm
from samebytes.peers.site import Site
from samebytes.toml import read_toml

__all__ = ["Consumers", "FoundByConsumers", "languages"]

PREFIX = "Seen"
"""In front of the names of the emitted types: the peers have records of their own, perhaps of the same name."""
NOT_COPIED = ("__pycache__", "prebuilt")
CHECK = "consumer"
LONG, FIRST = 32, 8
"""Elements of an array: of a longer one only the first are read."""


def languages() -> list[str]:
    """Return the languages in which a record can be read."""
    return list(_recipes())


class FoundByConsumers:
    """What the consumers of each producer found, by its name and the realm: kept from the check `producer` for the check `consumer`."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[Result | Skip]] = {}

    def add(self, producer: str, realm: str, found: Iterable[Result | Skip]) -> None:
        """Keep what was found."""
        self._found[producer, realm] = list(found)

    def of(self, producer: str, realm: str) -> list[Result | Skip]:
        """Return what was found; nothing for a producer that did not run, or was wrong."""
        return self._found.get((producer, realm), [])


class Consumers:
    """The languages that can be had at a prepared site, as readers of a producer.

    `found` has a result of the check `consumer` for each that read, and a skip for each that could not.
    """

    def __init__(self, producer: Producer, site: Site) -> None:
        self._producer, self._site = producer, site
        self._readers: list[_Reader] = []
        self.found: list[Result | Skip] = []

    def prepare(self) -> None:
        """Build every language's declaration and its probe."""
        try:
            subject = _Subject(self._producer, self._site.realm)
        except LayoutError as error:
            self._skip(self._producer.name, "not read in other languages", error)
            return
        folder = self._site.lab.folder("consumers")
        shutil.copytree(peers_folder(), folder / "peers", ignore=shutil.ignore_patterns(*NOT_COPIED))
        for language, recipe in _recipes().items():
            reader = _Reader(subject, read_manifest(folder / "peers" / language / "peer.toml"), recipe)
            try:
                reader.build(self._site)
                self._readers.append(reader)
            except (MissingToolError, MissingError) as error:
                self._skip(language, f"{self._producer.name} was not read by it", error)

    def read(self, memory: bytes) -> None:
        """Let each of them read a copy of these bytes, which are the record's."""
        if not self._readers:
            return
        try:
            snapshot = _Snapshot(memory, self._site)
        except MissingError as error:
            self._skip(self._producer.name, "not read in other languages", error)
            return
        try:
            for reader in self._readers:
                try:
                    self.found.append(reader.read(snapshot))
                except (MissingToolError, MissingError) as error:
                    self._skip(reader.language, f"{self._producer.name} was not read by it", error)
        finally:
            snapshot.close()

    def _skip(self, who: str, words: str, error: SamebytesError) -> None:
        add = getattr(error, "add", "") or error.hint
        self.found.append(Skip(self._site.name, who, f"{words}: {error.message}", add))


class _Subject:
    """What is read: a producer's record under names of its own. LayoutError when no program here can."""

    def __init__(self, producer: Producer, realm: Realm) -> None:
        self.producer, self.realm = producer, realm
        layout = producer.layout_on(abi_named(realm.abi))
        self.name = layout.record.name
        self.layout = _renamed_layout(layout, realm)


class _Snapshot:
    """What a producer shared, in a segment of our own, for as long as it is not closed."""

    def __init__(self, memory: bytes, site: Site) -> None:
        self.memory, self.name, self.site = memory, f"samebytes-{secrets.token_hex(8)}", site
        self._observer = site.observer()
        try:
            map_, _ = self._observer.open("create_new", self.name, len(memory))
            view = self._observer.view(map_, 0, "read_write")
            for start in range(0, len(memory), 1 << 16):
                self._observer.poke(view, start, memory[start : start + (1 << 16)])
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Let the segment go."""
        self._observer.process.say_goodbye()


class _Reader:
    """A language's peer with the declaration that the record becomes in it."""

    def __init__(self, subject: _Subject, manifest: Manifest, recipe: Mapping[str, Any]) -> None:
        self._subject, self._recipe = subject, recipe
        self.language = manifest.name
        unrolled = not recipe.get("arrays_of_records", True)
        spelled = spelled_in(subject.layout.record, recipe["emitter"], subject.realm.abi, unrolled=unrolled)
        self._names, self._record = spelled.names, spelled.record
        self._manifest = replace(manifest, layouts={self._record.name: self._record.name})
        probed = lay_out(_shortened(self._record), subject.layout.abi)
        self._probed = frozenset(self._own(leaf.path) for leaf in probed.leaves)
        """The paths that it is asked for."""
        self._run = Run(subject.name, "snapshot", subject.producer.name, manifest.name, size=subject.layout.size)
        self._starter: Starter | None = None
        self._seconds = 0.0

    def build(self, site: Site) -> None:
        """Build it. MissingToolError, MissingError where there is none; what does not build is its result."""
        started, run, realm = time.perf_counter(), self._run, site.realm
        try:
            _declare(self._manifest.folder, self._recipe, emit(self._record, self._recipe["emitter"], realm.abi))
            run.stage = Stage.BUILD
            probed = {self._record.name: _asked(_shortened(self._record), self._subject.layout.abi)}
            self._starter = next(iter(site.starters(self._manifest, probed).values()))
        except LayoutError as error:  # the emitter has no declaration for it
            raise MissingToolError(error.message) from error
        except MissingToolError:
            raise
        except PeerError as error:
            run.break_off(Stage.BUILD, error)
        self._seconds = time.perf_counter() - started

    def read(self, snapshot: _Snapshot) -> Result:
        """Return what it makes of the bytes."""
        started, run = time.perf_counter(), self._run
        run.memory = snapshot.memory.hex()
        if self._starter is not None:
            run.stage = Stage.START
            try:
                with _ended(snapshot.site.start(self._starter)) as peer:
                    run.stage = Stage.OPEN
                    self._load(peer, snapshot)
            except MissingToolError:
                raise
            except PeerError as error:
                run.break_off(run.stage, error)
        subject = self._subject
        seconds = round(self._seconds + time.perf_counter() - started, 4)
        return Result(subject.producer.name, self.language, subject.name, subject.realm.name, CHECK, [run], seconds)

    def _load(self, peer: Peer, snapshot: _Snapshot) -> None:
        run, layout, record = self._run, self._subject.layout, self._record
        found = _described(peer, record.name)
        # Kinds are the emitter's choice (C# has a byte for a bool): what counts is where the fields are, and what is read of them.
        described = None
        if found is not None:
            described = Description(found.size, found.align, {self._own(path): at for path, at in found.leaves.items()})
        paths = self._probed
        reached = paths & frozenset(described.leaves if described is not None else ())
        if described is None or not reached:
            run.fail(Verdict.UNSUPPORTED, Stage.DESCRIBE, f"{run.consumer} reaches none of its fields by their names")
            return
        map_, _ = peer.open("open_existing", snapshot.name)
        words = peer.load(peer.view(map_, 0, "read_write"), 0, record.name)
        loaded = dict(zip(described.leaves, words, strict=False))
        memory = snapshot.memory
        rows, wrong = compare_leaves(layout, decode(layout, memory), memory, memory, loaded, run.consumer)
        run.leaves = [row for row in rows if row.path in reached]
        for difference in (*compare_description(layout, described, peer), *wrong):
            if difference.path in reached or difference.path == f"size of {record.name}":
                run.differ(difference)
        self._tell(paths, reached)

    def _own(self, path: str) -> str:
        """Return the record's own path of what has another name in the language."""
        return self._names.get(path, path)

    def _tell(self, paths: frozenset[str], reached: frozenset[str]) -> None:
        """Tell what was read, and what was not: then not more than a part of it agreed."""
        run, layout = self._run, self._subject.layout
        fields = fields_of(layout)
        unread = {layout.by_path[path].field for path in paths - reached}
        missed = [name for name in fields if name in unread]
        run.covers = consumer_covers(layout, missed, bytes.fromhex(run.memory))
        if len(paths) < len(layout.by_path):
            run.covers += f"; of arrays longer than {LONG} the first {FIRST} elements"
        if missed and run.verdict is Verdict.AGREED:
            run.verdict, run.stage = Verdict.PARTIAL, Stage.LOAD
            run.message = f"not read, for the declaration there has no such fields: {listed(missed)}"


def _described(peer: Peer, name: str) -> Description | None:
    """Return the peer's own view of the declaration; None if it has none at all."""
    try:
        return peer.describe(name)
    except PeerRefusedError as error:
        if error.kind != "unsupported":
            raise
        return None


class _ended:  # noqa: N801 (used as a function)
    """Ends a peer after the block."""

    def __init__(self, peer: Peer) -> None:
        self._peer = peer

    def __enter__(self) -> Peer:
        return self._peer

    def __exit__(self, *_: object) -> None:
        self._peer.process.say_goodbye()


@cache
def _recipes() -> Mapping[str, Mapping[str, Any]]:
    return read_toml(Path(__file__).with_name("consumers.toml"))


def _declare(folder: Path, recipe: Mapping[str, Any], source: str) -> None:
    """Write the declaration into the copy of a peer."""
    if "replace" in recipe:
        (folder / recipe["replace"]).write_text(source, "utf-8")
        return
    file = folder / recipe["append"]
    file.write_text(f"{file.read_text('utf-8')}\n{source}", "utf-8")


def _renamed_layout(layout: Layout, realm: Realm) -> Layout:
    """Return the layout under names of its own.

    LayoutError when the realm's programs do not lay it out so, or it has no fixed size.
    """
    if layout.record.variable:
        raise LayoutError(f"{layout.record.name} has no fixed size")
    own = lay_out(layout.record, abi_named(realm.abi))
    if own.size != layout.size or own.leaves != layout.leaves:
        raise LayoutError(f"programs here are for {realm.abi}, and lay {layout.record.name} out in another way")
    return lay_out(_renamed(layout.record), layout.abi)


def _asked(record: Record, abi: Abi) -> Record:
    """Return the record as it is probed: shortened, its enumerations as numbers of their width, for their names are not what is read."""
    fields = tuple(
        replace(part, type=_asked(part.type, abi))
        if isinstance(part.type, Record)
        else replace(part, type=replace(part.type, values=(), base=part.type.stored_as(abi)))
        if isinstance(part.type, Enum)
        else part
        for part in record.fields
    )
    return replace(record, fields=fields)


def _shortened(record: Record) -> Record:
    """Return the record whose leaves are probed: each costs the compilers time, and the end of an array shows in what follows."""
    fields = tuple(_shortened_field(part) for part in record.fields)
    return record if fields == record.fields else replace(record, fields=fields)


def _shortened_field(part: Field) -> Field:
    if isinstance(part.type, Record):
        inner = part.type
        unrolled = [one.name for one in inner.fields] == [f"e{number}" for number in range(len(inner.fields))]
        if unrolled and len(inner.fields) > LONG:
            inner = replace(inner, fields=inner.fields[:FIRST])
        part = replace(part, type=_shortened(inner))
    if part.counts and part.counts[0] > LONG:  # the outermost dimension: the others say where an element is
        part = replace(part, counts=(FIRST, *part.counts[1:]))
    return part


def _renamed(record: Record) -> Record:
    fields = tuple(replace(part, type=_renamed_type(part)) for part in record.fields)
    return replace(record, name=f"{PREFIX}{record.name}", fields=fields)


def _renamed_type(part: Field) -> Any:
    if isinstance(part.type, Record):
        return _renamed(part.type)
    if isinstance(part.type, Enum):
        return replace(part.type, name=f"{PREFIX}{part.type.name}")
    return part.type
