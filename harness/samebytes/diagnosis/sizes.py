"""Whether a record and a segment go together by their sizes, and if not: which ABI or packing would."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field

from samebytes.diagnosis import words
from samebytes.diagnosis.diagnose import Candidate, Observation, likely_cause
from samebytes.diagnosis.record_mistakes import measures_of
from samebytes.errors import LayoutError
from samebytes.layout import ABIS, Abi, Layout, Record, lay_out
from samebytes.pages import PAGE

__all__ = ["LIKELY", "RecordOn", "SizeCheck", "check_size"]

RecordOn = Callable[[Abi], Record | None]
"""The record as a file describes it for an ABI: a header may say different things. None where it cannot be read for it."""
_FIRST = ("x86_64-linux", "x86_64-windows", "i686-linux", "i686-windows")
_NAMED = 2
"""ABIs of one size that are named."""
LIKELY = "likely cause: "
Plausible = Callable[[Candidate], bool]
"""Whether the bytes that are there make sense with a mistake."""


@dataclass(frozen=True)
class SizeCheck:
    """`fits`: the record ends inside the segment, and no other ABI explains its exact size better."""

    fits: bool
    words: list[str] = field(default_factory=list)
    better: Layout | None = None
    """The record on the first ABI that makes exactly this size."""


def check_size(
    layout: Layout, record_on: RecordOn, offset: int, size: int, exact: bool, data: bytes = b"",
    plausible: Plausible = lambda _way: True,
) -> SizeCheck:  # fmt: skip
    """Compare the record at `offset` with a segment of `size` bytes (`exact`, or rounded up to pages), and its bytes from there on."""
    need = offset + layout.size
    if _makes(need, size, exact) or (layout.record.variable and need <= size):
        return SizeCheck(True)
    found = [other for other in _elsewhere(layout, record_on) if _makes(offset + other.size, size, exact)]
    short = need > size
    told = []
    if short:
        told.append(
            f"{layout.record.name} ends at {need} on {layout.abi.name}, the segment at {size}: it is not all there"
        )
    told += _explained(layout, found, offset, size, exact)
    if short or found:
        told += _repacked(layout, offset, size, exact, data, plausible)
    return SizeCheck(not short and not (found and exact), told, found[0] if found else None)


def _makes(need: int, size: int, exact: bool) -> bool:
    return need == size if exact else -(-need // PAGE) * PAGE == size


def _explained(layout: Layout, found: list[Layout], offset: int, size: int, exact: bool) -> Iterator[str]:
    if not found:
        return
    first, name = found[0], layout.record.name
    names = [one.abi.name for one in found if one.size == first.size]
    others = ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")
    rounded = "" if exact else f", rounded up to pages of {PAGE}"
    differing = _differing(layout, first)
    with_ = f" with {differing}" if differing else ""
    yield (
        f"{size} bytes fit {name}{with_} ({others}): {first.size} bytes{f' from {offset}' if offset else ''}{rounded}; "
        f"{layout.size} is what {layout.abi.name} makes of it"
    )


def _differing(layout: Layout, other: Layout) -> str:
    """Return what in the record has another width there."""
    used = dict.fromkeys(measure for measure in measures_of(layout.record) if measure in words.MEASURES)
    pairs = [(words.measure(one, layout.abi), words.measure(one, other.abi)) for one in used]
    return " and ".join(there for here, there in pairs if here != there)


def _elsewhere(layout: Layout, record_on: RecordOn) -> Iterator[Layout]:
    """Yield the record on every other ABI, the usual ones first, where it can be laid out."""
    for name in dict.fromkeys((*_FIRST, *ABIS)):
        if name != layout.abi.name:
            with suppress(LayoutError):
                record = record_on(ABIS[name]) if name in _FIRST else layout.record
                if record is not None:
                    yield lay_out(record, ABIS[name])


def _repacked(layout: Layout, offset: int, size: int, exact: bool, data: bytes, plausible: Plausible) -> Iterator[str]:
    """Yield the mistake that makes just this size."""

    def holds(way: Candidate) -> bool:
        return _makes(offset + way.end, size, exact) and plausible(way)

    cause = likely_cause(
        Observation(layout, holds=holds, live=data, size=size - offset if exact and size % PAGE else None)
    )
    if cause:
        yield f"{LIKELY}{cause}"
