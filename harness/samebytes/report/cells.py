"""What a cell's dictionary says, in words: the run that decides, its reasons, cells that failed alike."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from samebytes.checks.result import Difference, Stage
from samebytes.report.content import GREEN, Cell, Line

__all__ = [
    "brief",
    "cause_key",
    "cells_in_words",
    "difference_words",
    "expected",
    "expected_lines",
    "failures",
    "headline",
    "notes",
    "program_of",
    "reasons",
    "worst_run",
]

SHOWN_FIELDS = 4
SHOWN_CELLS = 4
SHOWN_PROGRAMS = 6
EVIDENCE_LINES = 6
MESSAGE_LINES = 12
REPAIR_LINES = 12
"""Of a corrected declaration; the whole of it stands in the report and on the page."""
STAGES = {str(stage): number for number, stage in enumerate(Stage)}
NOTES = ("reason", "link", "cause", "blame", "repair", "repro", "bundle")
"""What a cell may say besides, most useful first."""


def program_of(cell: Cell) -> str:
    """The name of what it checks: its program's, and the check's if that is not the usual one."""
    program, check = str(cell["program"]), cell["check"]
    return program if check == "data" else f"{check}:{program}"


def worst_run(cell: Cell) -> Line | None:
    """The run that decides: the first failure, else the difference that tells most, else the first. As Result.worst has it."""
    runs: Sequence[Line] = cell["runs"]
    failed = [run for run in runs if run["verdict"] not in ("agreed", "differs")]
    differing = [run for run in runs if run["verdict"] == "differs"]
    ranked = failed or sorted(differing, key=_tells, reverse=True) or runs
    return ranked[0] if ranked else None


def difference_words(difference: Line) -> str:
    """A difference in one sentence."""
    facts = {name: difference[name] for name in ("peer", "path", "expected", "found")}
    stage = difference["stage"]
    known = Stage(stage) if stage in STAGES else stage
    return str(Difference(stage=known, offset=difference.get("offset"), **facts))


def failures(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that failed, those that failed alike together, in the order of the first of each."""
    alike: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell["verdict"] not in GREEN:
            alike[_likeness(cell)].append(cell)
    return list(alike.values())


def expected(cells: Iterable[Cell]) -> list[list[Cell]]:
    """The cells that are `known`, those that are for the same reason together."""
    alike: dict[tuple[str, ...], list[Cell]] = defaultdict(list)
    for cell in cells:
        if cell["verdict"] == "known":
            alike[cell["realm"], cell["stage"] or "", cell.get("reason", "")].append(cell)
    return list(alike.values())


def expected_lines(group: Sequence[Cell]) -> Iterator[str]:
    """What is known of such a group: how it deviates, why that was expected, and where there is more."""
    run = worst_run(group[0])
    if run is not None:
        found = [run["message"], *map(difference_words, run.get("differences", ()))]
        words = next((line for text in found for line in text.splitlines()), "")
        yield f"{group[0].get('deviation', run['verdict'])}: {words}".removesuffix(": ")
    yield from _note_lines(group[0], ("reason", "link"))


def cells_in_words(count: int) -> str:
    """`1 cell`, `2 cells`."""
    return "1 cell" if count == 1 else f"{count} cells"


def headline(group: Sequence[Cell]) -> str:
    """Where and how often a group failed, without the verdict: `at describe in linux, 7 cells: c → c struct, …`."""
    count = cells_in_words(len(group))
    stage = group[0]["stage"]
    realms = " and ".join(sorted({cell["realm"] for cell in group}))
    return f"{f'at {stage} ' if stage else ''}in {realms}, {count}: {_where(group)}"


def _where(group: Sequence[Cell]) -> str:
    """Its pairs and programs; of many programs with one peer in all of them only that peer and the programs."""
    programs = list(dict.fromkeys(program_of(cell) for cell in group))
    common = set.intersection(*({cell["producer"], cell["consumer"]} for cell in group))
    if len(group) > SHOWN_CELLS and len(programs) > 1 and len(common) == 1:
        return f"{common.pop()} in {_some(programs, SHOWN_PROGRAMS)}"
    pairs = dict.fromkeys(f"{cell['producer']} → {cell['consumer']} {program_of(cell)}" for cell in group)
    return _some(list(pairs), SHOWN_CELLS)


def _some(names: Sequence[str], number: int) -> str:
    more = f" and {len(names) - number} more" if len(names) > number else ""
    return f"{', '.join(names[:number])}{more}"


def brief(group: Sequence[Cell]) -> Iterator[str]:
    """Why a group failed, in a line or two: its cause, or the first words of what came of it, and how to see it again."""
    run = worst_run(group[0])
    found = [run["message"], *map(difference_words, run.get("differences", ()))] if run else [group[0]["message"]]
    said = (line for text in found for line in text.splitlines())
    yield f"cause: {group[0]['cause']}" if group[0].get("cause") else next(said, "nothing was run")
    yield from _note_lines(group[0], ("repro",))


def reasons(group: Sequence[Cell], repaired: set[str] | None = None) -> Iterator[str]:
    """Why a group failed: the words of the run that tells most, what the processes printed, and what the cells say besides.

    A repair that is in `repaired` is not told again; one that is told is added to it.
    """
    pairs = [(cell, run) for cell in group if (run := worst_run(cell)) is not None]
    if not pairs:
        yield group[0]["message"] or "nothing was run"
        return
    cell, run = max(pairs, key=lambda pair: _tells(pair[1]))
    if run["layout"]:
        values = f", values {run['values']!r}" if run["values"] else ""
        yield f"{run['layout']}{values}, {run['producer']} → {run['consumer']}"
    yield from _note_lines(cell, ("reason", "link", "cause"))
    yield from _likewise(cell, group)
    yield from _note_lines(cell, ("blame",))
    yield from _begin(run["message"].splitlines(), MESSAGE_LINES)
    found: Sequence[Line] = run.get("differences", ())
    for stage in sorted({item["stage"] for item in found}, key=lambda name: STAGES.get(name, len(STAGES))):
        yield from _shown([item for item in found if item["stage"] == stage])
    yield from (f"| {line}" for line in run.get("evidence", "").splitlines()[-EVIDENCE_LINES:])
    yield from _also(cell, run)
    yield from _repair_lines(cell, set() if repaired is None else repaired)
    yield from _note_lines(cell, ("repro",))
    yield from _note_lines(next((one for one in group if one.get("bundle")), cell), ("bundle",))


def _likewise(cell: Cell, group: Sequence[Cell]) -> Iterator[str]:
    """The other fields of which the same is to be said."""
    told = dict.fromkeys(f"{name} of {program_of(one)}" for one in group for name in _fields(one))
    others = [name for name in told if name not in {f"{name} of {program_of(cell)}" for name in _fields(cell)}]
    if others:
        yield f"likewise {_some(others, SHOWN_PROGRAMS)}"


def _fields(cell: Cell) -> list[str]:
    return re.findall(r"`[^`]+`", str(cell.get("cause") or ""))


def _begin(lines: Sequence[str], number: int) -> Iterator[str]:
    yield from lines[:number]
    if len(lines) > number:
        yield f"… and {len(lines) - number} more lines"


def _also(cell: Cell, decisive: Line) -> Iterator[str]:
    """Of a program that was watched: what else is wrong with it, for each of its runs is about something else."""
    others = [run for run in cell["runs"] if run is not decisive and run["verdict"] != "agreed"]
    for run in others if cell["check"] == "producer" else ():
        found = [run["message"], *map(difference_words, run.get("differences", ()))]
        words = [line for text in found for line in text.splitlines()]
        yield from (f"also at {run['stage']}: {line}" for line in words[:SHOWN_FIELDS])


def notes(cell: Cell) -> Iterator[tuple[str, str]]:
    """What it says besides its verdict, each with its name: `reason`, `link`, `cause`, `blame`, `repair`, `repro`, `bundle`."""
    for name in NOTES:
        text = cell.get(name)
        if text:
            yield name, text


def _note_lines(cell: Cell, wanted: Sequence[str]) -> Iterator[str]:
    for name, text in notes(cell):
        if name not in wanted:
            continue
        first, *rest = text.splitlines()
        if rest:
            yield f"{name}:"
            yield from (f"    {line}".rstrip() for line in (first, *rest))
        else:
            yield f"{name}: {first}"


def _repair_lines(cell: Cell, repaired: set[str]) -> Iterator[str]:
    """The declaration that is wrong, as it should be: of a long one its beginning, its end, and the fields the cause names."""
    text = cell.get("repair")
    if not text:
        return
    cause, run = str(cell.get("cause") or ""), worst_run(cell)
    if text in repaired:
        yield "repair: as above"
        return
    repaired.add(text)
    inner = re.search(r" of (\w+)", cause)
    names = [inner[1]] if inner else []
    yield "repair:"
    lines = _declaration(text.splitlines(), [*names, run["layout"] if run else ""])
    yield from (f"    {line}".rstrip() for line in _cut(lines, re.findall(r"`(\w+)`", cause)))


def _declaration(lines: Sequence[str], names: Sequence[str]) -> Sequence[str]:
    """From the line that begins the declaration of the first of these names to its end; all of it where none is declared."""
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
    """At most REPAIR_LINES of them, with dots where something is left out."""
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


def _tells(run: Line) -> int:
    """How much its differences tell: in how many stages there are some."""
    return len({difference["stage"] for difference in run.get("differences", ())})


def cause_key(cause: str) -> str:
    """The same for causes of one kind: in whatever field or record, and whether a run's values could tell a sign or not."""
    words = re.sub(r"^(\w+)\.\w+: ", r"\1: ", cause)
    words = re.sub(r"`[^`]+`|\bevery \w+(?= declared)", "`…`", words)
    words = re.sub(r"an? (?:(?:un)?signed )?(\d+-bit \w+)[^(]*? instead of", r"\1 instead of", words)
    return re.sub(r"(^|: )(?!not )\w+ (?=(?:not )?packed)", r"\1", words)


def _likeness(cell: Cell) -> tuple[str, ...]:
    """The same for cells of which the same is to be said, in whatever realm."""
    run = worst_run(cell)
    where = (cell["verdict"], cell["stage"] or "")
    if cell.get("cause"):
        return (*where, cause_key(cell["cause"]))
    if run is None or run["message"] or not run.get("differences"):
        return (*where, cell["message"] if run is None else run["message"])
    return (*where, difference_words(run["differences"][0]))


def _shown(differences: Sequence[Line]) -> Iterator[str]:
    """The differences of one stage: of an array's elements only the first, with how many more there are."""
    by_field: dict[tuple[str, str], list[Line]] = defaultdict(list)
    for difference in differences:
        by_field[difference["peer"], difference["path"].partition("[")[0]].append(difference)
    for group in list(by_field.values())[:SHOWN_FIELDS]:
        more = f" … and {len(group) - 1} more of its elements" if len(group) > 1 else ""
        yield f"{difference_words(group[0])}{more}"
    if len(by_field) > SHOWN_FIELDS:
        rest = len(by_field) - SHOWN_FIELDS
        yield f"… and {rest} more field{'s' if rest > 1 else ''}"
