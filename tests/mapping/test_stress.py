"""Fact 84: many processes, one name, random SIGKILLs; in Python alone, then with C and .NET beside it.

SAMEBYTES_STRESS_SECONDS makes it longer.
"""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from samebytes.errors import MissingToolError

if sys.platform != "win32":
    from samebytes.checks.data.subjects import read_records
    from samebytes.peers.build import Builder
    from samebytes.peers.manifest import read_manifest
    from samebytes.peers.paths import fixtures_folder
    from samebytes.peers.processes import Processes

HERE = Path(__file__).parent
SCRIPT = HERE / "stress.py"
PEERS = HERE.parents[1] / "peers"
SECONDS = float(os.environ.get("SAMEBYTES_STRESS_SECONDS", "0"))


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
    done = subprocess.run([sys.executable, str(SCRIPT), str(SECONDS or 3)], capture_output=True, text=True, env=own)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["broken"] == []
    assert min(found["made"], found["joined"], found["killed"]) > 20 * (SECONDS or 3), found
    print(found)


# --- with other languages --------------------------------------------------------------------------------------------


@pytest.fixture
def c_peer(forks):  # noqa: ARG001 - it skips
    """The command of the C peer, which is built if it is not in the cache."""
    builder = Builder(Processes(), (sys.executable,), read_records(fixtures_folder()))
    manifest = read_manifest(PEERS / "c" / "peer.toml")
    try:
        build = builder.build(manifest, manifest.targets["x86_64-linux"], lambda _: None)
    except MissingToolError as error:
        pytest.skip(f"{error}; add it: {error.add}")
    return [str(build.folder / "peer")]


@pytest.fixture
def host(forks):  # noqa: ARG001 - it skips
    """The command that has .NET in it."""
    command = [sys.executable, str(PEERS / "csharp" / "host.py")]
    probe = subprocess.run([*command, "--probe"], capture_output=True, text=True)
    if probe.returncode:
        pytest.skip(f"{probe.stderr.strip()}: pip install 'samebytes[clr]'")
    return command


def mixed(seconds, *kinds):
    """What becomes of three Python workers and these others."""
    command = [sys.executable, str(HERE / "mixed.py"), str(SECONDS or seconds), json.dumps(kinds)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["broken"] == []
    assert min(found["made"], found["joined"], found["killed"]) > 10 * seconds, found
    assert found["theirs"] >= len(kinds)
    print(found)
    return found


def test_fact_84_peers_in_c_break_no_promise(c_peer):
    kind = {"command": c_peer, "deaths": 0.02}
    assert min(mixed(1.5, kind, kind)["held"]) > 10


def test_fact_86_dotnet_breaks_no_promise(c_peer, host, files):  # noqa: ARG001 - it skips
    """.NET as a peer; .NET's own FileStream on the segment's file, which knows of no protocol; and C."""
    assembly = str(PEERS / "csharp" / "prebuilt" / "SameBytesPeer.dll")
    found = mixed(
        1.5,
        {"command": [*host, assembly], "deaths": 0.0002},
        {
            "command": [sys.executable, str(HERE / "stranger.py"), str(PEERS / "csharp")],
            "deaths": 0.002,
            "stranger": True,
        },
        {"command": c_peer, "deaths": 0.02},
    )
    assert min(found["held"]) > 0, found


# --- the judge -------------------------------------------------------------------------------------------------------


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


def test_a_stranger_may_hold_what_is_dead(stress):
    """But who joins meanwhile, joins a segment that somebody holds."""
    stranger = stress.Hold(1, 7, False, 5, 10, 20, 30, stranger=True)
    assert not list(stress.dead_joins([stranger, stress.Hold(2, 7, True, 25, 40, 50, 60)]))
    assert not list(stress.doubles([stranger, stress.Hold(2, 8, False, 15, 19, 50, 60)]))


def test_a_stamp_may_be_half_written_but_not_of_another_segment(stress):
    assert all(stress.stamped(stamp, 0x480253) for stamp in (0, 0x480253, 0x53, 0x480000))
    assert not any(stress.stamped(stamp, 0x480253) for stamp in (0x480254, 0x490253, 0x0100480253))
