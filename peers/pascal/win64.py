"""Builds for 64-bit Windows with a Free Pascal that compiles for it but has no compiled units of its own: Debian's.

win64.py ARGUMENT…     ppcx64 with these arguments, on units that are compiled once, into the user's cache
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

COMPILER = "ppcx64"
TARGET = "-Twin64"
SOURCES = "/usr/share/fpcsrc/{version}/rtl"
"""Where Debian's fpc-source, and Fedora's, puts the sources of the units."""
UNITS = ("win64/sysinit.pp", "objpas/objpas.pp", "inc/fpintres.pp", "inc/ctypes.pp", "win64/windows.pp")
"""What the peer uses, and what that uses; each needs those before it, and all of them the unit System."""
INCLUDED = ("inc", "win", "win/wininc", "x86_64", "objpas", "objpas/sysutils")
ADD = "apt-get install fpc fpc-source"
SECONDS = 120


def sources(version: str) -> Path:
    """Return the folder with the sources of that version's units. LookupError if there is none."""
    place = Path(SOURCES.format(version=version))
    if not place.is_dir():
        raise LookupError(f"the sources of Free Pascal {version} are not in {place}: {ADD}")
    return place


def run(command: Sequence[str], folder: Path) -> str:
    """Return what a command prints. LookupError with its last lines if it fails."""
    done = subprocess.run(
        command, cwd=folder, timeout=SECONDS, check=False, text=True, errors="replace",
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    if done.returncode != 0:
        raise LookupError(f"{' '.join(command)}: {done.stdout.strip()[-500:]}")
    return done.stdout


def cached(version: str) -> Path:
    """Return where the compiled units are kept: beside everything else that samebytes makes once."""
    chosen = os.environ.get("SAMEBYTES_CACHE")
    usual = os.environ.get("LOCALAPPDATA" if os.name == "nt" else "XDG_CACHE_HOME")
    cache = Path(chosen) if chosen else (Path(usual) if usual else Path.home() / ".cache") / "samebytes"
    made_by = hashlib.sha256(Path(__file__).read_bytes()).hexdigest()[:12]
    return cache / f"fpc-{version}-win64-{made_by}"


def compile_units(rtl: Path, out: Path) -> None:
    """Compile System, which nothing but itself may be compiled as, and then the others."""
    places = [f"-Fi{rtl / part}" for part in INCLUDED]
    places += [f"-Fu{out}", f"-FU{out}", *(f"-Fu{rtl / part}" for part in ("win", "inc", "objpas"))]
    common = [COMPILER, "-n", "-v0e", TARGET, "-O2", "-CX", *places]
    run([*common, "-Us", "-Sg", "system.pp"], rtl / "win64")
    for unit in UNITS:
        run([*common, str(rtl / unit)], rtl / "win64")


def units() -> Path:
    """Return the folder with the compiled units, made if need be. LookupError says what is missing or wrong."""
    version = run([COMPILER, "-iV"], Path.cwd()).strip()
    folder = cached(version)
    if not folder.is_dir():
        rtl = sources(version)
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=f"{folder.name}.part-", dir=folder.parent) as scratch:
            made = Path(scratch) / "made"
            made.mkdir()
            compile_units(rtl, made)
            try:
                made.rename(folder)
            except OSError:  # somebody else was first: theirs is as good
                if not folder.is_dir():
                    raise
    return folder


def main(arguments: Sequence[str]) -> int:
    """Return the compiler's exit status, or 1 with words where there is nothing to compile with."""
    try:
        return subprocess.run([COMPILER, "-n", f"-Fu{units()}", *arguments], check=False).returncode
    except (LookupError, OSError) as reason:
        print(f"Error: {reason}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
