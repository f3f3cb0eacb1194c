"""Which error each of Windows' codes is."""

from __future__ import annotations

from samebytes.errors import (
    AccessDeniedError,
    InvalidNameError,
    MappingError,
    NoSpaceError,
    SegmentExistsError,
    SegmentNotFoundError,
    SystemRefusedError,
)

__all__ = ["failure"]

# winerror.h: the code, the error, and what to do
_MEANING: dict[int, tuple[type[MappingError], str]] = {
    2: (SegmentNotFoundError, "its creator must keep it open"),
    3: (InvalidNameError, "a backslash only ends a leading Local or Global"),
    5: (AccessDeniedError, "ask for fewer rights; creating in Global needs SeCreateGlobalPrivilege"),
    6: (SystemRefusedError, "a mutex, event or semaphore has this name"),
    8: (NoSpaceError, "ask for less"),
    123: (InvalidNameError, "something must follow the prefix"),
    161: (InvalidNameError, "a backslash only ends a leading Local or Global"),
    183: (SegmentExistsError, "open_existing joins it"),
    206: (InvalidNameError, "use a shorter name"),
    1314: (AccessDeniedError, "a privilege is missing"),
    1455: (NoSpaceError, "the commit limit is reached: ask for less, or enlarge the page file"),
}


def failure(name: str | None, code: int, what: str) -> MappingError:
    """Return the error for `code`, GetLastError() after the call named in `what`."""
    kind, hint = _MEANING.get(code, (SystemRefusedError, ""))
    if code == 6 and name is None:  # not a name, then, but a handle
        hint = ""
    return kind(f"{what} failed with error {code} for {name!r}", hint=hint, name=name, code=code)
