"""Records from Python classes.

    from samebytes.layout import field, record, union
    from samebytes.layout.types import char16, f64, u8, u32

    @record(pack=4)
    class Telemetry:
        tick: u32
        gear: u8 = field(bits=3)
        _: u32 = field(bits=0)                    # `_`, `_1`, `_2`, …: unnamed bit-fields, anonymous records and unions
        name: char16[32]                          # text that ends at the first NUL; field(text="padded" | "full" | "")
        wheels: Wheel[4]                          # a record declared above
        rest: u8 = field(flexible=True)

The decorated name is a `Record`. A type checker has no idea of `char16[32]` or `Wheel[4]` as types; one that minds them is content with
`name: Annotated[str, char16[32]]` and `wheels: Annotated[list[Any], Wheel[4]]`: in `Annotated[…]` the last kind, record or array counts.
Works under `from __future__ import annotations`, and for classes inside functions.
"""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable
from typing import Annotated, Any, Literal, get_args, get_origin, overload

from samebytes.errors import LayoutError
from samebytes.layout.kinds import KINDS, Kind
from samebytes.layout.record import Array, Chars, Field, Origin, Record, Text, Type

__all__ = ["field", "record", "union"]

_UNNAMED = re.compile(r"_\d*")


class _Said:
    """What `field(…)` says about a field besides its type."""

    def __init__(self, text: str | None, encoding: str, options: dict[str, Any]) -> None:
        self.text, self.encoding, self.options = text, encoding, options


def field(
    *,
    bits: int | None = None,
    offset: int | None = None,
    bit: int | None = None,
    align: int | None = None,
    text: Literal["nul", "padded", "full", "counted", ""] | None = None,
    encoding: str = "",
    flexible: bool = False,
    type_align: int | None = None,
    packed: bool = False,
    doc: str = "",
) -> Any:
    """Say more about a field than its type: see `Field`, and `Chars` for `text` ("": plain units) and `encoding`."""
    said: dict[str, Any] = {
        "bits": bits,
        "offset": offset,
        "bit": bit,
        "align": align,
        "flexible": flexible,
        "doc": doc,
    }
    said |= {"type_align": type_align, "packed": packed}
    return _Said(text, encoding, said)


@overload
def record(cls: type, /) -> Record: ...
@overload
def record(
    *,
    pack: int | None = None,
    size: int | None = None,
    align: int | None = None,
    packed: bool = False,
    overlap: bool = False,
) -> Callable[[type], Record]: ...
def record(cls: type | None = None, /, **options: Any) -> Any:
    """Make a `Record` of a class: its annotations are the fields. LayoutError names class, field and reason."""
    names = sys._getframe(1).f_locals
    if cls is not None:
        return _record(cls, names, {})
    return lambda cls: _record(cls, names, options)


@overload
def union(cls: type, /) -> Record: ...
@overload
def union(*, pack: int | None = None, align: int | None = None, packed: bool = False) -> Callable[[type], Record]: ...
def union(cls: type | None = None, /, **options: Any) -> Any:
    """Make a `Record` as `record` does, but with all fields beginning at offset 0."""
    names = sys._getframe(1).f_locals
    if cls is not None:
        return _record(cls, names, {"union": True})
    return lambda cls: _record(cls, names, options | {"union": True})


def _record(cls: type, names: dict[str, Any], options: dict[str, Any]) -> Record:
    try:
        annotations = inspect.get_annotations(cls, locals={**names, **vars(cls)}, eval_str=True)
    except NameError as error:
        raise LayoutError(
            f"{cls.__qualname__}: {error}",
            hint="import kinds from samebytes.layout.types; declare nested records first",
        ) from error
    except (SyntaxError, TypeError) as error:
        raise LayoutError(f"{cls.__qualname__}: an annotation is no type: {error}") from error
    fields = tuple(_field(cls, name, said) for name, said in annotations.items())
    origin = Origin("python", f"{cls.__module__}.{cls.__qualname__}")
    return Record(cls.__name__, fields, doc=inspect.getdoc(cls) or "", origin=origin, **options)


def _field(cls: type, name: str, annotation: Any) -> Field:
    where = f"{cls.__qualname__}.{name}"
    type_, counts = _type(annotation, where)
    said = vars(cls).get(name, _Said(None, "", {}))
    if not isinstance(said, _Said):
        raise LayoutError(
            f"{where} has a value", hint="a record has no default values; options go into field(…)", path=name
        )
    array = bool(counts) or said.options.get("flexible", False)
    unnamed = _UNNAMED.fullmatch(name) and (said.options.get("bits") is not None or isinstance(type_, Record))
    return Field("" if unnamed else name, type_, counts, chars=_chars(type_, array, said), **said.options)


def _chars(type_: Type, array: bool, said: _Said) -> Chars | None:
    texts = array and isinstance(type_, Kind) and type_.family in ("char", "plain")
    end: Any = said.text if said.text is not None else ("nul" if texts else "")
    return Chars(end, said.encoding) if end else None


def _type(annotation: Any, where: str) -> tuple[Type, tuple[int, ...]]:
    if isinstance(annotation, (Kind, Record, Text)):
        return annotation, ()
    if isinstance(annotation, Array):
        return annotation.of, annotation.counts
    if annotation is bool:
        return KINDS["bool"], ()
    if get_origin(annotation) is Annotated:
        for part in reversed(get_args(annotation)):
            if isinstance(part, (Kind, Record, Text, Array)):
                return _type(part, where)
    raise LayoutError(
        f"{where}: {annotation!r} is no type of a record",
        hint="a kind (u32, f64, …), a record, an array of one, or Annotated[…] with one",
        path=where.rpartition(".")[2],
    )
