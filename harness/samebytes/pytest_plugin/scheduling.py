"""How cells are spread over pytest-xdist's workers: those of a group, which share live peers, go to one worker."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from samebytes.pytest_plugin.plan import NODE, group_of

__all__ = ["GroupScheduling"]


class GroupScheduling(LoadGroupScheduling):  # type: ignore[misc]  # the base is untyped
    """Every other test goes to its own `xdist_group` with --dist loadgroup, and else wherever there is room.

    A worker gets groups of the realms it has made ready, and else of a realm that no other has: making one ready takes longer
    than running a group.
    """

    def __init__(self, config: Any, log: Any) -> None:
        super().__init__(config, log)
        self._ready: dict[Any, set[str]] = defaultdict(set)

    def _split_scope(self, nodeid: str) -> str:
        identity = _identity(nodeid)
        return group_of(identity) if identity else str(super()._split_scope(nodeid))

    def _assign_work_unit(self, node: Any) -> None:
        """Give a worker the queue's best unit for it."""
        best = min(self.workqueue, key=lambda scope: self._effort(node, scope))  # of equals, the first
        self.workqueue.move_to_end(best, last=False)
        self._ready[node] |= self._realm(best)
        super()._assign_work_unit(node)

    def _effort(self, node: Any, scope: str) -> int:
        """Return 0 for cells of a realm ready there, 1 for a realm that no worker has and other tests, 2 for one that another has."""
        realm = self._realm(scope)
        if realm and realm <= self._ready[node]:
            return 0
        return 2 if realm and any(realm <= ready for ready in self._ready.values()) else 1

    def _realm(self, scope: str) -> set[str]:
        """Return the realm of a unit of cells; none for other tests."""
        identity = _identity(next(iter(self.workqueue[scope])))
        return {identity.split("/")[3]} if identity else set()


def _identity(nodeid: str) -> str:
    head, found, identity = nodeid.partition(f"{NODE}::")
    return identity if found and not head else ""
