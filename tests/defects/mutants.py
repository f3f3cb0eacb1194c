"""Peers with mistakes in them: many wrong declarations in one build, wherever they do not touch each other."""

from __future__ import annotations

import re
import shutil
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from defect_catalogue import Behaviour, Defect
from spellings import SPELLINGS, SpellingError

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.layout import Record
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import fixtures_folder, peers_folder

__all__ = ["ABIS", "PEERS", "PROGRAMS", "RECORDS", "Pack", "containers", "mutant_of", "packed", "wrong_peer"]

PEERS = peers_folder()
RECORDS = read_records(fixtures_folder())
PROGRAMS = {record.name: program for program in read_programs(fixtures_folder(), RECORDS) for record in program.records}
ABIS = {"linux": "x86_64-linux", "windows": "x86_64-windows"}
NEEDED = {"nim": ("nim", "c")}
"""Peers whose folders another one's sources are in."""
AT_ONCE = 60
AT_ONCE_BROKEN = 8
"""Mistakes in one build: few where each is tried field by field."""
SLOW = {"-O2": "-O0", "-d:release": "--opt:none", "-Copt-level=2": "-Copt-level=0"}
"""What a compiler is told instead."""
UNTOUCHED = 8
"""Records that stay as they are in such a build."""


def parts_of(record: Record) -> set[str]:
    """The names of the records in a record."""
    found: set[str] = set()
    for field_ in record.fields:
        if isinstance(field_.type, Record):
            found |= {field_.type.name} | parts_of(field_.type)
    return found


def containers(name: str) -> set[str]:
    """The records that have that one in them, and itself."""
    return {name} | {other for other, record in RECORDS.items() if name in parts_of(record)}


@dataclass
class Pack:
    """Wrong declarations of one language that one build has, and records of it that are right."""

    language: str
    defects: list[Defect] = field(default_factory=list)
    twins: tuple[str, ...] = ()

    def takes(self, defect: Defect) -> bool:
        """Whether one more can be told from those that are in it."""
        room = AT_ONCE_BROKEN if defect.breaks else AT_ONCE
        if len(self.defects) >= room or any(one.breaks != defect.breaks for one in self.defects):
            return False
        touched = containers(defect.record)
        return not any(one.record in touched or defect.record in containers(one.record) for one in self.defects)

    def settle(self) -> None:
        """Choose the twins: every record that no mistake touches; few where each costs a compilation."""
        touched: set[str] = set()
        for defect in self.defects:
            touched |= containers(defect.record)
        free = [name for name, record in RECORDS.items() if name not in touched and not parts_of(record) & touched]
        self.twins = tuple(free[:UNTOUCHED] if any(one.breaks for one in self.defects) else free)


def packed(defects: Iterable[Defect]) -> list[Pack]:
    """Put mistakes into as few builds as can be."""
    packs: list[Pack] = []
    for defect in defects:
        for pack in packs:
            if pack.language == defect.language and pack.takes(defect):
                pack.defects.append(defect)
                break
        else:
            packs.append(Pack(defect.language, [defect]))
    for pack in packs:
        pack.settle()
    return packs


def _copy(language: str, place: Path) -> Path:
    for name in NEEDED.get(language, (language,)):
        shutil.copytree(PEERS / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
    return place / language


def write(defect: Defect, folder: Path) -> None:
    """Write a mistake into a copy of a peer. SpellingError where the language has no words for it."""
    if defect.change:
        for part in defect.change.split("; "):
            name, _, words = part.rpartition(": ")
            SPELLINGS[defect.language].change(folder, defect.record, name or defect.on, words)
        return
    path = folder / defect.file
    text = path.read_text("utf-8")
    start = 0 if text.count(defect.old) == 1 else _declared_at(text, defect)
    place = text.find(defect.old, start)
    assert place >= 0, f"{defect.file}: {defect.record} has no {defect.old!r}"
    path.write_text(text[:place] + defect.new + text[place + len(defect.old) :], "utf-8")


def _declared_at(text: str, defect: Defect) -> int:
    name = defect.record
    found = re.search(rf"\b(struct|union|class|type) {name}\b|^  {name}\*|^  T{name} = ", text, re.MULTILINE)
    assert found, f"{defect.file} declares no {defect.record}"
    return found.start()


def mutant_of(pack: Pack, place: Path, abi: str = "x86_64-linux") -> tuple[Manifest, list[Defect]]:
    """A language's peer with the mistakes of a pack, its first face alone; and those that the language has no words for."""
    folder = _copy(pack.language, place)
    silent = []
    for defect in pack.defects:
        try:
            write(defect, folder)
        except SpellingError:
            silent.append(defect)
    wanted = {defect.record for defect in pack.defects} | set(pack.twins)
    wanted |= {more.record for defect in pack.defects for more in defect.more}
    return _narrowed(folder, pack.language, wanted, abi, 1), silent


def wrong_peer(behaviour: Behaviour, place: Path, abi: str = "x86_64-linux") -> Manifest:
    """A language's peer that behaves so."""
    folder = _copy(behaviour.language, place)
    for file, old, new in behaviour.edits:
        path = place / file.removeprefix("../") if file.startswith("../") else folder / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1, f"{behaviour.name}: {file} has {text.count(old)} of {old!r}"
        path.write_text(text.replace(old, new), "utf-8")
    return _narrowed(folder, behaviour.language, behaviour.layouts, abi, 9)


def _narrowed(folder: Path, language: str, wanted: Collection[str], abi: str, faces: int) -> Manifest:
    manifest = discover((folder.parent,))[language]
    target = manifest.targets[abi]
    quick = tuple(
        replace(toolchain, build=tuple(_quickly(command) for command in toolchain.build[:faces]))
        for toolchain in target.toolchains
    )
    return replace(
        manifest,
        name="mutant",
        layouts={name: type_ for name, type_ in manifest.layouts.items() if name in wanted},
        faces=manifest.faces[:faces],
        targets={abi: replace(target, toolchains=quick)},
    )


def _quickly(command: Sequence[str]) -> tuple[str, ...]:
    """Without optimisation: a build is tried many times where a field does not compile."""
    return tuple(SLOW.get(word, word) for word in command)
