"""The C# peer: loads .NET into this process and speaks the line protocol of `peers/README.md`.

host.py SameBytesPeer.dll                maps are `MemoryMappedFile`s, views their accessors and streams
host.py SameBytesPeer.dll --sharedmem    maps are the assembly's P/Invoke class `SharedMem`
host.py --probe                          says which .NET would be loaded; exit 1 and the reason if there is none
host.py --probe=pythonnet                says where pythonnet is; exit 1 and the reason if it is not installed

`--runtime=8` besides: a .NET of that version and no other.
"""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import time
from pathlib import Path
from typing import Any, BinaryIO

# An embedded Python does not look for modules beside the script.
sys.path.insert(0, str(Path(__file__).resolve().parent))

from clr_runtime import load_runtime, python_assembly, running_version
from dotnets import find_runtime
from errors import Refusal, error_answer

LONGEST_LINE = 1 << 20
BUFFER = 1 << 16
OPENING = ("create_new", "create_or_open", "open_existing")
FORMS = ("accessor", "stream")
DECIMAL = re.compile("-?[0-9]{1,30}").fullmatch
ENCODE = json.JSONEncoder(separators=(",", ":")).encode
ACCESSES = ("read", "write", "read_write", "copy")


class Session:
    """One conversation: what is open, and a method for every verb."""

    def __init__(self, maps: Any, probe: Any, about: dict[str, Any]) -> None:
        self.opener, self.probe, self.about = maps, probe, about
        self.records: dict[str, Any] = {}
        self.maps: dict[int, Any] = {}
        self.views: dict[int, Any] = {}
        self.given = {"map": 0, "view": 0}
        self.verbs = {name[5:]: getattr(self, name) for name in dir(self) if name.startswith("verb_")}

    def verb_hello(self, version: str) -> dict[str, Any]:
        if number(version) != 1:
            raise Refusal("unsupported", "this peer speaks version 1 of the protocol")
        verbs = [*self.verbs, "leave", "abort"]
        return self.about | {"layouts": list(self.probe.Names), "verbs": verbs, "views": list(FORMS)}

    def verb_create_new(self, name: str, size: str) -> dict[str, Any]:
        return self._opened(self.opener.create_new(decode_name(name), signed(size)))

    def verb_create_or_open(self, name: str, size: str) -> dict[str, Any]:
        return self._opened(self.opener.create_or_open(decode_name(name), signed(size)))

    def verb_open_existing(self, name: str, rights: str = "read_write") -> dict[str, Any]:
        writable = one_of(rights, ("read", "read_write")) == "read_write"
        return self._opened(self.opener.open_existing(decode_name(name), writable))

    def _opened(self, opened: Any) -> dict[str, Any]:
        key = self._give("map", self.maps, opened)
        return {"map": key, "created": opened.created, "capacity": opened.capacity}

    def verb_view(self, key: str, offset: str, size: str, access: str, form: str = "accessor") -> dict[str, Any]:
        one_of(access, ACCESSES)
        one_of(form, FORMS)
        view = held(self.maps, key).view(signed(offset), signed(size), access, form)
        return {"view": self._give("view", self.views, view), "capacity": view.capacity}

    def _give(self, what: str, table: dict[int, Any], thing: Any) -> int:
        self.given[what] += 1
        table[self.given[what]] = thing
        return self.given[what]

    def verb_peek(self, key: str, offset: str, count: str) -> dict[str, Any]:
        view, at, size = held(self.views, key), signed(offset), signed(count)
        check_range(view, at, size)
        # .NET has no position at the very end, not even for nothing.
        return {"bytes": view.read(at, size).hex() if size else ""}

    def verb_poke(self, key: str, offset: str, data: str) -> dict[str, Any]:
        view, at, raw = held(self.views, key), signed(offset), parse_hex(data)
        check_range(view, at, len(raw))
        if raw:
            view.write(at, raw)
        return {}

    def verb_describe(self, layout: str) -> dict[str, Any]:
        return json.loads(self._record(layout).Describe())

    def verb_store(self, key: str, offset: str, layout: str, *leaves: str) -> dict[str, Any]:
        port, record, position = self._place(key, offset, layout)
        port.Store(record, position, " ".join(leaves))
        return {}

    def verb_store_leaf(self, key: str, offset: str, layout: str, index: str, leaf: str) -> dict[str, Any]:
        port, record, position = self._place(key, offset, layout)
        port.StoreLeaf(record, position, number(index), leaf)
        return {}

    def verb_load(self, key: str, offset: str, layout: str) -> dict[str, Any]:
        port, record, position = self._place(key, offset, layout)
        return {"leaves": port.Load(record, position).split(" ")}

    def _place(self, key: str, offset: str, layout: str) -> tuple[Any, Any, int]:
        """Return what a record of the probe goes through, the record, and the position there."""
        record, view, at = self._record(layout), held(self.views, key), signed(offset)
        check_range(view, at, record.Size)
        return view.port, record, view.start + at

    def _record(self, layout: str) -> Any:
        if layout not in self.records:
            record = self.probe.Find(layout)
            if record is None:
                raise Refusal("unsupported", f"this peer declares no {layout[:80]}")
            self.records[layout] = record
        return self.records[layout]

    def verb_await(self, key: str, offset: str, milliseconds: str) -> dict[str, Any]:
        view, at = held(self.views, key), signed(offset)
        deadline = time.monotonic() + number(milliseconds) / 1000
        check_range(view, at, 4)
        while (value := view.poll(at)) == 0:
            if time.monotonic() >= deadline:
                raise Refusal("timeout", f"still zero after {milliseconds} ms")
            time.sleep(0.0005)
        return {"value": f"{value & 0xFFFFFFFF:08x}"}

    def verb_close_view(self, key: str) -> dict[str, Any]:
        held(self.views, key).close()
        del self.views[int(key)]
        return {}

    def verb_close_map(self, key: str) -> dict[str, Any]:
        held(self.maps, key).close()
        del self.maps[int(key)]
        return {}

    def verb_bye(self) -> dict[str, Any]:
        self.close()
        return {}

    def close(self) -> None:
        for table in (self.views, self.maps):
            while table:
                table.popitem()[1].close()

    def answer(self, verb: str, words: list[str]) -> dict[str, Any]:
        """Return what a request is answered with, the sequence number aside. Never raises."""
        try:
            if verb not in self.verbs:
                raise Refusal("unsupported", f"there is no verb {verb[:40]!r}")
            method = self.verbs[verb]
            check_count(method, words)
            return {"ok": method(*words)}
        except Exception as error:
            return {"error": error_answer(error, opening=verb in OPENING)}


def check_count(method: Any, words: list[str]) -> None:
    code, defaults = method.__func__.__code__, method.__defaults__ or ()
    most, takes_more = code.co_argcount - 1, code.co_flags & 0x04
    if len(words) < most - len(defaults) or (len(words) > most and not takes_more):
        raise Refusal("invalid", f"{len(words)} words after the verb are too many or too few")


def held(table: dict[int, Any], word: str) -> Any:
    if number(word) not in table:
        raise Refusal("closed", f"number {word} is not open")
    return table[int(word)]


def one_of(word: str, choices: tuple[str, ...]) -> str:
    if word not in choices:
        raise Refusal("invalid", f"{word[:40]!r} is none of {' '.join(choices)}")
    return word


def check_range(view: Any, offset: int, count: int) -> None:
    if offset < 0 or count < 0 or offset + count > view.capacity:
        raise Refusal("range", f"{count} bytes at {offset} do not fit into {view.capacity}")


def number(word: str) -> int:
    """Read a number of things: never negative."""
    if word.startswith("-"):
        raise Refusal("invalid", f"{word[:40]!r} is negative")
    return signed(word)


def signed(word: str) -> int:
    """Read a size or an offset, for .NET to refuse."""
    if not DECIMAL(word):
        raise Refusal("invalid", f"{word[:40]!r} is no decimal number")
    if not -(1 << 63) <= int(word) < 1 << 63:
        raise OverflowError(f"{word} is more than an Int64 holds")
    return int(word)


def parse_hex(word: str) -> bytes:
    if word == "-":
        return b""
    if not re.fullmatch("(?:[0-9a-fA-F]{2})*", word):
        raise Refusal("invalid", "not an even number of hexadecimal digits")
    return bytes.fromhex(word)


def decode_name(word: str) -> str:
    if not re.fullmatch("(?:[A-Za-z0-9._~-]|%[0-9a-fA-F]{2})*", word):
        raise Refusal("invalid", "the name is not percent-encoded")
    if "%" not in word:
        return word
    from urllib.parse import unquote_to_bytes  # most names have nothing to unquote, and a start is mostly imports

    try:
        name = unquote_to_bytes(word).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("invalid", "the name is not UTF-8") from None
    if "\0" in name:
        raise Refusal("invalid_name", "a name cannot hold U+0000")
    return name


def converse(session: Session, requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer requests until `bye` or the end of the input. `leave` and `abort` do not come back."""
    while line := requests.readline(LONGEST_LINE + 1):
        complete = line.endswith(b"\n")
        words = line.rstrip(b"\r\n").decode("ascii", "replace").split(" ")
        while not line.endswith(b"\n") and line:
            line = requests.readline(LONGEST_LINE + 1)
        seq = int(words[0]) if re.fullmatch("[0-9]{1,18}", words[0]) else None
        verb = words[1] if len(words) > 1 else ""
        if seq is not None and len(words) == 2 and verb in ("leave", "abort"):
            leave() if verb == "leave" else abort()
        if seq is None or not verb or not complete:
            answer = {"error": error_answer(Refusal("invalid", "not a request"), opening=False)}
        else:
            answer = session.answer(verb, words[2:])
        answers.write(ENCODE({"seq": seq} | answer).encode("ascii") + b"\n")
        if verb == "bye" and "ok" in answer:
            return


class Requests(io.RawIOBase):
    """The standard input. The answers so far are sent before it waits for more, so that what came at once is answered at once."""

    def __init__(self, answers: io.BufferedWriter) -> None:
        self.answers = answers

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.answers.flush()
        data = os.read(sys.stdin.fileno(), len(buffer))
        buffer[: len(data)] = data
        return len(data)


def leave() -> None:
    os._exit(0)


def abort() -> None:
    # os.abort would wake the crash reporter of Windows, which keeps the process and its names alive meanwhile.
    if sys.platform == "win32":
        os.kill(os.getpid(), signal.SIGTERM)
    os.abort()


def begin(arguments: list[str], wanted: str) -> Session:
    load_runtime(Path(arguments[0]), wanted)
    import maps
    import SameBytes
    from System import IntPtr
    from System.Runtime.InteropServices import RuntimeInformation

    machine = {"X64": "x86_64", "X86": "i686", "Arm64": "aarch64"}[str(RuntimeInformation.ProcessArchitecture)]
    version = running_version()
    about = {
        "peer": "csharp",
        "language": "C#",
        "version": f".NET {'Core ' if version.startswith('3.') else ''}{version}",
        "runtime": version,
        "target": f"{machine}-{'windows' if sys.platform == 'win32' else 'linux'}",
        "pointer": IntPtr.Size,
        "protocol": 1,
        "cannot_tell": list(SameBytes.Kinds.CannotTell),
    }
    opener = maps.SharedMemMaps() if "--sharedmem" in arguments[1:] else maps.DotnetMaps()
    return Session(opener, SameBytes.Probe, about)


def main(words: list[str]) -> int:
    pins = [word.removeprefix("--runtime=") for word in words if word.startswith("--runtime=")]
    arguments = [word for word in words if not word.startswith("--runtime=")]
    if not arguments:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        if arguments == ["--probe=pythonnet"]:
            print(f"pythonnet in {python_assembly().parents[2]}")
            return 0
        if arguments == ["--probe"]:
            runtime = find_runtime("".join(pins[-1:]))
            print(f".NET {runtime.version} in {runtime.framework.parents[2]}")
            return 0
        session = begin(arguments, "".join(pins[-1:]))
    except LookupError as error:
        print(error, file=sys.stderr)
        return 1
    try:
        answers = io.BufferedWriter(io.FileIO(sys.stdout.fileno(), "wb", closefd=False), BUFFER)
        converse(session, io.BufferedReader(Requests(answers), BUFFER), answers)
        answers.flush()
    finally:
        session.close()
    # Nothing is left to close, and taking .NET down in order takes longer than everything before.
    os._exit(0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
