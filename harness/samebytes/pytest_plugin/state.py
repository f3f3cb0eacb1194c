"""What a pytest run keeps, in `config.stash`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from samebytes.pytest_plugin.lab import PluginLab

__all__ = ["LAB", "lab_of", "worker_of"]

LAB: pytest.StashKey[PluginLab] = pytest.StashKey()
"""Builds and live peers of this process."""


def lab_of(config: pytest.Config) -> PluginLab:
    """Return the lab of this process, made when it is first needed; closed at the end of the session."""
    if LAB not in config.stash:
        from samebytes.pytest_plugin.lab import make_lab

        made = config.stash[LAB] = make_lab(config)
        config.add_cleanup(made.lab.close)  # a session that never began has no end either
    return config.stash[LAB]


def worker_of(config: pytest.Config) -> str:
    """Return this pytest-xdist worker's name, such as `gw0`; empty where there are none, and in the process that controls them."""
    worker: dict[str, object] = getattr(config, "workerinput", {})
    return str(worker.get("workerid", ""))
