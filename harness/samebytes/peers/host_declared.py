"""What a library tells of its declarations besides places, where it exports functions for it: kinds, whole fields, constants."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from samebytes.peers.serve import Fault

__all__ = ["declared"]

_i64, _str = ctypes.c_int64, ctypes.c_char_p


def declared(exports: Any, layout: int, leaves: Sequence[tuple[str, int, int]]) -> dict[str, Any]:
    """Return the parts of an answer to `describe` beyond size and alignment, as far as the library has functions for them."""
    found: dict[str, Any] = {"leaves": list(leaves)}
    if "PeerLeafKind" in exports:
        found["leaves"] = [_with_kind(leaf, exports.PeerLeafKind(layout, index)) for index, leaf in enumerate(leaves)]
    if "PeerMember" in exports and "PeerMemberCount" in exports:
        found["members"] = list(_members(exports, layout))
    if "PeerConstant" in exports and "PeerConstantCount" in exports:
        found["enums"] = _constants(exports, layout)
    return found


def _with_kind(leaf: tuple[str, int, int], kind: bytes | None) -> list[Any]:
    """Return a leaf with its kind, or without, as from a library without the function, if the library cannot tell it."""
    return [*leaf] if kind is None else [*leaf, kind.decode()]


def _members(exports: Any, layout: int) -> Iterator[list[Any]]:
    for index in range(exports.PeerMemberCount(layout)):
        path, offset, size = _str(), _i64(), _i64()
        _ask(exports.PeerMember, layout, index, path, offset, size)
        yield [_text(path), offset.value, size.value]


def _constants(exports: Any, layout: int) -> dict[str, dict[str, int]]:
    enums: dict[str, dict[str, int]] = {}
    for index in range(exports.PeerConstantCount(layout)):
        enumeration, name, value = _str(), _str(), _i64()
        _ask(exports.PeerConstant, layout, index, enumeration, name, value)
        enums.setdefault(_text(enumeration), {})[_text(name)] = value.value
    return enums


def _ask(function: Callable[..., int], layout: int, index: int, *places: Any) -> None:
    kind = function(layout, index, *map(ctypes.byref, places))
    if kind:
        raise Fault(
            "failed", f"the library answers {kind} where there is something to tell ({index} of layout {layout})"
        )


def _text(place: ctypes.c_char_p) -> str:
    if place.value is None:
        raise Fault("failed", "the library gave no name")
    return place.value.decode()
