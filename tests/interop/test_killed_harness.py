"""SIGKILL of the harness at a random moment, through each door: five seconds later nothing of it lives, and no memory is left.

SAMEBYTES_HARNESS_KILLS is how many times through each door; without it a few. SAMEBYTES_KILLS_SEED chooses the moments.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_hex

import pytest

from samebytes.mapping import MemoryMappedFile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="kills as Linux does, and reads /proc")

ROOT = Path(__file__).resolve().parent.parent.parent
KILLS = int(os.environ.get("SAMEBYTES_HARNESS_KILLS", "2"))
SEED = os.environ.get("SAMEBYTES_KILLS_SEED", "0")
LEFT_SECONDS = 5.0
LONGEST = 120.0
TWO = ("--peer", "c", "--peer", "python", "--realm", "linux")

PROJECT = """
[layout.Car]
toml = "car.toml"

[declaration.dash]
source = "car.py"
type = "Car"

[producer.sim]
command = ["{python}", "sim.py"]
segment = "killed-car"
deadline = 60
expect.speed = 7
"""
CAR = """[record.Car]
fields = [{ name = "speed", type = "u32" }, { name = "gear", type = "u32" }]
"""
DASH = """import ctypes


class Car(ctypes.Structure):
    _fields_ = [("speed", ctypes.c_uint32), ("gear", ctypes.c_uint32)]
"""
SIM = """import time
from samebytes.mapping import MemoryMappedFile

with MemoryMappedFile.create_new("killed-car", 8) as map_, map_.create_view_accessor() as view:
    view.write_bytes(0, bytes((7, 0, 0, 0, 1, 0, 0, 0)))
    time.sleep(600)
"""


@pytest.fixture
def project(tmp_path):
    for name, text in (("car.toml", CAR), ("car.py", DASH), ("sim.py", SIM)):
        (tmp_path / name).write_text(text, "utf-8")
    (tmp_path / "samebytes.toml").write_text(PROJECT.replace("{python}", sys.executable), "utf-8")
    return tmp_path


@pytest.fixture
def watched(monkeypatch, shm):
    """A segment of this process that is followed; not among those that must be gone."""
    folder = shm / "watched"
    folder.mkdir()
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(folder))
    with MemoryMappedFile.create_new("killed-watched", 64):
        yield folder


@pytest.fixture
def bundle(samebytes, misbehaving, tmp_path):
    """A bundle to replay: one failing exchange of a peer that answers what it did not read."""
    folder = misbehaving("zeros@load")
    samebytes(
        "matrix", "--peers-folder", folder, "--peer", "bad", "--realm", "linux", "--layout", "struct", "--bundles", tmp_path / "b"
    )  # fmt: skip
    return next((tmp_path / "b").iterdir())


def strike(command, environment, folder, moment, judge) -> bool:
    """Run a command in a session of its own, kill it after so many seconds, and look; whether it was still running."""
    mark = f"SAMEBYTES_TEST_MARK={token_hex(8)}"
    name, _, value = mark.partition("=")
    run = subprocess.Popen(
        [sys.executable, *map(str, command)], env={**os.environ, **environment, name: value}, cwd=folder,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        time.sleep(moment)
        struck = run.poll() is None
    finally:
        run.kill()
        run.wait()
    judge(mark)
    return struck


def through(door, command, nothing_left, shm, folder, *, ends=True, environment=None):
    """Kill a command as often as is asked for, at moments between its start and its end."""
    environment = {"SAMEBYTES_SHM_DIR": str(shm)} | (environment or {})
    longest = 3.0
    for _ in range(2 if ends else 0):  # the first makes the builds, the second tells how long it takes without
        began = time.monotonic()
        subprocess.run(
            [sys.executable, *map(str, command)], env={**os.environ, **environment}, cwd=folder, timeout=LONGEST,
            capture_output=True, check=False,
        )  # fmt: skip
        longest = 0.9 * (time.monotonic() - began)
    moments = random.Random(f"{SEED} {door}")
    struck = [
        strike(
            command,
            environment,
            folder,
            moments.uniform(0.05, longest),
            lambda mark: nothing_left(mark, shm, LEFT_SECONDS),
        )
        for _ in range(KILLS)
    ]
    assert any(struck), f"{door}: every run had ended before it was killed"
    print(f"{door}: killed {sum(struck)} times, {longest:.1f} s long")


def test_through_the_matrix(nothing_left, shm, tmp_path):
    command = (
        "-m",
        "samebytes",
        "matrix",
        *TWO,
        "--layout",
        "struct",
        "--scenario",
        "join",
        "--scenario",
        "killed-creator",
    )
    through("matrix", command, nothing_left, shm, tmp_path)


def test_through_check(nothing_left, shm, project):
    through("check", ("-m", "samebytes", "check", "--realm", "linux"), nothing_left, shm, project)


def test_through_attach(nothing_left, shm, watched, tmp_path):
    (tmp_path / "car.toml").write_text(CAR, "utf-8")
    command = ("-m", "samebytes", "attach", "killed-watched", "--layout", tmp_path / "car.toml", "--watch")
    other = shm / "others"
    other.mkdir()
    environment = {"SAMEBYTES_SHM_DIR": str(watched)}
    through("attach", command, nothing_left, other, tmp_path, ends=False, environment=environment)
    with MemoryMappedFile.open_existing("killed-watched") as map_:
        assert map_.name == "killed-watched"


def test_through_image_check(nothing_left, shm, tmp_path):
    image = ROOT / "fixtures" / "images" / "truck-x86_64-linux.image"
    through("image", ("-m", "samebytes", "image", "check", image, *TWO), nothing_left, shm, tmp_path)


def test_through_replay(nothing_left, shm, bundle, tmp_path):
    through("replay", ("-m", "samebytes", "replay", bundle), nothing_left, shm, tmp_path)


def test_through_pytest(nothing_left, shm, tmp_path):
    command = ("-m", "pytest", "-p", "no:cacheprovider", "--samebytes-matrix", "--samebytes-realm=linux", "--samebytes-peer=c",
               "--samebytes-peer=python", "--samebytes-layout=struct", "--samebytes-scenario=join")  # fmt: skip
    through("pytest", command, nothing_left, shm, tmp_path)
