"""`load` knows a file by what it is."""

from __future__ import annotations

import pytest

from samebytes.errors import LayoutError
from samebytes.layout.importers import load


def test_toml(tmp_path):
    path = tmp_path / "records.toml"
    path.write_text(
        '[record.A]\nfields = [{ name = "x", type = "u8" }]\n[record.B]\nfields = [{ name = "a", type = "A" }]\n',
        "utf-8",
    )
    assert [record.name for record in load(path)] == ["A", "B"]
    assert [record.name for record in load(str(path), "B")] == ["B"]
    with pytest.raises(LayoutError, match=r"no record C.*A, B"):
        load(path, "C")


PYTHON = """
import ctypes, sys
from samebytes.layout import record
from samebytes.layout.types import u8
print("noise")
class Class(ctypes.Structure):
    _fields_ = [("x", ctypes.c_int), ("y", ctypes.c_double)]
@record
class Ours:
    a: u8
"""


def test_python(tmp_path):
    path = tmp_path / "shared.py"
    path.write_text(PYTHON)
    assert {record.name for record in load(path)} == {"Class", "Ours"}
    assert load(path, "Class")[0].origin.language == "python"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import nothing_of_that_name\n", "cannot be imported.*nothing_of_that_name"),
        ("raise SystemExit(0)\n", "cannot be imported.*ended itself"),
        ("import os; os._exit(3)\n", "cannot be imported"),
        ("x = 1\n", "no record that can be shared"),
        ("syntax error here\n", "cannot be imported.*SyntaxError"),
    ],
)
def test_python_that_fails(tmp_path, text, words):
    path = tmp_path / "shared.py"
    path.write_text(text)
    with pytest.raises(LayoutError, match=words):
        load(path)


def test_other_files(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("struct A { int a; };")
    with pytest.raises(LayoutError, match=r"nothing that records can be read from.*\.toml"):
        load(path)
    with pytest.raises(LayoutError, match="cannot read"):
        load(tmp_path / "missing.bin")
    with pytest.raises(LayoutError, match="is a directory"):
        load(tmp_path)


@pytest.mark.usefixtures("needs_clang")
def test_headers_that_share_nothing(tmp_path):
    path = tmp_path / "only.hpp"
    path.write_text("struct A { virtual void f(); };\n")
    with pytest.raises(LayoutError, match=r"no record that can be shared.*hidden pointer"):
        load(path)
