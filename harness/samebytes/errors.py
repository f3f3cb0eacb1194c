"""The whole error tree. Every error names what was asked, what was found, and what to do (`hint`).

    step                          error
    ----------------------------  -----------------------------------------------------------------------
    naming a segment              InvalidNameError
    creating one                  SegmentExistsError, InvalidSizeError, NoSpaceError, AccessDeniedError
    opening one                   SegmentNotFoundError, AccessDeniedError
    making and using a view       ViewRangeError, PositionError, OverrunError, ViewModeError, ClosedError
    waiting                       MappingTimeoutError
    any of these                  SystemRefusedError (what the system says has no error of its own here)
    describing a record           LayoutError
    reading a peer's manifest     ManifestError
    building, starting a peer     BuildError, StartError, MissingToolError
    talking to a peer             ProtocolError, PeerTimeoutError, PeerCrashedError, PeerRefusedError
    reading a report              ReportError: ReportNotFoundError, ReportUnreadableError, ReportEmptyError, ReportBinaryError,
                                  ReportCutOffError, ReportJsonError, ReportHeaderError, ReportFormatError, ReportTypeError,
                                  ReportSchemaError, ReportContradictionError, ReportDuplicateError, ReportFooterError,
                                  ReportCountError, ReportVersionError
    merging reports               ReportConflictError
    asking for what is not there  UsageError, MissingError (exit codes 2 and 3 of the command line)

Each error is also the builtin that a Python programmer would catch (`FileNotFoundError`, `ValueError`,
`TimeoutError`, …), keeps its facts in fields, and pickles across processes.
"""

from __future__ import annotations

import os
from typing import Any

__all__ = [
    "AccessDeniedError",
    "BuildError",
    "ClosedError",
    "InvalidNameError",
    "InvalidSizeError",
    "LayoutError",
    "ManifestError",
    "MappingError",
    "MappingTimeoutError",
    "MissingError",
    "MissingToolError",
    "NoSpaceError",
    "OverrunError",
    "PeerCrashedError",
    "PeerError",
    "PeerRefusedError",
    "PeerTimeoutError",
    "PositionError",
    "ProtocolError",
    "ReportBinaryError",
    "ReportConflictError",
    "ReportContradictionError",
    "ReportCountError",
    "ReportCutOffError",
    "ReportDuplicateError",
    "ReportEmptyError",
    "ReportError",
    "ReportFooterError",
    "ReportFormatError",
    "ReportHeaderError",
    "ReportJsonError",
    "ReportNotFoundError",
    "ReportSchemaError",
    "ReportTypeError",
    "ReportUnreadableError",
    "ReportVersionError",
    "SamebytesError",
    "SegmentExistsError",
    "SegmentNotFoundError",
    "StartError",
    "SystemRefusedError",
    "TypeRefusedError",
    "UsageError",
    "ViewModeError",
    "ViewRangeError",
]


class SamebytesError(Exception):
    """Every failure this package reports. `hint` says what to do about it; it may be empty."""

    hint: str = ""
    message: str = ""

    def __init__(self, message: str, *, hint: str = "", **fields: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.__dict__.update(fields)

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (type(self), dict(self.__dict__))


def _rebuild(kind: type[SamebytesError], fields: dict[str, Any]) -> SamebytesError:
    return kind(**fields)


# --- naming, creating, opening, viewing -------------------------------------------------------------------------


class MappingError(SamebytesError):
    """A failure of named shared memory.

    `name` is the segment as it was asked for; `code` the system's own code (errno, or GetLastError on Windows),
    0 where no system call was made; `kind` the word the peer protocol uses for it.
    """

    kind: str = "failed"
    name: str | None = None
    code: int = 0


class InvalidNameError(MappingError, ValueError):
    """The name cannot be a segment's name on this system."""

    kind = "invalid_name"


class InvalidSizeError(MappingError, ValueError):
    """The size asked for is not one a segment can have."""

    kind = "invalid_size"


class _SystemError(MappingError, OSError):
    """A mapping failure that is an OSError too, with the errno and strerror its users look for."""

    _errno = 0

    def __init__(self, message: str, *, hint: str = "", **fields: Any) -> None:
        super().__init__(message, hint=hint, **fields)
        self.errno = self._errno or self.code or None
        self.strerror = os.strerror(self.errno) if self.errno else message


class SegmentExistsError(_SystemError, FileExistsError):
    """`create_new` of a name that is alive."""

    kind = "exists"
    _errno = 17


class SegmentNotFoundError(_SystemError, FileNotFoundError):
    """`open_existing` of a name that nobody holds."""

    kind = "not_found"
    _errno = 2


class AccessDeniedError(_SystemError, PermissionError):
    """The segment, or the view asked of it, does not give the rights asked for."""

    kind = "access"
    _errno = 13


class NoSpaceError(_SystemError):
    """There is not enough shared memory for the size asked for; nothing was left behind."""

    kind = "no_space"
    _errno = 28


class ViewRangeError(_SystemError, PermissionError):
    """A view that would reach beyond its map. .NET raises UnauthorizedAccessException for it, hence PermissionError."""

    kind = "range"
    _errno = 13


class MappingTimeoutError(_SystemError, TimeoutError):
    """Something that should take microseconds did not happen before its deadline."""

    kind = "timeout"
    _errno = 110


class SystemRefusedError(_SystemError):
    """The system refused for a reason that has no error of its own here; `code` is the system's own."""


class PositionError(MappingError, IndexError):
    """A position below 0 or at or beyond the end of a view (.NET: ArgumentOutOfRangeException)."""

    kind = "range"


class OverrunError(MappingError, ValueError):
    """A value that starts inside a view and would end outside it (.NET: ArgumentException)."""

    kind = "range"


class ViewModeError(MappingError, TypeError):
    """Reading a write-only view, or writing a read-only one (.NET: NotSupportedException)."""

    kind = "access"


class ClosedError(MappingError, ValueError):
    """A map or a view used after its close()."""

    kind = "closed"


# --- describing ---------------------------------------------------------------------------------------------------


class LayoutError(SamebytesError, ValueError):
    """A record that cannot be laid out, or a value that does not fit its field. `path` names the field."""

    path: str = ""


class TypeRefusedError(LayoutError):
    """A declaration that compiles and that its runtime refuses, or reads otherwise than it says. `path` names the field."""


# --- peers --------------------------------------------------------------------------------------------------------


class PeerError(SamebytesError):
    """A failure of a peer, named in `peer`; `evidence` is what it printed."""

    peer: str = ""
    evidence: str = ""


class ManifestError(PeerError, ValueError):
    """A `peer.toml` that cannot be read or lacks what it must have."""


class MissingToolError(PeerError, LookupError):
    """A compiler or runtime that is not on this machine. `add` is the command that adds it."""

    add: str = ""


class BuildError(PeerError):
    """A peer's build command failed. `command` is what was run."""

    command: tuple[str, ...] = ()


class StartError(PeerError):
    """A peer could not be started, or did not introduce itself."""


class ProtocolError(PeerError, ValueError):
    """A peer's answer cannot be read: not JSON, a wrong sequence number, a missing part."""


class PeerTimeoutError(PeerError, TimeoutError):
    """A peer did not answer within `seconds`."""

    seconds: float = 0.0


class PeerCrashedError(PeerError):
    """A peer's process ended while an answer was due. `status` is its exit status, negative for a signal."""

    status: int = 0


class PeerRefusedError(PeerError):
    """A peer answered with an error. `kind`, `code` and `native` are its words for it."""

    kind: str = "failed"
    code: int = 0
    native: str = ""


# --- asking for what is not there ---------------------------------------------------------------------------------


class UsageError(SamebytesError, ValueError):
    """What was asked for does not exist or does not make sense: exit code 2."""


class MissingError(SamebytesError, LookupError):
    """What was asked for exists, but this machine lacks what it takes: exit code 3. `add` is the command that adds it."""

    add: str = ""


# --- reports --------------------------------------------------------------------------------------------------------


class ReportError(UsageError):
    """A report that cannot be used. `file` is its path, `line` the line at fault, from 1; 0 where none is."""

    file: str = ""
    line: int = 0


class ReportNotFoundError(ReportError, FileNotFoundError):
    """There is no such file."""


class ReportUnreadableError(ReportError, OSError):
    """The file is there, and the system does not let it be read: a folder, no rights."""


class ReportEmptyError(ReportError):
    """A file of zero bytes: nothing was ever written to it."""


class ReportBinaryError(ReportError, UnicodeError):
    """A line that is not UTF-8 text."""


class ReportCutOffError(ReportError, EOFError):
    """The last line has no end: writing stopped in the middle of it."""


class ReportJsonError(ReportError):
    """A line that is not one JSON object."""


class ReportHeaderError(ReportError):
    """The first line is no header, or a later one is."""


class ReportFormatError(ReportError):
    """The report has a format this version does not read. `format` is the one it names."""

    format: object = None


class ReportTypeError(ReportError):
    """A line of a type that format does not have. `type` is the one it names."""

    type: object = None


class ReportSchemaError(ReportError):
    """A line that is not as the schema says. `place` is where in the line, such as `runs[0].size`."""

    place: str = ""


class ReportContradictionError(ReportError):
    """A cell whose evidence is against what it says of itself. `identity` is the cell's, `place` where in the line."""

    identity: str = ""
    place: str = ""


class ReportVersionError(ReportError):
    """Reports of several versions of samebytes: what one calls agreed, another may not. `versions` are those, sorted."""

    versions: tuple[str, ...] = ()


class ReportDuplicateError(ReportError):
    """A cell that stands twice in one report. `identity` is the cell's."""

    identity: str = ""


class ReportFooterError(ReportError, EOFError):
    """The report has no footer, or goes on after it: the run was cut off, or two files were joined."""


class ReportCountError(ReportError):
    """The footer's sums are not those of the cells: lines are missing, or were added."""


class ReportConflictError(ReportError):
    """Two reports say different things about one cell. `identity` is the cell's, `other` the second file."""

    identity: str = ""
    other: str = ""
