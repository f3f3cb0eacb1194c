"""`[producer.NAME]` of a project file: the program, the segment, and what is expected of its fields."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from samebytes.checks.producers.guarding import Counters
from samebytes.checks.producers.producer import DEADLINE, RESTARTS, WITHIN, Expectation, Restart, Stop
from samebytes.checks.project.project import REALMS, LayoutSource, ProducerSource, native_realm
from samebytes.checks.project.table import Table, nearest
from samebytes.errors import UsageError

__all__ = ["layout_of", "read_producer"]

KEYS = (
    "command", *REALMS, "realm", "segment", "layout", "offset", "deadline", "ready", "expect", "stop", "folder", "environment",
    "name_stays", "guard", "watch", "restart",
)  # fmt: skip
OTHERS = {"env": "environment", "cwd": "folder", "timeout": "deadline", "platform": "realm"}
"""What other tools call these keys."""
EXPECT_KEYS = ("min", "max", "equals", "one_of", "advances", "changes", "within", "text")
LONGEST = 3600.0
"""Seconds that a person may let anything take."""
VALUES = "a number, a text, true or false, or a list of those"


def layout_of(table: Table, layouts: Mapping[str, LayoutSource]) -> LayoutSource:
    """Return the layout that a table names; the only one there is, if it names none."""
    if "layout" not in table.tree and len(layouts) == 1:
        return next(iter(layouts.values()))
    name = table.text("layout")
    if name not in layouts:
        hint = nearest(name, list(layouts), "layouts")
        raise UsageError(f"{table.where('layout')} is {name!r}, and there is no [layout.{name}]", hint=hint)
    return layouts[name]


def read_producer(name: str, table: Table, layouts: Mapping[str, LayoutSource]) -> ProducerSource:
    """Return the producer of a table. UsageError for what is wrong in it."""
    table = table.spelled(OTHERS)
    table.only(KEYS)
    segment, segments = _segment(table)
    ready, expected = table.table("ready"), table.table("expect")
    fields = list(_expected(expected)) if expected is not None else []
    values = dict(_values(ready)) if ready is not None else {}
    places = {path: place for path, (_, place) in values.items()} | {one.path: place for one, place in fields}
    guard, counters = _guard(table)
    if counters is not None:
        places |= {path: table.where("guard") for path in (counters.begin, counters.end)}
    folder = table.existing("folder") if table.text("folder", "") else table.folder
    return ProducerSource(
        name=name,
        layout=layout_of(table, layouts),
        commands=_commands(table),
        segment=segment,
        segments=segments,
        place=table.place,
        folder=folder.absolute(),
        environment=table.mapping("environment"),
        offset=table.whole("offset", 0),
        deadline=table.number("deadline", DEADLINE, 0.1, LONGEST),
        ready={path: value for path, (value, _) in values.items()},
        expectations=tuple(one for one, _ in fields),
        places=places,
        stop=Stop.parse(table.text("stop", "terminate")),
        name_stays=table.switch("name_stays", None),
        guard=guard is not False,
        sole=guard is True,
        counters=counters,
        watch=table.number("watch", 0.0, 0.1, LONGEST) if "watch" in table.tree else 0.0,
        restarts=_restarts(table),
    )


def _guard(table: Table) -> tuple[bool | None, Counters | None]:
    """Return whether the record is all there is in its page, or with `true` in the segment; or the counters around the values."""
    if not isinstance(table.tree.get("guard"), dict):
        if not isinstance(table.tree.get("guard", True), bool):
            raise table.wrong("guard", "true, false, or the two counters around the values: { begin = …, end = … }")
        return table.switch("guard", None), None
    inner = table.table("guard")
    assert inner is not None
    inner.only(("begin", "end"))
    return None, Counters(inner.text("begin"), inner.text("end"))


def _restarts(table: Table) -> tuple[Restart, ...]:
    """Return one way to restart, or a list of them."""
    wanted = f"one of {', '.join(RESTARTS)}, or a list of those"
    value = table.tree.get("restart", [])
    words = value if isinstance(value, list) else [value]
    if ("restart" in table.tree and not words) or any(word not in RESTARTS for word in words):
        raise table.wrong("restart", wanted)
    return tuple(dict.fromkeys(words))


def _commands(table: Table) -> dict[str, tuple[str, ...]]:
    """Return commands by realm: `linux`, `windows`, and `command` in the realm it is for: its own, or that of its ending."""
    found = {realm: table.command(realm) for realm in REALMS if realm in table.tree}
    realm = table.one_of("realm", REALMS, "")
    command = table.command("command")
    if command:
        windows = command[0].lower().endswith(".exe")
        found.setdefault(realm or ("windows" if windows else native_realm()), command)
    elif realm:
        raise UsageError(f"{table.where('realm')} says where `command` runs, and there is none", hint="leave it out")
    if not found:
        raise UsageError(f"{table.place} has no command", hint='command = ["./sim", "--port", "0"]')
    return found


def _segment(table: Table) -> tuple[str, dict[str, str]]:
    """Return one name, or one for each realm."""
    if isinstance(table.tree.get("segment"), dict):
        inner = table.table("segment")
        assert inner is not None
        inner.only(REALMS)
        names = table.mapping("segment")
        if not names:
            raise table.wrong("segment", "a name, or a table of names by realm")
        return next(iter(names.values())), names
    return table.text("segment"), {}


def _values(table: Table) -> Iterator[tuple[str, tuple[Any, str]]]:
    """Yield each field of `ready` with its value; tables inside are records inside."""
    for path, inner, key in _leaves(table, lambda value: not isinstance(value, dict)):
        yield path, (_value(inner, key), inner.where(key))


def _expected(table: Table) -> Iterator[tuple[Expectation, str]]:
    """Yield each field of `expect` with what is expected; a plain value is what it must equal."""
    for path, inner, key in _leaves(table, _is_expectation):
        if isinstance(inner.tree[key], dict):
            part = inner.table(key)
            assert part is not None
            yield _expectation(path, part), inner.where(key)
        else:
            yield Expectation(path, equals=_value(inner, key)), inner.where(key)


def _leaves(table: Table, is_leaf: Callable[[Any], bool], before: str = "") -> Iterator[tuple[str, Table, str]]:
    """Yield fields by path: a table that is not about a field itself is a record, and its keys are that record's fields."""
    for key, value in table.tree.items():
        if is_leaf(value):
            yield before + key, table, key
        else:
            inner = table.table(key)
            assert inner is not None
            yield from _leaves(inner, is_leaf, f"{before}{key}.")


def _is_expectation(value: Any) -> bool:
    return not isinstance(value, dict) or not value or any(not isinstance(part, dict) for part in value.values())


def _expectation(path: str, table: Table) -> Expectation:
    table.only(EXPECT_KEYS)
    if not set(table.tree) - {"within"}:
        raise UsageError(f"{table.place} expects nothing", hint=f"keys here: {', '.join(EXPECT_KEYS)}")
    low, high = (_bound(table, key) for key in ("min", "max"))
    if low is not None and high is not None and low > high:
        raise table.wrong("min", f"at most max, which is {high:g}")
    return Expectation(
        path,
        minimum=low,
        maximum=high,
        equals=_value(table, "equals") if "equals" in table.tree else None,
        one_of=_choices(table),
        advances=bool(table.switch("advances", False)),
        changes=bool(table.switch("changes", False)),
        within=table.number("within", WITHIN, 0.001, LONGEST),
        text=_text(table),
    )


def _text(table: Table) -> str | None:
    """Return a text, which may be empty; None if there is none."""
    return "" if table.tree.get("text") == "" else table.text("text", "") or None


def _bound(table: Table, key: str) -> float | None:
    if key not in table.tree:
        return None
    value = table.tree[key]
    if not isinstance(value, int | float) or isinstance(value, bool):
        raise table.wrong(key, "a number")
    return value


def _choices(table: Table) -> tuple[Any, ...]:
    value = table.tree.get("one_of", [])
    if not isinstance(value, list) or ("one_of" in table.tree and not value):
        raise table.wrong("one_of", "a list of values")
    for index in range(len(value)):
        if not _is_value(value[index]):
            raise table.wrong("one_of", VALUES, index)
    return tuple(value)


def _value(table: Table, key: str) -> Any:
    value = table.tree[key]
    if not _is_value(value):
        raise table.wrong(key, VALUES)
    return value


def _is_value(value: Any) -> bool:
    if isinstance(value, list):
        return all(map(_is_value, value))
    return isinstance(value, bool | int | float | str)
