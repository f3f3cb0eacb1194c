"""The layout library against what people use today, as ratios of one run.

    python tests/bench/bench_layout.py        # needs pycparser, construct, dissect.cstruct; exit code 1 when a bar is missed

Every number is the best of several rounds, so that another load on the machine costs rounds, not the result.
"""

from __future__ import annotations

import ctypes
import struct
import sys
import time
from collections.abc import Callable
from typing import Any

from samebytes.layout import KINDS, Field, Layout, Record, abi_named, lay_out

ABI = abi_named("x86_64-linux")
ROUNDS = 15
CODES = {"u8": "B", "i16": "h", "u32": "I", "i32": "i", "u64": "Q", "f32": "f", "f64": "d", "bool": "?"}
C_NAMES = {"u8": "uint8_t", "i16": "int16_t", "u32": "uint32_t", "i32": "int32_t", "u64": "uint64_t"} | {
    "f32": "float",
    "f64": "double",
    "bool": "_Bool",
}


def best(act: Callable[[], Any], times: int) -> float:
    """Seconds per call, of the fastest round."""
    rounds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - start) / times)
    return min(rounds)


def fifty_fields() -> Record:
    """A record of 50 numbers and bools, in no order that avoids padding."""
    kinds = [list(CODES)[(7 * index) % len(CODES)] for index in range(50)]
    return Record("Fifty", tuple(Field(f"f{index}", KINDS[kind]) for index, kind in enumerate(kinds)))


def declaration(record: Record) -> str:
    """The record as C that all parsers read."""
    fields = "".join(
        f"    {C_NAMES.get(part.type.name, part.type.name)} {part.name}{_counts(part)};\n" for part in record.fields
    )
    return f"struct {record.name} {{\n{fields}}};\n"


def _counts(part: Field) -> str:
    return "".join(f"[{count}]" for count in part.counts)


def fifty_structs(run: int) -> list[Record]:
    """50 structs of 12 fields each; new ones for each run, so that nothing is remembered."""
    kinds = list(CODES)

    def part(number: int, index: int) -> Field:
        counts = (4,) if index % 5 == 0 else ()
        return Field(f"f{index}_{run}", KINDS[kinds[(number + 3 * index) % len(kinds)]], counts)

    return [Record(f"S{number}", tuple(part(number, index) for index in range(12))) for number in range(50)]


def layout_against_pycparser() -> tuple[float, float]:
    """Seconds for all leaves of 50 structs, description included, and for pycparser to parse the same."""
    import pycparser

    names = "".join(f"typedef int {name};\n" for name in C_NAMES.values() if name.endswith("_t"))
    source = names + "".join(map(declaration, fifty_structs(0)))
    runs = iter(range(1 << 30))
    ours = best(lambda: [lay_out(record, ABI).leaves for record in fifty_structs(next(runs))], 3)
    return ours, best(lambda: pycparser.CParser().parse(source), 1)


def struct_format(layout: Layout) -> str:
    """The format a person would write: every field, pad bytes between."""
    text, at = "<", 0
    for leaf in layout.leaves:
        text += f"{leaf.offset - at}x" * (leaf.offset > at) + CODES[leaf.kind.name]
        at = leaf.offset + leaf.width
    return text + f"{layout.size - at}x"


def decodes() -> dict[str, float]:
    """Seconds to decode the record of 50 fields, by tool."""
    import construct
    from dissect.cstruct import cstruct

    layout = lay_out(fifty_fields(), ABI)
    data = bytes(range(1, 256)) * 2
    bare = struct.Struct(struct_format(layout)).unpack_from
    ours, decode = layout.codec.unpack_from, layout.codec.decode
    assert ours(data) == bare(data) == tuple(decode(data).values())
    names = {"u8": "Int8ul", "i16": "Int16sl", "u32": "Int32ul", "i32": "Int32sl", "u64": "Int64ul"} | {
        "f32": "Float32l",
        "f64": "Float64l",
        "bool": "Flag",
    }
    theirs = construct.AlignedStruct(
        8, *(f.name / getattr(construct, names[f.type.name]) for f in layout.record.fields)
    ).compile()
    dissected = cstruct().load("typedef uint8 _Bool;" + declaration(layout.record), align=True).Fifty
    return {
        "struct": best(lambda: bare(data), 20000),
        "tuple": best(lambda: ours(data), 20000),
        "dict": best(lambda: decode(data), 5000),
        "construct": best(lambda: theirs.parse(data * 2), 500),
        "dissect.cstruct": best(lambda: dissected(data), 500),
    }


def field_against_ctypes() -> tuple[float, float]:
    """Seconds to read one live field: ours, and of a ctypes structure."""

    class Plain(ctypes.Structure):
        _fields_ = (("a", ctypes.c_uint32), ("b", ctypes.c_double), ("c", ctypes.c_uint16))

    record = Record("Plain", (Field("a", KINDS["u32"]), Field("b", KINDS["f64"]), Field("c", KINDS["u16"])))
    buffer = bytearray(64)
    ours, theirs = lay_out(record, ABI).overlay(buffer), Plain.from_buffer(buffer)
    return best(_reader(ours), 200), best(_reader(theirs), 200)


def _reader(live: Any) -> Callable[[], None]:
    def read() -> None:
        for _ in range(200):
            live.b  # noqa: B018 - what is measured

    return read


def main() -> int:
    """Measure, print, and compare with the bars."""
    ours, parsed = layout_against_pycparser()
    seconds = decodes()
    field, plain = field_against_ctypes()
    rows = [
        ("layout of 50 structs / pycparser's parse", ours / parsed, 0.5),
        ("decode of 50 fields to a tuple / struct.Struct", seconds["tuple"] / seconds["struct"], 1.5),
        ("the same / construct, compiled", seconds["tuple"] / seconds["construct"], 0.2),
        ("the same / dissect.cstruct", seconds["tuple"] / seconds["dissect.cstruct"], 0.2),
        ("decode of 50 fields to a dict / construct, compiled", seconds["dict"] / seconds["construct"], 0.5),
        ("decode of 50 fields to a dict / dissect.cstruct", seconds["dict"] / seconds["dissect.cstruct"], 0.5),
        ("reading one overlay field / a ctypes field", field / plain, 1.2),
    ]
    for what, ratio, bar in rows:
        print(f"{what:55} {ratio:6.3f}  (at most {bar})  {'ok' if ratio <= bar else 'MISSED'}")
    print(
        f"layout of 50 structs {ours * 1e3:.2f} ms; " + ", ".join(f"{k} {v * 1e6:.2f} µs" for k, v in seconds.items())
    )
    return int(any(ratio > bar for _, ratio, bar in rows))


if __name__ == "__main__":
    sys.exit(main())
