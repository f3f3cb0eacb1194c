"""Programs of both widths of a machine share its names: what each declares is held against what the other does.

A layout may be right on either ABI and still be another one on each: `size_t`, `long`, pointers and what is aligned to 8 bytes differ.
One that is promised to be portable is the same on every ABI that it was promised for, whatever machine that is of. Of one that is
said not to be, it is told what is not the same, and that is no failure.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from samebytes.checks.project.project import LayoutSource, Project
from samebytes.checks.project.promised import Promises, places_of, realm_of
from samebytes.checks.project.side_by_side import Compared
from samebytes.checks.result import Difference, Result, Run, Stage, Verdict
from samebytes.diagnosis import words
from samebytes.errors import SamebytesError, UsageError
from samebytes.layout import Layout
from samebytes.layout.between import gaps_between, gaps_in_words

__all__ = ["NOBODY", "across_widths", "portable_layouts"]

NOBODY = "layout"
"""Stands in a cell for a side that nobody declares."""

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
        return self.who[0] if self.who else NOBODY

    @property
    def words(self) -> str:
        """Return everybody on this side, in words."""
        return f"{', '.join(self.who) or PROMISE} on {self.abi}"


def portable_layouts(project: Project, names: Sequence[str]) -> list[LayoutSource]:
    """Return the layouts among those selected that are promised to be portable. UsageError where that says nothing: of one ABI alone.

    `names`: those of layouts, or of what is held to them; all, if there are none.
    """
    held = {name: one.layout.name for name, one in project.declarations.items()}
    held |= {name: one.layout.name for name, one in project.libraries.items()}
    held |= {name: one.layout.name for name, one in project.producers.items()}
    selected = {*names, *(held.get(name, "") for name in names)}
    found = [one for one in project.layouts.values() if one.portable and (not names or one.name in selected)]
    for source in found:
        declared = {abi for one in project.declarations.values() if one.layout is source for abi in one.abis}
        abis = sorted(declared | {place.abi for place in places_of(project, project.realms, source.abis)})
        if len(abis) < 2:
            hint = 'name those that it must be the same on, as in abi = ["x86_64-linux", "i686-linux"]'
            raise UsageError(f"{source.place} is portable, and on one ABI alone: {', '.join(abis)}", hint=hint)
    return found


def across_widths(
    compared: Sequence[Compared], promises: Promises, portable: Sequence[LayoutSource] = ()
) -> Iterator[Result]:
    """Yield a result for each two ABIs of one machine on which a layout is declared, or promised by name.

    Declarations that differ from the layout already are left out. `portable`: layouts that are held to each two of their ABIs.
    """
    sources = {source.name: source for source in portable} | {
        one.layout.record.name: promises.project.layouts[one.layout.record.name] for one in compared
    }
    for source in sources.values():
        sides = list(_sides(source, compared, promises))
        for index, one in enumerate(sides):
            for other in sides[index + 1 :]:
                if source.portable:
                    yield _ported(source, one, other)
                elif _meet(one, other):
                    yield _held(source, one, other)


def _sides(source: LayoutSource, compared: Sequence[Compared], promises: Promises) -> Iterator[_Side]:
    """Yield the ABIs on which there is a declaration that is right there, and those that the layout names itself."""
    found: dict[str, _Side] = {}
    for one in compared:
        if one.layout.record.name == source.name and not one.spoiled:
            side = found.setdefault(one.layout.abi.name, _Side(one.layout.abi.name, one.layout))
            side.who += [one.declaration] if one.declaration not in side.who else []
    realms = promises.project.realms
    plain = [place.abi for place in places_of(promises.project, realms)] if source.portable else []
    for abi in source.abis or plain:
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


def _begun(source: LayoutSource, one: _Side, other: _Side, what: str) -> Run:
    name = next((who for who in other.who if who != one.name), other.name)
    run = Run(source.name, "", one.name, name, size=one.layout.size)
    run.covers = f"{len(one.layout.members)} fields of {one.words} and of {other.words}: {what}"
    return run


def _result(source: LayoutSource, one: _Side, other: _Side, run: Run) -> Result:
    program = f"{source.name}@{one.abi}+{other.abi}"
    return Result(run.producer, run.consumer, program, realm_of(one.abi), "declaration", [run])


def _ported(source: LayoutSource, one: _Side, other: _Side) -> Result:
    """Compare two sides of a layout that is promised to be the same on both: places, widths, bit and byte order."""
    run = _begun(source, one, other, "place, width, order")
    gaps = gaps_between(one.layout, other.layout)
    same = f"the same on {one.abi} and {other.abi}"
    for path in dict.fromkeys(gap.path for gap in gaps):
        why = ", ".join(gap.reason for gap in gaps if gap.path == path)
        run.differ(Difference(Stage.OPEN, run.consumer, path, same, why))
    if gaps:
        run.cause = f"{one.words}, {other.words}: {gaps_in_words(gaps)}"
        run.message = (
            f"{source.name} is promised to be portable: fields of fixed width with explicit padding are the same on every ABI "
            "of one byte order"
        )
    return _result(source, one, other, run)


def _held(source: LayoutSource, one: _Side, other: _Side) -> Result:
    """Compare the second side with the first."""
    run = _begun(source, one, other, "place, width")
    gaps = gaps_between(one.layout, other.layout) if source.portable is False else []
    if gaps:
        run.verdict, run.stage = Verdict.INCOMPATIBLE, Stage.OPEN
        run.message = f"{one.abi} against {other.abi}: {gaps_in_words(gaps)}"
        run.notes = [str(gap) for gap in gaps]
        return _result(source, one, other, run)
    for difference in _differences(one, other, run.consumer):
        run.differ(difference)
    if run.differences:
        run.cause = f"{one.words}, {other.words}: {_why(one.layout, other.layout)}"
        run.message = (
            "programs of both widths share one name: fields of fixed width (uint64_t, …) are the same in both; "
            "if they never meet, say portable = false, or give each ABI a [layout] of its own"
        )
    return _result(source, one, other, run)


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
