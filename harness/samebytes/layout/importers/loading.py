"""One door for every kind of file: `load` looks at what the file is and calls the importer for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.importers.c_header import from_header, header_records
from samebytes.layout.record import Record
from samebytes.layout.toml_form import records_from_toml

__all__ = ["load"]

_HEADERS = (".h", ".hpp", ".hh", ".hxx", ".h++", ".inc", ".c", ".cpp", ".cc", ".cxx")


def load(
    path: Path | str,
    type_name: str | None = None,
    *,
    abi: Abi | str = "x86_64-linux",
    defines: Mapping[str, str | int | None] | None = None,
    include: Iterable[Path | str] = (),
    language: str = "",
) -> list[Record]:
    """The records of a file, or the one named `type_name` (as a list of one).

    By what the file is: `.toml` our own form; `.h`, `.hpp`, … a C or C++ header, read for `abi` with `defines`, `include` and
    `language` as `from_header` takes them. LayoutError for anything else, and when there is no such record.
    """
    path = Path(path)
    abi = abi_named(abi) if isinstance(abi, str) else abi
    if path.suffix == ".toml":
        return _pick(path, records_from_toml(path), type_name)
    if path.suffix.lower() in _HEADERS or path.is_dir():
        return _header(path, type_name, abi, defines, include, language)
    raise LayoutError(f"{path}: what is it?", hint="records come from .toml files and from headers (.h, .hpp, …)")


def _pick(path: Path, records: Mapping[str, Record], name: str | None) -> list[Record]:
    if name is None:
        return list(records.values())
    if name not in records:
        raise LayoutError(f"{path} has no record {name}", hint=f"its records: {', '.join(records) or 'none'}")
    return [records[name]]


def _header(
    path: Path,
    name: str | None,
    abi: Abi,
    defines: Mapping[str, str | int | None] | None,
    include: Iterable[Path | str],
    language: str,
) -> list[Record]:
    if name is not None:
        return [from_header(path, name, abi=abi, defines=defines, include=include, language=language)]
    found = header_records(path, abi=abi, defines=defines, include=include, language=language)
    if not found:
        reasons = [f"{one}: {why}" for one, why in found.refused.items()]
        raise LayoutError(f"{path} defines no record that can be shared", hint="; ".join(reasons[:3]))
    return list(found.values())
