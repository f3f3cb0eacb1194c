"""What a pytest run keeps, in `config.stash`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from samebytes.pytest_plugin.workshop import Workshop

__all__ = ["WORKSHOP", "worker_of", "workshop_of"]

WORKSHOP: pytest.StashKey[Workshop] = pytest.StashKey()
"""Builds and live peers of this process."""


def workshop_of(config: pytest.Config) -> Workshop:
    """This process's workshop, made when it is first needed; ended at the end of the session."""
    if WORKSHOP not in config.stash:
        from samebytes.pytest_plugin.workshop import open_workshop

        workshop = config.stash[WORKSHOP] = open_workshop(config)
        config.add_cleanup(workshop.close)  # a session that never began has no end either
    return config.stash[WORKSHOP]


def worker_of(config: pytest.Config) -> str:
    """The name of this pytest-xdist worker, such as `gw0`; empty where there are none, and in the process that controls them."""
    worker: dict[str, object] = getattr(config, "workerinput", {})
    return str(worker.get("workerid", ""))
