"""Which .NET is loaded: the user's own first, the version that was asked for and no other, and it says itself which it is."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "peers" / "csharp"
LIBRARY = "coreclr.dll" if sys.platform == "win32" else "libcoreclr.so"
here = pytest.mark.skipif(
    "SAMEBYTES_CSHARP_HOST" in os.environ, reason="the command runs elsewhere, with a .NET of its own"
)


def root_with(folder: Path, *versions: str) -> Path:
    """A root of .NET that has these versions, as far as a look at the files tells."""
    for version in versions:
        place = folder / "shared" / "Microsoft.NETCore.App" / version / LIBRARY
        place.parent.mkdir(parents=True)
        place.touch()
    return folder


def probed(wanted: str = "", **environment: str) -> tuple[int, str]:
    """Exit code and words of `--probe`; without packages from PyPI and without a dotnet on PATH, unless `environment` has them."""
    kept = {"PATH": "", "SYSTEMROOT": os.environ.get("SYSTEMROOT", "")}
    # -S: no site-packages, in which pythonnet and runtimes may be.
    command = [sys.executable, "-S", str(FOLDER / "host.py"), "--probe", f"--runtime={wanted}"]
    done = subprocess.run(command, env={**kept, **environment}, capture_output=True, text=True, timeout=60, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


@pytest.mark.parametrize("version", ["8", "3.1"])
@here
def test_a_pinned_runtime_is_the_one_that_runs(start: Callable[..., Any], version: str) -> None:
    probe = [sys.executable, str(FOLDER / "host.py"), "--probe", f"--runtime={version}"]
    if subprocess.run(probe, capture_output=True, timeout=60, check=False).returncode != 0:
        pytest.skip(f"no .NET {version}: python3 ci/test.py makes an environment that has it")
    hello = start(f"--runtime={version}")("hello", 1)
    assert hello["runtime"].startswith(f"{version}.")
    assert hello["version"] == f".NET {'Core ' if version == '3.1' else ''}{hello['runtime']}"


def test_the_newest_stable_one_of_a_root(tmp_path: Path) -> None:
    root = root_with(tmp_path, "8.0.11", "9.0.2", "10.0.0", "11.0.0-preview.1", "9.0.10")
    assert probed(DOTNET_ROOT=str(root)) == (0, f".NET 10.0.0 in {root}")
    assert probed("9", DOTNET_ROOT=str(root)) == (0, f".NET 9.0.10 in {root}")
    assert probed("8.0.11", DOTNET_ROOT=str(root)) == (0, f".NET 8.0.11 in {root}")


def test_a_version_is_not_another_that_begins_alike(tmp_path: Path) -> None:
    root = root_with(tmp_path, "10.0.1", "3.10.0")
    for wanted in ("1", "3.1"):
        status, words = probed(wanted, DOTNET_ROOT=str(root))
        assert status == 1
        assert words.startswith(f"there is no .NET {wanted}: ")
        assert words.endswith("there is 3.10.0, 10.0.1")


def test_the_user_s_own_comes_before_what_was_fetched(tmp_path: Path) -> None:
    own, on_path = root_with(tmp_path / "own", "6.0.5"), root_with(tmp_path / "path", "7.0.1")
    program = on_path / ("dotnet.exe" if sys.platform == "win32" else "dotnet")
    program.touch()
    program.chmod(0o755)
    fetched = root_with(tmp_path / "site" / "dnv/net/runtime/.net", "8.0.4")
    older = root_with(tmp_path / "site" / "dotnetcore2/bin", "3.1.23")
    places = {"DOTNET_ROOT": str(own), "PATH": str(on_path), "SAMEBYTES_SITES": str(tmp_path / "site")}
    assert probed(**places) == (0, f".NET 6.0.5 in {own}")
    assert probed(**places, wanted="7") == (0, f".NET 7.0.1 in {on_path}")
    assert probed(**places, wanted="8") == (0, f".NET 8.0.4 in {fetched}")
    del places["DOTNET_ROOT"]
    assert probed(**places) == (0, f".NET 7.0.1 in {on_path}")
    del places["PATH"]
    assert probed(**places) == (0, f".NET 8.0.4 in {fetched}")
    assert probed(**places, wanted="3.1") == (0, f".NET 3.1.23 in {older}")


def test_no_runtime_at_all_is_one_line() -> None:
    assert probed() == (1, "there is no .NET: neither in DOTNET_ROOT, nor beside dotnet on PATH, nor from PyPI")
