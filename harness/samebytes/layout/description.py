"""Description: how somebody else sees a record, as a compiler, a runtime or a peer tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Description"]


@dataclass(frozen=True)
class Description:
    """How a peer sees its own declaration: bytes, and per leaf path its offset and width (0: variable), in its order."""

    size: int
    align: int
    leaves: Mapping[str, tuple[int, int]]
