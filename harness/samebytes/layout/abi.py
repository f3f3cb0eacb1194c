"""ABIs as data: one row of sizes, alignments and rules each, from the platforms' own ABI documents.

Sources: System V AMD64, i386, AArch64 (AAPCS64), Arm (AAPCS32), RISC-V, s390x and PowerPC (ELFv1, ELFv2) psABIs; Microsoft's x64
ABI and type-size tables; Apple's arm64 notes. Every row is compared with compilers by `samebytes fuzz`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from samebytes.errors import LayoutError

__all__ = ["ABIS", "Abi", "FloatFormat", "abi_named"]

FloatFormat = Literal["double", "x87", "quad", "ibm"]
"""What a `long double` is: IEEE binary64, x87 80 bits, IEEE binary128, or IBM's pair of doubles."""


@dataclass(frozen=True)
class Abi:
    """The rules that turn a record into offsets. Sizes and alignments are in bytes."""

    name: str
    pointer: int
    long: int
    wchar: int
    eight: int
    """Alignment of 8-byte scalars inside a record: 4 on 32-bit x86 Linux, 8 elsewhere."""
    order: Literal["little", "big"] = "little"
    char_signed: bool = True
    """Whether C's plain `char` is signed."""
    long_double: tuple[int, int] = (16, 16)
    """Size and alignment of C's `long double`."""
    long_double_format: FloatFormat = "quad"
    int128: int = 0
    """Alignment of 128-bit integers; 0 where C has none."""
    time: int = 8
    """Size of `time_t` as the platform's headers have it by default."""
    bitfields: Literal["gcc", "ms", "aapcs"] = "gcc"
    compiler: Literal["gnu", "msvc"] = "gnu"
    """Whose rules for enums, alignment requests under `pack`, and unions of bit-fields: GCC's or Microsoft's."""
    compilers: tuple[Literal["GCC", "clang", "MSVC"], ...] = ("GCC", "clang")
    """Whose rules lay records out: the first one's count, and where others' give other numbers the record is disputed."""
    triple: str = ""
    """What clang calls it."""

    @property
    def struct_order(self) -> Literal["<", ">"]:
        """Return the byte order as `struct` and numpy write it."""
        return "<" if self.order == "little" else ">"


def _linux(name: str, triple: str, pointer: int = 8, **other: Any) -> Abi:
    row: dict[str, Any] = {"long": pointer, "wchar": 4, "eight": 8, "int128": 16 if pointer == 8 else 0} | other
    return Abi(name, pointer, triple=triple, **row)


def _windows(name: str, triple: str, pointer: int = 8, **other: Any) -> Abi:
    row: dict[str, Any] = {
        "long_double": (8, 8),
        "long_double_format": "double",
        "bitfields": "ms",
        "compiler": "msvc",
        "compilers": ("MSVC",),
    } | other
    return Abi(name, pointer, long=4, wchar=2, eight=8, triple=triple, **row)


_GNU: dict[str, Any] = {"compiler": "gnu", "compilers": ("GCC", "clang")}
_X87_16: dict[str, Any] = {"long_double": (16, 16), "long_double_format": "x87"}
_X87_12: dict[str, Any] = {"long_double": (12, 4), "long_double_format": "x87"}
_DOUBLE: dict[str, Any] = {"long_double": (8, 8), "long_double_format": "double"}

ABIS: dict[str, Abi] = {
    abi.name: abi
    for abi in (
        _linux("x86_64-linux", "x86_64-pc-linux-gnu", **_X87_16),
        _linux("i686-linux", "i686-pc-linux-gnu", 4, eight=4, time=4, **_X87_12),
        _windows("x86_64-windows", "x86_64-pc-windows-msvc"),
        _windows("x86_64-windows-gnu", "x86_64-w64-windows-gnu", int128=16, **_GNU, **_X87_16),
        _windows("i686-windows", "i686-pc-windows-msvc", 4),
        _windows("i686-windows-gnu", "i686-w64-windows-gnu", 4, time=4, **_GNU, **_X87_12),
        _windows("aarch64-windows", "aarch64-pc-windows-msvc"),
        _linux("aarch64-linux", "aarch64-unknown-linux-gnu", char_signed=False, bitfields="aapcs"),
        _linux(
            "armv7-linux-gnueabihf",
            "armv7-unknown-linux-gnueabihf",
            4,
            char_signed=False,
            bitfields="aapcs",
            time=4,
            **_DOUBLE,
        ),
        _linux("riscv64-linux", "riscv64-unknown-linux-gnu", char_signed=False),
        _linux("s390x-linux", "s390x-ibm-linux-gnu", char_signed=False, order="big", long_double=(16, 8), int128=8),
        _linux(
            "powerpc64-linux", "powerpc64-unknown-linux-gnu", char_signed=False, order="big", long_double_format="ibm"
        ),
        _linux("powerpc64le-linux", "powerpc64le-unknown-linux-gnu", char_signed=False, long_double_format="ibm"),
        _linux("x86_64-macos", "x86_64-apple-macosx", compilers=("clang",), **_X87_16),
        _linux("aarch64-macos", "arm64-apple-macosx", compilers=("clang",), **_DOUBLE),
    )
}


def abi_named(name: str) -> Abi:
    """Return the ABI of that name. LayoutError names the ones there are."""
    if name not in ABIS:
        raise LayoutError(f"there is no ABI {name!r}", hint=f"known: {', '.join(ABIS)}")
    return ABIS[name]
