"""pytest as a user of the plugin runs it: in a folder and a process of its own, with the outcome of every item."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from samebytes.peers.paths import cache_folder

SECONDS = 300
CACHE = str(cache_folder())
"""Found before a test is given a home folder of its own."""

# Runs in the process that reports to the user, so that it sees what pytest-xdist's workers send.
RECORDER = """
import json, pathlib
SEEN = []

def pytest_runtest_logreport(report):
    if report.when == "call" or report.outcome != "passed":
        worker = getattr(report, "node", None)
        SEEN.append({
            "id": report.nodeid, "when": report.when, "outcome": report.outcome, "text": report.longreprtext,
            "wasxfail": getattr(report, "wasxfail", None), "worker": worker.gateway.id if worker else "",
        })

def pytest_sessionfinish(session):
    if not hasattr(session.config, "workerinput"):
        pathlib.Path("seen.json").write_text(json.dumps(SEEN))
"""


@dataclass(frozen=True)
class Ran:
    """A finished pytest."""

    status: int
    out: str
    err: str
    seen: list[dict[str, str]]

    @property
    def outcomes(self) -> dict[str, str]:
        """By item: passed, failed, skipped or xfailed."""
        return {one["id"]: "xfailed" if one["wasxfail"] else one["outcome"] for one in self.seen}

    @property
    def cells(self) -> dict[str, str]:
        """The same of the matrix's cells, by the cell's identity."""
        return {
            name.removeprefix("samebytes::"): outcome
            for name, outcome in self.outcomes.items()
            if name.startswith("samebytes::")
        }

    def text(self, name: str) -> str:
        """What pytest shows of an item that did not pass."""
        return next(one["text"] for one in reversed(self.seen) if one["id"] == name)


@pytest.fixture(autouse=True)
def shared_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Builds are found where every other run has them, though pytester has a home folder of its own."""
    monkeypatch.setenv("SAMEBYTES_CACHE", CACHE)


@pytest.fixture
def run_pytest(pytester: pytest.Pytester) -> Callable[..., Ran]:
    """Run `pytest ARGUMENT…` in pytester's folder."""
    pytester.makeconftest(RECORDER)
    pytester.makeini("[pytest]\n")  # so that this is the root folder, whatever paths are among the arguments

    def run(*arguments: object) -> Ran:
        seen = pytester.path / "seen.json"
        seen.unlink(missing_ok=True)
        done = pytester.runpytest_subprocess(*map(str, arguments), "-p", "no:randomly", timeout=SECONDS)
        found = json.loads(seen.read_text("utf-8")) if seen.exists() else []
        return Ran(int(done.ret), done.stdout.str(), done.stderr.str(), found)

    return run


@pytest.fixture
def unbuildable(tmp_path: Path) -> Path:
    """A folder with the peer `lone`, whose compiler no machine has."""
    folder = tmp_path / "lonely" / "lone"
    folder.mkdir(parents=True)
    (folder / "peer.toml").write_text(
        'name = "lone"\nlanguage = "Lone"\nsources = []\n[layouts]\nMySharedData = "X"\nMySharedDataExplicit = "X"\n'
        '[[target]]\nabi = "x86_64-linux"\nadd = { debian = "apt-get install lonec" }\n'
        '[[target.toolchain]]\nname = "lonec"\nprobe = ["no-such-lonec"]\nbuild = [["no-such-lonec"]]\n'
        '[[face]]\nname = "program"\nkind = "program"\n[face.run]\nx86_64-linux = ["{out}/lone"]\n',
        "utf-8",
    )
    return folder.parent
