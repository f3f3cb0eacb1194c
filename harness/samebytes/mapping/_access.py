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


# What a view needs of the handle it is made from, as MapViewOfFile checks it: copying needs only reading.
_NEEDS = {
    Access.READ: Rights.READ,
    Access.WRITE: Rights.WRITE,
    Access.READ_WRITE: Rights.READ_WRITE,
    Access.COPY_ON_WRITE: Rights.READ,
    Access.READ_EXECUTE: Rights.READ_EXECUTE,
    Access.READ_WRITE_EXECUTE: Rights.READ_WRITE_EXECUTE,
}

_ALLOWED: dict[tuple[int, Access], bool] = {
    (rights, access): (needed & ~rights) == 0 for rights in range(16) for access, needed in _NEEDS.items()
}


def rights_of(access: Access) -> Rights:
    """The rights of the handle that creating a map with `access` gives."""
    return _NEEDS[access]


def effective(rights: Rights) -> Rights:
    """The rights as the kernel understands them: OpenFileMapping turns a bare FILE_MAP_COPY into FILE_MAP_READ."""
    return Rights.READ if rights == Rights.COPY_ON_WRITE else rights


def allows(rights: Rights, access: Access) -> bool:
    """Whether a handle with `rights` can be viewed with `access`."""
    return _ALLOWED[int(rights) & 15, access]


def reads(access: Access) -> bool:
    """Whether a view with `access` can be read."""
    return access is not Access.WRITE


def writes(access: Access) -> bool:
    """Whether a view with `access` can be written, privately or not."""
    return access not in (Access.READ, Access.READ_EXECUTE)


def executes(access: Access) -> bool:
    """Whether the code in a view with `access` can be run."""
    return access in (Access.READ_EXECUTE, Access.READ_WRITE_EXECUTE)
