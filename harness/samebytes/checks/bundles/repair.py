"""Repair: the declaration as it should be, in the language of the peer whose own is wrong, held by that language's asserts."""

from __future__ import annotations

from collections.abc import Mapping

from samebytes.checks.result import Run, Stage
from samebytes.errors import LayoutError
from samebytes.layout import Record
from samebytes.layout.emit import emit, emitter_of
from samebytes.peers.manifest import Manifest
from samebytes.peers.variants import peer_of

__all__ = ["guilty", "repair_of"]


def guilty(run: Run) -> str:
    """Return the peer whose declaration is wrong, empty if none is known.

    That is the peer the cause names, or else the only one that describes the record otherwise.
    """
    if run.cause:
        return peer_of(run.cause.partition(":")[0])
    found = {peer_of(item.peer) for item in run.differences if item.stage is Stage.DESCRIBE}
    return found.pop() if len(found) == 1 else ""


def repair_of(run: Run, records: Mapping[str, Record], manifests: Mapping[str, Manifest], abi: str) -> str:
    """Return a source file that declares the run's record; `abi` is the realm's own.

    Empty where nobody's declaration is wrong, or where samebytes cannot write that language.
    """
    manifest, record = manifests.get(guilty(run)), records.get(run.layout)
    language = emitter_of(manifest.language) if manifest else ""
    if manifest is None or record is None or not language:
        return ""
    type_ = manifest.layouts.get(record.name, record.name)
    abi = manifest.abi_in(abi)
    title = f"{record.name} as on {abi}; {manifest.name} declares it as {type_}"
    try:
        return emit(record, language, abi, title)
    except LayoutError:  # what the language cannot hold, it was not asked to declare like this
        return ""
