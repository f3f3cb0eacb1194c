"""What is known of two peers' handling of one record, over every set of values, and the mistake that explains all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.checks.data.batch import Outcome
from samebytes.checks.result import Run, Stage
from samebytes.diagnosis.diagnose import Exchanged, Observation, cause_of
from samebytes.errors import PeerError
from samebytes.layout import Layout, LeafValues
from samebytes.peers.peer import Peer

__all__ = ["Evidence", "declares"]

MOST = 64
"""Sets of values exchanged among many that are kept."""


@dataclass
class Evidence:
    """Collects exchanges; `explain` names a cause in all runs that differ."""

    layout: Layout
    producer: Peer
    consumer: Peer
    _runs: list[Run] = field(default_factory=list)
    _stored: list[Exchanged] = field(default_factory=list)
    _loaded: list[Exchanged] = field(default_factory=list)

    def add(self, run: Run, values: LeafValues, memory: bytes, loaded: Mapping[str, str] | None) -> None:
        """Add an exchange, wrong or not. `memory` empty: nothing was stored; `loaded` None: nothing was loaded."""
        self._runs.append(run)
        if memory:
            self._stored.append(Exchanged(values, memory))
        if loaded is not None:
            self._loaded.append(Exchanged(values, memory, loaded))

    def among_many(self, outcomes: Sequence[Outcome]) -> None:
        """Add what was stored right among many, and loaded right or wrong: each of it may refute a cause, or bear it out."""
        paths = self.consumer.paths(self.layout.record.name)
        right = [outcome for outcome in outcomes if not outcome.wrong or outcome.stage is Stage.LOAD]
        for outcome in sorted(right, key=lambda outcome: not outcome.wrong)[:MOST]:
            if len(outcome.loaded) == len(paths):
                values = outcome.case.values.values
                self._stored.append(Exchanged(values, outcome.memory))
                self._loaded.append(Exchanged(values, outcome.memory, dict(zip(paths, outcome.loaded, strict=True))))

    def explain(self) -> None:
        """Name the mistake that explains everything: the producer's, or else the consumer's."""
        wrong = [run for run in self._runs if run.differences]
        for side, exchanged in ((self.producer, self._stored), (self.consumer, self._loaded)):
            with suppress(PeerError):  # one that broke down can no more be asked
                if not wrong or not declares(side, self.layout):
                    continue
                seen = Observation(self.layout, side.describe(self.layout.record.name), others=exchanged)
                cause = cause_of(seen)
                if cause:
                    for run in wrong:
                        run.cause = f"{side.name}: {cause}"
                    return


def declares(peer: Peer, layout: Layout) -> bool:
    """Return whether a peer can describe a record: one of which no field compiles is missing as a whole, and reported as such."""
    name = layout.record.name
    return name in peer.hello.layouts or not any(item.layout == name for item in peer.missing)
