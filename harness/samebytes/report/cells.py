"""What a cell says, in words: its reasons, and cells of which the same is to be said."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from samebytes.checks.result import PASSING, Difference, Result, Run, Stage, Verdict

__all__ = [
    "apart",
    "apart_lines",
    "brief",
    "cause_key",
    "cells_in_words",
    "covered",
    "covered_lines",
    "expected",
    "expected_lines",
    "failures",
    "headline",
    "notes",
    "program_of",
    "reasons",
]

NOTHING = "nothing was run"
SHOWN_FIELDS = 4
SHOWN_CELLS = 4
SHOWN_PROGRAMS = 6
EVIDENCE_LINES = 6
MESSAGE_LINES = 12
REPAIR_LINES = 12
"""Of a corrected declaration; the whole of it stands in the report and on the page."""
STAGES = {stage: number for number, stage in enumerate(Stage)}
NOTES = ("reason", "link", "covers", "cause", "blame", "repair", "repro", "bundle")
"""What a cell may say besides, most useful first."""


def program_of(cell: Result) -> str:
    """Return the name of what a cell checks: its program's, and the check's if that is not the usual one."""
    return cell.program if cell.check == "data" else f"{cell.check}:{cell.program}"


def failures(cells: Iterable[Result]) -> list[list[Result]]:
    """Return the cells that failed, grouped by those that failed alike, in the order of the first of each group."""
    return _grouped((cell for cell in cells if not cell.passes()), _likeness)


def expected(cells: Iterable[Result]) -> list[list[Result]]:
    """Return the cells that are `known`, grouped by reason."""
    known = (cell for cell in cells if cell.verdict is Verdict.KNOWN)
    return _grouped(known, lambda cell: (cell.realm, cell.stage or "", cell.reason))


def covered(cells: Iterable[Result]) -> list[list[Result]]:
    """Return the cells that are `partial`, grouped by what was looked at."""
    partial = (cell for cell in cells if cell.verdict is Verdict.PARTIAL)
    return _grouped(partial, lambda cell: (cell.realm, cell.stage or "", cell.coverage))


def apart(cells: Iterable[Result]) -> list[list[Result]]:
    """Return the cells that are `incompatible`, grouped by the two ABIs."""
    found = (cell for cell in cells if cell.verdict is Verdict.INCOMPATIBLE)
    return _grouped(found, lambda cell: (cell.realm, cell.message.partition(": ")[0]))


def apart_lines(group: Sequence[Result]) -> Iterator[str]:
    """Yield which ABIs such a group is between, and what of each program is not the same on both."""
    cell = group[0]
    abis, _, reason = cell.message.partition(": ")
    programs = {one.program: one.message.partition(": ")[2] for one in group}
    if len(programs) == 1:
        yield f"{abis}: {reason}"
        yield from dict.fromkeys(note for run in cell.runs for note in run.notes)
        yield from filter(None, [cell.coverage])
        return
    yield abis
    yield from (f"{program}: {why}" for program, why in islice(programs.items(), SHOWN_PROGRAMS))
    if len(programs) > SHOWN_PROGRAMS:
        yield f"and {len(programs) - SHOWN_PROGRAMS} more"


def _grouped(cells: Iterable[Result], key: Callable[[Result], tuple[str, ...]]) -> list[list[Result]]:
    alike: dict[tuple[str, ...], list[Result]] = defaultdict(list)
    for cell in cells:
        alike[key(cell)].append(cell)
    return list(alike.values())


def covered_lines(group: Sequence[Result]) -> Iterator[str]:
    """Yield what was looked at in such a group, and what is to be known of it besides."""
    cell = group[0]
    yield cell.coverage or "not everything was looked at"
    yield from _begin(cell.message.splitlines(), MESSAGE_LINES)
    yield from dict.fromkeys(note for run in cell.runs for note in run.notes)


def expected_lines(group: Sequence[Result]) -> Iterator[str]:
    """Yield what is known of such a group: how it deviates, why that was expected, and where there is more."""
    run = group[0].worst
    yield f"{run.verdict}: {next(_said(run), '')}".removesuffix(": ")
    yield from _note_lines(group[0], ("reason", "link"))


def cells_in_words(count: int) -> str:
    """Return `1 cell`, `2 cells`."""
    return "1 cell" if count == 1 else f"{count} cells"


def headline(group: Sequence[Result]) -> str:
    """Return where and how often a group failed, without the verdict: `at describe in linux, 7 cells: c → c struct, …`."""
    count = cells_in_words(len(group))
    stage = group[0].stage
    realms = " and ".join(sorted({cell.realm for cell in group}))
    return f"{f'at {stage} ' if stage else ''}in {realms}, {count}: {_where(group)}"


def _where(group: Sequence[Result]) -> str:
    """Return its pairs and programs; of many programs with one peer in all of them only that peer and the programs."""
    programs = list(dict.fromkeys(program_of(cell) for cell in group))
    common = set.intersection(*({cell.producer, cell.consumer} for cell in group))
    if len(group) > SHOWN_CELLS and len(programs) > 1 and len(common) == 1:
        return f"{common.pop()} in {_some(programs, SHOWN_PROGRAMS)}"
    pairs = dict.fromkeys(f"{cell.producer} → {cell.consumer} {program_of(cell)}" for cell in group)
    return _some(list(pairs), SHOWN_CELLS)


def _some(names: Sequence[str], number: int) -> str:
    more = f" and {len(names) - number} more" if len(names) > number else ""
    return f"{', '.join(names[:number])}{more}"


def brief(group: Sequence[Result]) -> Iterator[str]:
    """Yield why a group failed, in a line or two: its cause, or the first words of what came of it; how to see it again."""
    cell = group[0]
    said = _said(cell.worst) if cell.runs else iter(())
    yield f"cause: {cell.cause}" if cell.cause else next(said, cell.coverage or NOTHING)
    yield from _note_lines(group[0], ("repro",))


def reasons(group: Sequence[Result], repaired: set[str] | None = None) -> Iterator[str]:
    """Yield why a group failed: the words of the most telling run, what the processes printed, what the cells say besides.

    A repair that is in `repaired` is not told again; one that is told is added to it.
    """
    ran = [cell for cell in group if cell.runs]
    if not ran:
        yield NOTHING
        return
    cell = max(ran, key=lambda one: one.worst.tells())
    run = cell.worst
    if run.layout:
        values = f", values {run.values!r}" if run.values else ""
        yield f"{run.layout}{values}, {run.producer} → {run.consumer}"
    yield from _note_lines(cell, ("reason", "link", "cause"))
    yield from _likewise(cell, group)
    yield from _note_lines(cell, ("blame",))
    yield from _begin(run.message.splitlines(), MESSAGE_LINES)
    for stage in sorted({item.stage for item in run.differences}, key=STAGES.__getitem__):
        yield from _shown([item for item in run.differences if item.stage is stage])
    yield from (f"| {line}" for line in run.evidence.splitlines()[-EVIDENCE_LINES:])
    yield from _also(cell, run)
    yield from _repair_lines(cell, set() if repaired is None else repaired)
    yield from _note_lines(cell, ("repro",))
    yield from _note_lines(next((one for one in group if one.bundle), cell), ("bundle",))


def _likewise(cell: Result, group: Sequence[Result]) -> Iterator[str]:
    """Yield the other fields of which the same is to be said."""
    told = dict.fromkeys(f"{name} of {program_of(one)}" for one in group for name in _fields(one))
    others = [name for name in told if name not in {f"{name} of {program_of(cell)}" for name in _fields(cell)}]
    if others:
        yield f"likewise {_some(others, SHOWN_PROGRAMS)}"


def _fields(cell: Result) -> list[str]:
    return re.findall(r"`[^`]+`", cell.cause)


def _begin(lines: Sequence[str], number: int) -> Iterator[str]:
    yield from lines[:1]
    yield from (f"    {line}".rstrip() for line in lines[1:number])  # so that none is taken for a line of ours
    if len(lines) > number:
        yield f"… and {len(lines) - number} more lines"


def _also(cell: Result, decisive: Run) -> Iterator[str]:
    """Yield what else is wrong with a program that was watched, for each of its runs is about something else."""
    others = [run for run in cell.runs if run is not decisive and run.verdict not in PASSING]
    for run in others if cell.check == "producer" else ():
        yield from (f"also at {run.stage}: {line}" for line in islice(_said(run), SHOWN_FIELDS))


def notes(cell: Result) -> Iterator[tuple[str, str]]:
    """Yield what a cell says besides its verdict, each with its name, most useful first: see `NOTES`."""
    for name in NOTES:
        text = cell.coverage if name == "covers" else getattr(cell, name)
        if text:
            yield name, text


def _note_lines(cell: Result, wanted: Sequence[str]) -> Iterator[str]:
    for name, text in notes(cell):
        if name not in wanted:
            continue
        first, *rest = text.splitlines()
        if rest:
            yield f"{name}:"
            yield from (f"    {line}".rstrip() for line in (first, *rest))
        else:
            yield f"{name}: {first}"


def _repair_lines(cell: Result, repaired: set[str]) -> Iterator[str]:
    """Yield the wrong declaration as it should be: of a long one its beginning, its end, and the fields the cause names."""
    text = cell.repair
    if not text:
        return
    cause = cell.cause
    if text in repaired:
        yield "repair: as above"
        return
    repaired.add(text)
    inner = re.search(r" of (\w+)", cause)
    names = [inner[1]] if inner else []
    yield "repair:"
    lines = _declaration(text.splitlines(), [*names, cell.worst.layout if cell.runs else ""])
    yield from (f"    {line}".rstrip() for line in _cut(lines, re.findall(r"`(\w+)`", cause)))


def _declaration(lines: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """Return the whole declaration of the first of these names that is declared; all lines where none is."""
    for name in filter(None, names):
        word = re.compile(rf"\b{re.escape(name)}\b")
        begins = re.compile(
            rf"\b(struct|union|class|object|record)\b.*{word.pattern}|{word.pattern}.*\b(object|record)\b"
        )
        start = next((number for number, line in enumerate(lines) if begins.search(line)), None)
        if start is not None:
            while start and re.match(r"\s*(\[|#\[|@|#pragma)", lines[start - 1]):
                start -= 1
            indent = _indent(lines[start])
            after = range(start + 1, len(lines))
            ends = (
                n
                for n in after
                if _indent(lines[n]) <= indent and not re.match(r"\s*([{\[@]|public |class |struct )", lines[n])
            )
            end = next(ends, len(lines))
            closed = end < len(lines) and re.match(r"\s*(\}|end\b)", lines[end])
            return [*lines[start:end], lines[end] if closed else "…"] if end < len(lines) else lines[start:]
    return lines


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _cut(lines: Sequence[str], fields: Sequence[str]) -> Iterator[str]:
    """Yield at most REPAIR_LINES of them, with dots where something is left out."""
    wanted = {0, 1, 2, len(lines) - 1}
    for number, line in enumerate(lines):
        if len(lines) <= REPAIR_LINES or any(re.search(rf"\b{re.escape(name)}\b", line) for name in fields):
            wanted |= {number - 1, number, number + 1}
    shown = [number for number in sorted(wanted) if 0 <= number < len(lines)]
    kept = shown if len(lines) <= REPAIR_LINES else [*shown[: REPAIR_LINES - 1], *shown[-1:]]
    last = -1
    for number in dict.fromkeys(kept):
        if number != last + 1:
            yield "…"
        yield lines[number]
        last = number


def _said(run: Run) -> Iterator[str]:
    """Yield everything a run says, line by line: its message, its differences."""
    return (line for text in (run.message, *map(str, run.differences)) for line in text.splitlines())


def cause_key(cause: str) -> str:
    """Return the same key for causes of one kind.

    The field or record does not matter, nor whether a run's values could tell a sign or not.
    """
    words = re.sub(r"^(\w+)\.\w+: ", r"\1: ", cause)
    words = re.sub(r"`[^`]+`|\bevery \w+(?= declared)", "`…`", words)
    words = re.sub(r"an? (?:(?:un)?signed )?(\d+-bit \w+)[^(]*? instead of", r"\1 instead of", words)
    return re.sub(r"(^|: )(?!not )\w+ (?=(?:not )?packed)", r"\1", words)


def _likeness(cell: Result) -> tuple[str, ...]:
    """Return the same key for cells of which the same is to be said, in whatever realm."""
    where = (cell.verdict, cell.stage or "")
    if cell.cause:
        return (*where, cause_key(cell.cause))
    if cell.message or not cell.worst.differences:
        return (*where, cell.message)
    return (*where, str(cell.worst.differences[0]))


def _shown(differences: Sequence[Difference]) -> Iterator[str]:
    """Yield the differences of one stage: of an array's elements only the first, with how many more there are."""
    by_field: dict[tuple[str, str], list[Difference]] = defaultdict(list)
    for difference in differences:
        by_field[difference.peer, difference.path.partition("[")[0]].append(difference)
    for group in list(by_field.values())[:SHOWN_FIELDS]:
        more = f" … and {len(group) - 1} more of its elements" if len(group) > 1 else ""
        yield f"{group[0]}{more}"
    if len(by_field) > SHOWN_FIELDS:
        rest = len(by_field) - SHOWN_FIELDS
        yield f"… and {rest} more field{'s' if rest > 1 else ''}"
