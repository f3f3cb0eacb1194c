"""Raw POSIX objects, as shm_open makes them: no lifetime is kept, nothing is ever unlinked."""

from __future__ import annotations

import os
import sys

from samebytes.errors import MappingTimeoutError

from ._names import Name
from ._raised import ours

if sys.platform != "win32":
    from ._linux_files import allocate, check_kind, denied, failed, open_file
    from ._linux_fork import close_last, open_into
    from ._linux_guard import Guard, Patience, place
    from ._linux_join import link
    from ._linux_segment import Segment

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["create_raw", "open_raw"]

_UNNAMED = os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC


def create_raw(segment: Segment, name: Name, capacity: int, mode: int, reserve: bool) -> bool:
    """Make an object that has all its bytes when its name appears; False if there is one of that name."""
    directory, where = place("raw"), Guard()
    try:
        open_into(segment.fds, os.open, directory.path, _UNNAMED, mode | 0o600)
        where.attach(directory.path)
    except OSError as error:
        if not ours(error):
            raise
        if isinstance(error, PermissionError):
            raise denied(name.text, f"{directory.path} cannot be written", 13) from error
        raise failed(name.text, error) from error
    allocate(segment.fds[0], capacity, name.text, reserve)
    os.fchmod(segment.fds[0], mode)
    linked = link(segment, where, name)
    segment.keep(os.fstat(segment.fds[0]))
    close_last(where.fds)
    if not linked:
        close_last(segment.fds)
    return linked


def open_raw(segment: Segment, name: Name, write: bool, seconds: float) -> None:
    """Open an object. Its creator sets the size after the name: wait for that, a little."""
    directory, where = place("raw"), Guard()
    try:
        where.attach(directory.path)
    except OSError as error:
        if not ours(error):
            raise
        raise failed(name.text, error) from error
    try:
        if not open_file(where.opening(), segment.fds, name, write):
            raise denied(name.text, "its owner does not let this user write", 13)
    finally:
        close_last(where.fds)
    patience = Patience(seconds)
    while True:
        info = os.fstat(segment.fds[0])
        check_kind(info, name, directory)
        if info.st_size:
            segment.keep(info)
            return
        if not patience.again():
            raise MappingTimeoutError(f"{name.text!r} has no size", hint="its creator stopped half-way", name=name.text)
