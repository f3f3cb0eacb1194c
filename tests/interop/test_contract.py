"""The words of contract scenarios: that every peer keeps them is seen in `test_pairs`."""

from __future__ import annotations

from samebytes.checks.lifecycle.steps import named


def test_names_are_filled_in_and_filled_up():
    assert named("Local\\{name}", "x-1") == "Local\\x-1"
    assert len(named("{name:255}", "x-1")) == 255
    assert named("%C3%A4%20{name}", "x") == "ä x"
