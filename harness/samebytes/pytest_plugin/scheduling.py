"""How cells are spread over pytest-xdist's workers: those of a group, which share live peers, go to one worker."""

from __future__ import annotations

from xdist.scheduler import LoadGroupScheduling  # type: ignore[import-untyped]

from samebytes.pytest_plugin.plan import NODE, group_of

__all__ = ["GroupScheduling"]


class GroupScheduling(LoadGroupScheduling):  # type: ignore[misc]  # the base is untyped
    """Every other test goes to its own `xdist_group` with --dist loadgroup, and else wherever there is room."""

    def _split_scope(self, nodeid: str) -> str:
        head, found, identity = nodeid.partition(f"{NODE}::")
        return group_of(identity) if found and not head else str(super()._split_scope(nodeid))
