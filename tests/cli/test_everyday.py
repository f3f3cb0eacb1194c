"""What a person types every day: wrong words and what was meant, colours, quiet and verbose, lists, the cache, other names of options."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "reports"
WRONG = {
    "chek": "there is no command 'chek'; did you mean check?",
    "matrx": "did you mean matrix?",
    "reprot x": "did you mean report?",
    "xyzzy": "there is no command 'xyzzy' (see",
    "check --relm=linux": "unrecognized arguments: --relm=linux; did you mean --realm?",
    "check --jsno": "did you mean --json?",
    "check --realm linx": "--realm/--platform linx: there is none of that name (did you mean linux?",
    "check --quiet --verbose": "not allowed with argument",
    "check --yes": "--yes answers what --fix asks",
    "check --config nowhere.toml": "nowhere.toml: no such file",
    "matrix --list --peer cshrp": "--peer cshrp: there is none of that name (did you mean csharp?",
    "matrix --list --peer C": "did you mean c?",
    "matrix --list --realm windws": "--realm windws: there is none of that name (did you mean windows?",
    "matrix --list --layout MySharedDta": "did you mean MySharedData?",
    "matrix --list --scenario killed-createor": "there is none of that name",
    "matrix --check datta": "did you mean data?",
    "matrix -j 0": "0 is no number from 1 to 1000",
    "matrix -j many": "many is no number from 1 to 1000",
    "matrix --list -k nothing-like-it": "nothing is selected",
    "report": "no report is named",
    "report --annotations githb x": "did you mean github?",
    "report --color sometimes x": "did you mean",
    "cache": "required",
    "cache cleen": "did you mean clean?",
    "cmake --dri": "did you mean --dir?",
    "emit": "the following arguments are required: FILE, --to",
    "emit nowhere.toml --to c": "nowhere.toml: no such file",
    "emit fixtures/layouts/seed.toml --to cobol": "--to cobol: there is none of that name",
    "emit fixtures/layouts/seed.toml --to rsut": "did you mean rust?",
    "emit fixtures/layouts/seed.toml --to c --abi x86_64-linx": "--abi x86_64-linx: there is none of that name",
    "emit fixtures/layouts/seed.toml --to c --chek-only": "did you mean --check-only?",
    "emit fixtures/layouts/seed.toml --to c --as Car": "--in and --as are about a declaration that exists (add --check-only)",
    "emit fixtures/layouts/seed.toml --to python --check-only": "--check-only cannot be written in python",
    "emit fixtures/layouts/seed.toml --to c --check-only --as Car": "records (say with --type which is meant)",
    "emit fixtures/layouts/seed.toml --to c --check-only --in README.md": "README.md: a source of an unknown language",
    "explain nowhere.h": "nowhere.h: no such file",
    "lock --check nowhere.lock": "nowhere.lock",
    "explain fixtures/layouts/seed.toml --abi x86": "--abi x86: there is none of that name",
    "explain fixtures/layouts/seed.toml -D 1": "-D 1: not a macro's name",
    "doctor --peer pyton": "did you mean python?",
    "explain fixtures/layouts/seed.toml --type MyShardData": "did you mean MySharedData?",
}
MORE = (Path(__file__).parent / "wrong_words.txt").read_text("utf-8").splitlines()[1:]
WRONG |= dict(line.split(" => ", 1) for line in MORE)
SEVERAL = """
import contextlib, io, json, sys
from samebytes.cli.main import main
for line in sys.stdin:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main(json.loads(line))
        except SystemExit as ended:
            status = ended.code
    print(json.dumps([status, out.getvalue(), err.getvalue()]))
"""


def test_wrong_words_are_told_in_one_line_with_what_was_meant():
    """All of them in one process: each alone would take as long to start as to fail."""
    root = Path(__file__).resolve().parents[2]
    lines = "".join(json.dumps(words.split()) + "\n" for words in WRONG)
    done = subprocess.run(
        [sys.executable, "-c", SEVERAL], input=lines, capture_output=True, text=True, timeout=300, check=True, cwd=root
    )
    came = dict(zip(WRONG, map(json.loads, done.stdout.splitlines()), strict=True))
    wrong = {
        words: (status, out, err)
        for words, (status, out, err) in came.items()
        if not (status == 2 and out == "" and err.count("\n") == 1 and WRONG[words] in err) and "--color" not in words
    }
    assert wrong == {}
    assert len(WRONG) >= 120
    assert came["report --color sometimes x"][0] == 2


@pytest.mark.parametrize(
    ("arguments", "environment", "coloured"),
    [
        ([], {}, False),
        ([], {"FORCE_COLOR": "1"}, True),
        ([], {"FORCE_COLOR": "0"}, False),
        ([], {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
        (["--color", "always"], {"NO_COLOR": "1", "TERM": "dumb"}, True),
        (["--color=never"], {"FORCE_COLOR": "1"}, False),
    ],
)
def test_colours_are_as_they_were_asked_for(arguments, environment, coloured):
    environment = {
        key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "FORCE_COLOR")
    } | environment
    done = subprocess.run(
        [sys.executable, "-m", "samebytes", "report", str(SAMPLES / "agreed.jsonl"), *arguments],
        capture_output=True, text=True, timeout=60, check=True, env=environment,
    )  # fmt: skip
    assert ("\x1b[32m" in done.stdout) is coloured


def test_the_matrix_lists_its_cells(samebytes):
    ran = samebytes(
        "matrix", "--list", "--peer", "c", "--peer", "python", "--platform", "linux", "--layout", "struct", "-k", "/c/"
    )
    assert ran.out.splitlines() == ["c/c/struct/linux/data", "python/c/struct/linux/data"]


def test_the_cache_is_told_and_emptied(samebytes, tmp_path, monkeypatch):
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "kept"))
    assert samebytes("cache", "dir").out == f"{tmp_path / 'kept'}\n"
    assert "0 bytes" in samebytes("cache", "size").out
    (tmp_path / "kept" / "builds").mkdir(parents=True)
    (tmp_path / "kept" / "builds" / "x").write_bytes(b"x" * 2048)
    (tmp_path / "other").write_bytes(b"x")
    (tmp_path / "kept" / "link").symlink_to(tmp_path)
    assert "2.0 KiB  builds" in samebytes("cache", "size").out
    assert samebytes("cache", "clean").out.startswith("removed 2.")
    assert list((tmp_path / "kept").iterdir()) == []
    assert (tmp_path / "other").exists()
