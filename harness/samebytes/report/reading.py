"""Reading a report: every line is checked, and every defect has an error of its own that names the file and the line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, NoReturn

from samebytes.errors import (
    ReportBinaryError,
    ReportCountError,
    ReportCutOffError,
    ReportDuplicateError,
    ReportEmptyError,
    ReportError,
    ReportFooterError,
    ReportFormatError,
    ReportHeaderError,
    ReportJsonError,
    ReportNotFoundError,
    ReportSchemaError,
    ReportTypeError,
    ReportUnreadableError,
)
from samebytes.report.cells import cells_in_words
from samebytes.report.content import Line, Report, report_of
from samebytes.report.schema import line_problem
from samebytes.report.stream import FORMAT

__all__ = ["read_report"]

TYPES = ("header", "cell", "skipped", "footer")
AGAIN = "run it again with --report; a run that was interrupted leaves a report without an end"
WHOLE = "copy or download the file again, as a whole"
MAKE = "a report is what samebytes matrix --report FILE writes"


def read_report(path: Path) -> Report:
    """The report in a file. A ReportError of the kind that names the defect; see errors.py."""
    return report_of(_Reader(path).read())


class _Reader:
    """One file, read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0

    def read(self) -> Sequence[Line]:
        lines: list[Line] = []
        seen: dict[str, int] = {}
        for raw in self._raw_lines():
            self._number += 1
            line = self._parsed(raw)
            self._in_place(line, lines)
            if line["type"] == "cell":
                self._new(line, seen)
            lines.append(line)
        self._complete(lines)
        return lines

    def _raw_lines(self) -> Iterator[bytes]:
        data = self._bytes()
        if not data:
            self._fail(ReportEmptyError, "the file is empty", AGAIN)
        whole = data.endswith(b"\n")
        lines = data.removeprefix(b"\xef\xbb\xbf").split(b"\n")
        yield from lines[:-1]
        if not whole:
            self._number += 1
            self._unfinished(lines[-1])

    def _bytes(self) -> bytes:
        try:
            return self._path.read_bytes()
        except FileNotFoundError:
            self._fail(ReportNotFoundError, "there is no such file", MAKE)
        except OSError as error:
            self._fail(ReportUnreadableError, f"cannot be read: {error.strerror}", "name a file that may be read")

    def _unfinished(self, raw: bytes) -> NoReturn:
        """A last line without an end: cut off, unless this was never a report."""
        if self._number == 1 and not raw.startswith(b"{"):
            self._parsed(raw)
        self._fail(ReportCutOffError, "the file ends in the middle of a line", AGAIN)

    def _parsed(self, raw: bytes) -> dict[str, Any]:
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            self._fail(ReportBinaryError, f"byte {error.start} of the line is not UTF-8", MAKE)
        if "\0" in text:
            self._fail(ReportBinaryError, f"byte {text.index(chr(0))} of the line is zero, which no text has", MAKE)
        try:
            line = json.loads(text, parse_constant=_no_number)
        except (ValueError, RecursionError) as error:
            self._fail(ReportJsonError, f"is no JSON: {error}", MAKE)
        if not isinstance(line, dict):
            self._fail(ReportJsonError, "is no JSON object", MAKE)
        self._check(line)
        return line

    def _check(self, line: dict[str, Any]) -> None:
        kind = line.get("type")
        if kind not in TYPES:
            self._fail(
                ReportTypeError, f"has the type {kind!r}; there are: {', '.join(TYPES)}",
                "read it with the samebytes that wrote it, or a newer one", type=kind,
            )  # fmt: skip
        if kind == "header" and line.get("format") != FORMAT:
            self._fail(
                ReportFormatError, f"the format is {line.get('format')!r}; this samebytes reads {FORMAT}",
                "read it with the samebytes that wrote it, or a newer one", format=line.get("format"),
            )  # fmt: skip
        problem = line_problem(kind, line) or (_contradiction(line) if kind == "cell" else None)
        if problem:
            place, words = problem
            self._fail(ReportSchemaError, f"{place or f'the {kind}'} {words}", WHOLE, place=place)

    def _in_place(self, line: Line, before: Sequence[Line]) -> None:
        if before and before[-1]["type"] == "footer":
            self._fail(ReportFooterError, "goes on after the footer", "merge reports with samebytes report --merge")
        if not before and line["type"] != "header":
            self._fail(ReportHeaderError, f"the first line is a {line['type']}, not the header", WHOLE)
        if before and line["type"] == "header":
            self._fail(ReportHeaderError, "is a second header", "merge reports with samebytes report --merge")

    def _new(self, cell: Line, seen: dict[str, int]) -> None:
        identity = cell["id"]
        if identity in seen:
            self._fail(
                ReportDuplicateError, f"the cell {identity} stands in line {seen[identity]} already",
                "keep the line that is right", identity=identity,
            )  # fmt: skip
        seen[identity] = self._number

    def _complete(self, lines: Sequence[Line]) -> None:
        foot = lines[-1]
        if foot["type"] != "footer":
            self._fail(ReportFooterError, "there is no footer after this line: the run was cut off", AGAIN)
        counted = Counter(line["verdict"] for line in lines if line["type"] == "cell")
        said = {verdict: number for verdict, number in foot["verdicts"].items() if number}
        if foot["cells"] != counted.total() or said != counted:
            self._fail(
                ReportCountError, f"the footer counts {_sum(foot['cells'], said)}; "
                f"before it: {_sum(counted.total(), counted)}", WHOLE,
            )  # fmt: skip

    def _fail(self, kind: type[ReportError], words: str, hint: str, **fields: Any) -> NoReturn:
        place = f"{self._path}:{self._number}" if self._number else str(self._path)
        raise kind(f"{place}: {words}", hint=hint, file=str(self._path), line=self._number, **fields)


def _contradiction(cell: Line) -> tuple[str, str] | None:
    """What no schema can say: the identity is made of the parts, and a green cell has no red run."""
    parts = (cell[name] for name in ("producer", "consumer", "program", "realm", "check"))
    if cell["id"] != (identity := "/".join(parts)):
        return "id", f"is {cell['id']!r}; its parts make {identity!r}"
    if cell["verdict"] == "agreed":
        for index, run in enumerate(cell["runs"]):
            if run["verdict"] != "agreed":
                return f"runs[{index}].verdict", f"is {run['verdict']!r} in a cell that agreed"
    return None


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is no JSON number")


def _sum(cells: int, verdicts: dict[str, int] | Counter[str]) -> str:
    words = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return f"{cells_in_words(cells)} ({words or 'none'})"
