"""The Python peer: `samebytes.mapping` behind the line protocol."""

from __future__ import annotations

import ctypes
import functools
import os
import sys
from itertools import count
from typing import Any

from atomic import compare_and_swap
from kinds import CANNOT_TELL, described_records
from locked import ACTS, WORD, LockedBlock
from records import RECORDS, FixedRecord, View, read, write

from samebytes.errors import MappingError
from samebytes.mapping import Access, MemoryMappedFile, Rights, ViewAccessor, ViewStream
from samebytes.peers.serve import Fault, Verb, await_change, capacity, hex_bytes, place, segment_name, serve, whole

ACCESS = {
    "read": Access.READ,
    "write": Access.WRITE,
    "read_write": Access.READ_WRITE,
    "copy": Access.COPY_ON_WRITE,
}
VERBS = (
    "hello", "create_new", "create_or_open", "open_existing", "view", "peek", "poke", "describe", "store", "store_leaf", "load",
    "lock", "close_view", "close_map",
)  # fmt: skip


class PythonPeer:
    """The protocol's verbs. Maps and views are numbered from 1, in one row."""

    def __init__(self) -> None:
        self._maps: dict[int, MemoryMappedFile] = {}
        self._views: dict[int, View] = {}
        self._numbers = count(1)
        self._swap = compare_and_swap()

    def verbs(self) -> dict[str, Verb]:
        named = {name: getattr(self, name) for name in self._able()}
        return {name: _speaking(verb) for name, verb in {**named, "await": self.wait}.items()}

    def close(self) -> None:
        for held in (*self._views.values(), *self._maps.values()):
            held.close()

    def hello(self, version: str) -> dict[str, Any]:
        if whole(version) != 1:
            raise Fault("unsupported", f"protocol {version}; this is 1")
        implementation = {"cpython": "CPython", "pypy": "PyPy"}.get(sys.implementation.name, sys.implementation.name)
        return {
            "peer": "python",
            "language": "Python",
            "version": f"{implementation} {sys.version.split()[0]}",
            "target": f"{_machine()}-{'windows' if os.name == 'nt' else 'linux'}",
            "pointer": ctypes.sizeof(ctypes.c_void_p),
            "protocol": 1,
            "layouts": list(RECORDS),
            "verbs": [*self._able(), "await"],
            "views": ["accessor", "stream"],
            "cannot_tell": list(CANNOT_TELL),
        }

    def create_new(self, name: str, size: str) -> dict[str, Any]:
        return self._hold(MemoryMappedFile.create_new(segment_name(name), capacity(size)))

    def create_or_open(self, name: str, size: str) -> dict[str, Any]:
        return self._hold(MemoryMappedFile.create_or_open(segment_name(name), capacity(size)))

    def open_existing(self, name: str, rights: str = "read_write") -> dict[str, Any]:
        if rights not in ("read", "read_write"):
            raise Fault("invalid", f"rights {rights[:40]!r}")
        wanted = Rights.READ if rights == "read" else Rights.READ_WRITE
        return self._hold(MemoryMappedFile.open_existing(segment_name(name), wanted))

    def view(self, map_: str, offset: str, size: str, access: str, form: str = "accessor") -> dict[str, Any]:
        if access not in ACCESS or form not in ("accessor", "stream"):
            raise Fault("invalid", f"no view as {access[:20]!r} {form[:20]!r}")
        held = self._map(map_)
        make = held.create_view_accessor if form == "accessor" else held.create_view_stream
        number = next(self._numbers)
        self._views[number] = view = make(place(offset), place(size), ACCESS[access])
        return {"view": number, "capacity": view.capacity}

    def peek(self, view: str, offset: str, size: str) -> dict[str, Any]:
        return {"bytes": read(self._view(view), place(offset), place(size)).hex()}

    def poke(self, view: str, offset: str, data: str) -> dict[str, Any]:
        write(self._view(view), place(offset), hex_bytes(data))
        return {}

    def wait(self, view: str, offset: str, milliseconds: str) -> dict[str, Any]:
        held, at = self._view(view), place(offset)
        return await_change(lambda: read(held, at, 4), whole(milliseconds))

    def lock(self, view: str, offset: str, act: str, rounds: str = "") -> dict[str, Any]:
        if act not in ACTS or bool(rounds) != (act == "hammer") or self._swap is None:
            raise Fault("invalid", f"no act {act[:40]!r} {rounds[:40]!r}")
        held, at, number = _accessor(self._view(view)), place(offset), whole(rounds or "0")
        if not (held.can_read and held.can_write):
            raise Fault("access", "a lock needs a view to read and write")
        if at > held.capacity - WORD:
            raise Fault("range", f"a lock word at {at}: the view has {held.capacity} bytes")
        if (held.address + at) % WORD:
            raise Fault("invalid", f"{at} is no multiple of {WORD}")
        with held.memoryview():  # while it is there, nobody unmaps
            block = LockedBlock(self._swap, held.address + at, held.capacity - at)
            result, word = _acted(block, act, number)
        return {"result": result, "word": f"{word:08x}"}

    def describe(self, layout: str) -> dict[str, Any]:
        described: dict[str, Any] = _record(layout).describe()
        return described

    def store(self, view: str, offset: str, layout: str, *leaves: str) -> dict[str, Any]:
        record = _record(layout)
        if len(leaves) != record.count:
            raise Fault("invalid", f"{layout} has {record.count} leaves, {len(leaves)} came")
        record.store(self._view(view), place(offset), leaves)
        return {}

    def store_leaf(self, view: str, offset: str, layout: str, index: str, leaf: str) -> dict[str, Any]:
        record = _record(layout)
        if whole(index) >= len(record.leaves):
            raise Fault("range", f"{layout} has no leaf {index} of fixed width")
        record.store_leaf(self._view(view), place(offset), whole(index), leaf)
        return {}

    def load(self, view: str, offset: str, layout: str) -> dict[str, Any]:
        return {"leaves": _record(layout).load(self._view(view), place(offset))}

    def close_view(self, view: str) -> dict[str, Any]:
        self._view(view).close()
        del self._views[whole(view)]
        return {}

    def close_map(self, map_: str) -> dict[str, Any]:
        self._map(map_).close()
        del self._maps[whole(map_)]
        return {}

    def _hold(self, held: MemoryMappedFile) -> dict[str, Any]:
        number = next(self._numbers)
        self._maps[number] = held
        return {"map": number, "created": held.created, "capacity": held.capacity}

    def _able(self) -> list[str]:
        """Return the verbs it has here: `lock` only where memory can be changed atomically."""
        return [name for name in VERBS if name != "lock" or self._swap is not None]

    def _map(self, word: str) -> MemoryMappedFile:
        if whole(word) not in self._maps:
            raise Fault("closed", f"no map {word}")
        return self._maps[whole(word)]

    def _view(self, word: str) -> View:
        if whole(word) not in self._views:
            raise Fault("closed", f"no view {word}")
        return self._views[whole(word)]


def _acted(block: LockedBlock, act: str, rounds: int) -> tuple[str, int]:
    if act == "hammer":
        return block.hammer(rounds)
    return block.new() if act == "new" else block.act(act)


def _accessor(view: View) -> ViewAccessor:
    return view.accessor if isinstance(view, ViewStream) else view


def _machine() -> str:
    """Not `platform.machine`: on Windows that runs `cmd /c ver` in every process that asks."""
    name = os.environ.get("PROCESSOR_ARCHITECTURE", "") if sys.platform == "win32" else os.uname().machine
    return {"amd64": "x86_64", "arm64": "aarch64", "x86": "i686"}.get(name.lower(), name.lower())


def _record(layout: str) -> Any:
    if layout not in RECORDS:
        raise Fault("unsupported", f"no layout {layout[:40]!r}")
    return RECORDS[layout]


def _speaking(verb: Verb) -> Verb:
    """Return the same verb, its failures in the protocol's words: the builtin error a Python programmer would catch is the native one."""

    @functools.wraps(verb)
    def spoken(*words: str) -> dict[str, Any]:
        try:
            return verb(*words)
        except MappingError as error:
            raise Fault(error.kind, error.message, error.code, _builtin(error)) from error

    return spoken


def _builtin(error: BaseException) -> str:
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == "builtins")


def _learn_kinds() -> None:
    for layout, described in described_records(sys.argv).items():
        record = RECORDS.get(layout)
        if isinstance(record, FixedRecord):
            record.travel_as(described)


if __name__ == "__main__":
    _learn_kinds()
    peer = PythonPeer()
    serve(peer.verbs(), peer.close)
