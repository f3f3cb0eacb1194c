"""Rates are per second of a core's time where the system tells it, so that what works beside does not show; else of the clock's."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest

from samebytes.checks.data.checks import _Spent


def peer_with(*readings):
    """A peer whose process has taken so much time whenever it is asked."""
    left = iter(readings)
    return SimpleNamespace(process=SimpleNamespace(core_seconds=lambda: next(left)))


def test_what_the_peers_took_counts_and_waiting_for_something_else_does_not():
    spent = _Spent([peer_with(1.0, 1.5), peer_with(2.0, 2.25)])
    time.sleep(0.2)
    assert spent.seconds() == pytest.approx(0.75, abs=0.1)


def test_where_nothing_is_told_the_clock_counts():
    spent = _Spent([peer_with(0.0, 0.0)])
    time.sleep(0.2)
    assert spent.seconds() >= 0.2
