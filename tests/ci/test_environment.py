"""The environment of the CI scripts: made once, renewed when it must be, whole whatever happened before."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SECONDS = 60.0


@pytest.fixture
def installed(environment: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A checkout that has nothing but a description; what would be run is noted, not run."""
    ran: list[str] = []

    def run(command: list[str], _advice: str) -> None:
        ran.append(command[-1])
        if "venv" in command:
            python = environment.Environment(Path(command[-1])).python
            python.parent.mkdir(parents=True)
            python.touch()

    (tmp_path / "pyproject.toml").write_text("one")
    monkeypatch.setattr(environment, "CHECKOUT", tmp_path)
    monkeypatch.setattr(environment, "_run", run)
    return ran


def test_second_time_does_nothing(environment: ModuleType, installed: list[str], tmp_path: Path) -> None:
    env = environment.prepare(["clr"])
    assert installed == [str(env.folder), f"{tmp_path}[clr]"]
    assert env.folder.parent == tmp_path / ".samebytes"
    assert environment.prepare(["clr"]) == env
    assert len(installed) == 2


def test_extras_add_up(environment: ModuleType, installed: list[str], tmp_path: Path) -> None:
    environment.prepare(["test", "tox"])
    environment.prepare(["clr"])
    assert installed[1:] == [f"{tmp_path}[test]", f"{tmp_path}[clr,test]"]
    environment.prepare(["test"])
    assert len(installed) == 3


def test_changed_description_installs_again(environment: ModuleType, installed: list[str], tmp_path: Path) -> None:
    environment.prepare(["clr"])
    (tmp_path / "pyproject.toml").write_text("two")
    environment.prepare(["clr"])
    assert installed[2:] == [f"{tmp_path}[clr]"]


def test_interrupted_install_begins_anew(
    environment: ModuleType, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = environment._run

    def interrupted(command: list[str], advice: str) -> None:
        if "pip" in command:
            raise KeyboardInterrupt
        whole(command, advice)

    monkeypatch.setattr(environment, "_run", interrupted)
    with pytest.raises(KeyboardInterrupt):
        environment.prepare(["clr"])
    monkeypatch.setattr(environment, "_run", whole)
    env = environment.prepare(["clr"])
    assert len(installed) == 3
    assert installed[0] == installed[1] == str(env.folder)


def test_two_at_once_install_once(environment: ModuleType, installed: list[str]) -> None:
    threads = [threading.Thread(target=environment.prepare, args=(["clr"],)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(SECONDS)
    assert len(installed) == 2


def test_compiler_or_zig(environment: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert environment.compiler_extra() == ["zig"]
    compiler = tmp_path / ("clang.exe" if os.name == "nt" else "clang")
    compiler.touch()
    compiler.chmod(0o755)
    assert environment.compiler_extra() == []


def test_failed_install_is_one_line(environment: ModuleType) -> None:
    code = "print('noise'); print('error: no such thing'); print('hint'); raise SystemExit(1)"
    with pytest.raises(environment.SetupError, match=r"failed: error: no such thing; look here$"):
        environment._run([sys.executable, "-c", code], "look here")


def test_missing_ensurepip_names_the_command(
    environment: ModuleType, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setattr(environment.toolchains, "manages_packages", lambda: False)
    monkeypatch.setattr(environment.toolchains.shutil, "which", lambda name: f"/usr/bin/{name}")
    with pytest.raises(environment.SetupError, match=rf"apt-get install .* python3\.{sys.version_info.minor}-venv$"):
        environment.prepare(["clr"])
    assert installed == []


def test_missing_ensurepip_elsewhere(
    environment: ModuleType, installed: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(environment.importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(environment.SetupError, match=r"use one that is installed completely$"):
        environment.prepare(["clr"])
    assert installed == []


@pytest.fixture
def guarded(scripts: Path) -> Callable[[str], subprocess.Popen[str]]:
    """Start a script of a line that the CI scripts' own guard surrounds."""

    def start(expression: str) -> subprocess.Popen[str]:
        code = f"import sys; sys.path.insert(0, {str(scripts)!r}); import environment; environment.guarded(lambda: {expression})"
        return subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip

    return start


def test_exit_code_is_the_childs(guarded: Callable[[str], subprocess.Popen[str]]) -> None:
    with guarded("environment.become([sys.executable, '-c', 'raise SystemExit(7)'])") as run:
        assert run.wait(SECONDS) == 7


def test_setup_errors_are_one_line(guarded: Callable[[str], subprocess.Popen[str]]) -> None:
    with guarded("(_ for _ in ()).throw(environment.SetupError('do this'))") as run:
        assert run.communicate(timeout=SECONDS) == ("", "ci: do this\n")
    assert run.returncode == 3


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent to one process group there")
def test_interrupt_reaches_the_child_once(guarded: Callable[[str], subprocess.Popen[str]]) -> None:
    code = (
        "import signal, time; got = []; signal.signal(signal.SIGINT, lambda *_: got.append(1)); "
        "print('ready', flush=True); begin = time.monotonic()\n"
        "while time.monotonic() < begin + 1: time.sleep(0.01)\n"
        "print(len(got)); raise SystemExit(5)"
    )
    with guarded(f"environment.become([sys.executable, '-c', {code!r}])") as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "ready\n"
        os.killpg(run.pid, signal.SIGINT)
        assert run.communicate(timeout=SECONDS)[0] == "1\n"
    assert run.returncode == 5
