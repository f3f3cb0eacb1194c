"""docs/mapping.md keeps its word: its programs run and print what it says, its tables name what there is, its facts were seen."""

from __future__ import annotations

import builtins
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from samebytes import errors, mapping
from samebytes.errors import SamebytesError

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docs" / "mapping.md").read_text("utf-8")
PROGRAM = re.compile(r"^```python\n(.*?)^```$(?:\n+```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL)
PROGRAMS = PROGRAM.findall(TEXT)
CODE = re.compile(r"`([^`]+)`")
SECONDS = 120


def run(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """A program as a user runs it, every warning an error."""
    script = folder / "program.py"
    script.write_text(source, "utf-8")
    return subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        capture_output=True,
        encoding="utf-8",
        timeout=SECONDS,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
        check=False,
    )


def test_there_are_programs_of_every_kind():
    assert len(PROGRAMS) == len(re.findall("^```python$", TEXT, re.MULTILINE)) >= 9
    assert all(expected for _, expected in PROGRAMS)


@pytest.mark.skipif(sys.platform != "linux", reason="what the programs print is that of Linux")
@pytest.mark.parametrize("index", range(len(PROGRAMS)))
def test_a_program_prints_what_stands_below_it(tmp_path, index):
    source, expected = PROGRAMS[index]
    if "import numpy" in source:
        pytest.importorskip("numpy", reason="pip install numpy")
    done = run(source, tmp_path)
    assert (done.stdout, done.stderr) == (expected, "")
    assert done.returncode == 0


@pytest.fixture(autouse=True)
def _place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Segments of these tests lie in a directory of their own, and go with it."""
    if sys.platform == "linux":
        monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(request.getfixturevalue("shm")))


def rows(heading: str) -> list[list[str]]:
    """The cells of the first table under a heading."""
    section = TEXT.partition(f"\n## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    assert len(lines) > 3, heading
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[1:]]


def test_every_error_is_the_builtin_that_the_page_says():
    named = set()
    for ours, builtin, *_ in rows("Errors"):
        error = getattr(errors, ours.strip("`"))
        assert issubclass(error, getattr(builtins, builtin.strip("`")))
        assert issubclass(error, SamebytesError)
        named.add(error)
    assert {kind for kind in vars(errors).values() if isinstance(kind, type) and kind.__module__ == errors.__name__ and
            issubclass(kind, errors.MappingError) and not kind.__name__.startswith("_")} - {errors.MappingError} <= named  # fmt: skip


KINDS = {
    "MemoryMappedFile": mapping.MemoryMappedFile,
    "Rights": mapping.Rights,
    "Access": mapping.Access,
    "m": mapping.MemoryMappedFile,
    "v": mapping.ViewAccessor,
}


def has(kind: type, name: str) -> bool:
    """Whether instances have it: of the class, or set when one is made."""
    return hasattr(kind, name) or f"self.{name}" in (Path(sys.modules[kind.__module__].__file__)).read_text("utf-8")


def test_every_call_in_the_tables_exists():
    calls = [code for row in rows("Call by call") for code in CODE.findall(row[3])]
    calls += [code for row in rows("Who may do what") for code in CODE.findall(row[0])]
    found = [re.match(r"(\w+)\.(\w+)", code) for code in calls]
    for one in filter(None, found):
        assert has(KINDS[one[1]], one[2]), one[0]
    assert len(list(filter(None, found))) > 20
    for bare in ("list_segments", "reap"):
        assert f"{bare}()" in calls
        assert hasattr(mapping, bare)


def test_every_view_that_the_page_says_is_given():
    named = {access.name for access in mapping.Access}
    for created, views in rows("Who may do what"):
        for access in CODE.findall(created):
            with mapping.MemoryMappedFile.create_new(None, 1, mapping.Access[access.partition(".")[2]]) as made:
                given = {view for view in named if gives(made, mapping.Access[view])}
            assert given == (named if views == "all six" else set(CODE.findall(views)))


def gives(made: mapping.MemoryMappedFile, access: mapping.Access) -> bool:
    try:
        made.create_view_accessor(access=access).close()
    except PermissionError:
        return False
    return True


def test_every_fact_that_the_page_cites_was_seen_somewhere():
    prose = re.sub(r"^```.*?^```$", "", TEXT, flags=re.MULTILINE | re.DOTALL)
    cited = {int(number) for group in re.findall(r"\((\d+(?:, \d+)*)\)", prose) for number in group.split(",")}
    cited |= {int(number) for row in rows("Promises") for number in row[1].split(",")}
    seen = {
        int(fact)
        for fact in re.findall(r"^\| (\d+) \|.*\| seen ", (ROOT / "docs/facts.md").read_text("utf-8"), re.MULTILINE)
    }
    assert len(cited) > 60
    assert cited <= seen


def test_every_link_leads_somewhere():
    for target in re.findall(r"\]\(([^)]+)\)", TEXT):
        file, _, heading = target.partition("#")
        assert (ROOT / "docs" / file).exists(), target
        assert not heading or f"## {heading.capitalize()}\n" in TEXT


HOLDER = """
import sys
from samebytes.mapping import MemoryMappedFile
held = MemoryMappedFile.create_new("Contained", 4096)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="this system has no such containers")
def test_a_holder_in_a_container_is_seen_outside():
    """Process ids and mounts of its own, as a container has; only the directory of segments is shared."""
    apart = ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this user cannot make a namespace of processes")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([*apart, sys.executable, "-c", HOLDER], env=environment, **pipes) as holder:
        assert holder.stdout.readline() == b"held\n"
        assert alive("Contained")
        holder.kill()
    end = time.monotonic() + SECONDS
    while alive("Contained") and time.monotonic() < end:  # the kernel ends the namespace in its own time
        time.sleep(0.001)
    assert not alive("Contained")


def alive(name: str) -> bool:
    try:
        mapping.MemoryMappedFile.open_existing(name).close()
    except FileNotFoundError:
        return False
    return True
