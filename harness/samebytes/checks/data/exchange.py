"""One exchange: a producer stores a record in a segment, an observer looks at the bytes, a consumer loads them; then the next values.

Three processes, one segment. What the layout says, what stands in memory and what the consumer saw are compared here, outside the peers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

from samebytes.checks.data.batch import BACKGROUND
from samebytes.checks.data.compare import compare_description, compare_leaves, compare_memory, leaf_word
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.testbed import GUARD, Side, gone_soon
from samebytes.checks.data.values import ValueSet
from samebytes.checks.result import Difference, Run, Stage, Verdict
from samebytes.diagnosis.diagnose import Observation, cause_of
from samebytes.diagnosis.sizes import PAGE
from samebytes.errors import PeerError, PeerRefusedError
from samebytes.layout import Layout, encode
from samebytes.peers.peer import Peer

__all__ = ["Exchange"]

AWAIT_MILLISECONDS = 5_000
"""How long a consumer polls for a message; the producer stores within milliseconds."""


class Exchange:
    """Runs once. Every set of values comes to a run of its own, with a fresh background before it; what concerns the segment is told
    in the first run and the last."""

    def __init__(
        self,
        program: DataSubject,
        layout: Layout,
        sets: Sequence[ValueSet],
        name: str,
        peers: tuple[Peer, Peer, Peer],
        form: str,
    ) -> None:
        self._program, self._layout, self._sets, self._name = program, layout, sets, name
        producer, consumer, observer = peers
        self._producer = Side(producer, form if form in producer.hello.views else "accessor")
        self._consumer = Side(consumer, form if form in consumer.hello.views else "accessor")
        self._observer = Side(observer, "accessor")
        self._values, self._expected = sets[0], b""
        self._memory = b""
        self._loaded: dict[str, str] | None = None
        self._stage = Stage.DESCRIBE
        self._runs: list[Run] = []

    def run(self) -> list[Run]:
        """Exchange the record. Never raises for what a peer does: that is a verdict. What a conversation that broke left is not tried."""
        try:
            for number, values in enumerate(self._sets):
                self._begin(values)
                if number == 0:
                    self._share()
                self._store()
                self._load()
                self._explain()
            if self._program.copy_on_write:
                self._copy_on_write()
            self._close()
        except PeerError as error:
            self.result.break_off(self._stage, error)
            with suppress(PeerError):  # what broke it may be a wrong record, and not that of the one that broke
                self._explain()
        finally:
            self._give_back()
        return self._runs

    @property
    def result(self) -> Run:
        """What comes of the values that are tried now."""
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
        described = {}
        for role, side in (("producer", self._producer), ("consumer", self._consumer)):
            found = side.peer.describe(self._layout.record.name) if self._declares(side.peer) else None
            for difference in compare_description(self._layout, found, side.peer):
                self.result.differ(difference)
            described[role] = None if found is None else {"size": found.size, "align": found.align}
        self.result.described = described

    def _declares(self, peer: Peer) -> bool:
        """A record of which no field compiles is missing as a whole, and reported as such; any other must be described."""
        name = self._layout.record.name
        return name in peer.hello.layouts or not any(item.layout == name for item in peer.missing)

    def _absent_before(self) -> None:
        self._stage = Stage.OPEN
        self.result.absent = self._must_be_absent("before it was created")

    def _must_be_absent(self, when: str) -> Mapping[str, Any]:
        peer = self._consumer.peer
        refusal = peer.absence(self._name)
        if refusal is None or refusal.kind != "not_found":
            found = "opened" if refusal is None else f"{refusal.kind} (code {refusal.code}, {refusal.native})"
            self.result.differ(Difference(self._stage, peer.name, f"the name {when}", "not_found", found))
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

    def _background(self) -> bytes:
        """What the watched memory holds before the store; zeros where a consumer polls for the length."""
        watched = max(PAGE, len(self._expected) + GUARD)
        start = bytes(self._layout.size) if self._program.polls else b""
        segment = -(-self._program.size // PAGE) * PAGE
        return start + bytes([BACKGROUND]) * (min(watched, segment) - len(start))

    def _store(self) -> None:
        self._stage = Stage.STORE
        background = self._background()
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
        """The consumer waits while the producer stores. If the store fails, the observer wakes it: nobody waits for a deadline."""
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
        """A consumer that saw no length in time is no failure of its own: the producer did not write it."""
        try:
            finish()
        except PeerRefusedError as error:
            if error.kind != "timeout":
                raise
            found = f"zero for {AWAIT_MILLISECONDS} ms"
            self.result.differ(Difference(self._stage, self._producer.peer.name, "length", "not zero", found, 0))

    def _words(self, peer: Peer) -> list[str] | None:
        """The values in the order in which the peer takes them; a leaf only it has gets zero. None: it declares none of them."""
        if not self._declares(peer):
            return None
        paths = peer.describe(self._layout.record.name).leaves
        by_path = self._layout.by_path
        return [leaf_word(by_path[path], self._values.values[path]) if path in by_path else "00" for path in paths]

    def _load(self) -> None:
        self._stage = Stage.LOAD
        peer, name = self._consumer.peer, self._layout.record.name
        loaded: dict[str, str] = {}
        if self._declares(peer):
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

    def _explain(self) -> None:
        """Name the change of a declaration that explains what differs: the producer's, or else the consumer's."""
        if not self.result.differences:
            return
        read = b"" if self._loaded is None else self._memory  # what was never stored or loaded says nothing
        for side, memory, loaded in ((self._producer, self._memory, None), (self._consumer, read, self._loaded)):
            if self._declares(side.peer):
                described = side.peer.describe(self._layout.record.name)
                cause = cause_of(Observation(self._layout, described, self._values.values, memory, loaded))
                if cause:
                    self.result.cause = f"{side.peer.name}: {cause}"
                    return

    def _copy_on_write(self) -> None:
        """What the consumer writes through a copy-on-write view, it alone sees."""
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
        """Everyone lets go; then the name must be gone."""
        self._stage = Stage.CLOSE
        for side in (self._consumer, self._producer, self._observer):
            side.release()
        if not gone_soon(self._observer.peer, self._name):
            self.result.fail(Verdict.LEAKED, self._stage, f"{self._name} is still there after everyone closed it")

    def _give_back(self) -> None:
        """After a failure: whoever still lives lets go of what it holds."""
        for side in (self._consumer, self._producer, self._observer):
            with suppress(PeerError):
                if side.peer.process.alive:
                    side.release()
