"""Wrong declarations, more than a hundred of them: each is found, its cause named, and the corrected declaration compiles.

Many records of one peer are wrong at once, one change each, so that a language is built once or twice for all of them.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from msgspec import structs

from samebytes.checks.bundles.repair import repair_of
from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings, check_required, run
from samebytes.checks.result import Verdict
from samebytes.errors import MissingError
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import discover
from samebytes.peers.paths import fixtures_folder, peers_folder

PEERS = peers_folder()
RECORDS = read_records(fixtures_folder())
PROGRAMS = {record.name: program for program in read_programs(fixtures_folder(), RECORDS) for record in program.records}
BUILDS = tomllib.loads((Path(__file__).parent / "mutations.toml").read_text("utf-8"))["build"]
NAMES = [f"{build['language']}-{number}" for number, build in enumerate(BUILDS, 1)]

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the mutants are built natively on Linux")


@dataclass(frozen=True)
class Row:
    """One wrong declaration; `old` empty: another row's change makes it wrong."""

    file: str
    record: str
    old: str
    new: str
    field: str
    cause: str

    def names(self, cause: str) -> bool:
        """Whether that is the cause. `~`: values that come to the same may leave one of the two directions without."""
        if self.cause.startswith("~"):
            return not cause or self.cause[1:] in cause
        return self.cause in cause and bool(self.cause) == bool(cause)

    def change(self, folder: Path) -> None:
        """Write the mistake into a copy of the peer."""
        path = folder / self.file
        text = path.read_text("utf-8")
        start = 0 if text.count(self.old) == 1 else self._declared_at(text)
        place = text.find(self.old, start)
        assert place >= 0, f"{self.file}: {self.record} has no {self.old!r}"
        path.write_text(text[:place] + self.new + text[place + len(self.old) :], "utf-8")

    def _declared_at(self, text: str) -> int:
        found = re.search(rf"\b(struct|union|class) {self.record}\b|^  {self.record}\*", text, re.MULTILINE)
        assert found, f"{self.file} declares no {self.record}"
        return found.start()


def mutant_of(build: dict, rows: list[Row], place: Path):
    """A copy of a language's peer with those mistakes, its first face alone, and only the records that matter."""
    shutil.copytree(PEERS, place, ignore=shutil.ignore_patterns("__pycache__"))
    for row in rows:
        if row.old:
            row.change(place / build["language"])
    manifest = discover((place,))[build["language"]]
    wanted = {row.record for row in rows} | set(build["twins"])
    target = manifest.targets["x86_64-linux"]
    quick = tuple(
        replace(toolchain, build=tuple(quickly(command) for command in toolchain.build[:1]))
        for toolchain in target.toolchains
    )
    return replace(
        manifest,
        name="mutant",
        layouts={name: type_ for name, type_ in manifest.layouts.items() if name in wanted},
        faces=manifest.faces[:1],
        targets={target.abi: replace(target, toolchains=quick)},
    )


def quickly(command: tuple[str, ...]) -> tuple[str, ...]:
    """Without optimisation: a build is tried many times where a field does not compile."""
    slow = {"-O2": "-O0", "-d:release": "--opt:none", "-Copt-level=2": "-Copt-level=0"}
    return tuple(slow.get(word, word) for word in command)


def run_against_python(mutant):
    """The cells between the mutant and the Python peer, both ways, by identity."""
    python = discover((PEERS,))["python"]
    python = replace(python, layouts={name: type_ for name, type_ in python.layouts.items() if name in mutant.layouts})
    request = Request(
        realms=["linux"],
        checks=["data"],
        manifests={"mutant": mutant, "python": python},
        peers=["mutant", "python"],
        programs=list({PROGRAMS[name].name: PROGRAMS[name] for name in mutant.layouts}.values()),
        records=RECORDS,
        selected=lambda identity: identity.startswith(("mutant/python/", "python/mutant/")),
        required=frozenset({"linux", "mutant"}),
    )
    findings = Findings()
    with Lab(RECORDS) as lab:
        run(request, lab, findings)
    check_required(findings, request.required)
    return {result.identity: result for result in findings.results}


@pytest.fixture(scope="module", params=range(len(BUILDS)), ids=NAMES)
def ran(request, tmp_path_factory):
    """One build and its run: its rows, its twins, the mutant, the results."""
    build = BUILDS[request.param]
    rows = [Row(*row) for row in build["rows"]]
    mutant = mutant_of(build, rows, tmp_path_factory.mktemp("mutants") / "peers")
    try:
        return build, rows, mutant, run_against_python(mutant)
    except MissingError as error:
        pytest.skip(f"{error.message}; to add it: {error.add}")


def pairs(record: str) -> tuple[str, str]:
    """The cells in which the mutant produces, and consumes, that record."""
    return tuple(f"{pair}/{PROGRAMS[record].name}/linux/data" for pair in ("mutant/python", "python/mutant"))


def worst_of(result, record: str):
    """Of a cell's runs with that record, the one that tells most."""
    runs = [run for run in result.runs if run.layout == record]
    assert runs, f"{result.identity} never came to {record}: {result.worst.message}"
    return structs.replace(result, runs=runs).worst


def test_every_mistake_is_found_and_named_and_its_correction_compiles(ran, tmp_path):
    build, rows, mutant, results = ran
    wrong = []
    for row in rows:
        for identity in pairs(row.record):
            worst = worst_of(results[identity], row.record)
            paths = {item.path for item in worst.differences}
            if worst.verdict is Verdict.AGREED or row.field not in paths:
                wrong.append(f"{identity}: {worst.verdict}, differences at {sorted(paths)[:5]}, not at {row.field}")
            elif not row.names(worst.cause):
                wrong.append(f"{identity}: the cause is {worst.cause!r}, not {row.cause!r}")
    assert not wrong, "\n".join(wrong)
    compile_all([repair(results, row, mutant) for row in rows], build["language"], tmp_path)


def test_what_is_declared_right_raises_no_alarm(ran):
    build, _, _, results = ran
    for record in build["twins"]:
        for identity in pairs(record):
            worst = worst_of(results[identity], record)
            assert (worst.verdict, worst.cause) == (Verdict.AGREED, "")


def repair(results, row: Row, mutant) -> str:
    run = worst_of(results[pairs(row.record)[0]], row.record)
    text = repair_of(run, RECORDS, {"mutant": mutant}, "x86_64-linux")
    variable = RECORDS[row.record].variable
    assert text or variable, f"no corrected declaration of {row.record}"
    return text


def compile_all(sources: list[str], language: str, folder: Path) -> None:
    """With that language's own compiler, all in one go."""
    sources = [text for text in sources if text]
    assert sources
    names = {"c": "r{}.h", "csharp": "r{}.cs", "nim": "r{}.nim", "python": "r{}.py", "rust": "r{}.rs"}
    files = [folder / names[language].format(number) for number in range(len(sources))]
    for number, (path, text) in enumerate(zip(files, sources, strict=True)):
        path.write_text(f"namespace Repair{number} {{\n{text}}}\n" if language == "csharp" else text, "utf-8")
    if language == "nim":
        (folder / "all.nim").write_text("".join(f"import {path.stem}\n" for path in files), "utf-8")
    if language == "rust":
        (folder / "all.rs").write_text("".join(f"mod {path.stem};\n" for path in files), "utf-8")
    commands = {
        "rust": [
            "rustc",
            "--edition=2021",
            "--crate-type=lib",
            "--emit=metadata",
            "--out-dir",
            str(folder),
            str(folder / "all.rs"),
        ],
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
