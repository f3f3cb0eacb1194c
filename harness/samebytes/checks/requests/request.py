"""A request: all that a run is asked for, read once from options. It says nothing of how it is done, and nobody changes it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from samebytes.checks.requests.kind import Cell, kinds
from samebytes.layout import Record
from samebytes.peers.manifest import Manifest

if TYPE_CHECKING:
    from samebytes.checks.data.subjects import DataSubject
    from samebytes.checks.images.file import Image
    from samebytes.checks.lifecycle.scenarios import Scenario
    from samebytes.checks.project.request import ProjectRequest

__all__ = ["Request", "cells_of"]


def _every(_identity: str) -> bool:
    return True


@dataclass(frozen=True)
class Request:
    """What each kind of check needs to say which cells it has. What a request is not about is empty."""

    realms: Sequence[str]
    """In these realms, whether or not this system has them."""
    checks: Collection[str]
    """These kinds of check, by name."""
    manifests: Mapping[str, Manifest] = field(default_factory=dict)
    """Every peer there is, by name."""
    peers: Sequence[str] = ()
    """The peers that take part."""
    programs: Sequence[DataSubject] = ()
    scenarios: Sequence[Scenario] = ()
    records: Mapping[str, Record] = field(default_factory=dict)
    """Those that the peers may declare, by name."""
    seed: int = 0
    """Draws the values that are others in every run; the same seed draws the same."""
    selected: Callable[[str], bool] = _every
    """Whether a cell of that identity is asked for."""
    jobs: int = 0
    """How many pairs of peers may be at work side by side in a realm; as many as the machine's cores allow, if 0."""
    full: bool = False
    """Whether every pair does everything, and not its share of it."""
    required: frozenset[str] = frozenset()
    """Realms and peers that were asked for by name: their absence is an error, not a skip."""
    project: ProjectRequest | None = None
    """What of a samebytes.toml."""
    image: Image | None = None
    """A golden image that consumers are to read."""

    @property
    def taking_part(self) -> list[Manifest]:
        """Return the manifests of the peers that take part."""
        return [self.manifests[name] for name in self.peers]

    @property
    def subjects(self) -> list[DataSubject | Scenario]:
        """Return programs and scenarios, in the order in which they are shown."""
        return [*self.programs, *self.scenarios]


def cells_of(request: Request) -> Iterator[Cell]:
    """Yield every cell that the kinds of check have for a request, and that it selects; by kind, in the order of running."""
    for kind in kinds(request.checks).values():
        yield from (cell for cell in kind.cells(request) if request.selected(cell.identity))
