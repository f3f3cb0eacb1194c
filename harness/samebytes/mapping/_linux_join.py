"""Finding the file that has a name, joining it, giving the name to a new one; under the guard.

In a user's own directory a name is one file. In the directory that all users share nobody can remove what another user's
killed process left there: such a file stands for nothing, and whoever creates the name anew has a file beside it, `NAME+USER`.
Nobody there has a guard that others respect: whoever has locked a file looks afterwards whether it still has its name, and
whoever has given a name looks afterwards whether somebody else did.
"""

from __future__ import annotations

import errno
import os
import sys
from typing import Any

from samebytes.errors import AccessDeniedError, SegmentNotFoundError, SystemRefusedError

from ._access import Rights
from ._names import Name
from ._raised import ours

if sys.platform != "win32":
    from fcntl import LOCK_SH

    from ._linux_files import check_kind, denied, failed, free, held, not_found, open_file, unlink, unlink_dead
    from ._linux_fork import close_last, try_lock
    from ._linux_guard import Directory, Guard, Patience
    from ._linux_segment import Segment

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["find", "link", "publish"]

_WRITE = int(Rights.WRITE)
_EXECUTE = int(Rights.EXECUTE)
_ALL = 0xF0000
"""The standard rights: who asks for all of them asks for whatever there is."""
_PAGE = 4096
_CONFLICT_SECONDS = 0.5


# --- joining ---------------------------------------------------------------------------------------------------------


def find(guard: Guard, segment: Segment, name: Name, directory: Any) -> bool:
    """Join the file that has the name and is alive. SegmentNotFoundError if none is; False while one is locked exclusively."""
    if directory.own:
        return _join(guard, segment, name, directory)
    locked, refused = False, None
    for file in directory.files(guard, name.file):
        try:
            if _join(guard, segment, name._replace(file=file), directory):
                return True
            locked = True
        except SegmentNotFoundError:
            continue
        except AccessDeniedError as error:
            segment.release()
            if directory.may_live(guard, file):
                refused = refused or error
    if locked:
        return False
    raise refused or not_found(name.text)


def _join(guard: Guard, segment: Segment, name: Name, directory: Directory) -> bool:
    """Lock the file, if somebody else does; False while a lock is in the way that is not a holder's."""
    fds, write = segment.fds, bool(segment.rights & _WRITE)
    writable = open_file(guard.opening(), fds, name, write)
    segment.file = name.file
    if not held(fds, directory.own):
        info = os.fstat(fds[0])
        check_kind(info, name, directory)
        unlink_dead(guard, name, info, directory)
        close_last(fds)
        raise not_found(name.text)
    if not try_lock(fds[0], LOCK_SH):
        close_last(fds)
        if guard.depth > 1:  # what was interrupted here has the lock: it is about to take the name away
            raise not_found(name.text)
        return False
    info = os.fstat(fds[0])
    check_kind(info, name, directory)
    segment.directory = directory
    if not info.st_nlink:  # the only other holder has closed since: a signal's handler here, or the owner in Global
        close_last(fds)
        raise not_found(name.text)
    segment.keep(info)
    _check(segment, info, write and not writable)
    return True


def _check(segment: Segment, info: os.stat_result, refused: bool) -> None:
    if refused or (segment.rights & _WRITE and not info.st_mode & 0o200):
        raise denied(segment.name, "its creator made it read-only", errno.EACCES)
    if segment.rights & _EXECUTE and not info.st_mode & 0o100:
        if segment.rights & _ALL != _ALL:
            raise denied(segment.name, "its creator did not make it executable", errno.EACCES)
        segment.rights &= ~_EXECUTE
    if not info.st_size or info.st_size % _PAGE:
        raise SystemRefusedError(
            f"{segment.name!r} has {info.st_size} bytes, not whole pages",
            hint="another program truncated it",
            name=segment.name,
        )


# --- giving a name ---------------------------------------------------------------------------------------------------


def publish(guard: Guard, segment: Segment, name: Name) -> bool:
    """Give the segment's file the name, if nobody holds that; return whether nobody did."""
    directory = segment.directory
    if directory.own:
        return link(segment, guard, name) or (free(guard, name, directory) and link(segment, guard, name))
    patience = Patience(_CONFLICT_SECONDS)
    while True:
        target = _target(guard, name, directory)
        if target is None:
            return False
        segment.file = target
        if link(segment, guard, name._replace(file=target)):
            if not _others_live(guard, name, directory, target):
                return True
            unlink(guard, target, segment.identity)  # somebody else gave the name meanwhile: neither has it
        if not patience.again():
            return False


def _target(guard: Guard, name: Name, directory: Any) -> str | None:
    """Return the file that may have the name; None if a living one has it. What can be removed of the dead is removed."""
    taken = []
    for file in directory.files(guard, name.file):
        one = name._replace(file=file)
        try:
            if not free(guard, one, directory):
                return None
        except AccessDeniedError:
            if directory.may_live(guard, file):
                raise
        if directory.there(guard, file):
            taken.append(file)
    return f"{name.file}+{directory.user}" if name.file in taken else name.file


def _others_live(guard: Guard, name: Name, directory: Any, target: str) -> bool:
    for file in directory.files(guard, name.file):
        if file == target:
            continue
        try:
            if not free(guard, name._replace(file=file), directory):
                return True
        except AccessDeniedError:
            if directory.may_live(guard, file):
                return True
    return False


def link(segment: Segment, guard: Guard, name: Name) -> bool:
    """Give a file that has none a name in the directory open as `guard`; False if the name is taken."""
    try:
        # A plain link of this path would be one across file systems: follow it to the file, with AT_SYMLINK_FOLLOW.
        os.link(
            f"/proc/self/fd/{segment.fds[0]}", name.file, src_dir_fd=0, dst_dir_fd=guard.fds[0], follow_symlinks=True
        )
    except FileExistsError as error:
        if not ours(error):
            raise
        return False
    except OSError as error:
        if not ours(error):
            raise
        if isinstance(error, PermissionError):
            raise denied(name.text, "its directory cannot be written", errno.EACCES) from error
        if isinstance(error, FileNotFoundError) and not os.path.exists("/proc/self/fd"):  # noqa: PTH110
            raise SystemRefusedError(
                f"{name.text!r} cannot be given its name: there is no /proc", hint="mount it", name=name.text, code=2
            ) from error
        raise failed(name.text, error) from error
    return True
