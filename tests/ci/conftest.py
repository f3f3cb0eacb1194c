"""The scripts of `ci/` as modules: they are no package, and import each other by name."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).resolve().parents[2] / "ci"


@pytest.fixture
def scripts(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The folder of the scripts, importable during a test."""
    before = set(sys.modules)
    monkeypatch.syspath_prepend(str(SCRIPTS))
    yield SCRIPTS
    for name in set(sys.modules) - before:
        if str(SCRIPTS) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture
def toolchains(scripts: Path) -> ModuleType:
    """ci/toolchains.py, fresh."""
    assert scripts.is_dir()
    return importlib.import_module("toolchains")


@pytest.fixture
def environment(scripts: Path) -> ModuleType:
    """ci/environment.py, fresh."""
    assert scripts.is_dir()
    return importlib.import_module("environment")


@pytest.fixture
def pythons(scripts: Path) -> ModuleType:
    """ci/pythons.py, fresh."""
    assert scripts.is_dir()
    return importlib.import_module("pythons")
