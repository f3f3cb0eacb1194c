"""Whether what was seen of a record is what was expected of it, now and over a while. Nothing here waits or looks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from samebytes.checks.producers.producer import Expectation, Producer
from samebytes.checks.producers.reading import field_named, number, same, shown, text_of, value_of
from samebytes.checks.result import Difference, Stage
from samebytes.errors import UsageError
from samebytes.layout import Kind, Layout

__all__ = ["Judge", "Look", "check_paths", "instant", "ready", "violations"]

FLOATS = ("float",)
ENOUGH = 3
"""Looks that must have shown the same value for it to have stood still."""
LATE = 0.05
"""Seconds after which it is said when something was first seen."""


class Look(NamedTuple):
    """The bytes from the record's first on, as they were `at` that moment (seconds)."""

    at: float
    data: bytes

    def moved(self, shift: int) -> Look:
        """Return the same look as if the record began that many bytes further on."""
        return Look(self.at, self.data[shift:]) if shift else self


def check_paths(producer: Producer, layout: Layout) -> None:
    """Raise UsageError for an expectation or a condition of what is not a field, or of what has no order."""
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
    """Return what is not yet as it must be before it is judged, in words; empty when all is."""
    return [
        f"{path} is {shown(_seen(layout, path, data, value))}, not {shown(value)}"
        for path, value in wanted.items()
        if not same(_seen(layout, path, data, value), value)
    ]


def violations(
    layout: Layout, expectations: Sequence[Expectation], looks: Sequence[Look], name: str
) -> list[Difference]:
    """Return all that is not as expected, each expectation's first, with the place in the promised layout."""
    judge = Judge(layout, expectations, name)
    for look in looks:
        judge.add(look)
    return judge.differences()


def instant(layout: Layout, expectations: Sequence[Expectation], data: bytes) -> bool:
    """Return whether one look holds all that can be seen in one."""
    return all(not any(_wrong(layout, each, data)) for each in expectations)


class Judge:
    """Holds looks against what is expected as they come, each expectation by itself. Looks themselves are not kept."""

    def __init__(self, layout: Layout, expectations: Sequence[Expectation], name: str) -> None:
        self._layout, self._name = layout, name
        self._each = [(each, _Values(layout, each)) for each in expectations]

    def add(self, look: Look) -> None:
        """Judge one more look; they come in the order of time."""
        for _, values in self._each:
            values.add(look)

    def pending(self, since: float) -> bool:
        """Return whether a field that must change has neither done so after that moment, nor had all the time it has for it."""
        return any(values.pending(since) for each, values in self._each if each.in_time)

    @property
    def since(self) -> float | None:
        """Return when the first look was wrong; None if none was, or the fault is that nothing changes."""
        return min((at for _, values in self._each for at in values.times()), default=None)

    def differences(self) -> list[Difference]:
        """Return everything that was not as expected so far."""
        return [
            Difference(
                Stage.WATCH, self._name, each.path, expected, found, field_named(self._layout, each.path)[0].offset
            )
            for each, values in self._each
            for expected, found in values.wrong()
        ]


class _Values:
    """What one expectation has seen of its field. Times are those of the looks, in seconds."""

    def __init__(self, layout: Layout, each: Expectation) -> None:
        self._layout, self._each = layout, each
        self._begun = self._last = 0.0
        self._looks = 0
        self._seen: dict[str, tuple[str, int, float]] = {}
        """By what was expected: what was found first, in how many looks, and when."""
        self._value: Any = None
        self._since, self._same = 0.0, 0
        """When the field was seen to change last, and in how many looks it has not done so since."""
        self._changed = False
        self._stalled: tuple[Any, float, float] | None = None
        """The longest that it stayed the same: its value, when that began, and for how long."""
        self._back: tuple[Any, Any] | None = None
        self._backs = 0

    def add(self, look: Look) -> None:
        """Judge one more look."""
        self._begun = self._begun if self._looks else look.at
        self._looks, self._last = self._looks + 1, look.at
        for expected, found in _wrong(self._layout, self._each, look.data):
            first, count, at = self._seen.get(expected, (found, 0, look.at))
            self._seen[expected] = (first, count + 1, at)
        if self._each.in_time:
            self._follow(look.at, value_of(self._layout, self._each.path, look.data))

    def _follow(self, at: float, value: Any) -> None:
        before, self._value = self._value, value
        if self._looks == 1:
            self._since = at
            return
        moved = _grown(self._layout, self._each.path, before, value) if self._each.advances else before != value
        if self._each.advances and before != value and not moved:
            self._back, self._backs = self._back or (before, value), self._backs + 1
        if moved:
            self._changed, self._since, self._same = True, at, 0
            return
        self._same += 1
        lasted = at - self._since
        # A machine that let us look only twice in that time may not have let the program run either.
        if lasted >= self._each.within and self._same >= ENOUGH and (not self._stalled or lasted > self._stalled[2]):
            self._stalled = (value, self._since, lasted)

    def pending(self, since: float) -> bool:
        """Return whether it may still change in time."""
        return self._since < since and self._stalled is None

    def times(self) -> Iterator[float]:
        """Return when something was first wrong in a look, for each thing that was."""
        return (at for _, _, at in self._seen.values())

    def wrong(self) -> Iterator[tuple[str, str]]:
        """Yield what was expected, and what was found."""
        for expected, (found, count, at) in self._seen.items():
            often = "" if count == self._looks else f", in {count} of {self._looks} looks"
            late = f", first after {at - self._begun:.1f} s" if at - self._begun >= LATE else ""
            yield expected, f"{found}{often}{late}"
        if self._each.in_time:
            yield from self._still()
        if self._back:
            before, after = self._back
            times = f", {self._backs} times" if self._backs > 1 else ""
            yield "a value that never goes back", f"{shown(after)} after {shown(before)}{times}"

    def _still(self) -> Iterator[tuple[str, str]]:
        what = "grows" if self._each.advances else "changes"
        expected = f"a value that {what} within {self._each.within:g} s"
        if not self._changed:
            yield expected, f"{shown(self._value)} all the time" if self._looks else "nothing"
        elif self._stalled:
            value, since, lasted = self._stalled
            yield expected, f"{shown(value)} for {lasted:.1f} s, from {since - self._begun:.1f} s on"


def _wrong(layout: Layout, each: Expectation, data: bytes) -> Iterator[tuple[str, str]]:
    """Yield what one look shows to be wrong: expected, found."""
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
    """Return the field as what it is compared with: a text where that is a text."""
    if isinstance(wanted, str) and path not in layout.by_path:
        return text_of(layout, path, data)
    return value_of(layout, path, data)


def _grown(layout: Layout, path: str, before: Any, after: Any) -> bool:
    """Return whether a counter went on, around its end if need be."""
    one, other = number(before), number(after)
    if one is None or other is None:
        return False
    leaf = layout.by_path[path]
    if not isinstance(leaf.kind, Kind) or leaf.kind.family in FLOATS:
        return other > one
    span = 1 << (leaf.bits or leaf.width * 8)
    return 0 < (int(other) - int(one)) % span < span // 2
