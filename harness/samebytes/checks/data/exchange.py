"""One exchange: a producer stores a record in a segment, an observer looks at the bytes, a consumer loads them; then the next values.

Three processes, one segment. What the layout says, what stands in memory and what the consumer saw are compared here, outside the peers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from samebytes.checks.data.batch import BACKGROUND
from samebytes.checks.data.compare import BEYOND, compare_description, compare_leaves, compare_memory, leaf_word
from samebytes.checks.data.evidence import Evidence, declares
from samebytes.checks.data.segment_state import guard_keeper, harm_done
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import GUARD, Side, gone_soon
from samebytes.checks.data.values import ValueSet
from samebytes.checks.result import Difference, Run, Sizes, Stage, Verdict
from samebytes.errors import PeerError, PeerRefusedError
from samebytes.layout import Layout, encode
from samebytes.pages import PAGE
from samebytes.peers.peer import Peer

__all__ = ["Exchange"]

CHUNK = 1 << 18
"""Bytes that travel as hex in one line of the protocol."""
UNLISTED = ("listed, since the manifest declares it", "not listed")
AWAIT_MILLISECONDS = 5_000
"""How long a consumer polls for a message; the producer stores within milliseconds."""


class Exchange:
    """Runs once. Every set of values has a run of its own, with a fresh background before it.

    What concerns the segment is told in the first run and the last.
    """

    def __init__(
        self,
        program: DataSubject,
        layout: Layout,
        sets: Sequence[ValueSet],
        name: str,
        peers: tuple[Peer, Peer, Peer],
        form: str,
        evidence: Evidence | None = None,
        whole: bool = True,
    ) -> None:
        """Prepare the exchange. `evidence`: of further exchanges of the record between the two; whoever made it has it explained.

        `whole`: watch the whole segment, and not only where the record stands.
        """
        self._program, self._layout, self._sets, self._name = program, layout, sets, name
        producer, consumer, observer = peers
        self._evidence = evidence or Evidence(layout, producer, consumer)
        self._evidence.producer, self._evidence.consumer = producer, consumer  # they may have been started again
        self._explains = evidence is None
        self._producer = Side(producer, form if form in producer.hello.views else "accessor")
        self._consumer = Side(consumer, form if form in consumer.hello.views else "accessor")
        self._observer = Side(observer, "accessor")
        self._values, self._expected = sets[0], b""
        self._memory = b""
        self._end = self._segment if whole else 0
        """Bytes of the segment that are painted, and compared in the end."""
        self._watched = 0
        """Bytes at the start of the segment that are compared after each store."""
        self._loaded: dict[str, str] | None = None
        self._stage = Stage.DESCRIBE
        self._runs: list[Run] = []
        self._remembered = 0
        """Runs of which the evidence is kept."""

    def run(self) -> list[Run]:
        """Exchange the record. Never raises for what a peer does: that is a verdict. What a conversation that broke left is not tried."""
        try:
            for number, values in enumerate(self._sets):
                self._begin(values)
                if number == 0:
                    self._share()
                    self._paint()
                self._store()
                self._load()
                self._remember()
            if self._program.copy_on_write:
                self._copy_on_write()
            self._look_behind()
            self._close()
        except PeerError as error:
            self._broken_by(error)
            self._remember()  # what broke it may be a wrong record, and not that of the one that broke
        finally:
            self._give_back()
        if self._explains:
            self._evidence.explain()
        return self._runs

    def _broken_by(self, error: PeerError) -> None:
        """Record that the conversation broke, and blame who acted: a consumer cannot read what was stored wrong, or is no more there."""
        stored_wrong = any(item.stage is Stage.STORE for item in self.result.differences)
        if stored_wrong and isinstance(error, PeerRefusedError) and self._stage is Stage.LOAD:
            consumer = self._consumer.peer.name
            self.result.differ(
                Difference(self._stage, consumer, "what was stored", "its values", f"no record: {error}")
            )
            return
        harm = self._harm(error)
        self.result.break_off(self._stage, error)
        if harm is not None:
            self.result.differ(harm)
            self.result.message = f"{harm}; then: {error}"

    def _harm(self, error: PeerError) -> Difference | None:
        """Return what somebody did to the segment or its name because of which another one broke off; None if nothing is seen of it."""
        producer, consumer = self._producer.peer, self._consumer.peer
        acted = consumer if error.peer == producer.name or self._stage is Stage.CLOSE else producer
        made = bool(self._producer.held) and self._stage not in (Stage.DESCRIBE, Stage.CREATE)
        harm = (
            harm_done(self._name, self._program.size, acted, Stage.STORE) if made and acted.name != error.peer else None
        )
        others = [peer for peer in (producer, consumer) if peer.name != error.peer]
        return harm or guard_keeper(self._name, others, Stage.STORE)

    @property
    def result(self) -> Run:
        """Return the run of the values that are tried now."""
        return self._runs[-1]

    def _begin(self, values: ValueSet) -> None:
        self._values, self._expected = values, encode(self._layout, values.values)
        self._memory, self._loaded = b"", None
        producer, consumer = (f"{side.peer.name}/{side.form}" for side in (self._producer, self._consumer))
        self._runs.append(Run(self._layout.record.name, values.name, producer, consumer, size=self._layout.size))
        self._describe()

    def _share(self) -> None:
        self._absent_before()
        self._create()
        self._open()

    def _describe(self) -> None:
        self._stage = Stage.DESCRIBE
        described: dict[str, Sizes | None] = {}
        for role, side in (("producer", self._producer), ("consumer", self._consumer)):
            name = self._layout.record.name
            found = side.peer.describe(name) if declares(side.peer, self._layout) else None
            if found is not None and name not in side.peer.hello.layouts:
                self.result.differ(Difference(self._stage, side.peer.name, f"{name} in the answer to hello", *UNLISTED))
            for difference in compare_description(self._layout, found, side.peer):
                self.result.differ(difference)
            described[role] = None if found is None else {"size": found.size, "align": found.align}
        self.result.described = described

    def _absent_before(self) -> None:
        self._stage = Stage.OPEN
        self.result.absent = self._must_be_absent("before it was created")

    def _must_be_absent(self, when: str) -> Mapping[str, Any]:
        peer = self._consumer.peer
        refusal = peer.absence(self._name)
        if refusal is None or refusal.kind != "not_found":
            found = "opened" if refusal is None else f"{refusal.kind} (code {refusal.code}, {refusal.native})"
            both = (self._producer.peer, self._consumer.peer)
            kept = guard_keeper(self._name, both, self._stage) if refusal and refusal.kind == "timeout" else None
            self.result.differ(kept or Difference(self._stage, peer.name, f"the name {when}", "not_found", found))
            return {"kind": None if refusal is None else refusal.kind}
        return {"kind": refusal.kind, "code": refusal.code, "native": refusal.native}

    def _create(self) -> None:
        self._stage = Stage.CREATE
        side = self._producer
        if side.open(self._program.create, self._name, self._program.size) is False:
            self.result.differ(Difference(self._stage, side.peer.name, "created", "true", "false"))
        side.view = side.look("read_write", side.form)

    def _open(self) -> None:
        self._stage = Stage.OPEN
        self._observer.open("open_existing", self._name)
        self._observer.view = self._observer.look("read_write")
        self._consumer.open("open_existing", self._name)
        self._consumer.view = self._consumer.look_only()

    @property
    def _segment(self) -> int:
        """Return the segment's size in bytes, whole pages."""
        return -(-self._program.size // PAGE) * PAGE

    def _background(self) -> bytes:
        """Return what the watched memory holds before the store; zeros where a consumer polls for the length."""
        watched = max(PAGE, len(self._expected) + GUARD)
        start = bytes(self._layout.size) if self._program.polls else b""
        return start + bytes([BACKGROUND]) * (min(watched, self._segment) - len(start))

    def _paint(self) -> None:
        """Fill the segment, so that what is written anywhere in it shows in the end."""
        for at, size in self._chunks(0):
            self._observer.peer.poke(self._observer.view, at, bytes([BACKGROUND]) * size)

    def _chunks(self, first: int) -> Iterator[tuple[int, int]]:
        """Yield offset and size of the pieces, as large as one line of the protocol takes, from `first` to the end of what is painted."""
        for at in range(first, self._end, CHUNK):
            yield at, min(CHUNK, self._end - at)

    def _look_behind(self) -> None:
        """Check that what lies behind all that was watched is still as it was painted."""
        for at, size in self._chunks(self._watched):
            found = self._observer.peer.peek(self._observer.view, at, size)
            if found.strip(bytes([BACKGROUND])):
                place = next(place for place, byte in enumerate(found) if byte != BACKGROUND)
                shown = found[place : place + 8].hex()
                who = f"{self._producer.peer.name} or {self._consumer.peer.name}"
                self.result.differ(Difference(self._stage, who, BEYOND, "cc" * 8, shown, at + place))
                return

    def _store(self) -> None:
        self._stage = Stage.STORE
        background = self._background()
        self._watched = max(self._watched, len(background))
        self._observer.peer.poke(self._observer.view, 0, background)
        words = self._words(self._producer.peer)
        if words is not None:
            with self._consumer_polling() if self._program.polls else nullcontext():
                self._producer.peer.store(self._producer.view, 0, self._layout.record.name, words)
        memory = self._observer.peer.peek(self._observer.view, 0, len(background))
        self.result.memory = memory[: len(self._expected)].hex()
        for difference in compare_memory(self._layout, self._expected, memory, background, self._producer.peer.name):
            self.result.differ(difference)
        self._memory = memory

    @contextmanager
    def _consumer_polling(self) -> Iterator[None]:
        """Let the consumer wait while the producer stores. If the store fails, the observer wakes it: nobody waits for a deadline."""
        finish = self._consumer.peer.begin_await(self._consumer.view, 0, AWAIT_MILLISECONDS)
        try:
            yield
        except PeerError:
            with suppress(PeerError):
                self._observer.peer.poke(self._observer.view, 0, b"\xff\xff\xff\x7f")
                finish()
            raise
        self._woken(finish)

    def _woken(self, finish: Callable[[], object]) -> None:
        """Blame the producer if the consumer saw no length in time: it did not write it."""
        try:
            finish()
        except PeerRefusedError as error:
            if error.kind != "timeout":
                raise
            found = f"zero for {AWAIT_MILLISECONDS} ms"
            self.result.differ(Difference(self._stage, self._producer.peer.name, "length", "not zero", found, 0))

    def _words(self, peer: Peer) -> list[str] | None:
        """Return the values in the order in which the peer takes them; a leaf only it has gets zero. None if it declares none of them."""
        if not declares(peer, self._layout):
            return None
        paths = peer.describe(self._layout.record.name).leaves
        by_path = self._layout.by_path
        return [
            leaf_word(by_path[path], self._values.values[path]) if path in by_path else "00" * max(1, width)
            for path, (_, width) in paths.items()
        ]

    def _load(self) -> None:
        self._stage = Stage.LOAD
        peer, name = self._consumer.peer, self._layout.record.name
        loaded: dict[str, str] = {}
        if declares(peer, self._layout):
            paths = list(peer.describe(name).leaves)
            words = peer.load(self._consumer.view, 0, name)
            if len(words) != len(paths):
                self.result.differ(
                    Difference(self._stage, peer.name, "leaves loaded", str(len(paths)), str(len(words)))
                )
            loaded = dict(zip(paths, words, strict=False))
        self._loaded = loaded
        rows, differences = compare_leaves(
            self._layout, self._values.values, self._expected, self._memory, loaded, peer.name
        )
        self.result.leaves = rows
        for difference in differences:
            self.result.differ(difference)

    def _remember(self) -> None:
        """Keep what was seen: it is explained together with all other sets of values."""
        if self._runs and self._remembered < len(self._runs):
            self._remembered = len(self._runs)
            self._evidence.add(self.result, self._values.values, self._memory, self._loaded)

    def _copy_on_write(self) -> None:
        """Check that what the consumer writes through a copy-on-write view is seen by it alone."""
        peer, before = self._consumer.peer, self._memory[:4]
        view = self._consumer.look("copy")
        written = bytes(byte ^ 0xFF for byte in before)
        peer.poke(view, 0, written)
        self._expect(peer.name, "the first 4 bytes, in its own copy", written, peer.peek(view, 0, 4))
        seen = self._observer.peer.peek(self._observer.view, 0, 4)
        self._expect(peer.name, "the first 4 bytes, after a write to its copy", before, seen)

    def _expect(self, peer: str, what: str, expected: bytes, found: bytes) -> None:
        if found != expected:
            self.result.differ(Difference(self._stage, peer, what, expected.hex(), found.hex(), 0))

    def _close(self) -> None:
        """Let everyone let go; then the name must be gone."""
        self._stage = Stage.CLOSE
        for side in (self._consumer, self._producer, self._observer):
            side.release()
        if not gone_soon(self._observer.peer, self._name):
            self.result.fail(Verdict.LEAKED, self._stage, f"{self._name} is still there after everyone closed it")

    def _give_back(self) -> None:
        """Let whoever still lives let go of what it holds, after a failure."""
        for side in (self._consumer, self._producer, self._observer):
            with suppress(PeerError):
                if side.peer.process.alive:
                    side.release()
