"""Wrong declarations, more than a hundred of them: each is found, its cause named, and the corrected declaration compiles.

Many records of one peer are wrong at once, one change each, so that a language is built once or twice for all of them.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from defect_catalogue import LANGUAGES, together
from judging import alarms_in, cells_between, judged, worst_of
from mutants import PROGRAMS, RECORDS, Pack, mutant_of

from samebytes.checks.bundles.repair import repair_of
from samebytes.errors import MissingError

BUILDS = [part for language in LANGUAGES for part in together(language)]
NAMES = [f"{build.language}-{number}" for number, build in enumerate(BUILDS, 1)]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mutants are built natively on Linux")


@pytest.fixture(scope="module", params=BUILDS, ids=NAMES)
def ran(request, tmp_path_factory):
    """One build and its run: its mistakes and twins, the mutant, the cells."""
    pack = Pack(request.param.language, list(request.param.defects), request.param.twins)
    mutant, silent = mutant_of(pack, tmp_path_factory.mktemp("mutants") / "peers")
    assert silent == []
    try:
        return pack, mutant, cells_between(mutant, "linux", [PROGRAMS[name].name for name in mutant.layouts])
    except MissingError as error:
        pytest.skip(f"{error.message}; to add it: {error.add}")


def test_every_mistake_is_found_and_named_and_its_correction_compiles(ran, tmp_path):
    pack, mutant, cells = ran
    outcomes = [judged(defect, cells, "linux") for defect in pack.defects]
    assert [f"{one.name}: {one.said}" for one in outcomes if not one.good] == []
    records = [told.record for defect in pack.defects for told in (defect.told, *defect.more)]
    compile_all([repair(cells, record, mutant) for record in records], pack.language, tmp_path)


def test_what_is_declared_right_raises_no_alarm(ran):
    pack, _, cells = ran
    assert alarms_in(pack, cells, "linux") == []


def repair(cells, record: str, mutant) -> str:
    run = worst_of(cells, record, "linux")
    text = repair_of(run, RECORDS, {"mutant": mutant}, "x86_64-linux")
    assert text or RECORDS[record].variable, f"no corrected declaration of {record}"
    return text


def compile_all(sources: list[str], language: str, folder: Path) -> None:
    """With that language's own compiler, all in one go."""
    sources = [text for text in sources if text]
    assert sources
    names = {"c": "r{}.h", "csharp": "r{}.cs", "nim": "r{}.nim", "python": "r{}.py"}
    files = [folder / names[language].format(number) for number in range(len(sources))]
    for number, (path, text) in enumerate(zip(files, sources, strict=True)):
        path.write_text(f"namespace Repair{number} {{\n{text}}}\n" if language == "csharp" else text, "utf-8")
    if language == "nim":
        (folder / "all.nim").write_text("".join(f"import {path.stem}\n" for path in files), "utf-8")
    commands = {
        "c": ["gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Werror", *map(str, files)],
        "csharp": ["mcs", "-unsafe", "-target:library", f"-out:{folder / 'all.dll'}", *map(str, files)],
        "nim": ["nim", "check", "--hints:off", "--warnings:off", str(folder / "all.nim")],
        "python": [
            sys.executable,
            "-c",
            "import runpy, sys; [runpy.run_path(p) for p in sys.argv[1:]]",
            *map(str, files),
        ],
    }
    done = subprocess.run(commands[language], capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
