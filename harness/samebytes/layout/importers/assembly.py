"""Structures of .NET assemblies, in both layouts a running program has for them.

*Managed* is how the runtime keeps a value (`Unsafe.SizeOf`, `MemoryMappedViewAccessor.Write<T>`, pointers), *marshalled* is what
`Marshal.StructureToPtr` writes. They differ in `bool` (1, 4), `char` (2, 1 by CharSet), strings and arrays (references; in place by
`MarshalAs`). Both are computed from the assembly's metadata by the rules of "Customizing structure marshalling" and
"StructLayoutAttribute" in Microsoft's .NET documentation. Where this machine has .NET it is asked too, and what it says counts: sizes
and offsets of some types differ between its versions, and some types it refuses.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from samebytes.errors import LayoutError, TypeRefusedError
from samebytes.layout.abi import Abi, abi_named
from samebytes.layout.importers.clr_judge import Judge, testimony
from samebytes.layout.importers.clr_types import ClrType, Types
from samebytes.layout.importers.clr_witness import Testimony
from samebytes.layout.importers.metadata import Metadata
from samebytes.layout.importers.origin import Imported, ImportOrigin
from samebytes.layout.record import Record
from samebytes.layout.rules import Leaf, lay_out

__all__ = ["MARSHALLED", "AssemblyRecord", "LayoutsDiffer", "assembly_records", "from_assembly"]

LARGEST = 256 << 20
"""Bytes an assembly may have."""
SMALL = 100
"""Types of an assembly that a runtime is asked about at once."""
MARSHALLED = "_marshalled"
"""What the name of the second record ends in, when a structure has two layouts."""


@dataclass(frozen=True)
class LayoutsDiffer:
    """The warning that a structure's two layouts are not the same. `what` are sentences, one for each difference."""

    name: str
    what: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.name} has two layouts, and they differ: {'; '.join(self.what)}. Check the one your program uses."


@dataclass(frozen=True)
class AssemblyRecord:
    """One structure in both layouts. A layout that does not exist is None, and `why` says the reason."""

    name: str
    managed: Record | None
    marshalled: Record | None
    why: tuple[str, ...] = ()
    warning: LayoutsDiffer | None = None
    refused: TypeRefusedError | None = None
    """Why it is not marshalled as it is declared, where that is so."""

    @property
    def records(self) -> list[Record]:
        """Return one record when both layouts agree, else the managed one and, as `NAME_marshalled`, the other."""
        if self.managed is not None and self.marshalled is not None and self.warning is not None:
            return [self.managed, replace(self.marshalled, name=self.marshalled.name + MARSHALLED)]
        return [record for record in (self.managed or self.marshalled,) if record is not None]


def from_assembly(
    path: Path | str, type_name: str, *, abi: Abi | str = "x86_64-windows", runtime: str = ""
) -> AssemblyRecord:
    """Return the structure `type_name` (`Namespace.Outer+Inner`, or its last name) of a .NET assembly.

    No code of the assembly is run. `abi` is what the layouts are for. `runtime` is the version of .NET that is asked, in a process of
    its own (`8`, `3.1`; empty: the one that this machine prefers, if it has one; `none`: only the rules count). LayoutError for what
    is not an assembly, for a type that is not in it, and for one that has neither layout; TypeRefusedError for one that .NET refuses;
    MissingError for a version that is not here.
    """
    types = _open(path)
    abi = abi_named(abi) if isinstance(abi, str) else abi
    with _damage_told(path):
        one = _find(path, types, type_name)
        names = _asked_about(types, one)
    return _both(path, types, one, abi, testimony(Path(path), names, abi, runtime))


def assembly_records(path: Path | str, *, abi: Abi | str = "x86_64-windows", runtime: str = "") -> Imported:
    """Return every structure the assembly declares with a layout of its own, by name, the marshalled ones as `NAME_marshalled`."""
    abi = abi_named(abi) if isinstance(abi, str) else abi
    types = _open(path)
    records: dict[str, Record] = {}
    refused: dict[str, str] = {}
    with _damage_told(path):
        structs = list(_structs(types))
    seen = testimony(Path(path), [one.name for one in structs], abi, runtime) if structs else None
    for one in structs:
        try:
            for record in _both(path, types, one, abi, seen).records:
                records[record.name] = record
        except LayoutError as error:
            refused[_last(one.name)] = str(error)
    return Imported(records, refused)


def _open(path: Path | str) -> Types:
    path = Path(path)
    try:
        if path.stat().st_size > LARGEST:
            raise LayoutError(f"{path} has more than {LARGEST} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise LayoutError(f"cannot read {path}: {error}") from error
    with _damage_told(path):
        try:
            types = Types(Metadata(data))
            _ = types.by_name
        except LayoutError as error:
            raise LayoutError(f"{path}: {error.message}", hint=error.hint) from error
    return types


@contextmanager
def _damage_told(path: Path | str) -> Iterator[None]:
    """Raise LayoutError for any error that damage causes: numbers that lead out of the file, or round in circles."""
    try:
        yield
    except LayoutError:
        raise
    except Exception as error:
        raise LayoutError(f"{path}: its metadata is damaged ({type(error).__name__}: {error})") from error


def _structs(types: Types) -> Iterator[ClrType]:
    for one in types.by_name.values():
        hidden = "<" in one.name or "`" in one.name
        if one.base == "System.ValueType" and not hidden and types.fields(one):
            yield one


def _asked_about(types: Types, one: ClrType) -> list[str]:
    """Return the types that a runtime is asked about for one type's sake: all of a small assembly, since starting it takes longest."""
    names = [other.name for other in types.by_name.values() if other.layout != "auto" and "<" not in other.name]
    names = [name for name in names if "`" not in name]
    return names if len(names) <= SMALL and one.name in names else [one.name]


def _find(path: Path | str, types: Types, name: str) -> ClrType:
    asked = name.replace("/", "+")
    found = [one for full, one in types.by_name.items() if _means(full, asked)]
    exact = [one for one in found if one.name == asked]
    if len(exact or found) == 1:
        return (exact or found)[0]
    if found:
        listed = ", ".join(one.name for one in found)
        raise LayoutError(f"{path} has more than one {name}: {listed}", hint="use the full name")
    listed = ", ".join(one.name for _, one in zip(range(20), _structs(types), strict=False))
    raise LayoutError(f"{path} has no type {name}", hint=f"its structures: {listed or 'none'}")


def _means(full: str, asked: str) -> bool:
    """Return whether `asked` names the type `full`: namespaces and outer types may be left out; `.` may stand for `+`."""
    return f".{full}".replace("+", ".").endswith(f".{asked}".replace("+", "."))


def _last(name: str) -> str:
    return name.rpartition(".")[2].rpartition("+")[2]


def _both(path: Path | str, types: Types, one: ClrType, abi: Abi, seen: Testimony | None) -> AssemblyRecord:
    """Return both layouts by the rules, each confirmed, corrected or refused by the runtime that was asked."""
    judge = Judge(types, one, abi, seen, ImportOrigin("c#", f"{path}: {one.name}", "its metadata"))
    try:
        judge.check_loading()
        managed, marshalled = judge.managed(), judge.marshalled()
    except LayoutError:
        raise
    except Exception as error:
        raise LayoutError(f"{path}: {one.name} cannot be read ({type(error).__name__}: {error})") from error
    why = tuple(judge.why)
    if managed is None and marshalled is None:
        raise judge.refused or LayoutError(f"{path}: {one.name} has no layout to share: {'; '.join(why)}")
    warning = _compared(one.name, managed, marshalled, abi)
    notes = tuple([str(warning)] if warning else why) + _rounding(managed or marshalled, abi) + tuple(judge.notes)
    managed, marshalled = (_noted(record, notes) for record in (managed, marshalled))
    return AssemblyRecord(_last(one.name), managed, marshalled, why, warning, judge.refused)


def _rounding(record: Record | None, abi: Abi) -> tuple[str, ...]:
    layout = lay_out(record, abi) if record is not None else None
    if layout is None or layout.size % layout.align == 0:
        return ()
    return (f"CoreCLR takes its Size as it is; mono rounds it up to a multiple of {layout.align}.",)


def _noted(record: Record | None, notes: tuple[str, ...]) -> Record | None:
    if record is None or not isinstance(record.origin, ImportOrigin):
        return record
    return replace(record, origin=replace(record.origin, notes=record.origin.notes + notes))


def _compared(name: str, managed: Record | None, marshalled: Record | None, abi: Abi) -> LayoutsDiffer | None:
    if managed is None or marshalled is None:
        return None
    one, other = lay_out(managed, abi), lay_out(marshalled, abi)
    what = [
        _sentence(path, one.by_path.get(path), other.by_path.get(path)) for path in {**one.by_path, **other.by_path}
    ]
    sentences = [sentence for sentence in what if sentence]
    if one.size != other.size:
        sentences.insert(0, f"{one.size} bytes managed, {other.size} marshalled")
    return LayoutsDiffer(name, tuple(sentences[:10])) if sentences else None


def _sentence(path: str, managed: Leaf | None, marshalled: Leaf | None) -> str:
    if managed is None or marshalled is None:
        return f"{path} is only in the {'marshalled' if managed is None else 'managed'} one"
    if (managed.offset, managed.width) == (marshalled.offset, marshalled.width):
        return ""
    return f"{path} is {managed.width} bytes at {managed.offset} managed, {marshalled.width} at {marshalled.offset} marshalled"
