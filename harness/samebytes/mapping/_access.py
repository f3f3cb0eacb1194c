"""Who may do what: the access of maps and views, the rights of handles, and which allows which."""

from __future__ import annotations

from enum import Enum, IntFlag

__all__ = ["Access", "Rights"]


class Access(Enum):
    """What a map is created for, or a view is asked for. The numbers are .NET's `MemoryMappedFileAccess`."""

    READ_WRITE = 0
    READ = 1
    WRITE = 2
    """Write only: for views, and for `create_or_open` of a name that is alive; never for creating."""
    COPY_ON_WRITE = 3
    """Reads see the shared bytes; what is written stays private to the view."""
    READ_EXECUTE = 4
    READ_WRITE_EXECUTE = 5

    number: int
    """The same as `value`, quicker to read."""
    needs: int
    """The rights that a handle must have to give such a view, and that creating with this access gives."""
    reads: bool
    """Whether such a view can be read."""
    writes: bool
    """Whether such a view can be written, privately or not."""
    changes: bool
    """Whether what is written can be seen by others."""
    executes: bool
    """Whether the code in such a view can be run."""


class Rights(IntFlag):
    """What a handle from `open_existing` is opened for. The numbers are .NET's `MemoryMappedFileRights`."""

    COPY_ON_WRITE = 0x1
    WRITE = 0x2
    READ = 0x4
    READ_WRITE = READ | WRITE
    EXECUTE = 0x8
    READ_EXECUTE = READ | EXECUTE
    READ_WRITE_EXECUTE = READ | WRITE | EXECUTE
    DELETE = 0x10000
    READ_PERMISSIONS = 0x20000
    CHANGE_PERMISSIONS = 0x40000
    TAKE_OWNERSHIP = 0x80000
    FULL_CONTROL = 0xF000F
    ACCESS_SYSTEM_SECURITY = 0x1000000


_COPY, _READ = int(Rights.COPY_ON_WRITE), int(Rights.READ)

# What a view needs of the handle it is made from, as MapViewOfFile checks it: copying needs only reading. Plain numbers,
# because operations on flags are slow.
_NEEDS = {
    Access.READ: 0b0100,
    Access.WRITE: 0b0010,
    Access.READ_WRITE: 0b0110,
    Access.COPY_ON_WRITE: 0b0100,
    Access.READ_EXECUTE: 0b1100,
    Access.READ_WRITE_EXECUTE: 0b1110,
}

for _access, _needs in _NEEDS.items():
    _access.number = _access.value
    _access.needs = _needs
    _access.reads = _access is not Access.WRITE
    _access.changes = bool(_needs & Rights.WRITE)
    _access.writes = _access.changes or _access is Access.COPY_ON_WRITE
    _access.executes = bool(_needs & Rights.EXECUTE)


def effective(rights: int) -> int:
    """Return the rights as the kernel understands them: OpenFileMapping turns a bare FILE_MAP_COPY into FILE_MAP_READ."""
    return _READ if rights == _COPY else int(rights)
