"""What the system refuses, and what is asked wrongly: an error of ours, and the builtin that one would catch."""

from __future__ import annotations

import os
import sys

import pytest

from samebytes import errors
from samebytes.mapping import Access, MemoryMappedFile, Rights, list_segments

if sys.platform != "win32":
    import resource


@pytest.fixture
def no_descriptors(files):  # noqa: ARG001 - it skips
    """A context in which this process may open nothing more."""
    import contextlib

    @contextlib.contextmanager
    def full():
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
        taken = []
        try:
            with contextlib.suppress(OSError):
                while True:
                    taken.append(os.open("/dev/null", os.O_RDONLY))
            yield
        finally:
            for fd in taken:
                os.close(fd)
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    return full


def test_too_many_open_files_is_ours_everywhere(name, no_descriptors):
    with MemoryMappedFile.create_new(name, 1) as held:
        for act in (
            held.create_view_accessor,
            list_segments,
            lambda: MemoryMappedFile.open_existing(name),
            lambda: MemoryMappedFile.create_new(name + "x", 1),
            lambda: MemoryMappedFile.create_new(name + "x", 1 << 20),
            lambda: MemoryMappedFile.create_new(None, 1),
        ):
            with no_descriptors(), pytest.raises(errors.SystemRefusedError) as caught:
                act()
            assert caught.value.errno == 24
        assert len([one for one in list_segments() if one.name.startswith(name)]) == 1


@pytest.mark.parametrize(
    ("act", "error"),
    [
        (lambda name: MemoryMappedFile(name, 1), TypeError),
        (lambda name: MemoryMappedFile.create_new(name, "1"), TypeError),
        (lambda name: MemoryMappedFile.create_new(name, 1, "READ"), TypeError),
        (lambda name: MemoryMappedFile.create_new(name, 1, mode=0o1777), ValueError),
        (lambda name: MemoryMappedFile.create_new(name, 1, mode="rw"), TypeError),
        (lambda name: MemoryMappedFile.open_existing(name, "READ"), TypeError),
        (lambda name: MemoryMappedFile.open_existing(name, 1 << 28), ValueError),
        (lambda name: MemoryMappedFile.open_existing(name, Rights(0)), ValueError),
        (lambda _: MemoryMappedFile.open_existing(5), TypeError),
    ],
)
def test_wrong_arguments(name, act, error):
    with pytest.raises(error):
        act(name)


def test_the_constructor_says_which_one_to_take(name):
    with pytest.raises(TypeError, match="create_new"):
        MemoryMappedFile(name, 4096)


def test_rights_to_execute_are_only_what_the_creator_gave(name, files):  # noqa: ARG001
    with MemoryMappedFile.create_new(name, 1):
        for rights in (Rights.READ_EXECUTE, Rights.READ_WRITE_EXECUTE, Access.READ_EXECUTE):
            with pytest.raises(errors.AccessDeniedError, match="executable"):
                MemoryMappedFile.open_existing(name, rights)
        MemoryMappedFile.open_existing(name, Rights.FULL_CONTROL).close()


def test_a_block_keeps_its_own_exception(name):
    with pytest.raises(KeyError), MemoryMappedFile.create_new(name, 1) as held, held.create_view_accessor() as view:  # noqa: PT012
        window = view.memoryview()
        raise KeyError
    window.release()
    view.close()


@pytest.mark.parametrize("size", [0, 100])
def test_a_truncated_segment_is_refused(name, place, size):
    with MemoryMappedFile.create_new(name, 8192) as held:
        os.truncate(place / name.replace(" ", "%20"), size)
        with pytest.raises(errors.SystemRefusedError, match="truncated"):
            MemoryMappedFile.open_existing(name)
        with pytest.raises(PermissionError, match="truncated"):
            held.create_view_accessor()
