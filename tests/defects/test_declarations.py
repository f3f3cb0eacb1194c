"""Wrong declarations, more than a hundred of them: each is found, its cause named, and the corrected declaration compiles.

Many records of one peer are wrong at once, one change each, so that a language is built once or twice for all of them.
"""

from __future__ import annotations

import re
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
    run = worst_of(cells, record, "linux").worst
    text = repair_of(run, RECORDS, {"mutant": mutant}, "x86_64-linux")
    assert text or RECORDS[record].variable, f"no corrected declaration of {record}"
    return text


def compile_all(sources: list[str], language: str, folder: Path) -> None:
    """With that language's own compiler, all in one go."""
    sources = [text for text in sources if text]
    assert sources
    done = subprocess.run(
        COMPILING[language](folder, sources), capture_output=True, text=True, timeout=300, check=False, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr


def files_of(folder: Path, sources: list[str], name: str, around: str = "{text}") -> list[str]:
    """Write each into a file of its own."""
    files = [folder / name.format(number) for number in range(len(sources))]
    for number, (path, text) in enumerate(zip(files, sources, strict=True)):
        path.parent.mkdir(exist_ok=True)
        path.write_text(around.replace("{number}", str(number)).replace("{text}", text), "utf-8")
    return [str(path) for path in files]


def c(folder: Path, sources: list[str]) -> list[str]:
    return ["gcc", "-std=c11", "-fsyntax-only", "-Wall", "-Werror", *files_of(folder, sources, "r{}.h")]


def cpp(folder: Path, sources: list[str]) -> list[str]:
    flags = ["-std=c++17", "-fsyntax-only", "-Wall", "-Werror", "-Wno-error=pragmas"]
    return ["g++", *flags, *files_of(folder, sources, "r{}.hpp")]


def csharp(folder: Path, sources: list[str]) -> list[str]:
    files = files_of(folder, sources, "r{}.cs", "namespace Repair{number} {\n{text}}\n")
    return ["mcs", "-unsafe", "-target:library", f"-out:{folder / 'all.dll'}", *files]


def go(folder: Path, sources: list[str]) -> list[str]:
    files_of(folder, sources, "r{0}/r{0}.go")  # each its own package: they declare what they share again
    (folder / "go.mod").write_text("module repairs\n\ngo 1.18\n", "utf-8")
    return ["go", "vet", "./..."]


def nim(folder: Path, sources: list[str]) -> list[str]:
    files = files_of(folder, sources, "r{}.nim")
    (folder / "all.nim").write_text("".join(f"import {Path(path).stem}\n" for path in files), "utf-8")
    return ["nim", "check", "--hints:off", "--warnings:off", "all.nim"]


def pascal(folder: Path, sources: list[str]) -> list[str]:
    units = [re.search(r"^unit (\w+);", text, re.MULTILINE)[1] for text in sources]
    for unit, text in zip(units, sources, strict=True):
        (folder / f"{unit.lower()}.pas").write_text(text, "utf-8")
    (folder / "all.pas").write_text(f"program All;\nuses {', '.join(units)};\nbegin\nend.\n", "utf-8")
    return ["fpc", "-Cn", "-v0ew", "-Sew", f"-Fu{folder}", "all.pas"]


def python(folder: Path, sources: list[str]) -> list[str]:
    code = "import runpy, sys; [runpy.run_path(path) for path in sys.argv[1:]]"
    return [sys.executable, "-c", code, *files_of(folder, sources, "r{}.py")]


def rust(folder: Path, sources: list[str]) -> list[str]:
    files = files_of(folder, sources, "r{}.rs")
    (folder / "all.rs").write_text("".join(f"mod {Path(path).stem};\n" for path in files), "utf-8")
    return ["rustc", "--edition=2021", "--crate-type=lib", "--emit=metadata", "--out-dir", str(folder), "all.rs"]


COMPILING = {one.__name__: one for one in (c, cpp, csharp, go, nim, pascal, python, rust)}
"""Writes corrected declarations into a folder, and returns the command that compiles them, by language."""
