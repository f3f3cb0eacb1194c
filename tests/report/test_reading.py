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
    assert report.hosts[0].started == lines[0]["started"]


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
    "a newer format": (
        lambda s: text_of(changed(s, header={"format": 3})),
        "ReportFormatError", 1, "the format is 3; this samebytes reads 1 and 2",
    ),
    "no format": (lambda s: text_of(changed(s, header={"format": None})), "ReportFormatError", 1, "format is None"),
    "true as format": (lambda s: text_of(changed(s, header={"format": True})), "ReportFormatError", 1, "format is True"),
    "an unknown type": (lambda s: text_of([s[0], {"type": "note"}, *s[1:]]), "ReportTypeError", 2, "'note'"),
    "no type": (lambda s: text_of([s[0], {"kind": "cell"}, *s[1:]]), "ReportTypeError", 2, "None"),
    "a type that is a list": (lambda s: text_of([s[0], {"type": ["cell"]}, *s[1:]]), "ReportTypeError", 2, "['cell']"),
    "no JSON": (lambda s: text_of(s[:2]) + b"{oops}\n" + text_of(s[2:]), "ReportJsonError", 3, "is not JSON"),
    "an empty line": (lambda s: text_of(s[:2]) + b"\n" + text_of(s[2:]), "ReportJsonError", 3, "is not JSON"),
    "no object": (lambda s: text_of(s[:2]) + b"[1]\n" + text_of(s[2:]), "ReportJsonError", 3, "not a JSON object"),
    "NaN": (lambda s: text_of(s).replace(b'"seconds":', b'"seconds":NaN,"x":', 1), "ReportJsonError", 2, "NaN"),
    "deeper than can be": (lambda s: text_of(s[:1]) + b"[" * 200_000 + b"\n", "ReportJsonError", 2, "is not JSON"),
    "two headers": (lambda s: text_of([s[0], *s]), "ReportHeaderError", 2, "second header"),
    "no header": (lambda s: text_of(s[1:]), "ReportHeaderError", 1, "is of type cell, not the header"),
    "an empty file": (lambda _: b"", "ReportEmptyError", 0, "is empty"),
    "a program": (lambda _: b"\x7fELF\x02\x01\x01" + bytes(40) + b"\xff\n", "ReportBinaryError", 1, "not UTF-8"),
    "a file of zeros": (lambda _: bytes(5000), "ReportBinaryError", 1, "is zero"),
    "UTF-16": (lambda s: text_of(s).decode().encode("utf-16"), "ReportBinaryError", 1, "not UTF-8"),
    "binary in the middle": (lambda s: text_of(s[:2]) + b"\xfe\n", "ReportBinaryError", 3, "byte 0 of the line"),
    "a text without an end": (lambda _: b"hello", "ReportJsonError", 1, "is not JSON"),
    "not as the schema says": (
        lambda s: text_of(changed(s, cell={"seconds": "1"})),
        "ReportSchemaError", 2, "seconds: expected `float`, got `str`",
    ),
    "another identity": (
        lambda s: text_of(changed(s, cell={"id": "a/b"})),
        "ReportContradictionError", 2, "id is 'a/b'; its parts make 'c/c/struct/linux/data'",
    ),
    "green with a red run": (
        lambda s: text_of(changed(s, cell={"verdict": "agreed"})),
        "ReportContradictionError", 2, "verdict is 'agreed'; its runs make 'differs'",
    ),
    "two members of one name": (
        lambda s: text_of(s).replace(b'"verdict":', b'"verdict":"agreed","verdict":', 1),
        "ReportJsonError", 2, "the member 'verdict' stands twice in one object",
    ),
    "more than a number can be": (
        lambda s: text_of(s).replace(b'"cells":2', b'"cells":2,"x":1e999'),
        "ReportJsonError", 5, "1e999 is beyond",
    ),
    "merged from two versions": (
        lambda s: text_of([s[0] | {"hosts": [a_host("1.0"), a_host("1.1")]}, *s[1:]]),
        "ReportVersionError", 1, "of samebytes 1.0 and 1.1",
    ),
}  # fmt: skip


def a_host(version):
    return {
        "samebytes": version,
        "started": "2026-01-01T00:00:00Z",
        "system": "s",
        "machine": "m",
        "python": "3",
        "seconds": 1,
    }


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_defect_has_its_error(small, tmp_path, defect):
    make, name, line, words = DEFECTS[defect]
    error = failure(tmp_path, make(small))
    assert (type(error).__name__, error.line) == (name, line)
    assert words in error.message


def agreeing(small):
    """The report's cell that agreed, for changing."""
    return next(line for line in small if line.get("verdict") == "agreed")


def red(cell):
    cell["runs"][0].update(verdict="differs", stage="load")


def leaf(cell, place, value):
    cell["runs"][0]["leaves"][0][place] = value


CONTRADICTIONS = {
    "no runs": (lambda cell: cell.update(runs=[], cases=0), "verdict", "is 'agreed' without a run"),
    "no cases": (lambda cell: cell["runs"][0].update(cases=0), "runs[0].cases", "is 0 in a run that is 'agreed'"),
    "cases that are not those of its runs": (lambda cell: cell.update(cases=500), "cases", "is 500; its runs make 1"),
    "a red run": (red, "verdict", "is 'agreed'; its runs make 'differs'"),
    "a difference": (
        lambda cell: cell["runs"][0]["differences"].append(
            {"stage": "load", "peer": "c", "path": "x", "expected": "01", "found": "02"}
        ),
        "runs[0].differences", "is not empty in a run that is 'agreed': x: expected 01, c read 02",
    ),
    "other bytes in memory": (
        lambda cell: (leaf(cell, 4, "ffffffff"), cell["runs"][0].update(memory="ffffffff")),
        "runs[0].leaves[0]", "'Value' is ffffffff in memory and 7b000000 is expected",
    ),
    "a leaf beside the record's memory": (lambda cell: cell["runs"][0].update(memory="00000000"), "runs[0].leaves[0]", "other bytes there"),
    "nothing loaded": (lambda cell: leaf(cell, 5, None), "runs[0].leaves[0]", "'Value' was not loaded"),
    "something else loaded": (
        lambda cell: leaf(cell, 5, "0000abcd"),
        "runs[0].leaves[0]", "loaded as 0000abcd, which is nowhere in 7b000000",
    ),
    "words loaded": (lambda cell: leaf(cell, 5, "agreed"), "runs[0].leaves[0]", "loaded as agreed"),
    "another width": (lambda cell: leaf(cell, 2, 8), "runs[0].leaves[0]", "is 8 bytes wide, and 4 are expected"),
    "a leaf twice": (
        lambda cell: cell["runs"][0]["leaves"].append(cell["runs"][0]["leaves"][0]),
        "runs[0].leaves", "has the leaf 'Value' twice",
    ),
    "a known run": (lambda cell: cell["runs"][0].update(verdict="known"), "runs[0].verdict", "only a cell can be"),
    "a stage": (lambda cell: cell.update(stage="load"), "stage", "is 'load'; its runs make None"),
    "words of its own": (lambda cell: cell.update(message="fine"), "message", "is 'fine'; its runs make ''"),
    "a cause": (lambda cell: cell.update(cause="c: nothing"), "cause", "is 'c: nothing'; its runs make ''"),
    "known without a reason": (
        lambda cell: cell.update(verdict="known", deviation="differs"),
        "verdict", "is 'known'; its runs make 'agreed'",
    ),
    "a deviation": (lambda cell: cell.update(deviation="differs"), "deviation", "is 'differs'; its runs make None"),
    "partial": (lambda cell: cell.update(verdict="partial"), "verdict", "is 'partial'; its runs make 'agreed'"),
}  # fmt: skip


@pytest.mark.parametrize("what", CONTRADICTIONS)
def test_a_cell_that_contradicts_itself_is_refused_by_name(small, tmp_path, what):
    read(tmp_path, text_of(small))
    change, place, words = CONTRADICTIONS[what]
    cell = agreeing(small)
    identity, number = cell["id"], small.index(cell) + 1
    change(cell)
    error = failure(tmp_path, text_of(small))
    assert (type(error), error.identity, error.line) == (errors.ReportContradictionError, identity, number)
    assert error.place == place
    assert f"the cell {identity} contradicts itself: {place} " in error.message
    assert words in error.message


def test_a_red_cell_without_a_run_is_believed_and_a_green_one_never(small, tmp_path):
    cell = small[1]
    for verdict, message, believed in (
        ("refused", "nothing was run", True),
        ("differs", "", False),
        ("known", "", False),
    ):
        cell.update(runs=[], cases=0, verdict=verdict, message=message, cause="", stage=None, reason="expected")
        if believed:
            del cell["reason"]
            small[-1]["verdicts"] = {"refused": 1, "agreed": 1}
            read(tmp_path, text_of(small))
        else:
            assert type(failure(tmp_path, text_of(small))) is errors.ReportContradictionError


def test_a_bit_field_and_a_partial_cell_are_believed(small, tmp_path):
    cell = agreeing(small)
    cell["runs"][0].update(memory="b6", leaves=[["flag", 0, 1, "b6", "b6", "01"], ["level", 0, 1, "b6", "b6", "05"]])
    read(tmp_path, text_of(small))
    cell.update(verdict="partial", stage="describe", covers="1 of 2 fields read")
    cell["runs"][0].update(verdict="partial", seed=7)
    cell["runs"][0]["leaves"][1][5] = None
    small[-1]["verdicts"] = {"partial": 1, "differs": 1}
    told = next(cell for cell in read(tmp_path, text_of(small)).cells if cell.verdict == "partial")
    assert (told.coverage, told.worst.seed) == ("1 of 2 fields read", 7)
    assert (told.green, told.passes(), told.passes(complete=True)) == (False, True, False)


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
