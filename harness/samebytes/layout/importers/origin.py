"""Where an imported record came from, and what its reader had to assume."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samebytes.layout.record import Origin, Record

__all__ = ["ImportOrigin", "Imported", "notes_of"]


@dataclass(frozen=True)
class ImportOrigin(Origin):
    """An Origin with remarks. `notes` are whole sentences: what was assumed, and where two readers disagree."""

    notes: tuple[str, ...] = ()
    order: Literal["", "little", "big"] = ""
    """The byte order that the declaration itself says; empty: that of the ABI it is laid out on."""


class Imported(dict[str, Record]):
    """Records by name. `refused` says why others of the same source are not here, by their names."""

    def __init__(self, records: dict[str, Record], refused: dict[str, str]) -> None:
        super().__init__(records)
        self.refused = refused


def notes_of(record: Record) -> tuple[str, ...]:
    """Return what a record's importer remarked; nothing for records that were not imported."""
    return record.origin.notes if isinstance(record.origin, ImportOrigin) else ()
