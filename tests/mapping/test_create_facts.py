"""Facts 1 to 23: creating, opening, naming."""

from __future__ import annotations

import ctypes
import os
import sys
from pathlib import Path

import pytest

from samebytes import errors
from samebytes.mapping import Access, MemoryMappedFile, Rights

GLOBAL = "Global\\"

FACTORIES = {
    "create_new": lambda name: MemoryMappedFile.create_new(name, 100),
    "create_or_open": lambda name: MemoryMappedFile.create_or_open(name, 100),
    "open_existing": MemoryMappedFile.open_existing,
}
every_factory = pytest.mark.parametrize("factory", FACTORIES.values(), ids=FACTORIES.keys())


def listing() -> list[str]:
    """Every file of every segment (none where segments are no files)."""
    place = os.environ.get("SAMEBYTES_SHM_DIR")
    return sorted(str(path) for path in Path(place).rglob("*")) if place and sys.platform == "linux" else []


def test_fact_01_a_new_map_is_zero_and_page_rounded(name):
    with MemoryMappedFile.create_new(name, 10000) as created, created.create_view_accessor() as view:
        assert created.created
        assert (created.capacity, created.requested_capacity) == (12288, 10000)
        assert view.read_bytes(0, 12288) == bytes(12288)


def test_fact_02_creating_what_is_alive_fails_and_changes_nothing(name, child):
    with MemoryMappedFile.create_new(name, 10000) as created, created.create_view_accessor() as view:
        view.write_bytes(0, b"before")
        files = listing()
        child.run(f"try: MemoryMappedFile.create_new({name!r}, 1)\nexcept FileExistsError as error: code = error.code")
        assert child.ask("code") == (183 if sys.platform == "win32" else 17)
        assert listing() == files
        assert view.read_bytes(0, 6) == b"before"
        child.run(f"m = MemoryMappedFile.open_existing({name!r})")
        assert child.ask("m.capacity") == 12288


def test_fact_02_the_failed_creator_holds_nothing(name):
    created = MemoryMappedFile.create_new(name, 1)
    with pytest.raises(FileExistsError):
        MemoryMappedFile.create_new(name, 1)
    created.close()
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(name)


@pytest.mark.parametrize("size", [1, 20000])
def test_fact_03_joining_keeps_the_capacity(name, child, size):
    with MemoryMappedFile.create_new(name, 10000):
        child.run(f"m = MemoryMappedFile.create_or_open({name!r}, {size})")
        assert child.ask("[m.capacity, m.created, m.requested_capacity]") == [12288, False, None]


def test_fact_03_create_or_open_creates_what_is_free(name, child):
    child.run(f"m = MemoryMappedFile.create_or_open({name!r}, 10000)")
    assert child.ask("[m.capacity, m.created, m.requested_capacity]") == [12288, True, 10000]


def test_fact_04_opening_what_is_free_fails(name):
    with pytest.raises(FileNotFoundError) as caught:
        MemoryMappedFile.open_existing(name)
    assert caught.value.code == 2
    assert caught.value.name == name
    assert not any(name.replace(" ", "%20") in path for path in listing())


@pytest.mark.parametrize("size", [0, -1], ids=["fact_05_zero", "fact_06_negative"])
@pytest.mark.parametrize("create", [MemoryMappedFile.create_new, MemoryMappedFile.create_or_open])
def test_facts_05_06_a_capacity_is_positive(name, size, create):
    with pytest.raises(ValueError, match="at least one byte"):
        create(name, size)


@pytest.mark.parametrize("size", [2**63 - 1, 2**63, 2**80])
def test_fact_07_an_impossible_size_leaves_nothing(name, size):
    before = listing()
    with pytest.raises(OSError, match="bytes of"):
        MemoryMappedFile.create_new(name, size)
    assert [path for path in listing() if path not in before and not path.endswith(f"samebytes-{os.geteuid()}")] == []


def test_fact_08_more_than_there_is_fails_at_once(name, wine_differs):
    wine_differs("it backs sections by sparse files and reserves nothing")
    with pytest.raises(errors.NoSpaceError) as caught:
        MemoryMappedFile.create_new(name, 1 << 40)
    assert caught.value.errno == 28
    with pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(name)


@every_factory
def test_fact_09_an_empty_name_is_refused(factory):
    with pytest.raises(ValueError, match="empty"):
        factory("")


def test_fact_10_no_name_makes_an_anonymous_map():
    with MemoryMappedFile.create_new(None, 10000) as one, MemoryMappedFile.create_new(None, 10000) as other:
        assert (one.name, one.capacity, one.orphaned) == (None, 12288, False)
        with (
            one.create_view_accessor() as view,
            other.create_view_accessor() as untouched,
            one.create_view_accessor() as same,
        ):
            view.write_int32(0, 7)
            assert (same.read_int32(0), untouched.read_int32(0)) == (7, 0)
    assert one.closed


@pytest.mark.parametrize("factory", ["create_or_open", "open_existing"])
def test_fact_10_no_name_cannot_be_opened(factory):
    with pytest.raises(ValueError, match="name"):
        FACTORIES[factory](None)


def test_fact_11_whitespace_is_a_name(name, child):
    blank = " \t\n" + name
    with MemoryMappedFile.create_new(blank, 1):
        child.run(f"MemoryMappedFile.open_existing({blank!r})")
        with pytest.raises(FileNotFoundError):
            MemoryMappedFile.open_existing(name)


def test_fact_12_a_long_name(name):
    long = name + "x" * (1032 - len(name))
    if sys.platform == "win32":
        with MemoryMappedFile.create_new(long, 1):
            MemoryMappedFile.open_existing(long).close()
        with pytest.raises(ValueError, match="32766"):
            MemoryMappedFile.create_new("x" * 33005, 1)
    else:
        with pytest.raises(errors.InvalidNameError, match="255 bytes"):
            MemoryMappedFile.create_new(long, 1)


@pytest.mark.usefixtures("files")
def test_fact_12_the_limit_counts_encoded_bytes():
    MemoryMappedFile.create_new("x" * 255, 1).close()
    MemoryMappedFile.create_new("é" * 42, 1).close()
    for text in ("x" * 256, "é" * 43):
        with pytest.raises(errors.InvalidNameError, match="255 bytes"):
            MemoryMappedFile.create_new(text, 1)


@pytest.mark.parametrize("prefix", ["local/", "global/", "Local/", "Global/"])
def test_fact_13_a_slash_makes_no_prefix(name, prefix, child):
    with MemoryMappedFile.create_new(prefix + name, 1):
        child.run(f"MemoryMappedFile.open_existing({prefix + name!r})")
        with pytest.raises(FileNotFoundError):
            MemoryMappedFile.open_existing(name)


@every_factory
@pytest.mark.parametrize(
    ("bad", "code"),
    [("a\\b", 3), ("\\x", 161), ("Local\\", 123), ("Global\\", 123), ("local\\x", 3)],
    ids=["fact_14_prefix", "fact_15_root", "fact_15_local", "fact_15_global", "fact_20_lower_case"],
)
def test_facts_14_15_20_names_that_windows_refuses(factory, bad, code):
    with pytest.raises(errors.InvalidNameError) as caught:
        factory(bad)
    assert caught.value.code == (code if sys.platform == "win32" else 0)
    assert caught.value.name == bad


@pytest.mark.parametrize(("made", "opened"), [("Local\\", ""), ("", "Local\\"), ("Local\\", "Local\\")])
def test_fact_16_local_is_the_default(name, child, made, opened):
    with MemoryMappedFile.create_new(made + name, 1) as created, created.create_view_accessor() as view:
        view.write_int32(0, 16)
        child.run(f"v = MemoryMappedFile.open_existing({opened + name!r}).create_view_accessor()")
        assert child.ask("v.read_int32(0)") == 16


def in_session_0() -> bool:
    if sys.platform != "win32":
        return False
    session = ctypes.c_ulong()
    ctypes.windll.kernel32.ProcessIdToSessionId(os.getpid(), ctypes.byref(session))
    return session.value == 0


def test_fact_17_global_is_another_namespace(name, on_wine):
    if in_session_0() and not on_wine:
        pytest.skip("in session 0 of Windows, Local and Global are one namespace")
    with MemoryMappedFile.create_new("Global\\" + name, 1):
        with pytest.raises(FileNotFoundError):
            MemoryMappedFile.open_existing(name)
        with MemoryMappedFile.create_new(name, 1):
            pass
        MemoryMappedFile.open_existing("Global\\" + name).close()


def test_fact_18_creating_in_global_needs_its_directory_to_be_writable(name, stranger, refused):
    place = os.environ["SAMEBYTES_SHM_DIR"] + "/fact 18"
    Path(place, "samebytes-global").mkdir(0o755, parents=True)
    stranger.run(f"os.environ['SAMEBYTES_SHM_DIR'] = {place!r}")
    with pytest.raises(refused) as caught:
        stranger.run(f"MemoryMappedFile.create_new({GLOBAL + name!r}, 1)")
    assert "PermissionError" in caught.value.kinds
    Path(place, "samebytes-global").chmod(0o1777)
    stranger.run(f"MemoryMappedFile.create_new({GLOBAL + name!r}, 1)")


def test_fact_19_names_are_case_sensitive(name):
    with MemoryMappedFile.create_new(name + "A", 1), pytest.raises(FileNotFoundError):
        MemoryMappedFile.open_existing(name + "a")


@every_factory
@pytest.mark.usefixtures("sections")
def test_fact_21_a_mutex_has_the_name(name, factory):
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    kernel32.CreateMutexW.restype = ctypes.c_void_p
    mutex = kernel32.CreateMutexW(None, False, name)
    try:
        with pytest.raises(OSError, match="mutex") as caught:
            factory(name)
        assert caught.value.code == 6
    finally:
        kernel32.CloseHandle(ctypes.c_void_p(mutex))


@pytest.mark.parametrize("kind", ["mutex", "event", "semaphore"])
@pytest.mark.usefixtures("sections")
def test_fact_22_nothing_else_can_have_the_name_of_a_map(name, kind):
    kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)
    calls = {
        "mutex": lambda: kernel32.CreateMutexW(None, False, name),
        "event": lambda: kernel32.CreateEventW(None, False, False, name),
        "semaphore": lambda: kernel32.CreateSemaphoreW(None, 1, 1, name),
    }
    with MemoryMappedFile.create_new(name, 1):
        assert not calls[kind]()
        assert ctypes.get_last_error() == 6


def test_fact_23_names_are_not_normalised(name, child):
    composed, decomposed = f"{name} é中", f"{name} e\u0301中"
    with MemoryMappedFile.create_new(composed, 1):
        child.run(f"MemoryMappedFile.open_existing({composed!r})")
        with pytest.raises(FileNotFoundError):
            MemoryMappedFile.open_existing(decomposed)


def test_fact_23_the_file_of_a_name_is_its_utf8_escaped(place):
    with MemoryMappedFile.create_new(".é中 %/~_-A9.", 1):
        assert "%2E%C3%A9%E4%B8%AD%20%25%2F~_-A9." in [path.name for path in place.iterdir()]


def test_a_nul_is_no_part_of_a_name():
    with pytest.raises(ValueError, match="NUL"):
        MemoryMappedFile.create_new("a\0b", 1)


@pytest.mark.usefixtures("files")
def test_half_a_surrogate_pair_is_no_file():
    with pytest.raises(errors.InvalidNameError, match="surrogate"):
        MemoryMappedFile.create_new("\ud800", 1)


def test_a_name_is_text(name):
    with pytest.raises(TypeError, match="str"):
        MemoryMappedFile.open_existing(name.encode())


def test_rights_must_be_asked_for(name):
    with pytest.raises(ValueError, match="rights"):
        MemoryMappedFile.open_existing(name, Rights(0))


def test_nothing_is_created_for_writing_only(name):
    with pytest.raises(ValueError, match="writing only"):
        MemoryMappedFile.create_new(name, 1, Access.WRITE)
