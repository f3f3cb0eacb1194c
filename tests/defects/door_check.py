"""The same wrong declarations through `samebytes check`: read from their sources, as a user's own declarations are. And wrong producers."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from defect_catalogue import Defect
from judging import Outcome
from mutants import PEERS, RECORDS, write
from spellings import SPELLINGS, SpellingError

from samebytes.peers.paths import fixtures_folder

__all__ = ["READ", "judge_declarations"]

READ = ("c", "csharp", "python")
"""Languages whose declarations are read in a moment: of the others each is a compilation of its own."""
COMPILED = ("csharp",)
"""Those of which each declaration is compiled: only the records that are declared wrong are checked declared right, too."""
ALSO = {"csharp": ("Elements.cs",)}
"""Sources that a language's declarations need."""
NOT_HERE = ("Message", "SomeData", "Note", "PackedNote", "Announcement")
"""Records that end in text: their declarations are no plain structures."""
IGNORED = shutil.ignore_patterns("__pycache__", "*.dll", "*.pyc", "prebuilt", "wine")
PASSING = ("agreed", "partial")


def judge_declarations(language: str, defects: Sequence[Defect]) -> tuple[list[Outcome], list[str]]:
    """Check a copy of a declaration for each mistake, and the right ones. Return what came of each, and the false alarms."""
    with tempfile.TemporaryDirectory() as folder:
        project = _Project(Path(folder), language)
        wanted = [
            one
            for one in defects
            if not (one.record in NOT_HERE or one.kind == "other alignment" or one.unseen) and project.add(one)
        ]
        records = dict.fromkeys(one.record for one in wanted) if language in COMPILED else RECORDS
        twins = [name for name in records if name not in NOT_HERE and project.add_right(name)]
        cells = project.run()
        outcomes = [_outcome(one, cells.get(f"d{number}")) for number, one in enumerate(wanted)]
        wrong = {name: cell for name in twins if not _fine(cell := cells.get(f"right-{name}"))}
    alarms = [f"{language}, check: {name} is declared right: {_words(cell)}" for name, cell in wrong.items()]
    return outcomes, alarms


class _Project:
    """A folder with a samebytes.toml, and a copy of the language's declarations for each mistake."""

    def __init__(self, folder: Path, language: str) -> None:
        self._folder, self._language, self._made = folder, language, 0
        layouts = sorted((fixtures_folder() / "layouts").glob("*.toml"))
        self._toml = 'realms = ["linux"]\n' + "".join(
            f'[layout.{name}]\ntoml = "{path}"\nabi = ["x86_64-linux"]\n'
            for path in layouts for name in RECORDS if f"[record.{name}]" in path.read_text("utf-8")
        )  # fmt: skip

    def add(self, defect: Defect) -> bool:
        """Add a wrong declaration. False where the language has no words for it."""
        place = self._copy(f"d{self._made}")
        try:
            write(defect, place)
        except SpellingError:
            shutil.rmtree(place)
            return False
        self._declare(f"d{self._made}", place, defect.record)
        self._made += 1
        return True

    def add_right(self, record: str) -> bool:
        """Add a declaration as it stands. False where this language has none."""
        place = self._folder / "right"
        if not place.is_dir():
            self._copy("right")
        return self._declare(f"right-{record}", place, record)

    def _copy(self, name: str) -> Path:
        return Path(
            shutil.copytree(
                PEERS / self._language,
                self._folder / name,
                ignore=IGNORED,
            )
        )

    def _declare(self, name: str, place: Path, record: str) -> bool:
        try:
            path = SPELLINGS[self._language].declared_in(place, record)
        except SpellingError:
            return False
        sources = [str(path), *(str(place / other) for other in ALSO.get(self._language, ()))]
        self._toml += f'[declaration.{name}]\nlayout = "{record}"\ntype = "{record}"\nsource = {json.dumps(sources)}\n'
        if self._language == "csharp":
            self._toml += 'read = "pointer"\n'
        return True

    def run(self) -> Mapping[str, Mapping[str, Any]]:
        """Run `samebytes check`; the cells by the declaration's name."""
        (self._folder / "samebytes.toml").write_text(self._toml, "utf-8")
        command = [sys.executable, "-m", "samebytes", "check", "--json"]
        done = subprocess.run(
            command, cwd=self._folder, capture_output=True, encoding="utf-8", timeout=1200, check=False
        )
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert lines, done.stderr
        return {line["producer"]: line for line in lines if line["type"] == "cell"}


def _fine(cell: Mapping[str, Any] | None) -> bool:
    return cell is None or cell["verdict"] in PASSING


def _outcome(defect: Defect, cell: Mapping[str, Any] | None) -> Outcome:
    words = _words(cell)
    seen = cell is not None and cell["verdict"] not in PASSING
    cause = (cell or {}).get("cause") or ""
    refused = cell is not None and cell["verdict"] == "refused" and f"`{defect.told.field}` is" in cell["message"]
    told = "right" if refused or defect.told.names(cause) else "wrong" if cause else "none"
    return Outcome(
        defect.language,
        defect.kind,
        f"{defect.name} (check)",
        seen,
        told if seen and defect.told.cause else "",
        False,
        words,
        _unseen_here(defect),
        "check",
    )


def _unseen_here(defect: Defect) -> str:
    """Return why this door does not see a mistake; empty where it must."""
    if defect.kind == "other name":
        return "`check` tells another name of a field as a remark: it moves no byte"
    if defect.kind == "other constants" and defect.language in ("c", "python"):
        return "`check` cannot know which constants belong to a field that is declared as an integer"
    if defect.language == "csharp" and "an 8-bit integer or character instead of bool" in defect.told.cause:
        return "`check` takes a byte for a bool in C#: programs declare it so, since the marshaller widens a bool"
    if "instead of pointer" in defect.told.cause:
        return "`check` takes an address and an integer of its width for the same"
    return ""


def _words(cell: Mapping[str, Any] | None) -> str:
    if cell is None:
        return "no cell"
    differences = [
        f"{one['path']}: {one['expected']} / {one['found']}" for run in cell["runs"] for one in run["differences"][:3]
    ]
    return f"{cell['verdict']}: " + " | ".join(filter(None, (cell.get("cause"), cell["message"], *differences)))
