"""What the importers' tests share: fixture headers, compilers, and the skips for tools that are not there."""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Compile = Callable[..., Path]


def has_libclang() -> bool:
    """Whether libclang-ng, the wheel with clang's own headers, is installed."""
    try:
        return importlib.util.find_spec("clang.native") is not None
    except ImportError:
        return False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {
        "clang": None if has_libclang() else "libclang-ng is not installed",
        "dwarf": None if importlib.util.find_spec("elftools") else "pyelftools is not installed",
    }
    for item in items:
        for name, reason in missing.items():
            if reason and f"needs_{name}" in getattr(item, "fixturenames", ()):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture
def needs_clang() -> None:
    """The test reads headers."""


@pytest.fixture
def needs_dwarf() -> None:
    """The test reads debug information."""


@pytest.fixture
def headers() -> Path:
    """The folder of fixture headers."""
    return ROOT / "fixtures" / "headers"


@pytest.fixture
def shims() -> Path:
    """Our standard and Windows headers."""
    return ROOT / "harness" / "samebytes" / "layout" / "importers" / "shims"


@pytest.fixture
def compiled(tmp_path: Path) -> Compile:
    """What compiles a text to a file; skips where there is no such compiler."""

    def run(text: str, compiler: str, *flags: str, ending: str = ".o", language: str = "c") -> Path:
        if shutil.which(compiler) is None:
            pytest.skip(f"{compiler} is not installed")
        source, target = tmp_path / "source.txt", tmp_path / f"compiled{ending}"
        source.write_text(text, "utf-8")
        command = [compiler, "-x", language, "-w", *flags, "-o", str(target), str(source)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120)
        assert done.returncode == 0, done.stderr
        return target

    return run
