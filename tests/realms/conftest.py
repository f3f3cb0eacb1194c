"""What the tests of realms share: Wine with a cache of the test's own, made cheaply from the user's."""

from __future__ import annotations

import functools
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samebytes.errors import MissingError
from samebytes.peers.build_once import Lock
from samebytes.peers.wine import WineRealm
from samebytes.peers.wine_prefix import processes_of


def quiet(_line: str) -> None:
    """Nobody listens."""


@functools.cache
def _made() -> tuple[Path, Path] | str:
    """The user's prefix and Windows Python, made if they are not there; or why they cannot be."""
    if sys.platform != "linux":
        return "Wine is for Linux"
    realm = WineRealm()
    state = realm.availability()
    if not state.ready:
        return f"{state.detail}; add it: {state.add}"
    try:
        realm.prepare(quiet)
    except MissingError as error:
        return str(error)
    finally:
        realm.close()
    assert realm._prefix is not None
    assert realm._home is not None
    return realm._prefix, realm._home


def _link(source: str, target: str) -> None:
    """A hard link: a prefix has 700 MB, none of which is written to."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copy2(source, target)


@pytest.fixture
def wine_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A cache with a prefix that no other run uses; afterwards no process of it may be left. Yields the prefix."""
    made = _made()
    if isinstance(made, str):
        pytest.skip(made)
    prefix, python = made
    cache = tmp_path / "cache"
    copy = cache / prefix.name
    shutil.copytree(prefix / "drive_c", copy / "drive_c", symlinks=True, copy_function=_link)
    shutil.copytree(prefix / "dosdevices", copy / "dosdevices", symlinks=True)
    for file in (path for path in prefix.iterdir() if path.is_file()):
        shutil.copy2(file, copy)
    (cache / python.name).symlink_to(python)
    monkeypatch.setenv("SAMEBYTES_CACHE", str(cache))
    yield copy
    # Whoever ends a server holds this lock meanwhile, and is not done when the last process is gone.
    with Lock(copy.with_name(copy.name + ".guard")).held():
        assert processes_of(copy) == []
    shutil.rmtree(cache)


@pytest.fixture
def realm(wine_cache: Path) -> Iterator[WineRealm]:
    """A prepared realm, alone in its prefix."""
    realm = WineRealm()
    realm.prepare(quiet)
    assert realm._prefix == wine_cache
    yield realm
    realm.close()
