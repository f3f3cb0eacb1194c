"""Hazards: what makes a record's bytes differ between the ABIs and languages that share it, in words, with the fix."""

from __future__ import annotations

from collections.abc import Iterable

from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.hazards.bits import bit_traps
from samebytes.layout.hazards.commented import dropped_fields
from samebytes.layout.hazards.foreign import foreign_traps
from samebytes.layout.hazards.scalars import scalar_traps
from samebytes.layout.hazards.scene import COMPANY, Scene
from samebytes.layout.hazards.shapes import holes_of, shape_traps
from samebytes.layout.hazards.traps import TRAPS, Hazard, Trap
from samebytes.layout.record import Record

__all__ = ["COMPANY", "TRAPS", "Hazard", "Trap", "dropped_fields", "hazards", "holes_of"]


def hazards(record: Record, abis: Iterable[Abi | str] = ()) -> tuple[Hazard, ...]:
    """Return every trap the record runs into, by number and path.

    With two ABIs or more, what differs between exactly those. With one or none, what differs between it and the
    little-endian ABIs people share memory between (`COMPANY`). Traps between languages count always: a record of
    fixed-width kinds without padding, pointers and other languages' types has none. LayoutError when no ABI can lay it out.
    """
    asked = tuple(abi_named(abi) if isinstance(abi, str) else abi for abi in abis)
    company = asked if len(asked) > 1 else (*asked, *map(abi_named, COMPANY))
    scene = Scene(record, company)
    found = [*scalar_traps(scene), *bit_traps(scene), *shape_traps(scene), *foreign_traps(scene)]
    unique: dict[tuple[int, str], Hazard] = {}
    for one in found:
        unique.setdefault((one.trap.number, one.path), one)
    return tuple(sorted(unique.values(), key=lambda one: one.trap.number))
