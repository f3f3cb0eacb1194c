"""Broken and hostile declarations of every kind, through `samebytes explain`: one clear line each, in bounded time and memory.

    python tests/layout_importers/hostile.py [COUNT] [SEED]

Prints what was not refused or read as it should be, and the worst time and memory. Exit code 1 if anything was.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
SECONDS, MEGABYTES, BYTES_SAID = 20.0, 500, 4000
SLOW = (
    "a Python file that loops", "a Python file that eats memory", "many fields", "nested macros", "nested records", "nested parentheses",
    "an endless constant", "endless templates", "macros of strings",
)  # fmt: skip
"""What takes seconds."""
MEASURE = """import os, sys
quiet = [(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)]
_, status, usage = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=quiet), 0)
print(os.waitstatus_to_exitcode(status), usage.ru_maxrss)"""
"""Runs a command and prints how it ended and how large it was: a child begins as large as its parent, and this one is small."""
ANSWERS = (0, 2, 3)
"""Read, refused, or something is missing on this machine."""

SEEDS: tuple[tuple[str, str, str], ...] = (
    (".h", "fixtures/headers", "*.h"),
    (".hpp", "fixtures/headers", "*.hpp"),
    (".toml", "fixtures/layouts", "*.toml"),
    (".dll", "peers/csharp/prebuilt", "*.dll"),
    (".cs", "peers/csharp/layouts", "*.cs"),
    (".nim", "peers/nim/declarations", "*.nim"),
    (".py", "peers/python/layouts", "*.py"),
)
"""Endings, and where files of that kind stand to be damaged."""

CLASS = b"import ctypes\nclass A(ctypes.Structure):\n    _fields_ = [('a', ctypes.c_int)]\n"


def doubling(of: bytes, levels: int, times: int) -> bytes:
    """Return macros M0, M1, … that each stand for several of the one before."""
    more = (b"#define M%d %s\n" % (level, b" ".join([b"M%d" % (level - 1)] * times)) for level in range(1, levels))
    return b"#define M0 %s\n%s" % (of, b"".join(more))


def table(name: str, of: str, count: int | None = None) -> bytes:
    """Return the description of a record with one field."""
    counted = "" if count is None else f", count = {count}"
    return f'[record.{name}]\nfields = [{{ name = "a", type = "{of}"{counted} }}]\n'.encode()


MADE: tuple[tuple[str, str, bytes], ...] = (
    ("an empty header", ".h", b""),
    ("an empty assembly", ".dll", b""),
    ("an empty description", ".toml", b""),
    ("an empty binary", ".so", b""),
    ("a header of zeros", ".h", bytes(4096)),
    ("a description of zeros", ".toml", bytes(4096)),
    ("UTF-16 as a header", ".h", "struct A { int a; };\n".encode("utf-16")),
    ("UTF-16 as a description", ".toml", 'name = "a"\n'.encode("utf-16")),
    ("a header in Latin-1", ".h", b"/* caf\xe9 */ struct A { int a; };\n"),
    ("nested parentheses", ".h", b"struct A { int a[" + b"(" * 20000 + b"1" + b")" * 20000 + b"]; };"),
    ("nested records", ".h", b"struct A { " * 3000 + b"int a; " + b"} m; " * 2999 + b"};"),
    ("nested macros", ".h", doubling(b"int a;", 60, 2) + b"struct A { M59 };\n"),
    ("macros of strings", ".h", doubling(b'"xxxxxxxxxxxxxxxx"', 30, 4) + b"struct A { char a[sizeof(M29)]; };\n"),
    ("endless templates", ".hpp", b"template <int N> struct T { T<N + 1> next; };\nstruct A { T<0> t; };\n"),
    ("an endless constant", ".hpp", b"constexpr int f() { int i = 0; while (true) i++; return i; }\nstruct A { int a[f()]; };\n"),
    ("a header that includes itself", ".h", b'#include __FILE__\nstruct A { int a; };\n'),
    ("a header that includes a device", ".h", b'#include "/dev/zero"\nstruct A { int a; };\n'),
    ("a header that includes standard input", ".h", b'#include "/dev/stdin"\nstruct A { int a; };\n'),
    ("an array beyond everything", ".h", b"struct A { int a[0x7fffffffffffffff]; };\n"),
    ("an array of negative size", ".h", b"struct A { int a[-1]; };\n"),
    ("many fields", ".h", b"struct A {" + b"".join(b"int f%d;\n" % n for n in range(60000)) + b"};\n"),
    ("a record in itself", ".toml", table("A", "A")),
    ("two records in each other", ".toml", table("A", "B") + table("B", "A")),
    ("a huge count", ".toml", table("A", "u8", 9223372036854775807)),
    ("a count below zero", ".toml", table("A", "u8", -1)),
    ("nested TOML", ".toml", b"a = " + b"[" * 50000 + b"]" * 50000),
    ("a huge number", ".toml", b"a = " + b"9" * 100000),
    ("a Python file that loops", ".py", b"while True: pass\n"),
    ("a Python file that eats memory", ".py", b"x = [bytearray(1 << 20) for _ in range(1 << 20)]\n"),
    ("a Python file that exits", ".py", b"import sys; sys.exit(0)\n"),
    ("a Python file that dies", ".py", b"import os; os.abort()\n"),
    ("a Python file that prints", ".py", b"print('x' * 10_000_000)\n" + CLASS),
    ("a Python file that reads input", ".py", b"input()\n"),
    ("a Python file with no records", ".py", b"x = 1\n"),
    ("a Python file with a wrong syntax", ".py", b"class A(:\n"),
    ("a nested Python file", ".py", b"x = " + b"(" * 5000 + b")" * 5000),
    ("an ELF head alone", ".so", b"\x7fELF" + bytes(12)),
    ("an ELF head with counts beyond the file", ".so", b"\x7fELF\x02\x01\x01" + bytes(9) + b"\xff" * 48),
    ("an MZ head alone", ".exe", b"MZ" + bytes(58) + b"\xff\xff\xff\xff"),
    ("an MZ head that points at itself", ".exe", b"MZ" + bytes(58) + bytes(4)),
    ("a PE head alone", ".dll", b"MZ" + bytes(58) + b"\x40\0\0\0" + b"PE\0\0" + b"\xff" * 300),
    ("C# without end", ".cs", b"struct A { " * 2000),
    ("Nim without end", ".nim", b"type A = object\n a: array[0 .. 99999999999, int]\n"),
    ("Rust without end", ".rs", b"pub struct A { a: [u8; 1 << 62] }\n"),
    ("Pascal without end", ".pas", b"unit a; interface type A = record " + b"x: record " * 500),
    ("Go without end", ".go", b"package main\ntype A struct { a [1<<62]byte }\n"),
)  # fmt: skip


class Case(NamedTuple):
    """A file by what it is, its ending, and its bytes."""

    what: str
    ending: str
    data: bytes


class Outcome(NamedTuple):
    """What came of a file: what is wrong with that (empty: nothing), seconds, megabytes of the largest process."""

    wrong: str
    seconds: float
    megabytes: float


def cases(count: int, seed: int) -> Iterator[Case]:
    """Yield all that are made, and damaged ones up to the count."""
    yield from (Case(*made) for made in MADE)
    draw = random.Random(seed)
    whole = [(ending, path) for ending, folder, pattern in SEEDS for path in sorted((ROOT / folder).glob(pattern))]
    by_ending = sorted({ending for ending, _ in whole})
    for number in range(max(0, count - len(MADE))):
        ending = by_ending[number % len(by_ending)]
        path = draw.choice([path for one, path in whole if one == ending])
        yield Case(f"{path.name}, damaged ({number})", ending, damaged(path.read_bytes(), draw))


def damaged(data: bytes, draw: random.Random) -> bytes:
    """Return the bytes cut off, with a piece missing, doubled, turned over, or replaced by noise, once to four times."""
    for _ in range(draw.randint(1, 4)):
        start = draw.randrange(len(data) + 1)
        end = min(len(data), start + draw.choice((1, 2, 8, 64, 700)))
        piece = data[start:end]
        data = draw.choice(
            (
                data[:start],
                data[:start] + data[end:],
                data[:end] + piece * draw.randint(1, 50) + data[end:],
                data[:start] + piece[::-1] + data[end:],
                data[:start] + draw.randbytes(len(piece)) + data[end:],
                data[:start]
                + draw.choice((b"(", b"}", b"[[", b'"', b"\0", b"\xff\xfe", b"*/", b"%n", b"9" * 40))
                + data[end:],
            )
        )
    return data


def tried(case: Case, folder: Path) -> Outcome:
    """Explain the file in a process of its own, and look at how it ended."""
    file = folder / f"hostile{case.ending}"
    file.write_bytes(case.data)
    said, began = folder / "said", time.monotonic()
    words = [sys.executable, "-I", "-S", "-c", MEASURE, sys.executable, "-m", "samebytes", "explain", str(file)]
    with said.open("wb") as output, subprocess.Popen(
        words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=output, cwd=folder, start_new_session=True
    ) as process:  # fmt: skip
        try:
            status, kilobytes = map(int, process.communicate(timeout=3 * SECONDS)[0].split())
            late = False
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            status, kilobytes, late = 0, 0, True
    seconds, megabytes = time.monotonic() - began, kilobytes / 1024
    return Outcome(_wrong(status, said.read_text("utf-8", "replace"), late, megabytes, file), seconds, megabytes)


def _wrong(status: int, words: str, late: bool, megabytes: float, file: Path) -> str:
    if late:
        return f"did not end within {3 * SECONDS:.0f} s"
    if status not in ANSWERS:
        return f"ended with {status}: {words[-300:]}"
    if "Traceback" in words or "defect in samebytes" in words:
        return f"a traceback: {words[-300:]}"
    if len(words) > BYTES_SAID:
        return f"said {len(words)} characters"
    if re.search(r"[\x00-\x08\x0b-\x1f\x7f]", words):
        return f"control characters: {words[:200]!r}"
    if status and file.name not in words:
        return f"the message does not name the file: {words[:300]}"
    if megabytes > MEGABYTES:
        return f"took {megabytes:.0f} MB"
    return ""


def main() -> int:
    """Try them all; print what is wrong, and the worst."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 500
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    wrong, worst_time, worst_memory = 0, (0.0, ""), (0.0, "")
    with tempfile.TemporaryDirectory() as folder:
        for case in cases(count, seed):
            outcome = tried(case, Path(folder))
            worst_time = max(worst_time, (outcome.seconds, case.what))
            worst_memory = max(worst_memory, (outcome.megabytes, case.what))
            if outcome.wrong or outcome.seconds > SECONDS:
                wrong += 1
                print(f"{case.what}: {outcome.wrong or f'took {outcome.seconds:.1f} s'}", flush=True)
    slowest, largest = f"{worst_time[0]:.1f} s ({worst_time[1]})", f"{worst_memory[0]:.0f} MB ({worst_memory[1]})"
    print(f"{count} files, seed {seed}: {wrong} wrong; slowest {slowest}, largest {largest}")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
