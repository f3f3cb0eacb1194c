"""Reading a report: every line is checked, and every defect has an error of its own that names the file and the line."""

from __future__ import annotations

import json
import math
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from msgspec import ValidationError

from samebytes.checks.result import Result, Skip
from samebytes.errors import (
    ReportBinaryError,
    ReportContradictionError,
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
    ReportVersionError,
)
from samebytes.printable import printable
from samebytes.report.cells import cells_in_words
from samebytes.report.content import Report, report_of
from samebytes.report.contradictions import contradiction
from samebytes.report.lines import FORMATS, TYPES, Footer, Header, Line, line_of, shown

__all__ = ["read_report", "read_what_is_there"]

AGAIN = "run it again with --report; samebytes report --partial shows what is there"
WHOLE = "copy or download the file again, as a whole"
MAKE = "a report is what samebytes matrix --report FILE writes"


def read_report(path: Path) -> Report:
    """Read the report in a file. A ReportError of its own kind names the defect; see errors.py."""
    return report_of(_Reader(path).read())


def read_what_is_there(path: Path) -> Report:
    """Read the report in a file of which the end may be missing: then it is marked as incomplete, and never green.

    A ReportError of its own kind for every other defect, and for a file in which not even a header is whole.
    """
    reader = _Reader(path)
    try:
        return report_of(reader.read())
    except (ReportCutOffError, ReportFooterError) as error:
        if not reader.lines or any(isinstance(line, Footer) for line in reader.lines):
            raise
        words = f"cut off after line {len(reader.lines)}: {error.message.partition(': ')[2]}"
        verdicts: Counter[Any] = Counter(str(line.verdict) for line in reader.lines if isinstance(line, Result))
        return report_of([*reader.lines, Footer(verdicts.total(), verdicts, {}, 0.0, incomplete=[words])])


class _Reader:
    """One file, read once."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0
        self.lines: list[Line] = []
        """Those that are whole, and right."""

    def read(self) -> Sequence[Line]:
        lines = self.lines
        seen: dict[str, int] = {}
        for raw in self._raw_lines():
            self._number += 1
            line = self._line(shown(self._parsed(raw)))
            self._in_place(line, lines)
            if isinstance(line, Result):
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
        """Raise the error for a last line without an end: cut off, unless this was never a report."""
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
            line = _DECODE(text)
        except (ValueError, RecursionError) as error:
            self._fail(ReportJsonError, f"is not JSON: {error}", MAKE)
        if not isinstance(line, dict):
            self._fail(ReportJsonError, "is not a JSON object", MAKE)
        return line

    def _line(self, line: Mapping[str, Any]) -> Line:
        """Return the typed line; ReportError for one of no known type or format, not as its type says, or against itself."""
        kind = line.get("type")
        if not isinstance(kind, str) or kind not in TYPES:
            self._fail(
                ReportTypeError, f"has the type {kind!r}; there are: {', '.join(TYPES)}",
                "read it with the samebytes that wrote it, or a newer one", type=kind,
            )  # fmt: skip
        if kind == "header" and (line.get("format") not in FORMATS or isinstance(line["format"], bool)):
            self._fail(
                ReportFormatError, f"the format is {line.get('format')!r}; this samebytes reads {' and '.join(map(str, FORMATS))}",
                "read it with the samebytes that wrote it, or a newer one", format=line.get("format"),
            )  # fmt: skip
        try:
            typed = line_of(line)
        except ValidationError as error:
            words, _, place = str(error).partition(" - at `$")
            place = place.strip("`.")
            self._fail(ReportSchemaError, f"{place or f'the {kind}'}: {_small(words)}", WHOLE, place=place)
        if isinstance(typed, Result):
            self._believe(line, typed)
        if isinstance(typed, Header) and len(versions := sorted({host.samebytes for host in typed.hosts or ()})) > 1:
            self._fail(
                ReportVersionError, f"it was merged from reports of samebytes {' and '.join(versions)}",
                "run all of them with one version: what one calls agreed, another may not", versions=tuple(versions),
            )  # fmt: skip
        return typed

    def _believe(self, line: Mapping[str, Any], cell: Result) -> None:
        problem = contradiction(line, cell)
        if problem:
            place, words = problem
            self._fail(
                ReportContradictionError, f"the cell {line['id']} contradicts itself: {place} {words}",
                "run it again with --report; nobody edits a report", identity=line["id"], place=place,
            )  # fmt: skip

    def _in_place(self, line: Line, before: Sequence[Line]) -> None:
        if before and isinstance(before[-1], Footer):
            self._fail(ReportFooterError, "goes on after the footer", "merge reports with samebytes report --merge")
        if not before and not isinstance(line, Header):
            kind = {Result: "cell", Skip: "skipped", Footer: "footer"}[type(line)]
            self._fail(ReportHeaderError, f"the first line is of type {kind}, not the header", WHOLE)
        if before and isinstance(line, Header):
            self._fail(ReportHeaderError, "is a second header", "merge reports with samebytes report --merge")

    def _new(self, cell: Result, seen: dict[str, int]) -> None:
        identity = cell.identity
        if identity in seen:
            self._fail(
                ReportDuplicateError, f"the cell {identity} stands in line {seen[identity]} already",
                "keep the line that is right", identity=identity,
            )  # fmt: skip
        seen[identity] = self._number

    def _complete(self, lines: Sequence[Line]) -> None:
        foot = lines[-1]
        if not isinstance(foot, Footer):
            self._fail(ReportFooterError, "there is no footer after this line: the run was cut off", AGAIN)
        counted = Counter(str(line.verdict) for line in lines if isinstance(line, Result))
        said = {str(verdict): number for verdict, number in foot.verdicts.items() if number}
        if foot.cells != counted.total() or said != counted:
            self._fail(
                ReportCountError, f"the footer counts {_sum(foot.cells, said)}; "
                f"before it: {_sum(counted.total(), counted)}", WHOLE,
            )  # fmt: skip

    def _fail(self, kind: type[ReportError], words: str, hint: str, **fields: Any) -> NoReturn:
        name = printable(str(self._path))
        place = f"{name}:{self._number}" if self._number else name
        raise kind(f"{place}: {words}", hint=hint, file=str(self._path), line=self._number, **fields)


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; ValueError for two members of one name: JSON does not say which is meant (RFC 8259, 4)."""
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        raise ValueError(f"the member {name!r} stands twice in one object")
    return found


def _finite(word: str) -> float:
    number = float(word)
    if not math.isfinite(number):
        raise ValueError(f"{word[:20]} is beyond what a number can be")
    return number


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"{word} is not a JSON number")


_DECODE = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite, object_pairs_hook=_distinct).decode


def _sum(cells: int, verdicts: dict[str, int] | Counter[str]) -> str:
    words = ", ".join(f"{number} {verdict}" for verdict, number in sorted(verdicts.items()))
    return f"{cells_in_words(cells)} ({words or 'none'})"
