"""samebytes_lock: a layout's source against its lock file; what changed, and the command that accepts it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from samebytes.errors import LayoutError, SamebytesError, UsageError
from samebytes.layout import ABIS, Abi, Record
from samebytes.layout.importers import load
from samebytes.layout.lock import Lock, read_lock
from samebytes.layout.locking import DEFAULT_ABIS, changed, changed_words, layouts_on, severity, source_lock_text

__all__ = ["LockCheck"]


@dataclass(frozen=True)
class LockCheck:
    """Checks lock files, or writes them. Paths are relative to `folder`."""

    folder: Path
    update: bool

    def __call__(
        self,
        source: Path | str,
        lock: Path | str | None = None,
        *,
        types: Collection[str] = (),
        abis: Collection[str] = (),
        allow_compatible: bool = False,
    ) -> None:
        """Raise AssertionError, with what changed, if the records of `source` are not as `lock` (SOURCE.lock) has them.

        `source`: what `samebytes lock` takes: a .toml description, a header, a binary, an assembly. `types` and `abis` leave out the
        others. With `allow_compatible`, what old programs do not notice passes (a field appended, renamed, in former padding).
        With --samebytes-lock-update the lock file is written instead, for the records and ABIs that it has had.
        """
        __tracebackhide__ = True
        path = self.folder / source
        place = Path(f"{path}.lock") if lock is None else self.folder / lock
        try:
            if not path.exists():
                raise UsageError(f"{path}: no such file")
            if self.update:
                self._write(path, place, types, abis)
                return
            words = _complaint(path, place, types, abis, allow_compatible)
        except SamebytesError as error:  # the test's own line is at fault, none of those in between
            raise error.with_traceback(None) from None
        if words:
            raise AssertionError(words)

    def _write(self, path: Path, place: Path, types: Collection[str], abis: Collection[str]) -> None:
        before = _read(place) if place.exists() else Lock("", ())
        on = abis or list(dict.fromkeys(one.abi for one in before.records)) or DEFAULT_ABIS
        refused: list[LayoutError] = []
        layouts = [layout for abi in on for layout in layouts_on(_abi(abi), lambda abi: _load(path, abi), refused)]
        if types:
            layouts = [layout for layout in layouts if layout.record.name in types]
        if refused and not layouts:
            raise refused[0]
        place.write_text(source_lock_text(layouts, path, place.parent), "utf-8", newline="\n")


def _complaint(path: Path, place: Path, types: Collection[str], abis: Collection[str], compatible: bool) -> str:
    accept = f"samebytes lock {path} -o {place}, or pytest --samebytes-lock-update"
    if not place.exists():
        return f"{place}: no such file; to write it: {accept}"
    found = list(changed(_read(place), str(place), lambda abi: _load(path, abi), types, abis))
    worst = severity(found)
    if worst == "same" or (worst == "compatible" and compatible):
        return ""
    breaks = {"breaking": "breaks what was built against", "compatible": "has compatible changes since"}[worst]
    return "\n".join((f"{path} {breaks} {place}", *changed_words(found), f"to accept it: {accept}"))


def _load(path: Path, abi: Abi) -> list[Record]:
    try:
        return load(path, abi=abi)
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path}: cannot be read: {error}") from error


def _abi(name: str) -> Abi:
    if name not in ABIS:
        raise UsageError(f"there is no ABI {name!r}", hint=f"there are: {', '.join(ABIS)}")
    return ABIS[name]


def _read(place: Path) -> Lock:
    try:
        return read_lock(place.read_text("utf-8"), str(place))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{place}: cannot be read: {error}") from error
