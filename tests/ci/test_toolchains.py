"""Installing toolchains: nothing is asked of apt when all is there, and what is missing is named."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType

import pytest

if sys.platform == "win32":
    pytest.skip("apt is Debian's", allow_module_level=True)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, toolchains: ModuleType) -> Path:
    """A machine where root has an apt that notes its calls and a dpkg that knows gcc only."""
    programs = {
        "dpkg-query": "echo 'gcc installed'; echo 'nim not-installed'; exit 1",
        "apt-get": f'echo "$@" >> {tmp_path}/calls',
        "apt-cache": '[ "$2" = nim ] && echo "  Candidate: 1.6" || true',
    }
    for name, body in programs.items():
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(toolchains.os, "geteuid", lambda: 0)
    return tmp_path


def test_nothing_missing_asks_nothing(machine: Path, toolchains: ModuleType) -> None:
    toolchains.install(["gcc"])
    assert not (machine / "calls").exists()


def test_missing_ones_are_installed(machine: Path, toolchains: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    toolchains.install(["gcc", "nim", "mono-mcs"])
    update, install = (machine / "calls").read_text().splitlines()
    assert update.endswith(" update")
    assert install.endswith(" install --yes --no-install-recommends nim")
    assert "mono-mcs is not in this distribution" in capsys.readouterr().err


def test_one_that_cannot_be_installed_costs_no_other(machine: Path, toolchains: ModuleType) -> None:
    (machine / "apt-cache").write_text("#!/bin/sh\necho '  Candidate: 1'\n")
    (machine / "apt-get").write_text(
        f'#!/bin/sh\necho "$@" >> {machine}/calls\ncase "$*" in *held*) echo "E: held broken packages"; exit 100;; esac\n'
    )
    with pytest.raises(toolchains.SetupError, match=r"^held: apt-get install failed: E: held broken packages$"):
        toolchains.install(["nim", "held", "fpc"])
    alone = [line.split()[-1] for line in (machine / "calls").read_text().splitlines()[2:]]
    assert alone == ["nim", "held", "fpc"]


def test_what_another_package_brought_is_there(machine: Path, toolchains: ModuleType) -> None:
    toolchains.install(["npm"])
    assert (machine / "calls").exists()
    (machine / "calls").unlink()
    (machine / "npm").write_text("#!/bin/sh\n")
    (machine / "npm").chmod(0o755)
    toolchains.install(["npm"])
    assert not (machine / "calls").exists()


def test_failure_is_apts_word(machine: Path, toolchains: ModuleType) -> None:
    (machine / "apt-get").write_text("#!/bin/sh\necho 'E: Unable to fetch'; echo 'W: later'; exit 100\n")
    with pytest.raises(toolchains.SetupError, match=r"^apt-get update failed: E: Unable to fetch$"):
        toolchains.install(["nim"])


@pytest.mark.usefixtures("machine")
def test_others_are_told_what_to_run(toolchains: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchains.os, "geteuid", lambda: 1000)
    toolchains.install(["gcc"])
    with pytest.raises(toolchains.SetupError, match=r"run: sudo apt-get install --no-install-recommends nim$"):
        toolchains.install(["gcc", "nim"])


def test_no_apt_at_all(toolchains: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(toolchains.SetupError, match="as root on Debian and Ubuntu"):
        toolchains.install(["gcc"])
