"""Reading a report: what is whole is read, and every defect has its own error with the file, the line and what to do."""

from __future__ import annotations

import json
import pickle

import pytest

from samebytes import errors
from samebytes.errors import ReportError, UsageError
from samebytes.report.reading import read_report
from samebytes.report.stream import line_text


def text_of(lines) -> bytes:
    return "".join(map(line_text, lines)).encode()


def read(tmp_path, data: bytes):
    path = tmp_path / "run.jsonl"
    path.write_bytes(data)
    return read_report(path)


def failure(tmp_path, data: bytes) -> ReportError:
    with pytest.raises(ReportError) as caught:
        read(tmp_path, data)
    error = caught.value
    assert error.file == str(tmp_path / "run.jsonl")
    assert error.file in str(error)
    assert error.hint
    assert isinstance(error, UsageError)
    copied = pickle.loads(pickle.dumps(error))
    assert (type(copied), str(copied), copied.line) == (type(error), str(error), error.line)
    if error.line:
        assert f"{error.file}:{error.line}: " in str(error)
    return error


def test_a_whole_report_is_read(sample):
    report = read_report(sample)
    lines = [json.loads(line) for line in sample.read_text("utf-8").splitlines()]
    assert len(report.cells) == lines[-1]["cells"]
    assert report.verdicts == lines[-1]["verdicts"]
    assert report.seconds == lines[-1]["seconds"]
    assert report.hosts[0]["started"] == lines[0]["started"]


def test_what_is_written_again_is_read_as_the_same(sample, tmp_path):
    report = read_report(sample)
    assert read(tmp_path, text_of(report.lines())) == report


def test_a_report_cut_off_at_any_byte_is_never_read(small, tmp_path):
    data = text_of(small)
    seen = set()
    for length in range(len(data)):
        error = failure(tmp_path, data[:length])
        seen.add(type(error).__name__)
        assert error.line == (data[:length].rstrip(b"\n").count(b"\n") + 1 if length else 0)
    assert seen == {"ReportEmptyError", "ReportCutOffError", "ReportFooterError"}
    read(tmp_path, data)


def test_a_cut_through_a_letter_of_several_bytes_is_a_cut(small, tmp_path):
    small[1]["message"] = "→"
    data = text_of(small)
    assert type(failure(tmp_path, data[: data.index("→".encode()) + 1])) is errors.ReportCutOffError


def changed(small, **changes):
    """The report with lines put in (`at=line`) or replaced."""
    lines = list(small)
    for place, line in changes.items():
        index = {"header": 0, "cell": 1, "footer": len(lines) - 1}[place]
        lines[index] = lines[index] | line
    return lines


DEFECTS = {
    "no footer": (lambda s: text_of(s[:-1]), "ReportFooterError", 4, "no footer"),
    "after the footer": (lambda s: text_of([*s, s[1]]), "ReportFooterError", 6, "goes on after the footer"),
    "two reports joined": (lambda s: text_of([*s, *s]), "ReportFooterError", 6, "goes on after the footer"),
    "too many counted": (lambda s: text_of(changed(s, footer={"cells": 3})), "ReportCountError", 5, "3 cells"),
    "other verdicts": (lambda s: text_of(changed(s, footer={"verdicts": {"agreed": 2}})), "ReportCountError", 5, "2 agreed"),
    "a cell is missing": (lambda s: text_of([s[0], *s[2:]]), "ReportCountError", 4, "before it: 1 cell ("),
    "a cell twice": (lambda s: text_of([*s[:2], s[1], *s[2:]]), "ReportDuplicateError", 3, "stands in line 2"),
    "a newer format": (lambda s: text_of(changed(s, header={"format": 2})), "ReportFormatError", 1, "the format is 2"),
    "no format": (lambda s: text_of(changed(s, header={"format": None})), "ReportFormatError", 1, "format is None"),
    "true as format": (lambda s: text_of(changed(s, header={"format": True})), "ReportSchemaError", 1, "format is True"),
    "an unknown type": (lambda s: text_of([s[0], {"type": "note"}, *s[1:]]), "ReportTypeError", 2, "'note'"),
    "no type": (lambda s: text_of([s[0], {"kind": "cell"}, *s[1:]]), "ReportTypeError", 2, "None"),
    "a type that is a list": (lambda s: text_of([s[0], {"type": ["cell"]}, *s[1:]]), "ReportTypeError", 2, "['cell']"),
    "no JSON": (lambda s: text_of(s[:2]) + b"{oops}\n" + text_of(s[2:]), "ReportJsonError", 3, "is no JSON"),
    "an empty line": (lambda s: text_of(s[:2]) + b"\n" + text_of(s[2:]), "ReportJsonError", 3, "is no JSON"),
    "no object": (lambda s: text_of(s[:2]) + b"[1]\n" + text_of(s[2:]), "ReportJsonError", 3, "no JSON object"),
    "NaN": (lambda s: text_of(s).replace(b'"seconds":', b'"seconds":NaN,"x":', 1), "ReportJsonError", 2, "NaN"),
    "deeper than can be": (lambda s: text_of(s[:1]) + b"[" * 200_000 + b"\n", "ReportJsonError", 2, "is no JSON"),
    "two headers": (lambda s: text_of([s[0], *s]), "ReportHeaderError", 2, "second header"),
    "no header": (lambda s: text_of(s[1:]), "ReportHeaderError", 1, "is a cell, not the header"),
    "an empty file": (lambda _: b"", "ReportEmptyError", 0, "is empty"),
    "a program": (lambda _: b"\x7fELF\x02\x01\x01" + bytes(40) + b"\xff\n", "ReportBinaryError", 1, "not UTF-8"),
    "a file of zeros": (lambda _: bytes(5000), "ReportBinaryError", 1, "is zero"),
    "UTF-16": (lambda s: text_of(s).decode().encode("utf-16"), "ReportBinaryError", 1, "not UTF-8"),
    "binary in the middle": (lambda s: text_of(s[:2]) + b"\xfe\n", "ReportBinaryError", 3, "byte 0 of the line"),
    "a text without an end": (lambda _: b"hello", "ReportJsonError", 1, "is no JSON"),
    "not as the schema says": (lambda s: text_of(changed(s, cell={"seconds": "1"})), "ReportSchemaError", 2, "seconds is no number"),
    "another identity": (lambda s: text_of(changed(s, cell={"id": "a/b"})), "ReportSchemaError", 2, "its parts make"),
    "green with a red run": (lambda s: text_of(changed(s, cell={"verdict": "agreed"})), "ReportSchemaError", 2, "runs[0].verdict"),
}  # fmt: skip


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_has_its_error(small, tmp_path, defect):
    make, name, line, words = DEFECTS[defect]
    error = failure(tmp_path, make(small))
    assert (type(error).__name__, error.line) == (name, line)
    assert words in error.message


def test_the_error_keeps_its_facts(small, tmp_path):
    assert failure(tmp_path, text_of([*small[:2], small[1]])).identity == small[1]["id"]
    assert failure(tmp_path, text_of(changed(small, header={"format": 7}))).format == 7
    assert failure(tmp_path, text_of([small[0], {"type": "x"}])).type == "x"
    assert failure(tmp_path, text_of(changed(small, cell={"seconds": ""}))).place == "seconds"


def test_a_file_that_does_not_exist(tmp_path):
    with pytest.raises(errors.ReportNotFoundError, match="no such file") as caught:
        read_report(tmp_path / "none.jsonl")
    assert isinstance(caught.value, FileNotFoundError)


def test_a_folder_is_no_report(tmp_path):
    with pytest.raises(errors.ReportUnreadableError, match="cannot be read"):
        read_report(tmp_path)


def test_windows_line_ends_and_a_byte_order_mark_are_read(small, tmp_path):
    plain = read(tmp_path, text_of(small))
    assert read(tmp_path, b"\xef\xbb\xbf" + text_of(small).replace(b"\n", b"\r\n")) == plain


def test_every_report_error_is_used_here():
    named = {name for name in errors.__all__ if name.startswith("Report")}
    tested = {name for _, name, _, _ in DEFECTS.values()}
    rest = {"ReportError", "ReportNotFoundError", "ReportUnreadableError", "ReportCutOffError", "ReportConflictError"}
    assert named == tested | rest
