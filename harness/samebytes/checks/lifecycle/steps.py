"""Steps of a scenario: who does what with which name, and what must come of it. `fixtures/scenarios/README.md` is their grammar."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import unquote

__all__ = ["ENDING", "LOCKING", "OPENING", "PLAIN_NAME", "Step", "named", "parse_step"]

OPENING = ("create_new", "create_or_open", "open_existing")
ENDING = ("kill", "leave", "abort")
LOCKING = ("lock", "hammer", "begin_hammer", "end_hammer")
"""What only a peer with the optional verb `lock` can do."""
PLAIN_NAME = "{name}"
_PADDED = re.compile(r"\{name:(\d+)\}")


class _Form(NamedTuple):
    """What may follow an action: how many words, whether they are numbers, and which clauses."""

    actors: str = "AB"
    least: int = 0
    most: int = 0
    numbers: bool = False
    at: bool = False
    of: bool = False


FORMS: Mapping[str, _Form] = {
    "create_new": _Form(most=1, numbers=True, of=True),
    "create_or_open": _Form(most=1, numbers=True, of=True),
    "open_existing": _Form(most=1, of=True),
    "view": _Form(most=3),
    "write": _Form(least=1, most=1, numbers=True, at=True),
    "read": _Form(least=1, most=1, numbers=True, at=True),
    "map_capacity": _Form(least=1, most=1, numbers=True),
    "view_capacity": _Form(least=1, most=1, numbers=True),
    "await": _Form(least=1, most=1, numbers=True, at=True),
    "begin_await": _Form(least=1, most=1, numbers=True, at=True),
    "end_await": _Form(least=1, most=1, numbers=True),
    "lock": _Form(least=1, most=1, at=True),
    **dict.fromkeys(("hammer", "begin_hammer"), _Form(least=1, most=1, numbers=True, at=True)),
    "end_hammer": _Form(),
    "publish": _Form(least=2, most=2),
    "request": _Form(least=1, most=9),
    **dict.fromkeys(("close_map", "close_view", "stop", "resume", *ENDING), _Form()),
    **dict.fromkeys(("present", "absent", "no_file"), _Form("O", of=True)),
    "counted": _Form("O", at=True, of=True),
    "holds": _Form("O", least=1, most=1, at=True, of=True),
    "file": _Form("O", least=1, most=1, of=True),
    "folder": _Form("O", least=1, most=1, of=True),
}


@dataclass(frozen=True)
class Step:
    """One step. `at` is an offset in the view, `of` a name with `{name}` for the scenario's own."""

    actor: str
    action: str
    words: tuple[str, ...] = ()
    at: int = 0
    of: str = PLAIN_NAME
    outcome: str = "ok"

    @property
    def number(self) -> int:
        """Return the number it is about."""
        return int(self.words[0])

    @property
    def outcomes(self) -> tuple[str, ...]:
        """Return what may come of it."""
        return tuple(self.outcome.split("|"))

    def __str__(self) -> str:
        at = (f"at {self.at}",) if self.at else ()
        of = (f"of {self.of}",) if self.of != PLAIN_NAME else ()
        return " ".join((self.actor, self.action, *self.words, *at, *of))


def parse_step(line: Any) -> Step:
    """Parse a step as it is written. ValueError for what is not one."""
    if not isinstance(line, str):
        raise ValueError(f"a step is a text, not {line!r}")
    said, _, outcome = line.partition(" -> ")
    actor, action, *words = said.split() or ["", ""]
    form = FORMS.get(action)
    if form is None or actor not in tuple(form.actors):
        raise ValueError(f"no step: {line!r}")
    words, of = _clause(words, "of", form.of)
    words, at = _clause(words, "at", form.at)
    good = form.least <= len(words) <= form.most and (not form.numbers or all(map(_is_number, words)))
    if not good or not _is_number(at or "0"):
        raise ValueError(f"no step: {line!r}")
    return Step(actor, action, tuple(words), int(at or 0), of or PLAIN_NAME, outcome.strip() or "ok")


def named(of: str, name: str) -> str:
    """Return a step's name: `{name}` filled in, `{name:255}` filled up to so many bytes, `%XX` decoded."""
    padded = _PADDED.sub(lambda found: name.ljust(int(found[1]), "x"), of)
    return unquote(padded.replace(PLAIN_NAME, name))


def _clause(words: list[str], key: str, allowed: bool) -> tuple[list[str], str]:
    """Return the words in front of a clause, and what it says."""
    if allowed and len(words) >= 2 and words[-2] == key:
        return words[:-2], words[-1]
    return words, ""


def _is_number(word: str) -> bool:
    return re.fullmatch(r"-?\d+", word) is not None
