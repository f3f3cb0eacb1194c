"""Shared memory that other programs made, on Linux: what there is, and who holds it, as /proc tells it."""

from __future__ import annotations

import os
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from samebytes.errors import AccessDeniedError, SegmentNotFoundError, SystemRefusedError

from ._info import SegmentInfo
from ._raised import ours

if sys.platform != "win32":
    from ._linux_holders import Holders, find_holders
    from ._linux_list import list_segments, named_in

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["list_all", "remove"]

_SEMAPHORE = "sem."
"""What sem_open puts before a name: those are semaphores, no segments."""

_BOOST = ("/dev/shm/boost_interprocess", "/tmp/boost_interprocess")
_SYSV = "/proc/sysvipc/shm"
_SYSV_PREFIX = "sysv:"


def list_all() -> list[SegmentInfo]:
    """Return shared memory of every kind, ours first."""
    holders, now = find_holders(), time.time()
    return [*_ours(holders, now), *_files(holders, now), *_boost(holders, now), *_sysv(now), *_unnamed(holders, now)]


def _ours(holders: Holders, now: float) -> Iterator[SegmentInfo]:
    seen = set()
    for one in list_segments():
        seen.add(one.path)
        try:
            info = os.lstat(one.path)
        except OSError:  # gone since
            continue
        yield one._replace(holders=holders.of(info), age=now - info.st_ctime)
    for folder in _entries(_shm()):
        if folder.name.startswith("samebytes-") and _is_folder(folder):
            yield from (one for one in _others(folder.path, holders, now) if one.path not in seen)


def _others(folder: str, holders: Holders, now: float) -> Iterator[SegmentInfo]:
    """Yield the managed segments of other users, as far as this one may look."""
    scope = "global" if folder.endswith("-global") else "local"
    for entry in _entries(folder):
        name, info = named_in(entry.name, scope), _regular(entry)
        if name is not None and info is not None:
            yield _described(name, entry.path, info, holders, now, "samebytes")


def _files(holders: Holders, now: float) -> Iterator[SegmentInfo]:
    """Yield POSIX objects: the files that stand in /dev/shm itself."""
    for entry in _entries(_shm()):
        info = None if entry.name.startswith(_SEMAPHORE) else _regular(entry)
        if info is not None:
            yield _described(f"/{entry.name}", entry.path, info, holders, now, _kind(entry.name))


def _kind(file: str) -> str:
    if file.startswith("psm_"):
        return "multiprocessing"
    return "wine" if file.startswith("wine-") else "posix"


def _boost(holders: Holders, now: float) -> Iterator[SegmentInfo]:
    for top in _BOOST:
        for folder, _, files in os.walk(top):
            for file in files:
                path = f"{folder}/{file}"
                try:
                    info = os.lstat(path)
                except OSError:
                    continue
                if stat.S_ISREG(info.st_mode):
                    yield _described(path, path, info, holders, now, "boost")


def _described(name: str, path: str, info: os.stat_result, holders: Holders, now: float, kind: str) -> SegmentInfo:
    who = holders.of(info)
    alive = True if who or holders.locked(info) else None if holders.may_be_hidden(info) else False
    return SegmentInfo(name, path, info.st_size, alive, info.st_uid, kind, who, now - info.st_ctime)


def _sysv(now: float) -> Iterator[SegmentInfo]:
    """Yield System V segments; the system counts who has attached them, and does not say who it is."""
    try:
        head, *lines = Path(_SYSV).read_text().splitlines()
    except (OSError, ValueError):
        return
    columns = head.split()
    for line in lines:
        row = dict(zip(columns, map(int, line.split()), strict=False))
        age = now - max(row["ctime"], row["atime"], row["dtime"])
        yield SegmentInfo(
            f"{_SYSV_PREFIX}{row['shmid']}", "", row["size"], row["nattch"] > 0, row["uid"], "sysv", (), age
        )


def _unnamed(holders: Holders, now: float) -> Iterator[SegmentInfo]:
    """Yield what lives without a name: memfds, and what Wine's server has unlinked. All are held, or they were not there."""
    for found in holders.unnamed.values():
        kind = "memfd" if found.target.startswith("/memfd:") else "wine"
        text = found.target.removesuffix(" (deleted)").removeprefix("/memfd:" if kind == "memfd" else "")
        who = tuple(sorted(found.processes))
        yield SegmentInfo(f"{kind}:{text}", found.path, found.size, True, found.owner, kind, who, now - found.changed)


# --- removing --------------------------------------------------------------------------------------------------------


def remove(names: Iterable[str]) -> list[SegmentInfo]:
    """Remove the segments of these names, whoever made and holds them."""
    there = {one.name: one for one in list_all()}
    wanted = []
    for name in names:
        if name not in there:
            raise SegmentNotFoundError(
                f"there is no segment {name!r}", hint="samebytes segments --all lists them", name=name
            )
        wanted.append(there[name])
    for one in wanted:
        _remove(one)
    return wanted


def _remove(one: SegmentInfo) -> None:
    try:
        if one.kind == "sysv":
            _remove_sysv(int(one.name.removeprefix(_SYSV_PREFIX)))
        elif one.kind == "memfd" or not one.path.startswith("/") or one.path.startswith("/proc/"):
            raise AccessDeniedError(
                f"{one.name!r} has no name to remove", hint="it goes with the processes that hold it", name=one.name
            )
        else:
            os.unlink(one.path)  # noqa: PTH108 - its errors must be this module's own
    except OSError as error:
        if isinstance(error, AccessDeniedError) or not ours(error):
            raise
        if isinstance(error, PermissionError):
            raise AccessDeniedError(f"{one.name!r} is another user's", name=one.name, code=error.errno) from error
        raise SystemRefusedError(f"{one.name!r}: {error.strerror}", name=one.name, code=error.errno) from error


def _remove_sysv(number: int) -> None:
    import ctypes  # slow to load, and few ask

    libc = ctypes.CDLL(None, use_errno=True)
    if libc.shmctl(number, 0, None) != 0:  # IPC_RMID
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))


# --- looking ---------------------------------------------------------------------------------------------------------


def _shm() -> str:
    return os.environ.get("SAMEBYTES_SHM_DIR") or "/dev/shm"


def _entries(folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return []


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _regular(entry: os.DirEntry[str]) -> os.stat_result | None:
    try:
        info = entry.stat(follow_symlinks=False)
    except OSError:
        return None
    return info if stat.S_ISREG(info.st_mode) else None
