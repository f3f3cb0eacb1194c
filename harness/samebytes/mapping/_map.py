"""MemoryMappedFile: the public face of a segment."""

from __future__ import annotations

from collections.abc import Callable
from operator import index
from typing import TYPE_CHECKING, Any

from samebytes.errors import AccessDeniedError, ClosedError, InvalidSizeError, PositionError, ViewRangeError

from . import _backend as backend
from ._access import Access, Rights
from ._handoff import Inheritance, SegmentDescription
from ._names import check_name
from ._unclosed import unwatch, watch
from ._view import ViewAccessor, ViewStream

if TYPE_CHECKING:
    from typing import Self

__all__ = ["MemoryMappedFile"]


class MemoryMappedFile:
    r"""Named shared memory with the lifetime of a Windows section, on Linux too.

    The name and the bytes live as long as any process holds a map of that name: views alone do not keep the name,
    killed processes do not either, and whoever joins or leaves in between changes nothing for the others. New bytes
    are zero.

    Names: `X` and `Local\X` are the same, and private to this user; `Global\X` is the machine's; `/x` is a raw POSIX
    object, as shm_open makes it, without any of the above (Linux only). Made by `create_new`, `create_or_open` and
    `open_existing`; closed by `close()`, by `with`, or when it is collected. A forked child does not hold its parent's
    maps: there they are closed.
    """

    __slots__ = ("__weakref__", "_segment", "requested_capacity")

    _segment: backend.Segment
    requested_capacity: int | None
    """The bytes its creator asked for; None where this process joined (`capacity` is what there is)."""

    def __init__(self, *_: object, **__: object) -> None:
        raise TypeError(
            "MemoryMappedFile is made by create_new(name, capacity), create_or_open(name, capacity) or open_existing(name)"
        )

    @classmethod
    def create_new(
        cls,
        name: str | None,
        capacity: int,
        access: Access = Access.READ_WRITE,
        *,
        mode: int = 0o600,
        reserve: bool = False,
    ) -> Self:
        """Create `capacity` bytes under a name that nobody holds; None makes an anonymous map.

        `mode` is the file's mode on Linux, for maps in `Global`. `reserve` takes the address space but no memory
        before it is touched (.NET's DelayAllocatePages); on a full system the touch then kills the process.

        Raises SegmentExistsError if the name is alive, InvalidNameError, InvalidSizeError, NoSpaceError,
        AccessDeniedError.
        """
        if name is not None:
            check_name(name)
        if _access(access) is Access.WRITE:
            raise ValueError("nothing can be created for writing only")
        return cls._made(name, backend.create_new, _capacity(capacity), access, _mode(mode), reserve)

    @classmethod
    def create_or_open(
        cls,
        name: str,
        capacity: int,
        access: Access = Access.READ_WRITE,
        *,
        mode: int = 0o600,
        reserve: bool = False,
    ) -> Self:
        """Join the map of that name if it is alive, whatever its capacity; create it if not. `created` tells which.

        Raises what `create_new` and `open_existing` raise, but for the name being alive or not; ValueError for creating
        with WRITE.
        """
        wanted = _capacity(capacity), _access(access), _mode(mode), reserve
        return cls._made(check_name(name), backend.create_or_open, *wanted)

    @classmethod
    def open_existing(cls, name: str, rights: Rights | Access = Rights.READ_WRITE) -> Self:
        """Join the map of that name. `rights` say which views it will give; an Access means the rights that it needs.

        Raises SegmentNotFoundError if nobody holds the name, AccessDeniedError if its creator does not allow the
        rights, MappingTimeoutError if a stopped process is in the way.
        """
        return cls._made(check_name(name), backend.open_existing, _rights(rights))

    @classmethod
    def _made(cls, name: str | None, make: Callable[..., None], *how: Any) -> Self:
        """Return a map of the segment that `make(segment, *how)` fills; whatever is raised meanwhile, it is released."""
        segment, forks, kept = backend.Segment(name), backend.forks[0], False
        try:
            try:
                make(segment, *how)
                made = cls.__new__(cls)
                made._segment = segment
                made.requested_capacity = how[0] if segment.created else None
                watch(made, segment, "the map")
                kept = True
                return made
            finally:
                if not kept:
                    segment.release()
        except (OSError, IndexError) as error:
            if backend.forks[0] == forks:
                raise
            raise ClosedError(f"this process was forked while {name!r} was opened", hint="open it again") from error
        finally:
            if not kept:  # once more, if that was interrupted
                segment.release()

    @property
    def name(self) -> str | None:
        """Return the name as it was asked for; None for an anonymous map."""
        return self._segment.name

    @property
    def capacity(self) -> int:
        """Return the bytes in the map: what its creator asked for, rounded up to pages (4096 bytes)."""
        return self._segment.capacity

    @property
    def created(self) -> bool:
        """Return whether this map created the segment, rather than joined it."""
        return self._segment.created

    @property
    def closed(self) -> bool:
        """Return whether this process does not hold the segment through this map any more."""
        return not self._segment.held

    @property
    def orphaned(self) -> bool:
        """Return whether somebody took the name away under this map (on Linux: `rm`, systemd's RemoveIPC). The bytes stay."""
        return self._segment.orphaned

    @property
    def owner(self) -> int:
        """Return the id of the user whose segment it is; -1 where the system has no such ids, and when closed."""
        return self._segment.owner

    def create_view_accessor(self, offset: int = 0, size: int = 0, access: Access = Access.READ_WRITE) -> ViewAccessor:
        """Map `size` bytes from `offset` (any offset; size 0: to the end of the map) as memory.

        Raises ViewRangeError beyond the end of the map, AccessDeniedError for an access that the map does not give,
        ClosedError.
        """
        return self._view(index(offset), index(size), access)

    def create_view_stream(self, offset: int = 0, size: int = 0, access: Access = Access.READ_WRITE) -> ViewStream:
        """Map `size` bytes from `offset` as a stream; otherwise as `create_view_accessor`."""
        return ViewStream(self._view(index(offset), index(size), access))

    def _view(self, offset: int, size: int, access: Access) -> ViewAccessor:
        segment = self._segment
        if not segment.held:
            self._check_open()
        if _access(access).needs & ~segment.rights:
            raise AccessDeniedError(
                f"{self.name!r} was opened with {Rights(segment.rights)!r}: no {access.name} view",
                hint="ask for less",
                name=self.name,
            )
        capacity = segment.capacity
        size = size or max(0, capacity - offset)
        if not (offset >= 0 <= size <= capacity - offset):
            self._check_range(offset, size)
        return ViewAccessor(segment.map(offset, size, access) if size else None, offset, size, access)

    def _check_range(self, offset: int, size: int) -> None:
        if offset < 0:
            raise PositionError(f"an offset is not negative: {offset}", name=self.name)
        if size < 0:
            raise InvalidSizeError(f"a size is not negative: {size}", name=self.name)
        if offset + size > self._segment.capacity:
            raise ViewRangeError(
                f"{size} bytes from offset {offset} are not all in the map ({self._segment.capacity} bytes)",
                hint="view less",
                name=self.name,
            )

    def _check_open(self) -> None:
        if self.closed:
            raise ClosedError(
                f"the map {self.name!r} is closed", hint="a forked child opens it again by its name", name=self.name
            )

    def describe(self) -> SegmentDescription:
        """Return what another process of this user needs to open the map by its name, for as long as somebody holds it."""
        self._check_open()
        return SegmentDescription(self.name, self.capacity, self._segment.rights)

    def inheritable(self) -> Inheritance:
        """Return a hold that children inherit, whatever happens to this map: start them inside `with map.inheritable() as it:`."""
        self._check_open()
        return Inheritance(self.name, self.capacity, self._segment.rights, self._segment.hand_out())

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the map as something opened again by its name; its sender must hold it until then."""
        return _reopen, (self.describe(),)

    def close(self) -> None:
        """Stop holding the segment; views stay valid. The name is free as soon as nobody holds it. Idempotent."""
        self._segment.release()
        unwatch(self._segment)

    def __enter__(self) -> Self:
        if not self._segment.held:
            self._check_open()
        return self

    def __exit__(self, *_: object) -> None:
        self._segment.release()
        unwatch(self._segment)

    def __repr__(self) -> str:
        state = "closed " if self.closed else ""
        return f"<{state}{type(self).__name__} {self.name!r}>"


def _reopen(description: SegmentDescription) -> MemoryMappedFile:
    return description.open()


_RIGHTS = {
    Access.READ: Rights.READ,
    Access.WRITE: Rights.WRITE,
    Access.READ_WRITE: Rights.READ_WRITE,
    Access.COPY_ON_WRITE: Rights.COPY_ON_WRITE,
    Access.READ_EXECUTE: Rights.READ_EXECUTE,
    Access.READ_WRITE_EXECUTE: Rights.READ_WRITE_EXECUTE,
}
_KNOWN = int(Rights.FULL_CONTROL | Rights.ACCESS_SYSTEM_SECURITY)


# --- checking what was asked for -------------------------------------------------------------------------------------


def _rights(rights: object) -> int:
    """Return the rights as a number: an Access means those that it needs."""
    if isinstance(rights, Access):
        return int(_RIGHTS[rights])
    if not isinstance(rights, int) or isinstance(rights, bool):
        raise TypeError(f"rights are a Rights or an Access, not {type(rights).__name__}")
    if not rights:
        raise ValueError("no rights asked for")
    if rights & ~_KNOWN or rights < 0:
        raise ValueError(f"unknown rights: 0x{int(rights) & ~_KNOWN:x}")
    return int(rights)


def _access(access: Access) -> Access:
    """Return `access`, if it is one."""
    if access.__class__ is not Access:
        raise TypeError(f"an access is an Access, not {type(access).__name__}")
    return access


def _mode(mode: int) -> int:
    """Return `mode`, if a file can have it and its owner can use it."""
    wanted = index(mode)
    if wanted & ~0o777 or wanted & 0o400 == 0:
        raise ValueError(f"a mode is between 0o400 and 0o777 and lets its owner read, not {wanted:#o}")
    return wanted


def _capacity(capacity: int) -> int:
    """Return `capacity`, if a map can have it."""
    wanted = index(capacity)
    if wanted <= 0:
        raise InvalidSizeError(f"a map's capacity is at least one byte, not {wanted}", hint="ask for more")
    return wanted
