"""ABIs as data: one row of sizes and alignments each, from the platforms' own ABI documents.

Sources: System V AMD64, i386, AArch64, RISC-V, s390x and PowerPC ELF psABIs; Microsoft's x64 ABI and type-size tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from samebytes.errors import LayoutError

__all__ = ["ABIS", "Abi", "abi_named"]


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


ABIS: dict[str, Abi] = {
    abi.name: abi
    for abi in (
        Abi("x86_64-linux", pointer=8, long=8, wchar=4, eight=8),
        Abi("i686-linux", pointer=4, long=4, wchar=4, eight=4),
        Abi("x86_64-windows", pointer=8, long=4, wchar=2, eight=8),
        Abi("i686-windows", pointer=4, long=4, wchar=2, eight=8),
        Abi("aarch64-linux", pointer=8, long=8, wchar=4, eight=8, char_signed=False),
        Abi("aarch64-windows", pointer=8, long=4, wchar=2, eight=8),
        Abi("armv7-linux-gnueabihf", pointer=4, long=4, wchar=4, eight=8, char_signed=False),
        Abi("riscv64-linux", pointer=8, long=8, wchar=4, eight=8, char_signed=False),
        Abi("s390x-linux", pointer=8, long=8, wchar=4, eight=8, order="big", char_signed=False),
        Abi("powerpc64-linux", pointer=8, long=8, wchar=4, eight=8, order="big", char_signed=False),
    )
}


def abi_named(name: str) -> Abi:
    """The ABI of that name. LayoutError names the ones there are."""
    if name not in ABIS:
        raise LayoutError(f"there is no ABI {name!r}", hint=f"known: {', '.join(ABIS)}")
    return ABIS[name]
