"""Sample reports, ways to change them, and a browser that opens pages from disk."""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.result import Run, Stage, Verdict
from samebytes.report.content import Report, report_of

SAMPLES = Path(__file__).resolve().parents[2] / "fixtures" / "reports"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
QUIET = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
Lines = list[dict[str, Any]]
GROUPS = {"scalars": 12, "packed": 10, "text": 3}
"""Groups of layouts, and how many each has."""


@pytest.fixture(params=sorted(SAMPLES.glob("*.jsonl")), ids=lambda path: path.stem)
def sample(request: pytest.FixtureRequest) -> Path:
    """Every sample report in turn."""
    return Path(request.param)


@pytest.fixture
def lines_of() -> Callable[[str], Lines]:
    """The lines of a sample, by its name; one's own to change."""
    return lambda name: [json.loads(line) for line in (SAMPLES / f"{name}.jsonl").read_text("utf-8").splitlines()]


@pytest.fixture
def small(lines_of: Callable[[str], Lines]) -> Lines:
    """A report of two cells, the first red, the other green, one run each, and a skip: small enough to be cut at every byte."""
    lines = lines_of("differs")
    every = [line for line in lines if line["type"] == "cell"]
    structs = [cell for cell in every if cell["program"] == "struct"]
    cells = [next(cell for cell in structs if cell["verdict"] == verdict) for verdict in ("differs", "agreed")]
    for cell in cells:
        first = cell["runs"][0]
        short = {"leaves": first["leaves"][:1], "differences": first["differences"][:1], "memory": first["memory"][:8]}
        cell["runs"] = [first | short]
    return counted([lines[0], *cells, lines[-2], lines[-1]])


def counted(lines: Lines) -> Lines:
    """The same with a footer that counts right."""
    counts = Counter(line["verdict"] for line in lines if line["type"] == "cell")
    return [*lines[:-1], lines[-1] | {"cells": counts.total(), "verdicts": dict(counts)}]


@pytest.fixture
def grouped(lines_of: Callable[[str], Lines]) -> Callable[..., Report]:
    """A report of two peers in two realms whose struct is many layouts in groups; those of `wrong` differ wherever Python is."""

    def make(wrong: Sequence[str] = (), groups: Mapping[str, int] = GROUPS) -> Report:
        lines = lines_of("agreed")
        bad = next(line["runs"] for line in lines_of("differs") if line.get("id") == "c/csharp/struct/linux/data")
        cells = [line for line in lines if line["type"] == "cell"]
        layouts = [(f"{group.title()}{number}", group) for group, size in groups.items() for number in range(size)]
        for cell in [cell for cell in cells if cell["program"] == "struct"]:
            for name, group in layouts:
                red = name in wrong and "python" in (cell["producer"], cell["consumer"])
                cells.append(_as(cell, name, group, bad if red else cell["runs"]))
        head = {**lines[0], "programs": [*("integer", "struct", "message", "stamp"), *(name for name, _ in layouts)]}
        phases = {realm: {"start": 2.25, "data": 4.0} for realm in ("linux", "windows")}
        return report_of([head, *cells, {**lines[-1], "phases": phases}])

    return make


def _as(cell: dict[str, Any], name: str, group: str, runs: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The cell under another name, in a group; each run stands for sixteen sets of values, and only the first kept its bytes."""
    more = [{**run, "layout": name, "values": runs[0]["values"], "cases": 16} for run in runs]
    for run in more[1:]:
        if run["verdict"] == "agreed":
            run.update(leaves=[], memory="")
    verdict = next((run["verdict"] for run in more if run["verdict"] != "agreed"), "agreed")
    stage = None if verdict == "agreed" else "describe"
    for run in more:
        run["cause"] = "" if stage is None else f"python: {name} not packed: Pack=1 is missing"
    identity = "/".join((cell["producer"], cell["consumer"], name, cell["realm"], cell["check"]))
    return {
        **cell, "id": identity, "program": name, "group": group, "verdict": verdict, "stage": stage, "runs": more,
        "cases": 16 * len(more), "cause": more[0]["cause"],
    }  # fmt: skip


@pytest.fixture
def partly(lines_of: Callable[[str], Lines]) -> Report:
    """A report in which everything agreed, and one cell was looked at only in part."""
    report = report_of(lines_of("differs"))
    for cell in report.cells:
        cell.runs = [Run(run.layout, run.values, run.producer, run.consumer) for run in cell.runs[:1]]
        cell.repair = cell.repro = cell.bundle = ""
    part = next(cell for cell in report.cells if cell.identity == "c/csharp/struct/linux/data")
    part.runs[0].verdict, part.runs[0].stage = Verdict.PARTIAL, Stage.LOAD
    part.runs[0].covers, part.runs[0].seed = "6 of 6 fields read, 4 judged", 77
    return report


@pytest.fixture
def written(tmp_path: Path) -> Callable[[Sequence[dict[str, Any]], str], Path]:
    """Write lines as a report; its path. The footer is made to count right."""

    def write(lines: Sequence[dict[str, Any]], name: str = "run.jsonl") -> Path:
        path = tmp_path / name
        path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in counted(list(lines))), "utf-8")
        return path

    return write


@pytest.fixture
def split() -> Callable[[Lines, str], Lines]:
    """The part of a report that a run in one realm alone would have written."""

    def part(lines: Lines, realm: str) -> Lines:
        kept = [line for line in copy.deepcopy(lines) if line.get("realm", realm) == realm]
        for name in ("peers", "phases", "rates"):
            if name in kept[-1]:
                kept[-1][name] = {realm: kept[-1][name][realm]}
        return counted(kept)

    return part


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Headless Chromium with an empty profile."""
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on this machine: apt-get install chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        context = play.chromium.launch_persistent_context(
            tmp_path_factory.mktemp("profile"), executable_path=CHROMIUM, headless=True, args=[*QUIET, "--headless=new"],
            viewport={"width": 1400, "height": 900}, color_scheme="light",
        )  # fmt: skip
        context.set_default_timeout(20_000)
        yield context
        context.close()
