"""Sample reports, ways to change them, and a browser that opens pages from disk."""

from __future__ import annotations

import copy
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

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
    """A report of two cells, one run each, and a skip: small enough to be cut at every byte."""
    lines = lines_of("differs")
    cells = [line for line in lines if line["type"] == "cell"][:2]
    for cell in cells:
        cell["runs"] = [run | {"leaves": run["leaves"][:1], "differences": []} for run in cell["runs"][:1]]
    return counted([lines[0], *cells, lines[-2], lines[-1]])


def counted(lines: Lines) -> Lines:
    """The same with a footer that counts right."""
    counts = Counter(line["verdict"] for line in lines if line["type"] == "cell")
    return [*lines[:-1], lines[-1] | {"cells": counts.total(), "verdicts": dict(counts)}]


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
        kept[-1]["peers"] = {realm: kept[-1]["peers"][realm]}
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
