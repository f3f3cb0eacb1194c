"""Nothing but the lab starts a process: what could is called in `peers/` alone, and there in few places."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import samebytes

PACKAGE = Path(samebytes.__file__).parent
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if "_data" not in path.parts)
MAKERS = {
    "Reaper": {"peers/lab.py", "peers/wine.py"},
    "Processes": {"peers/lab.py", "peers/wine.py"},
    "Builder": {"peers/lab.py"},
    "PeerProcess": {"peers/peer.py"},
    "Starter": {"peers/site.py", "peers/availability.py"},
    "Pool": {"peers/site.py"},
    "Popen": {"peers/processes.py", "peers/reaper_process.py", "layout/importers/python_file.py"},
}
"""Where each of these is made. A Wine realm has processes of its own, since it is made ready before there is a run."""
STARTING = {"subprocess.run", "subprocess.call", "subprocess.check_output", "subprocess.check_call", "os.system", "os.popen",
            "os.fork", "os.posix_spawn", "os.startfile", "multiprocessing.Process"}  # fmt: skip
ONE_SHOT = {
    "peers/wine_loader.py", "peers/wine_prefix.py", "peers/processors.py",
    "layout/importers/clang_run.py", "layout/importers/clr_witness.py",
    "layout/fuzz/compilers.py", "layout/fuzz/languages.py",
}  # fmt: skip
"""Ask one program one thing, with a deadline, and wait for its end. The importers stand below the lab: a layout is read without a run."""
STARTED = {"peers/pool.py", "peers/site.py"}
"""Call a starter's `start`."""


def calls_of(source: str) -> Iterator[tuple[str, ast.Call]]:
    """Every call, as the dotted name that is called."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func), node


def wrong_in(module: str, source: str) -> list[str]:
    """What a module calls that only others may."""
    found = []
    for name, call in calls_of(source):
        last = name.rpartition(".")[2]
        if (last in MAKERS and module not in MAKERS[last] and "layout/importers" not in module) or (
            name in STARTING and module not in ONE_SHOT
        ):
            found.append(f"{module}:{call.lineno}: {name}")
        of_a_starter = last == "start" and not call.args and "starter" in name.lower()
        if of_a_starter and module not in STARTED:
            found.append(f"{module}:{call.lineno}: {name}")
    return found


def test_one_caller_of_what_starts_a_process():
    found = []
    for path in MODULES:
        module = path.relative_to(PACKAGE).as_posix()
        found += wrong_in(module, path.read_text("utf-8"))
    assert found == []


@pytest.mark.parametrize(
    "source",
    [
        "with Reaper() as reaper: pass",
        "processes.Processes(reaper)",
        "Builder(own, python, records)",
        "peer = Starter(manifest, face, realm, build, processes)",
        "subprocess.Popen(['ls'])",
        "subprocess.run(['ls'])",
        "self._starter(library).start()",
    ],
)
def test_another_caller_is_seen(source):
    assert len(wrong_in("checks/matrix/toy.py", source)) == 1


def test_the_places_that_are_named_do_what_they_are_named_for():
    """A name that is no longer called somewhere must not stay allowed there."""
    calls = {
        path.relative_to(PACKAGE).as_posix(): {name.rpartition(".")[2] for name, _ in calls_of(path.read_text("utf-8"))}
        for path in MODULES
    }
    assert [(name, place) for name, places in MAKERS.items() for place in places if name not in calls[place]] == []
    assert [place for place in ONE_SHOT if "run" not in calls[place]] == []
