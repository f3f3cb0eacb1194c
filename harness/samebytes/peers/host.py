"""Speak the line protocol for a library peer: `python launch.py host.py LIBRARY [ROLE=EXPORT …]`.

The library's contract is in `peers/README.md`. A library that has only the four functions and `Read`/`Write` gets the verbs it can
answer; the rest is `unsupported`.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from itertools import count
from typing import Any

from samebytes.peers.host_declared import declared
from samebytes.peers.serve import (
    Fault,
    Verb,
    await_change,
    capacity,
    hex_bytes,
    hex_words,
    place,
    segment_name,
    serve,
    whole,
)

KINDS = (
    "ok", "exists", "not_found", "access", "invalid_name", "invalid_size", "no_space", "range", "closed", "unsupported",
    "timeout", "invalid", "failed",
)  # fmt: skip
ACCESS = ("read", "write", "read_write", "copy")
READING, WRITING = ("read", "read_write", "copy"), ("write", "read_write", "copy")
LOCK_ACTS = ("new", "read", "unlock_read", "write", "unlock_write", "hammer")
LOCK_OUTCOMES = (
    "ok", "uninitialized", "write_locked", "read_locked", "max_readers", "not_locked", "torn", "stuck",
)  # fmt: skip
MODES = {"create_new": 0, "create_or_open": 1, "open_existing": 2, "open_existing_read": 3}
MAX_TEXT = 1 << 19
"""Bytes of a text that a load may give: what fits a line of the protocol as hex."""


class Text(ctypes.Structure):
    """`PeerText`: code units, big-endian, and how many bytes they take."""

    _fields_ = (("bytes", ctypes.POINTER(ctypes.c_uint8)), ("count", ctypes.c_int64))


_i32, _i64, _u64, _ptr, _str = ctypes.c_int32, ctypes.c_int64, ctypes.c_uint64, ctypes.c_void_p, ctypes.c_char_p
_out = ctypes.POINTER

SIGNATURES: dict[str, tuple[Any, tuple[Any, ...]]] = {
    "CreateBufferFile": (_ptr, (_str, _i64)),
    "CreateBuffer": (_ptr, (_ptr,)),
    "FreeBuffer": (None, (_ptr,)),
    "FreeBufferFile": (None, (_ptr,)),
    "Write": (None, (_i32,)),
    "Read": (_i32, ()),
    "OpenBufferFile": (_i32, (_str, _i64, _i32, _out(_ptr))),
    "BufferFileCapacity": (_i64, (_ptr,)),
    "BufferFileCreated": (_i32, (_ptr,)),
    "MapBuffer": (_i32, (_ptr, _i64, _i64, _i32, _out(_ptr))),
    "BufferCapacity": (_i64, (_ptr,)),
    "BufferErrorCode": (_i64, ()),
    "PeerInfo": (_str, ()),
    "PeerLayoutCount": (_i32, ()),
    "PeerLayoutName": (_str, (_i32,)),
    "PeerLayoutSize": (_i64, (_i32,)),
    "PeerLayoutAlign": (_i64, (_i32,)),
    "PeerLeafCount": (_i32, (_i32,)),
    "PeerLeaf": (_i32, (_i32, _i32, _out(_str), _out(_i64), _out(_i64))),
    "PeerLeafKind": (_str, (_i32, _i32)),
    "PeerMemberCount": (_i32, (_i32,)),
    "PeerMember": (_i32, (_i32, _i32, _out(_str), _out(_i64), _out(_i64))),
    "PeerConstantCount": (_i32, (_i32,)),
    "PeerConstant": (_i32, (_i32, _i32, _out(_str), _out(_str), _out(_i64))),
    "PeerStore": (_i32, (_i32, _ptr, _i64, _out(_u64), _out(Text))),
    "PeerStoreLeaf": (_i32, (_i32, _ptr, _i64, _i32, _u64)),
    "PeerLock": (_i32, (_ptr, _i64, _i32, _i64, _out(ctypes.c_uint32))),
    "PeerLoad": (_i32, (_i32, _ptr, _i64, _out(_u64), _out(Text))),
}
VERBS = (
    "hello", "create_new", "create_or_open", "open_existing", "view", "peek", "poke", "describe", "store", "store_leaf", "load",
    "lock", "close_view", "close_map",
)  # fmt: skip
NEEDED = {"store_leaf": "PeerStoreLeaf", "describe": "PeerLayoutCount", "lock": "PeerLock"}
"""What a verb cannot do without; the others have a way with the four functions and `Read`/`Write`, or say what is missing."""
LEAST = ("CreateBufferFile", "CreateBuffer", "FreeBuffer", "FreeBufferFile")


class Exports:
    """The library's functions, with their C types declared. A missing one answers `unsupported` when it is called."""

    def __init__(self, path: str, names: dict[str, str]) -> None:
        library = ctypes.CDLL(path)
        self._found: dict[str, Any] = {}
        for role, (result, arguments) in SIGNATURES.items():
            function = getattr(library, names.get(role, role), None)
            if function is not None:
                function.restype, function.argtypes = result, arguments
                self._found[role] = function
        lacking = [role for role in LEAST if role not in self._found]
        if lacking:
            raise SystemExit(f"{path} does not export {', '.join(lacking)} (peers/README.md: the library contract)")

    def __contains__(self, role: str) -> bool:
        return role in self._found

    def __getattr__(self, role: str) -> Any:
        if role not in self._found:
            raise Fault("unsupported", f"the library does not export {role}")
        return self._found[role]


class Layouts:
    """The layouts the library declares, asked of it once."""

    def __init__(self, exports: Exports) -> None:
        self._exports = exports
        number = exports.PeerLayoutCount() if "PeerLayoutCount" in exports else 0
        self.index = {exports.PeerLayoutName(i).decode(): i for i in range(number)}
        self.leaves = {i: [self._leaf(i, k) for k in range(exports.PeerLeafCount(i))] for i in range(number)}

    def number(self, name: str) -> int:
        """Return the library's index of a layout. Fault `unsupported` for one it does not declare."""
        if name not in self.index:
            raise Fault("unsupported", f"no layout {name[:40]!r}")
        return self.index[name]

    def _leaf(self, layout: int, leaf: int) -> tuple[str, int, int]:
        path, offset, width = _str(), _i64(), _i64()
        kind = self._exports.PeerLeaf(layout, leaf, ctypes.byref(path), ctypes.byref(offset), ctypes.byref(width))
        if kind or path.value is None:
            raise SystemExit(f"PeerLeaf({layout}, {leaf}) answered {kind}")
        return path.value.decode(), offset.value, width.value


class Host:
    """The protocol's verbs over one library. Map and view numbers count from 1."""

    def __init__(self, path: str, names: dict[str, str]) -> None:
        self._exports = Exports(path, names)
        self._layouts = Layouts(self._exports)
        self._maps: dict[int, int] = {}
        self._sizes: dict[int, int] = {}
        """Bytes asked for, by the library's own handle: all that is known of a map whose library does not tell."""
        self._views: dict[int, tuple[int, int, str]] = {}
        """Address, capacity and access of each view."""
        self._numbers = count(1)

    def verbs(self) -> dict[str, Verb]:
        """Return the verbs by name: every public method but these."""
        return {**{name: getattr(self, name) for name in VERBS}, "await": self.wait}

    def close(self) -> None:
        """Unmap and close everything, views first."""
        for view in list(self._views):
            self.close_view(str(view))
        for map_ in list(self._maps):
            self.close_map(str(map_))

    def hello(self, version: str) -> dict[str, Any]:
        info = json.loads(self._exports.PeerInfo()) if "PeerInfo" in self._exports else _unknown_library()
        if whole(version) != 1:
            raise Fault("unsupported", f"protocol {version}; this is 1")
        own = {"protocol": 1, "layouts": list(self._layouts.index), "verbs": self._able(), "views": ["accessor"]}
        return {**info, **own}

    def _able(self) -> list[str]:
        return [verb for verb in self.verbs() if verb not in NEEDED or NEEDED[verb] in self._exports]

    def create_new(self, name: str, size: str) -> dict[str, Any]:
        return self._open(name, capacity(size), "create_new")

    def create_or_open(self, name: str, size: str) -> dict[str, Any]:
        return self._open(name, capacity(size), "create_or_open")

    def open_existing(self, name: str, rights: str = "read_write") -> dict[str, Any]:
        if rights not in ("read", "read_write"):
            raise Fault("invalid", f"rights {rights[:40]!r}")
        return self._open(name, 0, "open_existing_read" if rights == "read" else "open_existing")

    def view(self, map_: str, offset: str, size: str, access: str, form: str = "accessor") -> dict[str, Any]:
        if form != "accessor":
            raise Fault("unsupported", f"no views as {form[:40]}")
        if access not in ACCESS:
            raise Fault("invalid", f"access {access[:40]!r}")
        file, start, wanted = self._map(map_), place(offset), place(size)
        address = _ptr()
        if "MapBuffer" in self._exports:
            self._check(
                self._exports.MapBuffer(file, start, wanted, ACCESS.index(access), ctypes.byref(address)), "view"
            )
        elif (start, wanted, access) == (0, 0, "read_write"):
            address.value = self._exports.CreateBuffer(file)
        else:
            raise Fault("unsupported", "the library maps everything, to read and write, or nothing")
        if not address.value:
            raise Fault("failed", "the library mapped to address 0", self._code())
        asked = wanted or self._sizes.get(file, 0)
        length = self._exports.BufferCapacity(address) if "BufferCapacity" in self._exports else asked
        number = next(self._numbers)
        self._views[number] = (address.value, length, access)
        return {"view": number, "capacity": length}

    def peek(self, view: str, offset: str, count: str) -> dict[str, Any]:
        size = place(count)
        return {"bytes": ctypes.string_at(self._place(view, place(offset), size, READING), size).hex()}

    def poke(self, view: str, offset: str, data: str) -> dict[str, Any]:
        raw = hex_bytes(data)
        ctypes.memmove(self._place(view, place(offset), len(raw), WRITING), raw, len(raw))
        return {}

    def wait(self, view: str, offset: str, milliseconds: str) -> dict[str, Any]:
        address = self._place(view, place(offset), 4, READING)
        return await_change(lambda: ctypes.string_at(address, 4), whole(milliseconds))

    def lock(self, view: str, offset: str, act: str, rounds: str = "") -> dict[str, Any]:
        if act not in LOCK_ACTS or bool(rounds) != (act == "hammer"):
            raise Fault("invalid", f"no act {act[:40]!r} {rounds[:40]!r}")
        start, word = place(offset), ctypes.c_uint32()
        address = self._place(view, start, 4, ("read_write", "copy"))
        room, which = self._view(view)[1] - start, LOCK_ACTS.index(act)
        outcome = self._exports.PeerLock(address, room, which, whole(rounds or "0"), ctypes.byref(word))
        if not 0 <= outcome < len(LOCK_OUTCOMES):
            raise Fault("invalid", f"no lock word at {offset}")
        return {"result": LOCK_OUTCOMES[outcome], "word": f"{word.value:08x}"}

    def describe(self, layout: str) -> dict[str, Any]:
        number = self._layouts.number(layout)
        size, align = self._exports.PeerLayoutSize(number), self._exports.PeerLayoutAlign(number)
        return {"size": size, "align": align, **declared(self._exports, number, self._layouts.leaves[number])}

    def store(self, view: str, offset: str, layout: str, *leaves: str) -> dict[str, Any]:
        if layout not in self._layouts.index and layout == "Integer" and len(leaves) == 1:
            self._place(view, place(offset), 4, WRITING)
            self._exports.Write(_i32(int(leaves[0], 16)).value)
            return {}
        number = self._layouts.number(layout)
        expected = self._layouts.leaves[number]
        if len(leaves) != len(expected):
            raise Fault("invalid", f"{layout} has {len(expected)} leaves, {len(leaves)} came")
        words, texts, _keep = _packed(expected, leaves)
        record, room = self._record(view, offset, WRITING)
        self._check(self._exports.PeerStore(number, record, room, words, texts), "store")
        return {}

    def store_leaf(self, view: str, offset: str, layout: str, index: str, leaf: str) -> dict[str, Any]:
        number, which = self._layouts.number(layout), whole(index)
        if which >= len(self._layouts.leaves[number]):
            raise Fault("range", f"{layout} has no leaf {which}")
        record, room = self._record(view, offset, WRITING)
        self._check(self._exports.PeerStoreLeaf(number, record, room, which, _bits(leaf)), "store_leaf")
        return {}

    def load(self, view: str, offset: str, layout: str) -> dict[str, Any]:
        if layout not in self._layouts.index and layout == "Integer":
            self._place(view, place(offset), 4, READING)
            return {"leaves": [f"{self._exports.Read() & 0xFFFFFFFF:08x}"]}
        number = self._layouts.number(layout)
        leaves = self._layouts.leaves[number]
        record, room = self._record(view, offset, READING)
        words = (_u64 * max(1, len(leaves)))()
        buffers = [(ctypes.c_uint8 * MAX_TEXT)() for leaf in leaves if leaf[2] == 0]
        texts = (Text * max(1, len(buffers)))(*(Text(buffer, MAX_TEXT) for buffer in buffers))
        self._check(self._exports.PeerLoad(number, record, room, words, texts), "load")
        return {"leaves": _unpacked(leaves, words, texts)}

    def close_view(self, view: str) -> dict[str, Any]:
        address = self._view(view)[0]
        self._exports.FreeBuffer(address)
        del self._views[whole(view)]
        return {}

    def close_map(self, map_: str) -> dict[str, Any]:
        file = self._map(map_)
        self._exports.FreeBufferFile(file)
        self._sizes.pop(file, None)
        del self._maps[whole(map_)]
        return {}

    def _open(self, name: str, size: int, mode: str) -> dict[str, Any]:
        encoded = segment_name(name).encode("utf-8")
        file = _ptr()
        if "OpenBufferFile" in self._exports:
            self._check(self._exports.OpenBufferFile(encoded, size, MODES[mode], ctypes.byref(file)), mode)
        elif mode == "create_or_open":
            file.value = self._exports.CreateBufferFile(encoded, size)
        else:
            raise Fault("unsupported", "the library can only create or open")
        if not file.value:
            raise Fault("failed", "the library gave no file", self._code())
        number = next(self._numbers)
        self._maps[number] = file.value
        self._sizes[file.value] = size
        return {"map": number, **self._facts(file)}

    def _facts(self, file: ctypes.c_void_p) -> dict[str, Any]:
        created = self._exports.BufferFileCreated(file) if "BufferFileCreated" in self._exports else -1
        size = self._exports.BufferFileCapacity(file) if "BufferFileCapacity" in self._exports else None
        return {"created": None if created < 0 else bool(created), "capacity": size}

    def _map(self, word: str) -> int:
        if whole(word) not in self._maps:
            raise Fault("closed", f"no map {word}")
        return self._maps[whole(word)]

    def _view(self, word: str) -> tuple[int, int, str]:
        if whole(word) not in self._views:
            raise Fault("closed", f"no view {word}")
        return self._views[whole(word)]

    def _place(self, view: str, offset: int, size: int, allowed: tuple[str, ...]) -> int:
        """Return an address in a view. What it is not mapped for would end this process: Fault `access`."""
        address, length, access = self._view(view)
        if access not in allowed:
            raise Fault("access", f"the view is open to {access.replace('_', ' and ')}")
        if offset + size > length:
            raise Fault("range", f"{size} bytes at {offset}: the view has {length}")
        return address + offset

    def _record(self, view: str, offset: str, allowed: tuple[str, ...]) -> tuple[int, int]:
        """Return the address of a record in a view, and the bytes there are from it to the view's end."""
        start = place(offset)
        return self._place(view, start, 0, allowed), self._view(view)[1] - start

    def _check(self, kind: int, what: str) -> None:
        if kind:
            code = self._code()
            name = KINDS[kind] if 0 < kind < len(KINDS) else "failed"
            raise Fault(name, f"{what}: {name.replace('_', ' ')}", code, f"error {code}" if code else "")

    def _code(self) -> int:
        return int(self._exports.BufferErrorCode()) if "BufferErrorCode" in self._exports else 0


def _unknown_library() -> dict[str, Any]:
    return {"peer": "library", "language": "", "version": "", "target": "", "pointer": ctypes.sizeof(_ptr)}


def _bits(word: str) -> int:
    data = hex_bytes(word)
    if len(data) > ctypes.sizeof(_u64):
        raise Fault("invalid", f"{word[:40]!r} is more than 64 bits")
    return int.from_bytes(data)


def _packed(leaves: Sequence[tuple[str, int, int]], words: Sequence[str]) -> tuple[Any, Any, list[Any]]:
    """Return leaves as the library takes them: words, texts, and what keeps the texts' memory alive."""
    numbers = (_u64 * max(1, len(leaves)))()
    kept, texts = [], []
    for index, (leaf, word) in enumerate(zip(leaves, words, strict=True)):
        if leaf[2] == 0:
            data = hex_bytes(word)
            buffer = (ctypes.c_uint8 * max(1, len(data)))(*data)
            kept.append(buffer)
            texts.append(Text(buffer, len(data)))
        else:
            numbers[index] = _bits(word)
    return numbers, (Text * max(1, len(texts)))(*texts), kept


def _unpacked(leaves: Sequence[tuple[str, int, int]], words: Any, texts: Any) -> list[str]:
    """Return leaves as they travel: a word in at least as many digits as its field is wide; a text in its own count."""
    found, text = [], iter(texts)
    for index, (_, _, width) in enumerate(leaves):
        if width == 0:
            entry = next(text)
            found.append(hex_words(ctypes.string_at(entry.bytes, entry.count)))
        else:
            found.append(f"{words[index]:0{2 * width}x}")
    return found


def main() -> None:
    names = dict(word.split("=", 1) for word in sys.argv[2:])
    try:
        host = Host(sys.argv[1], names)
    except OSError as error:
        raise SystemExit(f"cannot load {sys.argv[1]}: {error}") from None
    serve(host.verbs(), host.close)


if __name__ == "__main__":
    main()
