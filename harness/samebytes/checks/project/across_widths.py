"""Programs of both widths of a machine share its names: what each declares is held against what the other does.

A layout may be right on either ABI and still be another one on each: `size_t`, `long`, pointers and what is aligned to 8 bytes differ.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from samebytes.checks.project.project import LayoutSource
from samebytes.checks.project.promised import Promises, realm_of
from samebytes.checks.project.side_by_side import Compared
from samebytes.checks.result import Difference, Result, Run, Stage
from samebytes.diagnosis import words
from samebytes.errors import SamebytesError
from samebytes.layout import Layout

__all__ = ["across_widths"]

MACHINES = ({"x86_64", "i686"}, {"aarch64", "armv7"})
"""Processors whose programs run side by side on one machine."""
PROMISE = "the layout"


@dataclass
class _Side:
    """What is known on one ABI: the layout there, and the declarations that agree with it."""

    abi: str
    layout: Layout
    who: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Return whom a cell is about."""
        return self.who[0] if self.who else "layout"

    @property
    def words(self) -> str:
        """Return everybody on this side, in words."""
        return f"{', '.join(self.who) or PROMISE} on {self.abi}"


def across_widths(compared: Sequence[Compared], promises: Promises) -> Iterator[Result]:
    """Yield a result for each two ABIs of one machine on which a layout is declared, or promised by name.

    Declarations that differ from the layout already are left out.
    """
    sources = {
        one.layout.record.name: source
        for one in compared
        for source in [promises.project.layouts[one.layout.record.name]]
    }
    for source in sources.values():
        sides = list(_sides(source, compared, promises))
        for index, one in enumerate(sides):
            for other in sides[index + 1 :]:
                if _meet(one, other):
                    yield _held(source, one, other)


def _sides(source: LayoutSource, compared: Sequence[Compared], promises: Promises) -> Iterator[_Side]:
    """Yield the ABIs on which there is a declaration that is right there, and those that the layout names itself."""
    found: dict[str, _Side] = {}
    for one in compared:
        if one.layout.record.name == source.name and not one.spoiled:
            side = found.setdefault(one.layout.abi.name, _Side(one.layout.abi.name, one.layout))
            side.who += [one.declaration] if one.declaration not in side.who else []
    for abi in source.abis:
        if abi not in found:
            try:
                found[abi] = _Side(abi, promises.layout(source, abi))
            except SamebytesError:
                continue
    yield from sorted(found.values(), key=lambda side: bool(side.who))  # what was promised is what others are held to


def _meet(one: _Side, other: _Side) -> bool:
    """Return whether both run on one machine, in one realm, and somebody declares one of them."""
    processors = {side.abi.partition("-")[0] for side in (one, other)}
    beside = len(processors) == 2 and any(processors <= machine for machine in MACHINES)
    return beside and realm_of(one.abi) == realm_of(other.abi) and bool(one.who or other.who)


def _held(source: LayoutSource, one: _Side, other: _Side) -> Result:
    """Compare the second side with the first."""
    name = next((who for who in other.who if who != one.name), other.name)
    run = Run(source.name, "", one.name, name, size=one.layout.size)
    for difference in _differences(one, other, name):
        run.differ(difference)
    run.covers = f"{len(one.layout.members)} fields of {one.words} and of {other.words}: place, width"
    if run.differences:
        run.cause = f"{one.words}, {other.words}: {_why(one.layout, other.layout)}"
        run.message = (
            "programs of both widths share one name: fields of fixed width (uint64_t, …) are the same in both; "
            "if they never meet, give each ABI a [layout] of its own"
        )
    program = f"{source.name}@{one.abi}+{other.abi}"
    return Result(one.name, name, program, realm_of(one.abi), "declaration", [run])


def _why(ours: Layout, theirs: Layout) -> str:
    wide = [
        leaf.path
        for leaf in ours.leaves
        if leaf.path in theirs.by_path and leaf.width != theirs.by_path[leaf.path].width
    ]
    return words.other_widths([f"`{path}`" for path in wide]) if wide else words.eight_aligned_otherwise()


def _differences(one: _Side, other: _Side, name: str) -> Iterator[Difference]:
    ours, theirs = one.layout, other.layout
    if ours.size != theirs.size:
        yield Difference(
            Stage.OPEN,
            name,
            f"size of {ours.record.name}",
            f"{ours.size} ({one.words})",
            f"{theirs.size} on {other.abi}",
        )
    for leaf in ours.leaves:
        their = theirs.by_path.get(leaf.path)
        if their is not None and (their.offset, their.width) != (leaf.offset, leaf.width):
            expected = f"offset {leaf.offset}, {leaf.width} bytes ({one.words})"
            found = f"offset {their.offset}, {their.width} bytes on {other.abi}"
            yield Difference(Stage.OPEN, name, leaf.path, expected, found, leaf.offset)
