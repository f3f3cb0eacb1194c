"""One door for every kind of file: `load` looks at what the file is and calls the importer for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.from_toml import records_from_toml
from samebytes.layout.importers.assembly import MARSHALLED, assembly_records, from_assembly
from samebytes.layout.importers.binary import binary_records, from_binary
from samebytes.layout.importers.c_header import from_header, header_records
from samebytes.layout.importers.metadata import is_assembly
from samebytes.layout.importers.origin import Imported
from samebytes.layout.importers.programs import is_program
from samebytes.layout.importers.python_file import python_records
from samebytes.layout.record import Record
from samebytes.suggesting import there_are

__all__ = ["load"]

_HEADERS = (".h", ".hpp", ".hh", ".hxx", ".h++", ".inc", ".c", ".cpp", ".cc", ".cxx")
_KINDS = (
    "a .toml description, a C or C++ header (.h, .hpp, …), a program or object with debug information, "
    "a .NET assembly, a .py file; the commands also read sources in C#, Nim, Rust, Object Pascal and Go"
)


def load(
    path: Path | str,
    type_name: str | None = None,
    *,
    abi: Abi | str = "x86_64-linux",
    defines: Mapping[str, str | int | None] | None = None,
    include: Iterable[Path | str] = (),
    language: str = "",
) -> list[Record]:
    """Return the records of a file, or the one named `type_name` (as a list of one).

    By what the file is: `.toml` our own form; `.h`, `.hpp`, … a C or C++ header, read for `abi` with `defines`, `include` and
    `language` as `from_header` takes them; ELF, PE or COFF with debug information; a .NET assembly, whose structures come twice (the
    second as `NAME_marshalled`) when their managed and marshalled layouts differ; `.py` a module with records or ctypes classes,
    which is run, in a process of its own. Only headers are read for an ABI: a program was built for one, and its records come with
    that one's numbers, whatever `abi` says. LayoutError for anything else, and when there is no such record.
    """
    path = Path(path)
    abi = abi_named(abi) if isinstance(abi, str) else abi
    suffix = path.suffix.lower()
    if suffix == ".toml":
        return _pick(path, records_from_toml(path), type_name)
    if suffix in _HEADERS or path.is_dir():
        return _header(path, type_name, abi, defines, include, language)
    if suffix == ".py":
        return _pick(path, python_records(path), type_name)
    head = _head(path)
    if head.startswith(b"MZ") and is_assembly(path.read_bytes()):
        return _assembly(path, type_name, abi)
    if is_program(head):
        return [from_binary(path, type_name)] if type_name else _pick(path, binary_records(path), None)
    raise LayoutError(f"{path} is nothing that records can be read from", hint=f"they come from {_KINDS}")


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(64)
    except OSError as error:
        raise LayoutError(f"cannot read {path}: {error}") from error


def _assembly(path: Path, name: str | None, abi: Abi) -> list[Record]:
    if name is None or name.endswith(MARSHALLED):
        return _pick(path, assembly_records(path, abi=abi), name)
    return from_assembly(path, name, abi=abi).records


def _pick(path: Path, records: Mapping[str, Record], name: str | None) -> list[Record]:
    refused = records.refused if isinstance(records, Imported) else {}
    if name in refused:
        raise LayoutError(refused[name])
    if name is not None and name not in records:
        raise LayoutError(f"{path} has no record {name}", hint=there_are(name, records, "its records"))
    if not records:
        reasons = "; ".join(f"{one}: {why}" for one, why in list(refused.items())[:3])
        raise LayoutError(f"{path} has no record that can be shared", hint=reasons)
    return list(records.values()) if name is None else [records[name]]


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
    return _pick(path, header_records(path, abi=abi, defines=defines, include=include, language=language), None)
