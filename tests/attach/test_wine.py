"""Programs for Windows in a Wine prefix: attached to, followed to their end, captured; a replayed image that others find there."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from uuid import uuid4

import pytest

from samebytes.checks.images.file import read_image
from samebytes.peers.wine import WineRealm

ROOT = Path(__file__).resolve().parents[2]
REAL = ROOT / "fixtures" / "layouts" / "real.toml"
MINGW = shutil.which("x86_64-w64-mingw32-gcc")

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="Wine is for Linux"),
    pytest.mark.skipif(MINGW is None, reason="no compiler for Windows: apt-get install gcc-mingw-w64-x86-64"),
]


@pytest.fixture(scope="module")
def wine():
    """The harness's own prefix, kept alive by this run as by any other; tests are guests in it."""
    realm = WineRealm()
    state = realm.availability()
    if not state.ready:
        pytest.skip(f"{state.detail}; add it: {state.add}")
    try:
        realm.prepare(lambda _line: None)
        yield realm
    finally:
        realm.close()


@pytest.fixture(scope="module")
def program(tmp_path_factory):
    """The producer of the images that are kept, for Windows."""
    path = tmp_path_factory.mktemp("windows") / "producer.exe"
    subprocess.run(
        [str(MINGW), "-O1", "-o", str(path), str(ROOT / "tests" / "images" / "producer.c")], check=True, timeout=120
    )
    return path


@pytest.fixture
def shared(wine, program, start):
    """Start the producer: its process, and the name of its segment."""

    def begin(what):
        name = f"guest-{uuid4().hex}"
        process = start(*wine.command([str(program), name, what]), environment=wine.environment())
        assert process.line() == "ready"
        return process, name

    return begin


@pytest.fixture
def guest(wine):
    """What tells samebytes in which prefix to look."""
    return {"WINEPREFIX": wine.environment()["WINEPREFIX"]}


def test_what_a_windows_program_shares_is_decoded_and_kept(samebytes, shared, guest, tmp_path):
    _, name = shared("voice")
    done = samebytes(
        "attach", name, "--realm", "windows", "--layout", f"{REAL}:VoiceLink", "--save", tmp_path / "v.image", "--json",
        environment=guest,
    )  # fmt: skip
    assert done.status == 0, done.err
    found = {field["path"]: field["value"] for field in json.loads(done.out)["fields"]}
    assert (found["Program"], found["Identity"], found["Tick"]) == ("Game", "Zoë", 99)
    image = read_image(tmp_path / "v.image")
    kept = read_image(ROOT / "fixtures" / "images" / "voice-x86_64-windows.image")
    assert (image.realm, image.layout, image.data) == ("windows", kept.layout, kept.data)


def test_the_layout_of_another_system_is_recognised(samebytes, shared, guest):
    pytest.importorskip("clang", reason="reading headers needs the extra clang")
    _, name = shared("voice")
    done = samebytes(
        "attach", name, "--realm", "windows", "--layout", ROOT / "fixtures" / "headers" / "mumble_link.h", "--abi", "x86_64-linux",
        environment=guest,
    )  # fmt: skip
    assert done.status == 1
    assert "LinkedMem ends at 10580 on x86_64-linux, the segment at 4096" in done.out


def test_a_windows_program_is_followed_to_its_end(start, shared, guest):
    process, name = shared("truck")
    watch = start(
        sys.executable, "-m", "samebytes", "attach", name, "--realm", "windows", "--layout", f"{REAL}:TruckFrame", "--watch", "--json",
        environment=guest,
    )  # fmt: skip
    assert watch.until(lambda line: line["type"] == "start")["fields"]["Income"] == -42
    process.process.kill()
    end = watch.until(lambda line: line["type"] == "end")
    assert end["why"] == "gone: nobody holds the name any more"
    assert end["fields"]["Trailer"] == "steel coils"
    assert watch.end() == 0


def test_a_replayed_image_is_found_by_others_of_the_prefix(samebytes, start, guest):
    name = f"guest-{uuid4().hex}"
    kept = ROOT / "fixtures" / "images" / "truck-x86_64-windows.image"
    replay = start(
        sys.executable, "-m", "samebytes", "image", "replay", kept, "--realm", "windows", "--segment", name, "--until-enter",
        environment=guest,
    )  # fmt: skip
    assert "held until Enter" in replay.line()
    arguments = ("attach", name, "--realm", "windows", "--layout", f"{REAL}:TruckFrame", "--json")
    done = samebytes(*arguments, environment=guest)
    assert {field["path"]: field["value"] for field in json.loads(done.out)["fields"]}["Income"] == -42
    replay.tell("")
    assert replay.end() == 0
    assert samebytes(*arguments, environment=guest).status == 2


def test_a_prefix_in_which_nothing_runs_is_said_to_be_so(samebytes, tmp_path):
    done = samebytes("attach", "Any", "--realm", "windows", environment={"WINEPREFIX": str(tmp_path)})
    assert done.status == 2
    assert f"no Windows program runs in the Wine prefix {tmp_path}" in done.err
    assert list(tmp_path.iterdir()) == []
