"""Programs as their files have them: what is wrong in one is named with the file, and none is run with nothing to exchange."""

from __future__ import annotations

import pytest

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.errors import UsageError
from samebytes.peers.paths import fixtures_folder

RECORDS = read_records(fixtures_folder())
GOOD = """
title = "One"
layouts = ["Integer", "SomeData"]
segment = "One"
size = 4096
create = "create_new"
values.Integer = {}
values.SomeData.seed = { CurrentDate = 1, Text = "one" }
"""


def read(folder, text):
    (folder / "programs").mkdir()
    (folder / "programs" / "1-one.toml").write_text(text, "utf-8")
    return read_programs(folder, RECORDS)[0]


def test_values_are_those_written_and_graffiti_where_the_size_is_fixed(tmp_path):
    program = read(tmp_path, GOOD)
    names = {layout: [values.name for values in sets] for layout, sets in program.values.items()}
    assert (program.name, names) == ("one", {"Integer": ["graffiti"], "SomeData": ["seed"]})


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("size = 4096\n", "", "the key 'size' is missing"),
        ('values.SomeData.seed = { CurrentDate = 1, Text = "one" }', "", "nothing to exchange as 'SomeData'"),
        ("values.Integer = {}", "values.Message.seed = {}", "values for 'Message', which is not among its layouts"),
        ('"Integer", "SomeData"', '"Integer", "Nothing"', "no layout 'Nothing'"),
        ("CurrentDate = 1", "Date = 1", "SomeData has no leaf 'Date'"),
        ("create =", "made =", "unknown key 'made'"),
    ],
)
def test_what_is_wrong_is_named_with_the_file(tmp_path, old, new, words):
    assert old in GOOD
    with pytest.raises(UsageError) as caught:
        read(tmp_path, GOOD.replace(old, new))
    assert str(tmp_path / "programs" / "1-one.toml") in str(caught.value)
    assert words in str(caught.value)
