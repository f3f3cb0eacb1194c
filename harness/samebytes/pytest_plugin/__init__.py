"""The pytest plugin: options, fixtures, and the matrix as test items (`pytest --samebytes-matrix`).

pytest imports this module in every run, so it imports nothing but pytest: all else is imported by the hook or fixture that needs it.
"""

from __future__ import annotations

import sys

import pytest

from samebytes.pytest_plugin.fixtures import (
    samebytes_compare,
    samebytes_leftovers,
    samebytes_lock,
    samebytes_name,
    samebytes_peer,
    samebytes_released,
    samebytes_segment,
)
from samebytes.pytest_plugin.options import add_options, cell_named, project_asked

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_sessionfinish",
    "samebytes_compare",
    "samebytes_leftovers",
    "samebytes_lock",
    "samebytes_name",
    "samebytes_peer",
    "samebytes_released",
    "samebytes_segment",
]

MARKER = "samebytes_matrix: a cell of the matrix of pytest --samebytes-matrix; select with -m"

PROJECT_MARKER = "samebytes_check: an item of the samebytes.toml of pytest --samebytes-check; select with -m"


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our options and ini keys."""
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Begin the matrix, if it was asked for. Wrong options end here, as pytest.UsageError."""
    config.addinivalue_line("markers", MARKER)
    config.addinivalue_line("markers", PROJECT_MARKER)
    if config.getoption("samebytes_leftovers"):
        if sys.platform != "linux":
            raise pytest.UsageError("--samebytes-leftovers reads /proc, which only Linux has")
        from samebytes.pytest_plugin.leftovers import Leftovers

        config.pluginmanager.register(Leftovers(), "samebytes-leftovers")
    if project_asked(config):
        from samebytes.pytest_plugin.project import begin as begin_project

        begin_project(config)
    asked = config.getoption("samebytes_matrix") or any(cell_named(word) for word in config.args)
    if asked or config.getoption("samebytes_report"):
        from samebytes.pytest_plugin.matrix import begin

        begin(config, asked)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """End everything that was started, also after Ctrl-C."""
    from samebytes.pytest_plugin.state import LAB

    made = session.config.stash.get(LAB, None)
    if made is not None:
        made.lab.close()
