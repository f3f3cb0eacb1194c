r"""The directory of `Global\` names, which all users share, on Linux.

It must be root's or this user's own, and sticky: then nobody can remove or replace what is another user's. No lock on it means
anything, because any user could take it and keep it: who acts in it is alone with the other processes of the same user only.
"""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Callable
from typing import Any, TypeVar

from samebytes.errors import AccessDeniedError, SystemRefusedError

from ._raised import ours

if sys.platform != "win32":
    from ._linux_guard import Directory, Guard, place
    from ._linux_who import lock_table

assert sys.platform != "win32"  # a type checker for the other system stops here

__all__ = ["SharedDirectory"]

_T = TypeVar("_T")


class SharedDirectory(Directory):
    """A directory in which everybody has files, each user his own. `user` is who acts here: the effective user."""

    own = False
    _sound = (
        "it must belong to root, or to the effective user, and be sticky (mode 1777);"
        " root makes it with: samebytes segments --install"
    )

    def make(self) -> None:
        """Make the directory if it is not there."""
        try:
            os.mkdir(self.path, 0o700)  # noqa: PTH102 - its errors must be this module's own
            os.chmod(self.path, 0o1777)  # noqa: PTH101
        except FileExistsError:
            return
        except OSError as error:
            if not ours(error):
                raise
            raise self.refused(error) from error

    def alone(self, seconds: float | None, look: bool, act: Callable[..., _T], *what: Any) -> _T:
        """Return `act(guard, *what)`, called while no other process of this user is; `guard` is of this directory.

        Where this user has no directory of its own to be alone with (somebody else took its name), it goes without: the looks
        that tell the living from the dead here do not depend on it.
        """
        own, entered = place("local"), [False]
        how = entered, look, act, what
        try:
            return own.alone(seconds, True, self._within, *how)  # type: ignore[no-any-return]
        except (FileNotFoundError, AccessDeniedError, SystemRefusedError) as error:
            if entered[0] or not ours(error):
                raise
        try:
            own.make()
            return own.alone(seconds, True, self._within, *how)  # type: ignore[no-any-return]
        except (FileNotFoundError, AccessDeniedError, SystemRefusedError) as error:
            if entered[0] or not ours(error):
                raise
        return self._within(None, *how)

    def _within(
        self, own: Guard | None, entered: list[bool], look: bool, act: Callable[..., _T], what: tuple[Any, ...]
    ) -> _T:
        entered[0] = True
        guard = self._mine.guard
        if not guard.fds or (look and self._changed(guard)):
            self._look(guard)
        level = guard.depth
        guard.depth = own.depth if own else level + 1
        try:
            return act(guard, *what)
        finally:
            guard.depth = level

    def _check(self, found: os.stat_result, fd: int) -> bool:
        """Refuse a directory whose owner could replace what is in it, or in which everybody could."""
        if found.st_uid not in (0, self.user):
            raise self.unsound(found)
        mode = stat.S_IMODE(found.st_mode)
        if mode == 0o1777:
            return True
        if found.st_uid == self.user:
            os.fchmod(fd, 0o1777)  # its maker was killed between mkdir and chmod
            return False
        if mode & 0o022 and not mode & stat.S_ISVTX:
            raise self.unsound(found)
        return True

    # --- the files that have a name ----------------------------------------------------------------------------------

    def files(self, guard: Guard, file: str) -> list[str]:
        """Return the files that may have the name of `file`: itself, and those beside it."""
        beside = f"{file}+"
        names = os.listdir(guard.fds[0])  # noqa: PTH208 - of a descriptor
        return [
            file,
            *sorted(one for one in names if one.startswith(beside) and one[len(beside) :].isdigit()),
        ]

    def may_live(self, guard: Guard, file: str) -> bool:
        """Return whether a file that this user may not open can be alive: unless the system's list of locks says that it is not."""
        try:
            found = guard.look(file)
        except FileNotFoundError:
            return False
        table = lock_table() if stat.S_ISREG(found.st_mode) else None
        return table is None or (found.st_dev, found.st_ino) in table
