"""Fact 84: many processes, one name, random SIGKILLs. SAMEBYTES_STRESS_SECONDS makes it longer."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).with_name("stress.py")
SECONDS = float(os.environ.get("SAMEBYTES_STRESS_SECONDS", "3"))


@pytest.fixture
def stress(forks):  # noqa: ARG001 - it skips
    """The script as a module, to test the test."""
    spec = importlib.util.spec_from_file_location("stress_of_mapping", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.usefixtures("forks")
def test_fact_84_random_kills_break_no_promise(place):
    own = {**os.environ, "SAMEBYTES_SHM_DIR": str(place.parent / "stress")}
    Path(own["SAMEBYTES_SHM_DIR"]).mkdir()
    done = subprocess.run([sys.executable, str(SCRIPT), str(SECONDS)], capture_output=True, text=True, env=own)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["broken"] == []
    assert min(found["made"], found["joined"], found["killed"]) > 20 * SECONDS, found
    print(found)


def test_a_join_to_the_dead_is_found_out(stress):
    made = stress.Hold(1, 7, False, 0, 10, 20, 30)
    assert not list(stress.dead_joins([made, stress.Hold(2, 7, True, 25, 40, 50, 60)]))
    assert list(stress.dead_joins([made, stress.Hold(2, 7, True, 31, 40, 50, 60)]))
    assert not list(
        stress.dead_joins([made, stress.Hold(2, 7, True, 31, 40, 50, 60), stress.Hold(3, 0, False, 35, 45, 45, 45)])
    )


def test_two_living_segments_are_found_out(stress):
    made = stress.Hold(1, 7, False, 0, 10, 20, 30)
    assert not list(stress.doubles([made, stress.Hold(2, 8, False, 15, 20, 50, 60)]))
    assert list(stress.doubles([made, stress.Hold(2, 8, False, 15, 19, 50, 60)]))
    assert not list(stress.doubles([made, stress.Hold(2, 7, True, 15, 19, 50, 60)]))
