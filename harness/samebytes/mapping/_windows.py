"""Segments on Windows: the system's own named sections, through kernel32."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes
from threading import RLock

from samebytes.errors import AccessDeniedError, ClosedError, InvalidNameError, MappingError, NoSpaceError

from . import _kernel32 as kernel32
from ._access import Access, Rights, effective
from ._windows_errors import failure

if sys.platform == "win32":
    from ._windows_view import Mapping, size_of_section

assert sys.platform == "win32"  # a type checker for the other system stops here

__all__ = ["Segment", "adopt", "create_new", "create_or_open", "forks", "open_existing", "take_back"]

_PAGE = 4096
_LONGEST = 32766  # UTF-16 units: what a UNICODE_STRING's 16-bit length in bytes can say; beyond, names are cut silently
_LARGEST = (1 << 63) - 1
_SEC_RESERVE = 0x4000000  # winnt.h; without it SEC_COMMIT is meant
_SAME_ACCESS = 2  # DUPLICATE_SAME_ACCESS, handleapi.h

# PAGE_*, winnt.h
_PAGES = {
    Access.READ_WRITE: 0x04,
    Access.READ: 0x02,
    Access.COPY_ON_WRITE: 0x08,
    Access.READ_EXECUTE: 0x20,
    Access.READ_WRITE_EXECUTE: 0x40,
}


forks = [0]
"""There are none here."""


class Segment:
    """One handle of a section. The section, and its name, live as long as any process has a handle."""

    __slots__ = ("__weakref__", "_capacity", "_using", "created", "handle", "name", "rights")

    orphaned = False  # a section's name cannot be taken away
    owner = -1  # nor does it tell whose it is

    def __init__(self, name: str | None) -> None:
        self.name = name
        self.handle = 0
        self.rights = 0
        self.created = False
        self._capacity: int | None = None
        self._using = RLock()
        """Held while the handle is used: closed by another thread meanwhile, its number could mean something else."""

    def keep(self, handle: int, rights: int, created: bool, capacity: int | None) -> None:
        """Own the handle from now on."""
        self.handle, self.rights, self.created, self._capacity = handle, rights, created, capacity

    @property
    def held(self) -> bool:
        """Return whether the handle is open."""
        return bool(self.handle)

    @property
    def capacity(self) -> int:
        """Return the bytes, page-rounded. They are measured, by mapping all of them once, where this process joined."""
        if self._capacity is None:
            with self._using:
                access = Access.READ if self.rights & Rights.READ else Access.WRITE
                self._capacity = size_of_section(self._open_handle(), access)
        return self._capacity

    def _open_handle(self) -> int:
        if not self.handle:
            raise ClosedError(f"the map {self.name!r} is closed", name=self.name)
        return self.handle

    def map(self, offset: int, size: int, access: Access) -> Mapping:
        """Map a piece."""
        with self._using:
            return Mapping(self._open_handle(), offset, size, access)

    def hand_out(self) -> int:
        """Return a handle that programs started now inherit."""
        copy = wintypes.HANDLE()
        here = kernel32.current_process()
        with self._using:
            handle = self._open_handle()
            if not kernel32.duplicate_handle(here, handle, here, ctypes.byref(copy), 0, True, _SAME_ACCESS):
                raise failure(self.name, kernel32.get_last_error(), "DuplicateHandle")
        return copy.value or 0

    def release(self) -> None:
        """Close the handle. Idempotent."""
        with self._using:
            handle, self.handle = self.handle, 0
            if handle:
                kernel32.close_handle(handle)


def create_new(segment: Segment, capacity: int, access: Access, _mode: int, reserve: bool) -> None:
    """Make a new section; a mode means nothing here (the section gets the process's default security)."""
    code = _create(segment, capacity, access, reserve)
    if code == kernel32.ERROR_ALREADY_EXISTS:
        segment.release()
        raise failure(segment.name, code, "CreateFileMapping")


def _create(segment: Segment, capacity: int, access: Access, reserve: bool) -> int:
    """Own a new handle, and return the code that says whether it is to a section that was there already."""
    name = segment.name
    _check(name)
    if capacity > _LARGEST:
        raise NoSpaceError(f"no {capacity} bytes of memory for {name!r}", hint="ask for less", name=name)
    pages = _PAGES[access] | (_SEC_RESERVE if reserve else 0)
    kernel32.set_last_error(0)  # success does not reset it, and 183 means something only if this call has set it
    handle = kernel32.create_file_mapping(
        kernel32.INVALID_HANDLE_VALUE, None, pages, capacity >> 32, capacity & 0xFFFFFFFF, name
    )
    code: int = kernel32.get_last_error()
    if handle:
        created = code != kernel32.ERROR_ALREADY_EXISTS
        segment.keep(handle, access.needs, created, -(-capacity // _PAGE) * _PAGE if created else None)
        return code
    if code == kernel32.ERROR_INVALID_PARAMETER:  # everything else was checked: it is the size
        raise NoSpaceError(f"no {capacity} bytes of memory for {name!r}", hint="ask for less", name=name, code=code)
    raise failure(name, code, "CreateFileMapping")


def create_or_open(segment: Segment, capacity: int, access: Access, _mode: int, reserve: bool) -> None:
    """Get the section of that name, new or not."""
    if access is Access.WRITE:
        _open_to_write(segment)
        return
    _create(segment, capacity, access, reserve)
    if segment.created:
        return
    try:
        # The handle is given whatever the creator allows; only a view shows it, as a failure with 5 or 87.
        segment._capacity = size_of_section(segment.handle, access)
    except MappingError as error:
        segment.release()
        raise AccessDeniedError(
            f"{segment.name!r} is alive and does not allow {access.name}",
            hint="its creator made it read-only",
            name=segment.name,
            code=error.code,
        ) from error


def _open_to_write(segment: Segment) -> None:
    try:
        open_existing(segment, Rights.WRITE)
    except FileNotFoundError:
        raise ValueError("nothing can be created for writing only; the name is free") from None


def open_existing(segment: Segment, rights: int) -> None:
    """Get a handle to a section that is alive."""
    _check(segment.name)
    handle = kernel32.open_file_mapping(int(rights), False, segment.name)
    if not handle:
        raise failure(segment.name, kernel32.get_last_error(), "OpenFileMapping")
    segment.keep(handle, effective(rights), False, None)


def take_back(handle: int) -> None:
    """Close a handle from `hand_out`; whoever inherited it goes on holding the section."""
    kernel32.close_handle(handle)


def adopt(segment: Segment, handle: int, rights: int) -> None:
    """Become the holder of an inherited handle."""
    segment.keep(handle, rights, False, None)


def _check(name: str | None) -> None:
    """Refuse what Windows would take for something else; the rest it refuses itself."""
    if name is None:
        return
    if name.startswith("/"):
        raise InvalidNameError(f"{name!r} is a raw POSIX name", hint="leave the slash out on Windows", name=name)
    if len(name.encode("utf-16-le", "surrogatepass")) // 2 > _LONGEST:
        raise InvalidNameError(f"the name is longer than {_LONGEST} UTF-16 units", hint="use a shorter one", name=name)
