"""What other users can do to a user's segments, and what not: everything is tried by processes of three users."""

# ruff: noqa: ARG001 - fixtures that are named for what they do
from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from samebytes.mapping import MemoryMappedFile, list_segments, reap

GLOBAL = "Global\\"
ANNE, BERT = 65533, 65534
AT_ONCE = 1.0
"""Seconds within which everything here must be over, whatever a stranger does."""


@pytest.fixture
def user(files: None, spawn: Callable[..., object]) -> Callable[[int], object]:
    """Starts processes of other users."""
    if os.geteuid() != 0:
        pytest.skip("only root can become another user")

    def start(number: int) -> object:
        child = spawn()
        child.run(f"import ctypes, fcntl; os.setgroups([]); os.setgid({number}); os.setuid({number})")
        child.run(
            "assert ctypes.CDLL(None).prctl(4, 1) == 0; from pathlib import Path"
        )  # PR_SET_DUMPABLE: its own /proc is its own
        return child

    return start


@pytest.fixture
def shm(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A place as /dev/shm is, for everybody."""
    place = Path(os.environ["SAMEBYTES_SHM_DIR"], f"strangers {os.urandom(4).hex()}")
    place.mkdir()
    place.chmod(0o1777)
    monkeypatch.setenv("SAMEBYTES_SHM_DIR", str(place))
    return place


@pytest.fixture
def installed(shm: Path) -> Path:
    """The directory of all users, as root makes it."""
    place = shm / "samebytes-global"
    place.mkdir()
    place.chmod(0o1777)
    return place


def quickly(act: Callable[[], object]) -> object:
    began = time.monotonic()
    try:
        return act()
    finally:
        assert time.monotonic() - began < AT_ONCE


@pytest.mark.parametrize("mode", [0o777, 0o1777, 0o755])
def test_a_shared_folder_that_a_stranger_made_is_refused_and_he_is_named(user, shm, refused, mode):
    anne, bert = user(ANNE), user(BERT)
    bert.run(f"d = Path({str(shm)!r}, 'samebytes-global'); d.mkdir(); d.chmod({mode})")
    for act in ("create_new('Global\\\\x', 1)", "create_or_open('Global\\\\x', 1)", "open_existing('Global\\\\x')"):
        with pytest.raises(refused, match=rf"belongs to user .*{BERT}.*--install") as caught:
            quickly(lambda act=act: anne.run(f"MemoryMappedFile.{act}"))
        assert "PermissionError" in caught.value.kinds
    with pytest.raises(PermissionError, match="belongs to"):
        MemoryMappedFile.create_new("Global\\x", 1)
    anne.run("MemoryMappedFile.create_new('x', 1).close()")  # her own names are untouched


def test_a_folder_of_mine_that_a_stranger_made_is_told_and_global_names_go_on(user, shm, installed, refused):
    anne, bert = user(ANNE), user(BERT)
    bert.run(f"Path({str(shm)!r}, 'samebytes-{ANNE}').mkdir()")
    with pytest.raises(refused, match=f"samebytes-{ANNE} belongs to user .*{BERT}"):
        quickly(lambda: anne.run("MemoryMappedFile.create_new('x', 1)"))
    quickly(lambda: anne.run("m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666)"))
    with MemoryMappedFile.open_existing("Global\\x") as joined:
        assert joined.owner == ANNE
    assert anne.ask("[one.name for one in list_segments()]") == ["Global\\x"]


def test_a_lock_on_the_shared_folder_holds_up_nobody(user, installed):
    anne, bert = user(ANNE), user(BERT)
    bert.run(f"fd = os.open({str(installed)!r}, os.O_RDONLY); fcntl.flock(fd, fcntl.LOCK_EX)")
    quickly(lambda: anne.run("m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666)"))
    quickly(lambda: MemoryMappedFile.open_existing("Global\\x").close())
    quickly(lambda: anne.run("m.close()"))
    assert list(installed.iterdir()) == []


def test_a_lock_on_a_file_that_lets_strangers_in_is_told_within_a_second(user, installed, refused):
    anne, bert = user(ANNE), user(BERT)
    anne.run(
        "m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666); MemoryMappedFile.create_new('Global\\\\y', 1)"
    )
    bert.run(f"fd = os.open({str(installed / 'x')!r}, os.O_RDONLY)")
    anne.run("m.close()")  # nobody holds it, but a file that is open is there for who has it open
    anne.run(
        "m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666); n = MemoryMappedFile.create_new('Global\\\\y', 1)"
    )
    bert.run(f"fd = os.open({str(installed / 'x')!r}, os.O_RDONLY)")
    anne.run("m.close()")
    bert.run(
        f"m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666); fd = os.open({str(installed / 'x')!r}, os.O_RDONLY);"
        " m.close(); Path(os.environ['SAMEBYTES_SHM_DIR'], 'samebytes-global', 'x').touch(0o666); "
        f"fd = os.open({str(installed / 'x')!r}, os.O_RDONLY); fcntl.flock(fd, fcntl.LOCK_EX)"
    )
    with pytest.raises(refused, match=r"locked exclusively for .* by process \d+ \(.*user") as caught:
        quickly(lambda: anne.run("MemoryMappedFile.open_existing('Global\\\\x')"))
    assert "TimeoutError" in caught.value.kinds
    quickly(lambda: anne.run("MemoryMappedFile.open_existing('Global\\\\y').close()"))  # other names go on


@pytest.mark.parametrize("mode", [0o600, 0o666])
def test_a_dead_name_is_free_for_everybody(user, installed, mode):
    anne, bert = user(ANNE), user(BERT)
    anne.run(f"m = MemoryMappedFile.create_new('Global\\\\x', 1, mode={mode})")
    anne.kill()
    bert.run(
        "m = MemoryMappedFile.create_new('Global\\\\x', 1, mode=0o666); v = m.create_view_accessor(); v.write_int32(0, 5)"
    )
    anne = user(ANNE)
    assert anne.ask("MemoryMappedFile.open_existing('Global\\\\x').create_view_accessor().read_int32(0)") == 5
    with pytest.raises(Exception, match="is alive"):
        anne.run("MemoryMappedFile.create_new('Global\\\\x', 1)")
    with pytest.raises(FileExistsError):
        MemoryMappedFile.create_new("Global\\x", 1)
    found = {one.owner: (one.name, one.alive) for one in list_segments() if one.name.startswith(GLOBAL)}
    assert found[BERT] == ("Global\\x", True)
    bert.kill()
    with MemoryMappedFile.create_new("Global\\x", 1):
        pass
    reap()
    assert list(installed.iterdir()) == []


def test_what_strangers_leave_in_the_folders_is_no_obstacle_to_listing(user, shm, installed, refused):
    anne, bert = user(ANNE), user(BERT)
    anne.run("m = MemoryMappedFile.create_new('Global\\\\x', 1); n = MemoryMappedFile.create_new('mine', 1)")
    bert.run(
        f"d = Path({str(installed)!r}); (d / 'link').symlink_to('/etc/passwd'); os.mkfifo(d / 'fifo'); (d / 'folder').mkdir();"
        " (d / 'not a name').touch(); (d / 'x+99').touch(0o666); (d / '%ZZ').touch(); (d / os.fsdecode(b'\\xff')).touch()"
    )
    names = "[[one.name, one.alive] for one in list_segments()]"
    assert ["mine", True] in anne.ask(names)
    assert ["Global\\x", True] in anne.ask(names)
    for planted in ("link", "fifo", "folder"):
        with pytest.raises(refused) as caught:
            quickly(lambda planted=planted: anne.run(f"MemoryMappedFile.create_new('Global\\\\{planted}', 1)"))
        assert "PermissionError" in caught.value.kinds
    anne.run("reap(); m.close(); n.close()")
    installed.chmod(0o700)  # nobody can read it any more
    assert anne.ask(names) == []
    (shm / "samebytes-global").chmod(0o1777)


def test_a_stranger_can_neither_remove_nor_replace_what_is_alive(user, installed, refused):
    anne, bert = user(ANNE), user(BERT)
    anne.run("m = MemoryMappedFile.create_new('Global\\\\x', 4096, mode=0o666)")
    for act in (
        f"os.unlink({str(installed / 'x')!r})",
        f"os.rename({str(installed / 'x')!r}, {str(installed / 'y')!r})",
    ):
        with pytest.raises(refused):
            bert.run(act)
    bert.run(f"os.truncate({str(installed / 'x')!r}, 0)")  # her mode lets him write: that is his to do
    with pytest.raises(OSError, match="truncated"):
        MemoryMappedFile.open_existing("Global\\x")
    with pytest.raises(refused, match="truncated"):
        anne.run("m.create_view_accessor()")


def test_who_gives_up_his_privileges_can_close_what_he_had(user, shm, installed):
    child = user(0)
    child.run("m = MemoryMappedFile.create_new('x', 4096); v = m.create_view_accessor(); os.setuid(65534)")
    child.run("v.write_int32(0, 1); v.close(); m.close()")  # the name is free; the file is left for the next of root's
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing("x")
    assert not (shm / "samebytes-0" / "x").exists()
    child.run("n = MemoryMappedFile.create_new('x', 4096)")
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing("x")
