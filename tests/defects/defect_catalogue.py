"""The catalogue of `fixtures/defects`: every mistake that is seeded, and the truth about it."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spellings import SPELLINGS

__all__ = ["LANGUAGES", "Behaviour", "Consequence", "Defect", "Together", "behaviours", "fields", "together", "written"]

FOLDER = Path(__file__).resolve().parents[2] / "fixtures" / "defects"
LANGUAGES = tuple(sorted(path.stem for path in FOLDER.glob("*.toml") if path.stem != "fields"))
"""Those with a file of their own, which has the name of the peer."""


@dataclass(frozen=True)
class Consequence:
    """What must be told of one record: the leaf or member that differs, and words of the cause; no words: no single change explains it.

    `~` in front of the words: one of the two directions may name none, where values come to the same.
    """

    record: str
    field: str
    cause: str

    def names(self, cause: str) -> bool:
        """Whether that is the cause."""
        if self.cause.startswith("~"):
            return not cause or self.cause[1:] in cause
        return bool(self.cause) == bool(cause) and any(words in cause for words in self.cause.split("|"))


@dataclass(frozen=True)
class Defect:
    """One wrong declaration in one language."""

    language: str
    kind: str
    told: Consequence
    change: str = ""
    """In words of `spellings`; empty where `old` and `new` say it."""
    on: str = ""
    """The field that is changed; empty for the record as a whole."""
    file: str = ""
    old: str = ""
    new: str = ""
    unseen: str = ""
    """Why it cannot be seen; empty where it must be."""
    breaks: bool = False
    """Whether the probe does not compile as a whole with it."""
    more: tuple[Consequence, ...] = ()
    """What must be told of records that have the wrong one in them."""

    @property
    def record(self) -> str:
        """The record that is declared wrong."""
        return self.told.record

    @property
    def name(self) -> str:
        """What it is called in a run: `c: Mixed.Port type u32`."""
        what = self.change or " ".join(f"{self.old.strip()} → {self.new.strip() or 'nothing'}".split())
        return f"{self.language}: {self.record}{'.' * bool(self.on)}{self.on} {what}"


@dataclass(frozen=True)
class Together:
    """Wrong declarations that were put into one build by hand; and records of it that stay as they are."""

    language: str
    defects: tuple[Defect, ...]
    twins: tuple[str, ...]


@dataclass(frozen=True)
class Behaviour:
    """One wrong behaviour of a peer whose declarations are right."""

    language: str
    kind: str
    edits: tuple[tuple[str, str, str], ...]
    """File, what stands there once, what stands there instead."""
    check: str
    subjects: tuple[str, ...]
    """Programs, layouts or scenarios that are run; empty: all of `layouts`."""
    layouts: tuple[str, ...]
    words: str
    """What must be said somewhere in the cells that fail."""
    verdict: str = "differs"
    cause: str = ""
    """Words of the cause; empty: none may be named."""
    unseen: str = ""
    blames: str = "mutant"

    @property
    def name(self) -> str:
        """What it is called in a run."""
        return f"{self.language}: {self.kind} ({self.check})"


def fields(languages: Sequence[str] = LANGUAGES) -> Iterator[Defect]:
    """Yield the mistakes that are the same in every language, once for each that there is a spelling for."""
    for kind, record, name, change, at, cause, *rest in _tree("fields")["rows"]:
        other: dict[str, Any] = rest[0] if rest else {}
        for language in languages:
            if language not in other.get("only", SPELLINGS) or language in other.get("without", ()):
                continue
            words = other.get("cause", {}).get(language, cause)
            why = other.get("unseen", {}).get(language, "")
            told = Consequence(record, at, words)
            yield Defect(language, kind, told, change, name, unseen=why, breaks=other.get("breaks", False))


def together(language: str) -> list[Together]:
    """The builds of a language whose mistakes need words of their own."""
    return [
        Together(language, tuple(_defects(language, part["rows"])), tuple(part["twins"]))
        for part in _tree(language).get("together", ())
    ]


def _defects(language: str, rows: Sequence[Sequence[str]]) -> Iterator[Defect]:
    """A row without a file tells what becomes of a record that has the one before in it."""
    grouped: list[tuple[Sequence[str], list[Consequence]]] = []
    for row in rows:
        if row[1]:
            grouped.append((row, []))
        else:
            grouped[-1][1].append(Consequence(row[2], row[5], row[6]))
    for (kind, file, record, old, new, at, cause), more in grouped:
        told = Consequence(record, at, cause)
        yield Defect(language, kind, told, file=file, old=old, new=new, more=tuple(more))


def written(languages: Sequence[str] = LANGUAGES) -> list[Defect]:
    """Every wrong declaration that is written out, in order."""
    return [defect for language in languages for part in together(language) for defect in part.defects]


LAYOUTS = (
    "Integer",
    "Message",
    "SomeData",
    "SignedNumbers",
    "UnsignedNumbers",
    "FloatNumbers",
    "Truths",
    "Choices",
    "Note",
)
"""The layouts of a peer that behaves wrong, where nothing else is said."""


def behaviours(languages: Sequence[str] = LANGUAGES) -> Iterator[Behaviour]:
    """Yield the wrong behaviours of the languages' peers."""
    for language in languages:
        for part in _tree(language).get("behaviour", ()):
            edits = tuple((file, old, new) for file, old, new in part["edits"])
            known = {"kind", "edits", "check", "subjects", "layouts", "words", "verdict", "cause", "unseen", "blames"}
            assert part.keys() <= known, part
            yield Behaviour(
                language, part["kind"], edits, part["check"], tuple(part.get("subjects", ())), tuple(part.get("layouts", LAYOUTS)),
                part.get("words", ""), part.get("verdict", "differs"), part.get("cause", ""), part.get("unseen", ""),
                part.get("blames", "mutant"),
            )  # fmt: skip


def _tree(name: str) -> dict[str, Any]:
    return tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8"))
