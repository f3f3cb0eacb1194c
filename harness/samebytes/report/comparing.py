"""What is not the same in two reports: cells of one only, verdicts that changed, evidence that did. Times and random names do not count.

Neither does which share of its values a pair exchanged.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from samebytes.checks.result import Verdict
from samebytes.report.content import Report

__all__ = ["changes"]

Line = dict[str, Any]

_RANDOM = re.compile(r"-\d+-[0-9a-f]{8}\b|-[0-9a-f]{12,16}\b|(?<=process )\d+|(?<=/#)\d+|\b0x[0-9a-f]{6,}\b")
"""What a run adds to a segment's name so that no two are the same, process ids, numbers of nameless files, addresses."""
UNTOLD = ("seconds", "bundle")
"""Of a cell: what says nothing about what came of it."""


def changes(before: Report, now: Report) -> Iterator[str]:
    """Yield a line for each cell that is not in both reports, or of which they do not say the same; in canonical order."""
    old, new = ({cell.identity: cell.to_json() for cell in report.cells} for report in (before, now))
    for identity in dict.fromkeys((*old, *new)):
        if identity not in new:
            yield f"{identity}: {old[identity]['verdict']} before, not run now"
        elif identity not in old:
            yield f"{identity}: not run before, {new[identity]['verdict']} now"
        elif not _shares(old[identity], new[identity]) and _told(old[identity]) != _told(new[identity]):
            yield f"{identity}: {_words(old[identity], new[identity])}"


def _shares(old: Line, new: Line) -> bool:
    """Return whether a cell agreed both times, once at least on a share of its values: which share says nothing about the cell."""
    shared = any("of" in run for cell in (old, new) for run in cell["runs"])
    return shared and old["verdict"] == new["verdict"] == Verdict.AGREED


def _told(cell: Line) -> str:
    told = {key: value for key, value in cell.items() if key not in UNTOLD}
    return _RANDOM.sub("…", json.dumps(told, sort_keys=True))


def _words(old: Line, new: Line) -> str:
    if old["verdict"] != new["verdict"]:
        return f"{old['verdict']} before, {new['verdict']} now"
    keys = [key for key in {**old, **new} if key not in UNTOLD and old.get(key) != new.get(key)]
    return f"{new['verdict']} as before, with other evidence ({', '.join(keys)})"
