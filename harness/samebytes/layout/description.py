"""Description: how somebody else sees a record, as a compiler, a runtime or a peer tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Description"]


@dataclass(frozen=True)
class Description:
    """How a peer sees its own declaration: bytes, and per leaf path its offset and width (0: variable), in its order."""

    size: int
    align: int
    leaves: Mapping[str, tuple[int, int]]
    kinds: Mapping[str, str] = field(default_factory=dict)
    """Per leaf path, where it is told: signed, unsigned, float, bool, char, pointer or enum."""
    members: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Per field, where it is told: offset and size in bytes, all elements of an array together."""
    enums: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    """Per leaf path or name of an enumeration, where it is told: the constants' numbers by name."""
