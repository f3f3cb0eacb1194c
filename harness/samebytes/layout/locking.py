"""Holding a lock file against its source: which records changed on which ABIs, in words; and writing it anew."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Literal, NamedTuple

from samebytes.errors import LayoutError, UsageError
from samebytes.layout.abi import ABIS, Abi
from samebytes.layout.diff import Change, differences
from samebytes.layout.laid_out import Layout
from samebytes.layout.lock import Lock, lock_text, locked
from samebytes.layout.record import Record
from samebytes.layout.rules import lay_out

__all__ = ["DEFAULT_ABIS", "Changed", "changed", "changed_words", "layouts_on", "severity", "source_lock_text"]

DEFAULT_ABIS = ("x86_64-linux", "x86_64-windows")

Read = Callable[[Abi], Iterable[Record]]
"""A source's records as they are on an ABI."""


class Changed(NamedTuple):
    """A change of one record on one ABI."""

    record: str
    abi: str
    change: Change


def changed(
    lock: Lock, place: str, read: Read, types: Collection[str] = (), abis: Collection[str] = ()
) -> Iterator[Changed]:
    """Yield all that happened since the lock file `place` was written, to these records on these ABIs (none named: all it has).

    UsageError if it locks none of them, LayoutError for an ABI there is not.
    """
    wanted = [one for one in lock.records if (not types or one.name in types) and (not abis or one.abi in abis)]
    if not wanted:
        raise UsageError(f"{place} locks nothing of what was asked for")
    for abi in dict.fromkeys(one.abi for one in wanted):
        if abi not in ABIS:
            first = next(one for one in wanted if one.abi == abi)
            raise LayoutError(f"{place}:{first.line}: there is no ABI {abi!r}", hint=f"known: {', '.join(ABIS)}")
        now = {one.name: one for one in map(locked, layouts_on(ABIS[abi], read, []))}
        for old in (one for one in wanted if one.abi == abi):
            if old.name in now:
                yield from (Changed(old.name, abi, change) for change in differences(old, now[old.name]))
            else:
                yield Changed(old.name, abi, Change("breaking", f"{old.name} is no longer there"))
        if not types:
            known = {one.name for one in lock.records if one.abi == abi}
            new = (name for name in now if name not in known)
            yield from (Changed(name, abi, Change("compatible", f"{name} is new, and not locked")) for name in new)


def severity(found: Sequence[Changed]) -> Literal["same", "compatible", "breaking"]:
    """Return the worst of them."""
    if any(one.change.severity == "breaking" for one in found):
        return "breaking"
    return "compatible" if found else "same"


def changed_words(found: Iterable[Changed]) -> Iterator[str]:
    """Yield the changes line by line; the same change on several ABIs stands once."""
    grouped: dict[tuple[str, Change], list[str]] = {}
    for name, abi, change in found:
        grouped.setdefault((name, change), []).append(abi)
    told = None
    for (name, change), abis in grouped.items():
        if (name, abis) != told:
            told = (name, abis)
            yield f"{name} on {', '.join(abis)}"
        yield f"  {change.severity:<10}  {change.text}"


def layouts_on(abi: Abi, read: Read, refused: list[LayoutError]) -> Iterator[Layout]:
    """Yield the source's records laid out; those that cannot be on that ABI are added to `refused`."""
    for record in read(abi):
        try:
            yield lay_out(record, abi)
        except LayoutError as error:
            refused.append(error)


def source_lock_text(layouts: Sequence[Layout], source: Path, folder: Path) -> str:
    """Return the text of a lock file that is to stand in `folder`: records in the order in which they come first."""
    order = list(dict.fromkeys(layout.record.name for layout in layouts))
    return lock_text(sorted(layouts, key=lambda layout: order.index(layout.record.name)), _relative(source, folder))


def _relative(path: Path, folder: Path) -> str:
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # another drive, on Windows
        return path.resolve().as_posix()
