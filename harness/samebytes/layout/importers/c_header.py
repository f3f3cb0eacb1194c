"""C and C++ headers: clang reads them, our rules lay their records out, and both must agree to the bit.

What clang is asked for are facts of the declaration (fields, types, attributes) and its own numbers (sizeof, alignof, offsetof) for
the ABI's target. A record is returned only when our layout of it has those numbers. `#pragma pack` is the one thing clang does
not tell: of the values that fit clang's numbers the one that stands nearest above the record is taken.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.importers.clang_run import LARGEST, Source, read_with_clang
from samebytes.layout.importers.header_records import Builder
from samebytes.layout.importers.origin import Imported
from samebytes.layout.record import Record

__all__ = ["from_header", "header_records"]

_LANGUAGES = ("", "c", "c++")


def from_header(
    path_or_text: Path | str,
    type_name: str | None = None,
    *,
    abi: Abi | str,
    defines: Mapping[str, str | int | None] | None = None,
    include: Iterable[Path | str] = (),
    language: str = "",
) -> Record:
    """Return the record `type_name` of a header, as the compilers of `abi` lay it out.

    `path_or_text` is a file, or the header's text itself (a `str` with a line break or a brace in it). `type_name` may be a struct,
    union, class or a typedef of one, qualified (`ns::Telemetry`) or not; it may be left out when the header has one record.
    `defines` are macros (None: defined as nothing), `include` folders, `language` `c` or `c++` (empty: by the file's ending;
    a `.h` is read as C, and as C++ when it is not C). LayoutError, with file and line, for every error that clang finds, for
    records with virtual functions, and when clang's numbers are not ours; MissingError without libclang-ng.
    """
    builder = _builder(path_or_text, abi, defines, include, language, type_name or "")
    return builder.only() if type_name is None else builder.named(type_name)


def header_records(
    path_or_text: Path | str,
    *,
    abi: Abi | str,
    defines: Mapping[str, str | int | None] | None = None,
    include: Iterable[Path | str] = (),
    language: str = "",
) -> Imported:
    """Return every record that the header itself (not what it includes) defines, by name; arguments and errors as `from_header`.

    Records that cannot be shared (virtual functions, references) are in `.refused`, by name, with the reason.
    """
    return _builder(path_or_text, abi, defines, include, language).all()


def _builder(
    path_or_text: Path | str,
    abi: Abi | str,
    defines: Mapping[str, str | int | None] | None,
    include: Iterable[Path | str],
    language: str,
    asked: str = "",
) -> Builder:
    if language not in _LANGUAGES:
        raise LayoutError(f"language {language!r}", hint="'c' or 'c++'")
    path, text = _text(path_or_text)
    abi = abi_named(abi) if isinstance(abi, str) else abi
    source = Source(path, text, abi, _checked(defines or {}), tuple(str(folder) for folder in include), asked, language)
    return Builder(source, read_with_clang(source))


def _checked(defines: Mapping[str, str | int | None]) -> Mapping[str, str | int | None]:
    for name in defines:
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            raise LayoutError(f"{name!r} is no macro's name", hint="defines={'NAME': value}")
    return defines


def _text(path_or_text: Path | str) -> tuple[str, str]:
    """Return name and text. A `str` that cannot be a path is the text itself."""
    if isinstance(path_or_text, str) and ("\n" in path_or_text or "{" in path_or_text):
        return "header.h", path_or_text
    path = Path(path_or_text)
    if path.is_dir():
        raise LayoutError(
            f"{path} is a directory",
            hint="name one header; folders to search are include=[…], on the command line -I DIR",
        )
    try:
        if path.stat().st_size > LARGEST:
            raise LayoutError(f"{path} has {path.stat().st_size} bytes", hint=f"a header has at most {LARGEST}")
        data = path.read_bytes()
    except (OSError, ValueError) as error:
        raise LayoutError(f"cannot read {path_or_text}: {error}") from error
    return str(path), _decoded(path, data)


def _decoded(path: Path, data: bytes) -> str:
    if b"\0" in data and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise LayoutError(f"{path} is no text: it has a NUL byte at {data.index(0)}", hint="name a header")
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # comments by authors with another code page
