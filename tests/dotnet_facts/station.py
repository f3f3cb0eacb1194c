"""A process for the tests to drive, in any realm: runs Python that calls .NET, or samebytes.mapping, and answers in JSON.

station.py dotnet|python. A request is a line, {"run": SOURCE} or {"ask": EXPRESSION}; an answer is a line, {"value": …} or
{"error": the names of the exception's class and its bases, "code": HResult or the error's code, "message": …}.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CSHARP = ROOT / "peers" / "csharp"

PYTHON = """
import decimal, gc, io, os, pickle, struct, subprocess, sys, threading, time
from samebytes.mapping import *
new, new_or_join, join = MemoryMappedFile.create_new, MemoryMappedFile.create_or_open, MemoryMappedFile.open_existing
def let_go(one): one.close()
def look(one, *how): return one.create_view_accessor(*how)
def put(view, position, value): view.write_int32(position, value)
def get(view, position): return view.read_int32(position)
A = {"R": Access.READ, "W": Access.WRITE, "RW": Access.READ_WRITE, "COW": Access.COPY_ON_WRITE,
     "RX": Access.READ_EXECUTE, "RWX": Access.READ_WRITE_EXECUTE}
"""

DOTNET = """
import gc, os, subprocess, sys, threading, time
import clr
clr.AddReference("System.Collections")
clr.AddReference("System.Threading")
import System
from System import Array, Boolean, Byte, Char, Decimal, GC, Int16, Int32, Int64, IntPtr
from System.IO import FileAccess, FileMode, FileShare, FileStream, HandleInheritability, SeekOrigin
from System.IO.MemoryMappedFiles import (
    MemoryMappedFile, MemoryMappedFileAccess, MemoryMappedFileOptions, MemoryMappedFileRights)
from System.Threading import EventWaitHandle, EventResetMode, Mutex, Semaphore
def let_go(one): one.Dispose()
def put(view, position, value): view.Write(position, Int32(value))
def get(view, position): return view.ReadInt32(position)
A = {"R": MemoryMappedFileAccess.Read, "W": MemoryMappedFileAccess.Write, "RW": MemoryMappedFileAccess.ReadWrite,
     "COW": MemoryMappedFileAccess.CopyOnWrite, "RX": MemoryMappedFileAccess.ReadExecute,
     "RWX": MemoryMappedFileAccess.ReadWriteExecute}
def collect():
    gc.collect()
    GC.Collect()
    GC.WaitForPendingFinalizers()
"""

# .NET has named maps on Windows only; on Linux its maps are of the segment's file, which the C# peer's Segment holds.
NAMED = """
new, new_or_join, join = MemoryMappedFile.CreateNew, MemoryMappedFile.CreateOrOpen, MemoryMappedFile.OpenExisting
def look(one, *how): return one.CreateViewAccessor(*how)
"""
SEGMENTS = """
from SameBytes import Segment
new, new_or_join = Segment.CreateNew, Segment.CreateOrOpen
def join(name, writable=True): return Segment.OpenExisting(name, writable)
def look(one, *how): return one.File.CreateViewAccessor(*how)
"""

COMMON = """
def alive(name):
    try:
        let_go(join(name))
    except Exception as error:
        assert type(error).__name__ in ("FileNotFoundException", "SegmentNotFoundError"), error
        return False
    return True
def outcome(act):
    try:
        act()
    except Exception as error:
        return type(error).__name__
    return "ok"
def allowed(one):
    return " ".join(short for short in A if outcome(lambda: let_go(look(one, 0, 0, A[short]))) == "ok")
"""


def make_world(kind: str) -> dict[str, Any]:
    """The names that requests can use."""
    world: dict[str, Any] = {}
    if kind == "dotnet":
        sys.path.insert(0, str(CSHARP))
        from clr_runtime import load_runtime

        load_runtime(CSHARP / "prebuilt" / "SameBytesPeer.dll", os.environ.get("SAMEBYTES_TEST_DOTNET", ""))
        exec(DOTNET + (NAMED if sys.platform == "win32" else SEGMENTS) + COMMON, world)
    else:
        sys.path.insert(0, str(ROOT / "harness"))
        exec(PYTHON + COMMON, world)
    return world


def code_of(error: Exception) -> int:
    """The system's code as .NET, or samebytes, carries it."""
    found = getattr(error, "HResult", None) or getattr(error, "code", 0)
    return found & 0xFFFFFFFF if isinstance(found, int) else 0


def answer(request: dict[str, str], world: dict[str, Any]) -> dict[str, Any]:
    try:
        if "ask" in request:
            return {"value": eval(request["ask"], world)}
        exec(request["run"], world)
    except Exception as error:
        kinds = [kind.__name__ for kind in type(error).__mro__]
        return {"error": kinds, "code": code_of(error), "message": str(error)}
    return {"value": None}


def main(kind: str) -> None:
    world = make_world(kind)
    print(json.dumps({"value": sys.platform}), flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        for line in sys.stdin:
            print(json.dumps(answer(json.loads(line), world), default=str), flush=True)
    # Taking .NET down in order takes longer than all the rest; the system closes what is open.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1])
