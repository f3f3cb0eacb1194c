"""Traps of single kinds: 1, 2 and 4 to 14. What is called the same is not as wide, or does not mean the same, everywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from samebytes.errors import LayoutError
from samebytes.layout.abi import Abi
from samebytes.layout.hazards.scene import Scene, Visit, spread
from samebytes.layout.hazards.traps import Hazard, hazard
from samebytes.layout.kinds import Enum, Kind, Pointer

__all__ = ["scalar_traps"]

_BY_WIDTH = {"long": 1, "wchar": 2, "pointer": 6, "time": 7}
_C_SPELLING = {
    "ulong": "unsigned long",
    "wchar": "wchar_t",
    "time": "time_t",
    "size": "size_t",
    "ssize": "ssize_t",
    "ptrdiff": "ptrdiff_t",
    "intptr": "intptr_t",
    "uintptr": "uintptr_t",
}


def scalar_traps(scene: Scene) -> Iterator[Hazard]:
    """Yield the traps of every field's own kind, looked at by itself."""
    for visit in scene.visits:
        if visit.kind is not None:
            for rule in _RULES:
                yield from rule(scene, visit, visit.kind)


def _widths(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    number = _BY_WIDTH.get(str(kind.measure))
    if number is None or isinstance(kind, Pointer):
        return
    name = _C_SPELLING.get(kind.name, kind.name)
    differs = scene.differing(kind.width)
    if differs:
        total = visit.part.elements
        several = f"; there are {total} of them" if total > 1 else ""
        yield hazard(number, visit.path, f"the width of {name} in bytes is {differs}{several}")


def _long_double(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    if kind.measure != "long_double":
        return
    differs = scene.differing(lambda abi: (*abi.long_double, abi.long_double_format))
    if differs:
        sizes = spread({abi.name: abi.long_double[0] for abi in scene.company}, " bytes")
        formats = spread({abi.name: abi.long_double_format for abi in scene.company})
        yield hazard(4, visit.path, f"long double is {sizes}; its format is {formats}")


def _int128(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    if kind.measure != 16:
        return
    aligned = {abi.name: f"aligned to {abi.int128}" if abi.int128 else "unknown" for abi in scene.abis}
    if len(set(aligned.values())) > 1:
        yield hazard(5, visit.path, f"__int128 is {spread(aligned)}")


def _pointer(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    if not isinstance(kind, Pointer) or is_vptr(visit, kind):
        return
    differs = scene.differing(kind.width)
    widths = f"; its width in bytes is {differs}" if differs else ""
    yield hazard(6, visit.path, f"an address means nothing in another process: a pointer must not be shared{widths}")


def is_vptr(visit: Visit, kind: Kind) -> bool:
    """Return whether it is a C++ object's hidden pointer to its virtual functions."""
    hidden = visit.part.name.startswith(("_vptr", "__vptr", "__vfptr", "_vfptr", "__vbptr"))
    return isinstance(kind, Pointer) and (hidden or kind.to in ("vtable", "vftable"))


def _enum(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    if not isinstance(kind, Enum) or kind.base is not None:
        return
    width = _width_or_none(kind, scene.company[0])
    yield hazard(
        10,
        visit.path,
        f"enum {kind.name} has no base: {width} bytes in C here, 4 in C#, as few as fit (1) in Rust and Nim, "
        "4 in Free Pascal, 1 in Delphi",
    )
    numbers = [number for _, number in kind.values] or [0]
    differs = scene.differing(lambda abi: _width_or_none(kind, abi))
    if min(numbers) < -(1 << 31) or max(numbers) >= 1 << 32:
        what = differs or f"{width} with GCC, 4 with MSVC"
        yield hazard(8, visit.path, f"enum {kind.name} has values above 32 bits: bytes: {what}")
    if kind.packed:
        what = differs or f"{width} with GCC, 4 with MSVC"
        yield hazard(9, visit.path, f"enum {kind.name} is packed, which MSVC does not know: bytes: {what}")


def _width_or_none(kind: Kind, abi: Abi) -> int | None:
    try:
        return kind.width(abi)
    except LayoutError:
        return None


def _bool(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    name = kind.name.casefold()
    if kind.family != "bool" and name not in ("boolean", "variant_bool"):
        return
    width = kind.width(scene.company[0])
    if visit.part.bits is None:
        yield hazard(
            11,
            visit.path,
            f"{kind.name} is {width} byte{'s' * (width > 1)} here; bool is 1 in C, C++, Rust, Nim and managed C#, "
            "4 when .NET marshals it, BOOL of Win32 4, VARIANT_BOOL 2",
        )
    yield hazard(
        12,
        visit.path,
        "true is written as 1 by C, C++, Rust, Nim and C#, as FFFF for VARIANT_BOOL, as all ones by Pascal's "
        "ByteBool and LongBool; other values than 0 and 1 are undefined behaviour in C++ and Rust",
    )


def _char(scene: Scene, visit: Visit, kind: Kind) -> Iterator[Hazard]:
    if kind.family != "plain" or visit.part.counts or visit.part.flexible or visit.part.chars is not None:
        return  # an array of char is text: its bytes are the same everywhere
    differs = scene.differing(lambda abi: "signed" if abi.char_signed else "unsigned")
    if differs:
        yield hazard(13, visit.path, f"char is {differs}: FF reads -1 or 255")
    if visit.part.bits is None:
        yield hazard(14, visit.path, "char is 1 byte in C, 2 in C# (1 when marshalled as Ansi), 4 in Rust")


_RULES: tuple[Callable[[Scene, Visit, Kind], Iterator[Hazard]], ...] = (
    _widths,
    _long_double,
    _int128,
    _pointer,
    _enum,
    _bool,
    _char,
)
