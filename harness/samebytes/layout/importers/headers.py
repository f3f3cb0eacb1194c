"""Which folders clang looks for `<...>` headers in: ours, which need no system, and this machine's as a second try."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from samebytes.layout.abi import Abi

__all__ = ["PRELUDE", "WINDOWS", "of_ours", "of_this_machine", "other_spellings", "with_windows"]

_SHIMS = Path(__file__).with_name("shims")
WINDOWS = _SHIMS / "windows"
"""`windows.h` and its family."""
PRELUDE = WINDOWS / "samebytes_prelude.h"
"""What a header is given when it does not declare all it uses: many expect <windows.h> from who includes them."""
_WINDOWS_SPELLINGS = {
    "windows.h": ("Windows.h", "WINDOWS.H", "windows.H", "WINDOWS.h"),
    "windef.h": ("WinDef.h", "Windef.h"),
    "tchar.h": ("TCHAR.H", "Tchar.h", "TChar.h"),
}
"""Windows does not care about the case of a file's name; everybody else does."""


def of_ours(language: str) -> list[Path]:
    """Return our folders for headers in angle brackets. C++ has its own on top of C's."""
    names = ("c++", "libc", "windows") if language == "c++" else ("libc", "windows")
    return [_SHIMS / name for name in names]


def with_windows(system: list[Path]) -> list[Path]:
    """Return this machine's folders, with our <windows.h> where it has none of its own."""
    return system if any((folder / "windows.h").is_file() for folder in system) else [WINDOWS, *system]


@cache
def other_spellings() -> dict[str, str]:
    """Return Windows headers by the names people also write, path to text."""
    found: dict[str, str] = {}
    for name, spellings in _WINDOWS_SPELLINGS.items():
        text = (WINDOWS / name).read_text("utf-8")
        found |= {str(WINDOWS / spelling): text for spelling in spellings}
    return found


def of_this_machine(abi: Abi) -> list[Path]:
    """Return where GCC's packages put C++ and C headers for that ABI; empty when they are not installed."""
    machine, _, system = abi.name.partition("-")
    if system.startswith("windows"):
        roots = [Path(f"/usr/{machine}-w64-mingw32/include")] if abi.compiler == "gnu" else []
        return [*_libstdcpp(Path("/usr/lib/gcc"), f"{machine}-w64-mingw32"), *_existing(roots)]
    tuple_ = {"i686": "i386-linux-gnu", "armv7": "arm-linux-gnueabihf"}.get(machine, f"{machine}-linux-gnu")
    cross = {"i686": "i686-linux-gnu"}.get(machine, tuple_)
    native = [Path(f"/usr/include/{tuple_}"), Path("/usr/include")]
    if (native[0] / "bits").is_dir():
        return [*_versions(Path("/usr/include"), tuple_), *native]
    root = Path(f"/usr/{cross}/include")
    return [*_versions(root, cross), root] if root.is_dir() else []


def _versions(root: Path, triple: str) -> list[Path]:
    """Return the folders of libstdc++ of the newest GCC below `root`, with the part that depends on the machine."""
    found = sorted((path for path in root.glob("c++/*") if path.name.isdigit()), key=lambda path: int(path.name))
    if not found:
        return []
    newest = found[-1]
    return _existing([newest, newest / triple, root / triple / "c++" / newest.name])


def _libstdcpp(root: Path, triple: str) -> list[Path]:
    found = sorted((root / triple).glob("*/include/c++"))
    return _existing([found[-1], found[-1] / triple]) if found else []


def _existing(folders: list[Path]) -> list[Path]:
    return [folder for folder in folders if folder.is_dir()]
