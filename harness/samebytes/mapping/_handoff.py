"""Handing a map to a child process: by its name, or by a descriptor or handle that the child inherits."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from samebytes.errors import ClosedError

from . import _backend as backend
from ._access import Rights

if TYPE_CHECKING:
    from ._map import MemoryMappedFile

__all__ = ["Inheritance", "SegmentDescription"]


class SegmentDescription(NamedTuple):
    """All that another process needs to get a map: it pickles, and `str()` of it travels in an argument or a variable.

    `capacity` is in bytes. `rights` are those of the map that was described. `token` is the inherited descriptor or
    handle, None for a description by name.
    """

    name: str | None
    capacity: int
    rights: int
    token: int | None = None

    def open(self) -> MemoryMappedFile:
        """Return the map, in this process: by name, with the errors of `MemoryMappedFile.open_existing`; by token, once only."""
        from ._map import MemoryMappedFile

        if self.token is None:
            return MemoryMappedFile.open_existing(self.name or "", Rights(self.rights))
        return MemoryMappedFile._made(self.name, backend.adopt, self.token, self.rights)

    def __str__(self) -> str:
        return json.dumps(self._asdict())

    @classmethod
    def parse(cls, text: str) -> SegmentDescription:
        """Return the description whose `str()` is `text`."""
        return cls(**json.loads(text))


class Inheritance:
    """A hold on a map that children started inside this `with` inherit, and keep after it.

        with map.inheritable() as it:
            subprocess.Popen([sys.executable, "child.py", str(it.description)], **it.popen)

    and in the child `SegmentDescription.parse(sys.argv[1]).open()`. Not inherited by anyone, it ends with the `with`.
    """

    def __init__(self, name: str | None, capacity: int, rights: int, token: int) -> None:
        self._token: int | None = token
        self.description = SegmentDescription(name, capacity, rights, token)
        """For the child, and only for it."""

    @property
    def popen(self) -> dict[str, Any]:
        """Return the arguments of `subprocess.Popen` that let the child inherit, and inherit nothing else."""
        if self._token is None:
            raise ClosedError("the with block is over", hint="start the child inside it")
        if sys.platform == "win32":
            import subprocess

            return {"startupinfo": subprocess.STARTUPINFO(lpAttributeList={"handle_list": [self._token]})}
        return {"pass_fds": (self._token,)}

    def close(self) -> None:
        """End this process's part of the hold. Idempotent."""
        token, self._token = self._token, None
        if token is not None:
            backend.take_back(token)

    def __enter__(self) -> Inheritance:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()
