"""A segment that is followed: a live page on a terminal, one line for every change elsewhere."""

from __future__ import annotations

import importlib
import json
import shutil
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Protocol

from samebytes.checks.attach.page import value_lines
from samebytes.checks.attach.paint import Paint
from samebytes.checks.attach.place import Place
from samebytes.checks.attach.rows import EVERY, EXPANDED, Row, as_json, changed, chosen, decoded, rows_of
from samebytes.checks.attach.watch import Moment
from samebytes.diagnosis.sizes import SizeCheck
from samebytes.layout import Layout

__all__ = ["follow"]

ABOVE = 3
"""Lines of the live page that are not fields."""
REST = 15
"""How many times as long as a moment took to be shown nothing is done: a follower takes little of a core, however large the record."""
LONGEST_REST = 1.0
LONGEST = 60
"""Characters of a value in a line of changes."""


class _Display(Protocol):
    def begin(self, moment: Moment) -> None: ...
    def change(self, moment: Moment, rows: Sequence[Row], before: bytes) -> None: ...
    def end(self, moment: Moment, why: str) -> None: ...


def follow(
    place: Place,
    layout: Layout,
    moments: Iterator[Moment],
    size: SizeCheck,
    fields: Sequence[str],
    as_lines: bool,
    paint: Paint,
) -> None:
    """Show every moment until the last, or Ctrl-C: then the last state that was seen."""
    rows = chosen(rows_of(layout, EVERY if fields or as_lines else EXPANDED), fields)
    title = f"{place.name} in {place.realm.name}, {layout.record.name} on {layout.abi.name}"
    notes = [f"note: {words}" for words in size.words]
    display = _display(title, notes, layout, rows, as_lines, paint)
    last = Moment(0.0, b"")
    try:
        for number, moment in enumerate(moments):
            before, last = last, moment  # before it is shown: an interrupt may come in between
            began = time.process_time()
            _show(display, rows, before, moment, first=not number)
            time.sleep(min(LONGEST_REST, (time.process_time() - began) * REST))
    except KeyboardInterrupt:
        display.end(last, "interrupted")
    else:
        display.end(last, last.gone)
    finally:
        close = getattr(moments, "close", None)
        if close is not None:
            close()


def _show(display: _Display, rows: Sequence[Row], last: Moment, moment: Moment, first: bool) -> None:
    if first:
        display.begin(moment)
        return
    differing = changed(rows, last.data, moment.data)
    if differing or moment.anew:
        display.change(moment, differing, last.data)


def _display(
    title: str, notes: list[str], layout: Layout, rows: Sequence[Row], as_lines: bool, paint: Paint
) -> _Display:
    if as_lines:
        return _JsonLines(title, notes, layout, rows)
    if sys.stdout.isatty():
        with suppress(ImportError):
            return _Page(title, notes, layout, rows, paint)
    return _Lines(title, notes, layout, rows, paint)


def _say(line: str) -> None:
    print(line, flush=True)


class _Lines:
    """For pipes, and for terminals without rich: the first state, a line for every change, the last state."""

    def __init__(self, title: str, notes: list[str], layout: Layout, rows: Sequence[Row], paint: Paint) -> None:
        self._title, self._notes, self._layout, self._rows, self._paint = title, notes, layout, rows, paint

    def begin(self, moment: Moment) -> None:
        _say("\n".join([self._title, *self._notes, *self._state(moment)]))

    def change(self, moment: Moment, rows: Sequence[Row], before: bytes) -> None:
        anew = ["created anew"] if moment.anew else []
        words = [f"{row.path} {_value(row, before)} → {_value(row, moment.data)}" for row in rows]
        _say(f"+{moment.at:.3f}  {'; '.join(anew + words)}")

    def end(self, moment: Moment, why: str) -> None:
        _say("\n".join([f"+{moment.at:.3f}  {why}; the last state seen:", *self._state(moment)]))

    def _state(self, moment: Moment) -> Iterator[str]:
        return value_lines(self._rows, moment.data, self._layout, self._paint)


def _value(row: Row, data: bytes) -> str:
    found = decoded(row, data)
    text = found.text or found.raw[:8].hex()
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"


class _JsonLines:
    """For machines: `start` and `end` with every field, `change` with those that changed."""

    def __init__(self, title: str, notes: list[str], layout: Layout, rows: Sequence[Row]) -> None:
        self._title, self._notes, self._layout = title, notes, layout
        self._rows = [row for row in rows if row.what != "padding"]

    def begin(self, moment: Moment) -> None:
        name, abi = self._layout.record.name, self._layout.abi.name
        more = {"title": self._title, "layout": name, "abi": abi, "notes": self._notes}
        self._line("start", moment, self._rows, more)

    def change(self, moment: Moment, rows: Sequence[Row], before: bytes) -> None:
        del before
        self._line("change", moment, rows, {"anew": True} if moment.anew else {})

    def end(self, moment: Moment, why: str) -> None:
        self._line("end", moment, self._rows, {"why": why})

    def _line(self, type_: str, moment: Moment, rows: Sequence[Row], more: dict[str, Any]) -> None:
        values = {row.path: as_json(row, moment.data)["value"] for row in rows}
        _say(json.dumps({"type": type_, "at": round(moment.at, 4), **more, "fields": values}, ensure_ascii=False))


class _Page(_Lines):
    """A live page. ImportError without rich."""

    def __init__(self, title: str, notes: list[str], layout: Layout, rows: Sequence[Row], paint: Paint) -> None:
        live, self._text = importlib.import_module("rich.live"), importlib.import_module("rich.text")
        super().__init__(title, notes, layout, rows, paint)
        self._live = live.Live(auto_refresh=False, transient=True)

    def begin(self, moment: Moment) -> None:
        self._live.start()
        self._draw(moment, ())

    def change(self, moment: Moment, rows: Sequence[Row], before: bytes) -> None:
        del before
        self._draw(moment, rows)

    def end(self, moment: Moment, why: str) -> None:
        self._live.stop()
        _say(self._title)
        super().end(moment, why)

    def _draw(self, moment: Moment, rows: Sequence[Row]) -> None:
        room = max(1, shutil.get_terminal_size().lines - ABOVE - len(self._notes))
        fields = [row for row in self._rows if row.what != "padding"]
        marked = frozenset(row.path for row in rows)
        shown = value_lines(fields[:room], moment.data, self._layout, self._paint, marked)
        more = [f"… {len(fields) - room} more fields; --fields chooses"] if len(fields) > room else []
        head = f"{self._title}  +{moment.at:.1f} s"
        page = self._text.Text.from_ansi("\n".join([head, *self._notes, *shown, *more]), no_wrap=True)
        self._live.update(page, refresh=True)
