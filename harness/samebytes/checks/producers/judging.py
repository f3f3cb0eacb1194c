"""Whether what was seen of a record is what was expected of it, now and over a while. Nothing here waits or looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from samebytes.checks.producers.producer import Expectation, Producer
from samebytes.checks.producers.reading import Part, field_named, number, parts_of, same, shown, text_of, value_of
from samebytes.checks.result import Difference, Stage
from samebytes.errors import UsageError
from samebytes.layout import Kind, Layout

__all__ = ["Look", "advanced", "check_paths", "instant", "over_time", "ready", "unwritten", "violations"]

FLOATS = ("float",)


class Look(NamedTuple):
    """The bytes from the record's first on, as they were `at` that moment (seconds)."""

    at: float
    data: bytes

    def moved(self, shift: int) -> Look:
        """The same, if the record began that many bytes further on."""
        return Look(self.at, self.data[shift:]) if shift else self


def check_paths(producer: Producer, layout: Layout) -> None:
    """UsageError for an expectation or a condition of what is no field, or of what has no order."""
    for path in (*producer.ready, *(each.path for each in producer.expectations)):
        field_named(layout, path)
    for each in producer.expectations:
        limited = each.minimum is not None or each.maximum is not None or each.advances
        if limited and each.path not in layout.by_path:
            raise UsageError(
                f"{layout.record.name}: {each.path!r} is an array; min, max and advances are for single fields",
                hint=f"name an element, such as {each.path}[0]",
            )


def ready(layout: Layout, wanted: Mapping[str, Any], data: bytes) -> list[str]:
    """What is not yet as it must be before it is judged, in words; empty when all is."""
    return [
        f"{path} is {shown(_seen(layout, path, data, value))}, not {shown(value)}"
        for path, value in wanted.items()
        if not same(_seen(layout, path, data, value), value)
    ]


def violations(
    layout: Layout, expectations: Sequence[Expectation], looks: Sequence[Look], name: str
) -> list[Difference]:
    """Everything that is not as expected, each expectation's first, with the place in the promised layout."""
    found: list[Difference] = []
    for each in expectations:
        found += _instants(layout, each, looks, name)
        if each.in_time:
            found += _in_time(layout, each, looks, name)
    return found


def instant(layout: Layout, expectations: Sequence[Expectation], data: bytes) -> bool:
    """Whether one look holds all that can be seen in one."""
    return all(not any(_wrong(layout, each, data)) for each in expectations)


def advanced(layout: Layout, each: Expectation, looks: Sequence[Look]) -> bool:
    """Whether what must change over time has done so."""
    values = [value_of(layout, each.path, look.data) for look in looks]
    if each.advances:
        return any(_grown(layout, each.path, *pair) for pair in pairwise(values))
    return any(one != other for one, other in pairwise(values))


def over_time(expectations: Sequence[Expectation]) -> float:
    """How long one must watch to judge them, in seconds."""
    return max((each.within for each in expectations if each.in_time), default=0.0)


def unwritten(layout: Layout, looks: Sequence[Look]) -> list[Part]:
    """The parts that were zero in every look: nobody wrote them, or only zeros."""
    return [part for part in parts_of(layout) if part.size and not any(_any(look.data, part) for look in looks)]


def _any(data: bytes, part: Part) -> bool:
    return any(data[part.offset : part.offset + part.size])


def _instants(layout: Layout, each: Expectation, looks: Sequence[Look], name: str) -> Iterator[Difference]:
    seen: dict[str, tuple[str, int]] = {}
    for look in looks:
        for expected, found in _wrong(layout, each, look.data):
            first, count = seen.get(expected, (found, 0))
            seen[expected] = (first, count + 1)
    for expected, (found, count) in seen.items():
        often = "" if count == len(looks) else f", in {count} of {len(looks)} looks"
        yield _difference(layout, each, name, expected, f"{found}{often}")


def _wrong(layout: Layout, each: Expectation, data: bytes) -> Iterator[tuple[str, str]]:
    """What one look shows to be wrong: expected, found."""
    value = value_of(layout, each.path, data)
    measured = number(value)
    if (each.minimum is not None or each.maximum is not None) and not _inside(each, measured):
        yield _range(each), shown(value)
    if each.equals is not None and not same(found := _seen(layout, each.path, data, each.equals), each.equals):
        yield shown(each.equals), shown(found)
    if each.one_of and not any(same(_seen(layout, each.path, data, one), one) for one in each.one_of):
        yield f"one of {', '.join(map(shown, each.one_of))}", shown(value)
    if each.text is not None and (text := text_of(layout, each.path, data)) != each.text:
        yield f"the text {shown(each.text)}", shown(text)


def _inside(each: Expectation, measured: float | int | None) -> bool:
    if measured is None or measured != measured:  # NaN is in no range
        return False
    low = each.minimum is None or measured >= each.minimum
    return low and (each.maximum is None or measured <= each.maximum)


def _range(each: Expectation) -> str:
    if each.maximum is None:
        return f"at least {shown(each.minimum)}"
    if each.minimum is None:
        return f"at most {shown(each.maximum)}"
    return f"{shown(each.minimum)} to {shown(each.maximum)}"


def _seen(layout: Layout, path: str, data: bytes, wanted: Any) -> Any:
    """The field as what it is compared with: a text where that is a text."""
    if isinstance(wanted, str) and path not in layout.by_path:
        return text_of(layout, path, data)
    return value_of(layout, path, data)


def _in_time(layout: Layout, each: Expectation, looks: Sequence[Look], name: str) -> Iterator[Difference]:
    values = [value_of(layout, each.path, look.data) for look in looks]
    what = "grows" if each.advances else "changes"
    if not advanced(layout, each, looks):
        expected = f"a value that {what} within {each.within:g} s"
        yield _difference(layout, each, name, expected, f"{shown(values[-1])} all the time" if values else "nothing")
    if each.advances:
        back = [pair for pair in pairwise(values) if pair[0] != pair[1] and not _grown(layout, each.path, *pair)]
        if back:
            (before, after), times = back[0], f", {len(back)} times" if len(back) > 1 else ""
            found = f"{shown(after)} after {shown(before)}{times}"
            yield _difference(layout, each, name, "a value that never goes back", found)


def _grown(layout: Layout, path: str, before: Any, after: Any) -> bool:
    """Whether a counter went on, around its end if need be."""
    one, other = number(before), number(after)
    if one is None or other is None:
        return False
    leaf = layout.by_path[path]
    if not isinstance(leaf.kind, Kind) or leaf.kind.family in FLOATS:
        return other > one
    span = 1 << (leaf.bits or leaf.width * 8)
    return 0 < (int(other) - int(one)) % span < span // 2


def _difference(layout: Layout, each: Expectation, name: str, expected: str, found: str) -> Difference:
    return Difference(Stage.WATCH, name, each.path, expected, found, field_named(layout, each.path)[0].offset)
