"""Maps and views as a program sees them: the classes of .NET, and the P/Invoke class of the assembly."""

from __future__ import annotations

import sys
from functools import cached_property
from typing import Any

import SameBytes
from errors import Refusal
from System import Array, Byte
from System.IO import IOException
from System.IO.MemoryMappedFiles import MemoryMappedFile, MemoryMappedFileAccess, MemoryMappedFileRights

WINDOWS = sys.platform == "win32"

ACCESS = {
    "read": MemoryMappedFileAccess.Read,
    "write": MemoryMappedFileAccess.Write,
    "read_write": MemoryMappedFileAccess.ReadWrite,
    "copy": MemoryMappedFileAccess.CopyOnWrite,
}


class View:
    """A view: what it goes through (`target`), where in that it begins, and its size in bytes."""

    target: Any
    start = 0
    capacity: int

    @cached_property
    def port(self) -> Any:
        """The way to records in it; most views never store or load one."""
        return SameBytes.Port(self.target)


class AccessorView(View):
    """A view through `MemoryMappedViewAccessor`."""

    def __init__(self, accessor: Any) -> None:
        self.target = accessor
        self.capacity = accessor.Capacity

    def read(self, offset: int, count: int) -> bytes:
        data = Array.CreateInstance(Byte, count)
        self.target.ReadArray[Byte](offset, data, 0, count)
        return bytes(data)

    def write(self, offset: int, data: bytes) -> None:
        self.target.WriteArray[Byte](offset, Array[Byte](data), 0, len(data))

    def poll(self, offset: int) -> int:
        return self.target.ReadInt32(offset)

    def close(self) -> None:
        self.target.Dispose()


class StreamView(View):
    """A view through `MemoryMappedViewStream`, or another stream over memory."""

    def __init__(self, stream: Any, memory: Any = None) -> None:
        self.target, self.memory = stream, memory
        self.capacity = stream.Length

    def read(self, offset: int, count: int) -> bytes:
        return bytes(SameBytes.ViewStreams.ReadAt(self.target, offset, count))

    def write(self, offset: int, data: bytes) -> None:
        SameBytes.ViewStreams.WriteAt(self.target, offset, Array[Byte](data), 0, len(data))

    def poll(self, offset: int) -> int:
        return SameBytes.ViewStreams.ReadInt32At(self.target, offset)

    def close(self) -> None:
        self.target.Dispose()
        if self.memory is not None:
            self.memory.Dispose()


class Map:
    """A `MemoryMappedFile`: the system's own on Windows, on Linux that of a `Segment`, which gives it name and lifetime."""

    def __init__(self, file: Any, *, created: bool | None, writable: bool = True, segment: Any = None) -> None:
        self.file, self.created, self.writable, self.segment = file, created, writable, segment
        self.capacity = segment.Capacity if segment else self._measure()

    def _measure(self) -> int:
        """Return the size that a view of all of it has: a `MemoryMappedFile` does not say its own."""
        view = self.file.CreateViewAccessor(0, 0, ACCESS["read_write" if self.writable else "read"])
        try:
            return view.Capacity
        finally:
            view.Dispose()

    def view(self, offset: int, size: int, access: str, form: str) -> AccessorView | StreamView:
        try:
            return self._view(offset, size, access, form)
        except Exception as error:
            # .NET calls this "access denied", as MapViewOfFile does.
            if offset + max(size, 1) > self.capacity:
                raise Refusal("range", f"{size} bytes at {offset} of {self.capacity}", error) from None
            raise

    def _view(self, offset: int, size: int, access: str, form: str) -> AccessorView | StreamView:
        if form == "stream":
            return StreamView(self.file.CreateViewStream(offset, size, ACCESS[access]))
        return AccessorView(self.file.CreateViewAccessor(offset, size, ACCESS[access]))

    def close(self) -> None:
        (self.segment or self.file).Dispose()


class DotnetMaps:
    """Named maps the way .NET has them; on Linux, where it has none, through `Segment`."""

    if WINDOWS:

        def create_new(self, name: str, size: int) -> Map:
            return Map(MemoryMappedFile.CreateNew(name, size), created=True)

        def create_or_open(self, name: str, size: int) -> Map:
            return Map(MemoryMappedFile.CreateOrOpen(name, size), created=None)

        def open_existing(self, name: str, writable: bool) -> Map:
            rights = MemoryMappedFileRights.ReadWrite if writable else MemoryMappedFileRights.Read
            return Map(MemoryMappedFile.OpenExisting(name, rights), created=False, writable=writable)

    else:

        def create_new(self, name: str, size: int) -> Map:
            return self._map(SameBytes.Segment.CreateNew(name, size))

        def create_or_open(self, name: str, size: int) -> Map:
            return self._map(SameBytes.Segment.CreateOrOpen(name, size))

        def open_existing(self, name: str, writable: bool) -> Map:
            return self._map(SameBytes.Segment.OpenExisting(name, writable))

        def _map(self, segment: Any) -> Map:
            try:
                return Map(segment.File, created=segment.Created, segment=segment)
            except BaseException:
                segment.Dispose()
                raise


class PointerView(View):
    """A view through the address of a `SharedMem`."""

    def __init__(self, memory: Any, offset: int, capacity: int) -> None:
        self.target, self.start, self.capacity = memory, offset, capacity

    # Not through a bare address: the stream knows what the memory is for.

    def read(self, offset: int, count: int) -> bytes:
        return self._stream("read", offset, count)

    def write(self, offset: int, data: bytes) -> None:
        self._stream("write", offset, data)

    def poll(self, offset: int) -> int:
        return self._stream("poll", offset)

    def _stream(self, verb: str, *arguments: Any) -> Any:
        stream = StreamView(self.target.OpenStream(self.start, self.capacity))
        try:
            return getattr(stream, verb)(*arguments)
        finally:
            stream.close()

    def close(self) -> None:
        self.target.Dispose()


class SharedMemMap:
    """A `SharedMem`, which holds the name; every view is a mapping of its own."""

    def __init__(self, memory: Any, *, created: bool) -> None:
        self.memory, self.created = memory, created
        self.capacity = memory.Capacity

    def view(self, offset: int, size: int, access: str, form: str) -> PointerView | StreamView:
        size = size or self.capacity - offset
        if offset < 0 or size < 1 or offset + size > self.capacity:
            raise Refusal("range", f"{size} bytes at {offset} do not fit into {self.capacity}")
        memory = SameBytes.SharedMem(self.memory, ACCESS[access])
        if form == "stream":
            return StreamView(memory.OpenStream(offset, size), memory)
        return PointerView(memory, offset, size)

    def close(self) -> None:
        self.memory.Dispose()


class SharedMemMaps:
    """Named maps through the class `SharedMem`."""

    def create_new(self, name: str, size: int) -> SharedMemMap:
        memory = self._create(name, size)
        if not memory.Created:
            memory.Dispose()
            code = -2147024713 if WINDOWS else 17  # 0x800700B7, ERROR_ALREADY_EXISTS; EEXIST
            raise IOException(f"{name}: there is such a map already", code)
        return SharedMemMap(memory, created=True)

    def create_or_open(self, name: str, size: int) -> SharedMemMap:
        memory = self._create(name, size)
        return SharedMemMap(memory, created=memory.Created)

    def _create(self, name: str, size: int) -> Any:
        if not 0 <= size <= 0xFFFFFFFF:
            raise OverflowError(f"{size} is no number that the constructor's uint holds")
        return SameBytes.SharedMem(name, False, size)

    def open_existing(self, name: str, writable: bool) -> SharedMemMap:
        if not writable:
            raise Refusal("unsupported", "SharedMem maps its memory for reading and writing")
        return SharedMemMap(SameBytes.SharedMem(name, True, 0), created=False)
