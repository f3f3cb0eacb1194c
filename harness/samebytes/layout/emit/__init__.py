"""Emitters: a record's declaration in C, C++, C#, Nim, Rust, Object Pascal, Python and Go, each holding its size and offsets.

And views of it, for ImHex and Kaitai Struct.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.emit.c import emit_c, emit_cpp
from samebytes.layout.emit.csharp import emit_csharp, within
from samebytes.layout.emit.go import emit_go
from samebytes.layout.emit.hexpat import emit_hexpat
from samebytes.layout.emit.kaitai import emit_kaitai
from samebytes.layout.emit.nim import emit_nim
from samebytes.layout.emit.pascal import emit_pascal, in_unit
from samebytes.layout.emit.python import emit_python
from samebytes.layout.emit.rust import emit_rust
from samebytes.layout.record import Record

__all__ = ["ALIASES", "LANGUAGES", "PLAIN", "VIEWS", "emit", "emitter_of"]

LANGUAGES: dict[str, Callable[[Iterable[Record], Abi, str], str]] = {
    "c": emit_c,
    "c++": emit_cpp,
    "csharp": emit_csharp,
    "nim": emit_nim,
    "rust": emit_rust,
    "pascal": emit_pascal,
    "python": emit_python,
}
"""Emitters by the language's name."""

PLAIN: dict[str, Callable[[Iterable[Record], Abi, str], str]] = {"go": emit_go}
"""Emitters of languages without packing, unions and bit-fields: a record that needs one is refused."""

VIEWS: dict[str, Callable[[Iterable[Record], Abi, str], str]] = {"imhex": emit_hexpat, "kaitai": emit_kaitai}
"""What shows a record's bytes in other programs: an ImHex pattern (.hexpat), a Kaitai Struct description (.ksy)."""

ALIASES = {
    "golang": "go",
    "cpp": "c++",
    "cxx": "c++",
    "c#": "csharp",
    "cs": "csharp",
    "rs": "rust",
    "pas": "pascal",
    "object pascal": "pascal",
    "free pascal": "pascal",
    "py": "python",
}
"""What else people call these languages, in lower case."""

MAX_FIELDS = 20_000
"""Fields an emission may have."""


def emitter_of(language: str) -> str:
    """Return the emitter's name for a language as people write it, such as `C#`; empty if there is no emitter for it."""
    name = ALIASES.get(language.lower(), language.lower())
    return name if name in LANGUAGES | PLAIN else ""


SCOPES: dict[str, Callable[[str, str], str]] = {"csharp": within, "pascal": in_unit}
"""What puts a source file's declarations into the scope of a type's full name: its namespace, its unit."""


def emit(
    records: Record | Sequence[Record], language: str, abi: Abi | str, title: str = "", full_name: str = ""
) -> str:
    """Return a source file that declares the records, and what they need, as they are on `abi`.

    `title` goes into a comment on its first line. What the language lacks (bit-fields, unions, 128 bits) becomes storage
    with accessors, or bytes. With `full_name`, such as `Telemetry.CarState`, they stand in that type's scope where the language's
    files can say so (C#, Pascal). LayoutError for an unknown language and for what it cannot hold at all.
    """
    emitters = LANGUAGES | PLAIN | VIEWS
    if language not in emitters:
        raise LayoutError(f"there is no emitter for {language!r}", hint=f"languages: {', '.join(emitters)}")
    abi = abi_named(abi) if isinstance(abi, str) else abi
    wanted = [records] if isinstance(records, Record) else list(records)
    if not wanted:
        raise LayoutError("no record to emit")
    if sum(len(record.fields) for record in wanted) > MAX_FIELDS:
        raise LayoutError(f"more than {MAX_FIELDS} fields to emit")
    names = ", ".join(record.name for record in wanted[:8]) + (" …" if len(wanted) > 8 else "")
    line = title or f"{names} as on {abi.name}; made by samebytes emit"
    text = emitters[language](wanted, abi, line.replace("*/", "* /").replace("}", ")").replace("\n", " "))
    return SCOPES[language](text, full_name) if full_name and language in SCOPES else text
