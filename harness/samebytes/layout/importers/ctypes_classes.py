"""Existing ctypes classes as records.

ctypes is measured, not believed: `ctypes.sizeof` and the offsets of its fields are what the running program does; our rules are what C
compilers do. Where they differ (ctypes of Python 3.8 to 3.13 places bit-fields of mixed types as no compiler does, and `_pack_`
changes the rules it uses) the record has ctypes' own offsets, and a note says what C makes of the same fields.
Source: the `ctypes` chapter of Python's library reference, "Structured data types" and "Bit fields in structures and unions".
"""

from __future__ import annotations

import ctypes
import platform
import sys
from dataclasses import replace
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.abi import ABIS, Abi
from samebytes.layout.importers.fitting import Measured, fit
from samebytes.layout.importers.origin import ImportOrigin
from samebytes.layout.kinds import KINDS, Kind, Pointer
from samebytes.layout.record import Chars, Field, Record

__all__ = ["ctypes_classes", "from_ctypes", "this_abi"]

_CODES = {
    "c": "char",
    "u": "wchar",
    "b": "i8",
    "B": "u8",
    "h": "i16",
    "H": "u16",
    "f": "f32",
    "d": "f64",
    "g": "longdouble",
    "?": "bool",
    "v": "i16",
}
"""`_type_` of ctypes' simple types; integers go by their width, as ctypes itself calls `c_long` and `c_int64` one type."""
_SIGNED, _UNSIGNED = "ilq", "ILQ"
_POINTERS = "PzZXO"
_MACHINES = {
    "amd64": "x86_64",
    "arm64": "aarch64",
    "i386": "i686",
    "i586": "i686",
    "ppc64le": "powerpc64le",
    "armv8l": "armv7",
}
_DEEPEST = 64


def this_abi() -> Abi:
    """Return the ABI of the Python that runs this. LayoutError when it is none we know."""
    machine = platform.machine().lower()
    machine = _MACHINES.get(machine, machine)
    if machine == "x86_64" and ctypes.sizeof(ctypes.c_void_p) == 4:
        machine = "i686"
    if machine == "aarch64" and ctypes.sizeof(ctypes.c_void_p) == 4:
        machine = "armv7"
    system = {"win32": "windows", "darwin": "macos"}.get(sys.platform, "linux")
    name = f"{machine}-{system}" + ("-gnueabihf" if machine == "armv7" else "")
    if name not in ABIS:
        raise LayoutError(f"this Python runs on {name}, an ABI that is not known", hint=f"known: {', '.join(ABIS)}")
    return ABIS[name]


def from_ctypes(cls: type) -> Record:
    """Return the record of a ctypes Structure or Union, as this Python places its fields.

    Handles nested structures, arrays, pointers, bit-fields, `_pack_`, `_anonymous_`, base classes and BigEndianStructure (its record
    is for big-endian ABIs; a note says so). LayoutError for what is not a ctypes class or has fields of no fixed place.
    """
    if not isinstance(cls, type) or not issubclass(cls, (ctypes.Structure, ctypes.Union)):
        raise LayoutError(f"{cls!r} is no ctypes Structure or Union", hint="pass the class itself")
    return _Reader(_swapped(cls)).record(cls)


def ctypes_classes(names: dict[str, Any]) -> dict[str, type]:
    """Return the structures and unions among a module's names, in order, those with fields."""
    return {
        name: value
        for name, value in names.items()
        if isinstance(value, type)
        and issubclass(value, (ctypes.Structure, ctypes.Union))
        and getattr(value, "_fields_", None)
    }


def _swapped(cls: type) -> bool:
    """Return whether its fields are in the other byte order than this machine's: BigEndianStructure marks them so."""
    return hasattr(cls, "_swappedbytes_")


def _turned(kind: Any) -> bool | None:
    """Return whether a scalar is in the other byte order than this machine's; None for one that has none."""
    little, big = (getattr(kind, name, None) for name in ("__ctype_le__", "__ctype_be__"))
    if little is None or little is big:
        return None
    return bool(kind is (big if sys.byteorder == "little" else little))


class _Reader:
    """Builds the records of one class and of what it contains."""

    def __init__(self, swapped: bool) -> None:
        native = this_abi()
        self.swapped, self.native = swapped, native
        self.abi = _other_order(native) if swapped else native

    def record(self, cls: Any, depth: int = 0) -> Record:
        if depth > _DEEPEST:
            raise LayoutError(f"{cls.__name__}: more than {_DEEPEST} structures inside structures")
        if _swapped(cls) != self.swapped and getattr(cls, "_fields_", None):
            raise LayoutError(f"{cls.__name__} has another byte order than what contains it", hint="use one for all")
        parts, bits = self._parts(cls, depth)
        plain = {
            "name": cls.__name__,
            "fields": tuple(parts),
            "union": issubclass(cls, ctypes.Union),
            "pack": getattr(cls, "_pack_", None) or None,
            "align": getattr(cls, "_align_", None) or None,
            "origin": self._origin(cls),
            "doc": (cls.__doc__ or "").strip().partition("\n")[0],
        } | ({} if parts else {"size": ctypes.sizeof(cls)})
        measured = Measured(ctypes.sizeof(cls), ctypes.alignment(cls), tuple(bits), f"ctypes of Python {_python()}")
        return self._fitted(plain, measured)

    def _fitted(self, plain: dict[str, Any], measured: Measured) -> Record:
        try:
            return fit(plain, measured, self.abi, (plain["pack"],))
        except LayoutError as error:
            record = fit(plain, measured, self.abi, (), "ctypes has rules of its own")
            note = f"ctypes and C compilers differ: {error.message}. The record is as ctypes has it."
            origin = replace(plain["origin"], notes=(*plain["origin"].notes, note))
            return replace(record, origin=origin)

    def _parts(self, cls: Any, depth: int) -> tuple[list[Field], list[int | None]]:
        parts: list[Field] = []
        bits: list[int | None] = []
        base = cls.__base__
        if getattr(base, "_fields_", None) and issubclass(base, (ctypes.Structure, ctypes.Union)):
            parts.append(Field("", self.record(base, depth + 1)))
            bits.append(0)
        if "_fields_" not in cls.__dict__:
            return parts, bits
        anonymous = set(getattr(cls, "_anonymous_", ()))
        for name, kind, *width in cls._fields_:
            part = self._field("" if name in anonymous else name, kind, width[0] if width else None, depth)
            parts.append(part)
            bits.append(self._place(getattr(cls, name), kind, part))
        return parts, bits

    def _field(self, name: str, kind: Any, width: int | None, depth: int) -> Field:
        counts: list[int] = []
        while isinstance(kind, type) and issubclass(kind, ctypes.Array):
            counts.append(int(kind._length_))  # type: ignore[call-overload]
            kind = kind._type_
        of = self._kind(kind, name, depth)
        text = isinstance(of, Kind) and of.name in ("char", "wchar") and counts
        return Field(name, of, tuple(counts), bits=width, chars=Chars() if text else None)

    def _kind(self, kind: Any, name: str, depth: int) -> Kind | Record:
        if issubclass(kind, (ctypes.Structure, ctypes.Union)):
            return self.record(kind, depth + 1)
        if _turned(kind) not in (self.swapped, None):
            own, other = ("little", "big") if self.abi.order == "little" else ("big", "little")
            raise LayoutError(
                f"`{name}` is {other}-endian, and other fields are {own}-endian", hint="use one byte order for all"
            )
        code = getattr(kind, "_type_", None)
        if not isinstance(code, str) or code in _POINTERS:
            target = getattr(code, "__name__", "")
            return Pointer(to=target)
        if code in _CODES:
            return KINDS[_CODES[code]]
        if code in _SIGNED or code in _UNSIGNED:
            return KINDS[f"{'i' if code in _SIGNED else 'u'}{ctypes.sizeof(kind) * 8}"]
        raise LayoutError(f"{name}: {kind.__name__} is no type that can be shared")

    def _place(self, descriptor: Any, kind: Any, part: Field) -> int:
        """Return bits from the start. ctypes counts a bit-field's from the lowest bit of its unit, in either byte order."""
        start = int(descriptor.offset) * 8
        if part.bits is None:
            return start
        # Python 3.14 has a word for it; before, it is the low half of `size`.
        low = int(getattr(descriptor, "bit_offset", int(descriptor.size) & 0xFFFF))
        if self.abi.order == "big":
            return start + ctypes.sizeof(kind) * 8 - low - part.bits
        return start + low

    def _origin(self, cls: type) -> ImportOrigin:
        notes = (f"Its bytes are {self.abi.order}-endian: lay it out on such an ABI.",) if self.swapped else ()
        order = self.abi.order if self.swapped else ""
        return ImportOrigin(
            "python", f"{cls.__module__}.{cls.__qualname__}", f"ctypes of Python {_python()}", notes, order
        )


def _python() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor} on {sys.platform}"


def _other_order(abi: Abi) -> Abi:
    """Return this machine's rules, with the other byte order."""
    return replace(abi, name=f"{abi.name} (other byte order)", order="big" if abi.order == "little" else "little")
