"""A record in a bundle is the record: every fixture layout and every trap, written as TOML and read again."""

from __future__ import annotations

from pathlib import Path

import pytest

from samebytes.checks.bundles.bundle_layout import record_as_toml
from samebytes.layout import Chars, Enum, Field, Pointer, Record, kind_named, lay_out, records_from_toml
from samebytes.layout.abi import ABIS
from samebytes.peers.paths import fixtures_folder

FILES = sorted((fixtures_folder() / "layouts").glob("*.toml")) + sorted(
    (Path(__file__).parents[2] / "fixtures" / "traps").glob("*.toml")
)
RECORDS = {f"{path.stem}:{name}": record for path in FILES for name, record in records_from_toml(path).items()}


def read_again(record: Record, folder: Path) -> Record:
    path = folder / "layout.toml"
    path.write_text(record_as_toml(record), "utf-8")
    return records_from_toml(path)[record.name]


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_comes_back_as_it_was(name, tmp_path):
    assert read_again(RECORDS[name], tmp_path) == RECORDS[name]


def test_names_that_are_missing_or_doubled_do_not_matter(tmp_path):
    """Records made by other means than TOML may have several parts of one name, or none: the layout is what counts."""
    one = Record("Part", (Field("a", kind_named("u8")),))
    other = Record("Part", (Field("b", kind_named("f64"), (2,)),))
    unnamed = Record("", (Field("c", kind_named("u16")), Field("d", kind_named("i64"))), union=True)
    colour = Enum("Part", values=(("RED", 1), ("BLUE", 2)), base=kind_named("u8"))
    record = Record(
        "Whole",
        (
            Field("first", one),
            Field("second", other),
            Field("", unnamed),
            Field("colour", colour, (3,)),
            Field("flags", kind_named("u32"), bits=3),
            Field("next", Pointer(to="Whole")),
            Field("name", kind_named("char8"), (4, 8), chars=Chars("padded", "latin-1")),
            Field("bytes", kind_named("char8"), (5,), align=16, doc='quotes " and \\'),
        ),
    )
    again = read_again(record, tmp_path)
    for abi in ABIS.values():
        mine, theirs = lay_out(record, abi), lay_out(again, abi)
        assert (mine.size, mine.align) == (theirs.size, theirs.align)
        assert [leaf[:3] for leaf in mine.leaves] == [leaf[:3] for leaf in theirs.leaves]
