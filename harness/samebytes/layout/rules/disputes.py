"""Records that compilers of one ABI lay out differently: to be arbitrated, not trusted."""

from __future__ import annotations

from collections.abc import Iterator

from samebytes.layout.abi import Abi
from samebytes.layout.laid_out import Member
from samebytes.layout.record import Record

__all__ = ["disputes"]


def disputes(record: Record, abi: Abi, members: list[Member]) -> Iterator[str]:
    """Yield who does what, for the record itself and those inside it."""
    if abi.bitfields == "ms" and any(part.bits is not None for part in record.fields):
        if record.union:
            yield (
                f"{record.name}: a union with bit-fields; mingw GCC counts the alignment of their declared types, "
                "Microsoft's rules do not"
            )
        elif abi.compiler == "gnu" and (
            record.packed or (record.pack and any(part.bits == 0 for part in record.fields))
        ):
            yield f"{record.name}: packed bit-fields; clang for mingw counts alignments that GCC does not"
    seen = {id(member.layout): member.layout for member in members if member.layout is not None}
    for inner in seen.values():
        yield from inner.disputed
