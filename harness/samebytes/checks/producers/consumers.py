"""A producer's record as programs in other languages read it: each with the declaration that the layout becomes in its language.

What was seen of the producer's memory is put into a segment of our own, where it stays as it is; each peer at hand, a copy of it with
the emitted declaration built in, loads it there in a process of its own.
"""

from __future__ import annotations

import secrets
import shutil
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

from samebytes.checks.data.compare import compare_description, compare_leaves
from samebytes.checks.producers.producer import Producer
from samebytes.checks.result import Result, Run, Skip, Stage, Verdict
from samebytes.errors import BuildError, LayoutError, MissingError, MissingToolError, PeerError, PeerRefusedError
from samebytes.layout import Description, Enum, Field, Layout, Record, abi_named, decode, lay_out
from samebytes.layout.emit import emit
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.paths import peers_folder
from samebytes.peers.peer import Peer
from samebytes.peers.realms import Realm
from samebytes.peers.site import Site

__all__ = ["languages", "read_by_consumers"]

PREFIX = "Seen"
"""In front of the names of the emitted types: the peers have records of their own, perhaps of the same name."""
NOT_COPIED = ("__pycache__", "prebuilt")
CHECK = "consumer"
LONG, FIRST = 32, 8
"""Elements of an array: of a longer one only the first are read."""


def languages() -> list[str]:
    """The languages in which a record can be read."""
    return list(_recipes())


def read_by_consumers(producer: Producer, result: Result, site: Site) -> Iterator[Result | Skip]:
    """A result of the check `consumer` for each language that can be had here, from what `run_producer` saw; else why it cannot.

    `result` is of a producer that was found right; nothing comes of another. The site is prepared.
    """
    if not result.green or not result.runs[0].memory:
        return
    layout = producer.layout_on(abi_named(site.realm.abi))
    try:
        snapshot = _Snapshot(producer, layout, bytes.fromhex(result.runs[0].memory), site)
    except (LayoutError, MissingError) as error:
        yield Skip(site.name, producer.name, f"not read in other languages: {error.message}", error.hint)
        return
    folder = site.lab.folder("consumers")
    try:
        shutil.copytree(peers_folder(), folder / "peers", ignore=shutil.ignore_patterns(*NOT_COPIED))
        for language, recipe in _recipes().items():
            try:
                yield snapshot.read_by(read_manifest(folder / "peers" / language / "peer.toml"), recipe)
            except (MissingToolError, MissingError) as error:
                yield Skip(site.name, language, f"{producer.name} was not read by it: {error.message}", error.add)
    finally:
        snapshot.close()
        shutil.rmtree(folder, ignore_errors=True)


class _Snapshot:
    """What a producer shared, in a segment of our own; and who reads it there. LayoutError when no program here can."""

    def __init__(self, producer: Producer, layout: Layout, memory: bytes, site: Site) -> None:
        self._producer, self._site = producer, site
        self._name = layout.record.name
        self._layout = _renamed_layout(layout, site.realm)
        self._probed = _shortened(self._layout.record)
        self._paths = frozenset(lay_out(self._probed, self._layout.abi).by_path)
        self._memory = memory
        self._values = decode(self._layout, memory)
        self._segment = f"samebytes-{secrets.token_hex(8)}"
        self._observer = site.observer()
        try:
            self._keep()
        except BaseException:
            self.close()
            raise

    def _keep(self) -> None:
        map_, _ = self._observer.open("create_new", self._segment, len(self._memory))
        view = self._observer.view(map_, 0, "read_write")
        for start in range(0, len(self._memory), 1 << 16):
            self._observer.poke(view, start, self._memory[start : start + (1 << 16)])

    def close(self) -> None:
        """Let the segment go."""
        self._observer.process.say_goodbye()

    def read_by(self, manifest: Manifest, recipe: Mapping[str, str]) -> Result:
        """What a language's peer makes of it. MissingToolError, MissingError where there is none."""
        started = time.perf_counter()
        run = Run(self._name, "snapshot", self._producer.name, manifest.name, size=self._layout.size)
        run.memory = self._memory.hex()
        try:
            with _ended(self._started(manifest, recipe, run)) as peer:
                run.stage = Stage.OPEN
                self._load(peer, run)
        except MissingToolError:
            raise
        except LayoutError as error:  # the emitter has no declaration for it
            raise MissingToolError(error.message) from error
        except PeerError as error:
            stage = Stage.BUILD if isinstance(error, BuildError) else run.stage
            run.break_off(stage, error)
        seconds = time.perf_counter() - started
        return Result(self._producer.name, manifest.name, self._name, self._site.name, CHECK, [run], seconds)

    def _started(self, manifest: Manifest, recipe: Mapping[str, str], run: Run) -> Peer:
        record, abi = self._layout.record, self._site.realm.abi
        _declare(manifest.folder, recipe, emit(record, recipe["emitter"], abi))
        manifest = replace(manifest, layouts={record.name: record.name})
        run.stage = Stage.BUILD
        starters = self._site.starters(manifest, {record.name: self._probed})
        run.stage = Stage.START
        return self._site.start(next(iter(starters.values())))

    def _load(self, peer: Peer, run: Run) -> None:
        name = self._layout.record.name
        described = _described(peer, name)
        # What a language has no such type for, the emitted declaration reaches in another way than by the field's own path.
        reached = self._paths & frozenset(described.leaves if described is not None else ())
        if described is None or not reached:
            run.fail(Verdict.UNSUPPORTED, Stage.DESCRIBE, f"{run.consumer} reaches none of its fields by their names")
            return
        map_, _ = peer.open("open_existing", self._segment)
        words = peer.load(peer.view(map_, 0, "read_write"), 0, name)
        loaded = dict(zip(described.leaves, words, strict=False))
        rows, wrong = compare_leaves(self._layout, self._values, self._memory, self._memory, loaded, run.consumer)
        run.leaves = [row for row in rows if row[0] in reached]
        for difference in (*compare_description(self._layout, described, peer), *wrong):
            if difference.path in reached or difference.path == f"size of {name}":
                run.differ(difference)
        run.notes += self._unread(reached)

    def _unread(self, reached: frozenset[str]) -> Iterator[str]:
        """What of the record was not read, and why."""
        by_path = self._layout.by_path
        fields = list(dict.fromkeys(by_path[path].field for path in by_path if path in self._paths - reached))
        if fields:
            yield f"not read, for the declaration there has no such fields: {', '.join(fields)}"
        if len(self._paths) < len(by_path):
            yield f"of arrays longer than {LONG} the first {FIRST} elements were read"


def _described(peer: Peer, name: str) -> Description | None:
    """The peer's own view of the declaration; None if it has none at all."""
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
    text = (Path(__file__).parent / "consumers.toml").read_text("utf-8")
    return tomllib.loads(text)


def _declare(folder: Path, recipe: Mapping[str, str], source: str) -> None:
    """Write the declaration into the copy of a peer."""
    if "replace" in recipe:
        (folder / recipe["replace"]).write_text(source, "utf-8")
        return
    file = folder / recipe["append"]
    file.write_text(f"{file.read_text('utf-8')}\n{source}", "utf-8")


def _renamed_layout(layout: Layout, realm: Realm) -> Layout:
    """The layout under names of its own. LayoutError when the realm's programs do not lay it out so, or it has no fixed size."""
    if layout.record.variable:
        raise LayoutError(f"{layout.record.name} has no fixed size")
    own = lay_out(layout.record, abi_named(realm.abi))
    if own.size != layout.size or own.leaves != layout.leaves:
        raise LayoutError(f"programs here are for {realm.abi}, and lay {layout.record.name} out in another way")
    return lay_out(_renamed(layout.record), layout.abi)


def _shortened(record: Record) -> Record:
    """The record whose leaves are probed: each costs the compilers time, and the end of an array shows in what stands behind it."""
    fields = tuple(_shortened_field(part) for part in record.fields)
    return record if fields == record.fields else replace(record, fields=fields)


def _shortened_field(part: Field) -> Field:
    if isinstance(part.type, Record):
        part = replace(part, type=_shortened(part.type))
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
