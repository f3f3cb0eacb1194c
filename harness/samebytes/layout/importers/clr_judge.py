"""Both layouts of one structure: by the rules, and by what a runtime said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError, TypeRefusedError
from samebytes.layout.abi import Abi
from samebytes.layout.importers.clr_explicit import check_marshalled, check_references
from samebytes.layout.importers.clr_layouts import Managed, Marshalled
from samebytes.layout.importers.clr_seen import managed_as_seen, marshalled_as_seen, refusal
from samebytes.layout.importers.clr_types import ClrType, Types
from samebytes.layout.importers.clr_witness import Testimony, abi_here, testify
from samebytes.layout.importers.origin import ImportOrigin
from samebytes.layout.record import Record
from samebytes.layout.rules import lay_out

__all__ = ["Judge", "testimony"]

NOT_FOUND = ("FileNotFoundException", "FileLoadException", "BadImageFormatException")
"""That an assembly needs another, or is not for this machine, says nothing of its types."""


def testimony(path: Path, names: Sequence[str], abi: Abi, runtime: str) -> Testimony | None:
    """Return what a runtime says of these types; None where none is asked: there is none, or it is for another CPU than `abi`."""
    return testify(path, names, runtime) if _same_cpu(abi_here(), abi.name) else None


@dataclass
class Judge:
    """One structure. `why` says which layouts there are not; `notes` what else is to be known."""

    types: Types
    one: ClrType
    abi: Abi
    seen: Testimony | None
    origin: ImportOrigin
    why: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: TypeRefusedError | None = None
    _models: dict[str, Record] = field(default_factory=dict)

    @property
    def facts(self) -> Mapping[str, Any] | None:
        """Return what the runtime said of the structure; None where it was not asked, or could not open what it is made of."""
        facts = self.seen.facts.get(self.one.name) if self.seen is not None else None
        return None if facts and refusal(facts, "managed").startswith(NOT_FOUND) else facts

    def check_loading(self) -> None:
        """Raise TypeRefusedError if the CLR does not load the type: by the runtime's word, or by the rule where none was asked."""
        facts = self.facts
        ruled = _raised(lambda: check_references(self.types, self.one, self.abi))
        loaded = facts is not None and "refused" not in facts
        if ruled is not None and not loaded:
            seen = f" (seen on {self._called})" if facts is not None else ""
            raise TypeRefusedError(ruled.message + seen, path=ruled.path, hint=ruled.hint)
        if facts is not None and not loaded:
            words = re.sub(r" from assembly '[^']*'", "", refusal(facts, ""))
            raise TypeRefusedError(f"{self._called} refuses to load {self.one.name}: {words}")

    def managed(self) -> Record | None:
        """Return the managed layout; None if there is none."""
        model, facts = self._model("managed"), self.facts
        if self.one.layout == "auto":  # what one version does the next need not
            return self._told(model, "managed", "modelled")
        if facts is None or refusal(facts, "managed"):
            if facts is not None and isinstance(model, Record):
                model = LayoutError(f"{self._called}: {refusal(facts, 'managed')}")
            return self._told(model, "managed", "modelled" if facts is None else self._as_seen)
        known = model if isinstance(model, Record) else None
        name = known.name if known else self.one.name.rpartition(".")[2].rpartition("+")[2]
        record = managed_as_seen(name, facts["managed"], known, self.abi)
        if known is not None and record is not known:
            self.notes.append(f"Managed, as {self._called} has it; other versions of .NET lay it out otherwise.")
        if known is None:
            self.notes.append(
                f"Managed, as {self._called} has it: what it is made of may be laid out otherwise elsewhere."
            )
        return self._told(replace(record, origin=self.origin), "managed", self._as_seen)

    def marshalled(self) -> Record | None:
        """Return the marshalled layout; None if there is none, or if fields share bytes in the program and not in the segment."""
        model, facts = self._model("marshalled"), self.facts
        witness = facts is not None and self.seen is not None and self.seen.abi == self.abi.name
        if witness and facts is not None:
            if words := refusal(facts, "marshalled"):
                model = LayoutError(f"{self._called} refuses: {words}")
            elif isinstance(model, Record):
                model, words = marshalled_as_seen(facts["marshalled"], model, self.abi)
                self.notes += [f"Marshalled, as {self._called} has it; {words}."] if words else []
        try:
            if isinstance(model, Record):
                check_marshalled(self.one, self._models.get("managed"), model, self.abi)
        except TypeRefusedError as error:
            self.refused = model = error
        return self._told(model, "marshalled", self._as_seen if witness else "modelled")

    def _model(self, called: str) -> Record | LayoutError:
        """Return a layout by the rules, or why there is none."""
        rules = (Managed if called == "managed" else Marshalled)(self.types, self.origin, self.abi)
        try:
            record = rules.record(self.one)
            lay_out(record, self.abi)
            self._models[called] = record
            return record
        except LayoutError as error:
            return error

    def _told(self, found: Record | LayoutError, called: str, how: str) -> Record | None:
        if isinstance(found, LayoutError):
            self.why.append(f"no {called} layout: {found}")
            return None
        return replace(found, origin=replace(self.origin, tool=f"its metadata, {called} layout, {how}"))

    @property
    def _called(self) -> str:
        return self.seen.called if self.seen is not None else "no runtime"

    @property
    def _as_seen(self) -> str:
        return f"as {self._called} has it"


def _raised(check: Callable[[], None]) -> TypeRefusedError | None:
    try:
        check()
    except TypeRefusedError as error:
        return error
    return None


def _same_cpu(one: str, other: str) -> bool:
    return one.partition("-")[0] == other.partition("-")[0]
