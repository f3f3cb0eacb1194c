"""Segments on Windows: the system's own named sections, through kernel32."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

from samebytes.errors import AccessDeniedError, InvalidNameError, MappingError, NoSpaceError

from . import _kernel32 as kernel32
from ._access import Access, Rights, effective
from ._windows_errors import failure

if sys.platform == "win32":
    from ._windows_view import Mapping, size_of_section

assert sys.platform == "win32"  # a type checker for the other system stops here

__all__ = ["Segment", "adopt", "create_new", "create_or_open", "open_existing", "take_back"]

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


class Segment:
    """One handle of a section. The section, and its name, live as long as any process has a handle."""

    __slots__ = ("__weakref__", "_capacity", "created", "handle", "name", "rights")

    orphaned = False  # a section's name cannot be taken away

    def __init__(self, name: str | None, handle: int, rights: int, created: bool, capacity: int | None) -> None:
        self.name = name
        self.handle = handle
        self.rights = rights
        self.created = created
        self._capacity = capacity

    def __del__(self) -> None:
        self.release()

    @property
    def held(self) -> bool:
        """Whether the handle is open."""
        return bool(self.handle)

    @property
    def capacity(self) -> int:
        """Bytes, page-rounded. It is measured, by mapping all of it once, where this process joined."""
        if self._capacity is None:
            self._capacity = size_of_section(self.handle, Access.READ if self.rights & Rights.READ else Access.WRITE)
        return self._capacity

    def map(self, offset: int, size: int, access: Access) -> Mapping:
        """Map a piece."""
        return Mapping(self.handle, offset, size, access)

    def hand_out(self) -> int:
        """A handle that programs started now inherit."""
        copy = wintypes.HANDLE()
        here = kernel32.current_process()
        if not kernel32.duplicate_handle(here, self.handle, here, ctypes.byref(copy), 0, True, _SAME_ACCESS):
            raise failure(self.name, kernel32.get_last_error(), "DuplicateHandle")
        return copy.value or 0

    def release(self) -> None:
        """Close the handle. Idempotent."""
        handle, self.handle = self.handle, 0
        if handle:
            kernel32.close_handle(handle)


def create_new(name: str | None, capacity: int, access: Access, _mode: int, reserve: bool) -> Segment:
    """A new section; a mode means nothing here (the section gets the process's default security)."""
    handle, code = _create(name, capacity, access, reserve)
    if code == kernel32.ERROR_ALREADY_EXISTS:
        kernel32.close_handle(handle)
        raise failure(name, code, "CreateFileMapping")
    return Segment(name, handle, access.needs, True, -(-capacity // _PAGE) * _PAGE)


def _create(name: str | None, capacity: int, access: Access, reserve: bool) -> tuple[int, int]:
    """A handle, and the code that says whether it is to a section that was there already."""
    _check(name)
    if capacity > _LARGEST:
        raise NoSpaceError(f"no {capacity} bytes of memory for {name!r}", hint="ask for less", name=name)
    pages = _PAGES[access] | (_SEC_RESERVE if reserve else 0)
    kernel32.set_last_error(0)  # success does not reset it, and 183 means something only if this call has set it
    handle = kernel32.create_file_mapping(
        kernel32.INVALID_HANDLE_VALUE, None, pages, capacity >> 32, capacity & 0xFFFFFFFF, name
    )
    code = kernel32.get_last_error()
    if handle:
        return handle, code
    if code == kernel32.ERROR_INVALID_PARAMETER:  # everything else was checked: it is the size
        raise NoSpaceError(f"no {capacity} bytes of memory for {name!r}", hint="ask for less", name=name, code=code)
    raise failure(name, code, "CreateFileMapping")


def create_or_open(name: str, capacity: int, access: Access, _mode: int, reserve: bool) -> Segment:
    """The section of that name, new or not."""
    if access is Access.WRITE:
        return _open_to_write(name)
    handle, code = _create(name, capacity, access, reserve)
    if code != kernel32.ERROR_ALREADY_EXISTS:
        return Segment(name, handle, access.needs, True, -(-capacity // _PAGE) * _PAGE)
    segment = Segment(name, handle, access.needs, False, None)
    try:
        # The handle is given whatever the creator allows; only a view shows it, as a failure with 5 or 87.
        segment._capacity = size_of_section(handle, access)
    except MappingError as error:
        segment.release()
        raise AccessDeniedError(
            f"{name!r} is alive and does not allow {access.name}",
            hint="its creator made it read-only",
            name=name,
            code=error.code,
        ) from error
    return segment


def _open_to_write(name: str) -> Segment:
    try:
        return open_existing(name, Rights.WRITE)
    except FileNotFoundError:
        raise ValueError("nothing can be created for writing only; the name is free") from None


def open_existing(name: str, rights: int) -> Segment:
    """A handle to a section that is alive."""
    _check(name)
    handle = kernel32.open_file_mapping(int(rights), False, name)
    if not handle:
        raise failure(name, kernel32.get_last_error(), "OpenFileMapping")
    return Segment(name, handle, effective(rights), False, None)


def take_back(handle: int) -> None:
    """Close a handle from `hand_out`; whoever inherited it goes on holding the section."""
    kernel32.close_handle(handle)


def adopt(name: str | None, handle: int, rights: int) -> Segment:
    """Become the holder of an inherited handle."""
    return Segment(name, handle, rights, False, None)


def _check(name: str | None) -> None:
    """Refuse what Windows would take for something else; the rest it refuses itself."""
    if name is None:
        return
    if name.startswith("/"):
        raise InvalidNameError(f"{name!r} is a raw POSIX name", hint="leave the slash out on Windows", name=name)
    if len(name.encode("utf-16-le", "surrogatepass")) // 2 > _LONGEST:
        raise InvalidNameError(f"the name is longer than {_LONGEST} UTF-16 units", hint="use a shorter one", name=name)
