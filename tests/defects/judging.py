"""What came of each seeded mistake: whether it was seen, whether the cause is the right one, who was blamed, and false alarms."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from defect_catalogue import Behaviour, Consequence, Defect
from msgspec import structs
from mutants import ABIS, PEERS, PROGRAMS, RECORDS, Pack, mutant_of, wrong_peer

from samebytes.checks.data.subjects import read_programs
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.requests.request import Request
from samebytes.checks.requests.run import Findings, check_required, run
from samebytes.checks.result import Result, Run, Verdict
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import fixtures_folder
from samebytes.report.blame import guilty_of

__all__ = ["Outcome", "alarms_in", "cells_between", "judge_behaviour", "judge_pack", "judged", "worst_of"]

MUTANT, OTHER = "mutant", "python"


@dataclass(frozen=True)
class Outcome:
    """What came of one mistake, through one door."""

    language: str
    kind: str
    name: str
    seen: bool
    cause: str
    """`right`, `wrong`, `none` where one is due, or empty where none is and none was named."""
    innocent: bool
    """Whether somebody was blamed who did nothing."""
    said: str
    """What was said, in a line."""
    unseen: str = ""
    """Why it cannot be seen; empty where it must be."""
    door: str = "matrix"

    @property
    def visible(self) -> bool:
        """Whether it must be seen."""
        return not self.unseen

    @property
    def good(self) -> bool:
        """Whether it is as the catalogue says."""
        return self.seen == self.visible and self.cause in ("right", "") and not self.innocent


def judge_pack(pack: Pack, realm: str = "linux") -> tuple[list[Outcome], list[str]]:
    """Run a build of wrong declarations against the Python peer. Return what came of each, and the false alarms."""
    with tempfile.TemporaryDirectory() as folder:
        mutant, silent = mutant_of(pack, Path(folder) / "peers", ABIS[realm])
        results = cells_between(mutant, realm, [PROGRAMS[name].name for name in mutant.layouts])
        outcomes = [judged(defect, results, realm) for defect in pack.defects if defect not in silent]
        return outcomes, alarms_in(pack, results, realm)


def cells_between(
    mutant: Manifest, realm: str, subjects: Iterable[str], check: str = "data", alone: bool = False
) -> Mapping[str, Result]:
    """Run the cells of the mutant with the Python peer, both ways, and with itself if `alone`; by identity."""
    python = discover((PEERS,))[OTHER]
    python = replace(python, layouts={name: type_ for name, type_ in python.layouts.items() if name in mutant.layouts})
    pairs = [f"{MUTANT}/{OTHER}/", f"{OTHER}/{MUTANT}/", *([f"{MUTANT}/{MUTANT}/"] if alone else [])]
    wanted = set(subjects)
    request = Request(
        realms=[realm],
        checks=[check],
        manifests={MUTANT: mutant, OTHER: python},
        peers=[MUTANT, OTHER],
        programs=[one for one in read_programs(fixtures_folder(), RECORDS) if one.name in wanted],
        scenarios=[one for one in read_scenarios(fixtures_folder()) if one.name in wanted],
        records=RECORDS,
        selected=lambda identity: identity.startswith(tuple(pairs)),
        required=frozenset({realm, MUTANT}),
        seed=int(time.time()),
    )
    findings = Findings()
    with Lab(RECORDS) as lab:
        run(request, lab, findings)
    check_required(findings, request.required)
    return {result.identity: result for result in findings.results}


def _both_ways(record: str, realm: str) -> tuple[str, str]:
    program = PROGRAMS[record].name
    return f"{MUTANT}/{OTHER}/{program}/{realm}/data", f"{OTHER}/{MUTANT}/{program}/{realm}/data"


def worst_of(results: Mapping[str, Result], record: str, realm: str) -> Result:
    """Return the cell in which the mutant produces that record, with the runs of that record alone."""
    return _of_record(results[_both_ways(record, realm)[0]], record)


def _of_record(result: Result, record: str) -> Result:
    """The same cell with the runs of that record alone."""
    return structs.replace(result, runs=[one for one in result.runs if one.layout == record] or result.runs)


def judged(defect: Defect, results: Mapping[str, Result], realm: str) -> Outcome:
    """One wrong declaration, both ways; and the records that have it in them."""
    seen, causes, innocent, said = True, [], False, []
    for told in (defect.told, *defect.more):
        for identity in _both_ways(told.record, realm):
            cell = _of_record(results[identity], told.record)
            worst = cell.worst
            if told is defect.told:
                paths = {item.path for item in worst.differences}
                seen &= worst.verdict is not Verdict.AGREED and bool(
                    defect.unseen or paths & set(told.field.split("|"))
                )
            causes.append(_cause(told, worst.cause or ""))
            innocent |= not cell.passes() and guilty_of(cell) != {MUTANT}
            said.append(_words(worst))
    return _outcome(defect, seen, causes, innocent, said)


def _cause(told: Consequence, cause: str) -> str:
    if told.names(cause):
        return "right" if told.cause else ""
    return "wrong" if cause else "none"


def _outcome(
    defect: Defect | Behaviour, seen: bool, causes: Sequence[str], innocent: bool, said: Sequence[str]
) -> Outcome:
    worst = next((word for word in ("wrong", "none", "right") if word in causes), "")
    return Outcome(
        defect.language,
        defect.kind,
        defect.name,
        seen,
        worst,
        innocent,
        " ‖ ".join(dict.fromkeys(said)),
        defect.unseen,
    )


def _words(worst: Run) -> str:
    found = [worst.cause or "", worst.message, *map(str, worst.differences[:3])]
    return f"{worst.verdict}: " + " | ".join(part for part in found if part)


def alarms_in(pack: Pack, results: Mapping[str, Result], realm: str) -> list[str]:
    """Whatever is said of a record that is declared right."""
    found = []
    for record in pack.twins:
        for identity in _both_ways(record, realm):
            worst = _of_record(results[identity], record).worst
            if worst.verdict is not Verdict.AGREED or worst.cause:
                found.append(f"{pack.language}: {record} is declared right, and {identity} says {_words(worst)}")
    return found


def judge_behaviour(behaviour: Behaviour, realm: str = "linux") -> tuple[list[Outcome], list[str]]:
    """Run a peer that behaves wrong with the Python peer, and with itself. Return what came of it; there are no twins."""
    with tempfile.TemporaryDirectory() as folder:
        mutant = wrong_peer(behaviour, Path(folder) / "peers", ABIS[realm])
        subjects = behaviour.subjects or tuple(PROGRAMS[name].name for name in mutant.layouts)
        results = cells_between(mutant, realm, subjects, behaviour.check, alone=behaviour.check != "data")
    failed = [cell for cell in results.values() if not cell.passes()]
    text = "\n".join(_words(one) + "".join(map(str, one.differences)) for cell in failed for one in cell.runs)
    seen = any(str(cell.verdict) == behaviour.verdict for cell in failed) and behaviour.words in text
    told = Consequence("", "", behaviour.cause)
    causes = [_cause(told, cell.cause) for cell in failed if cell.cause or behaviour.cause]
    if behaviour.cause and "right" in causes:  # a value that shows it need not come both ways
        causes = [word for word in causes if word != "none"]
    innocent = any(guilty_of(cell) - {MUTANT} for cell in failed)
    said = [f"{cell.identity} ({', '.join(sorted(guilty_of(cell)))}) {_words(cell.worst)}" for cell in failed[:3]]
    said = said or [f"{len(results)} cells agreed"]
    return [_outcome(behaviour, seen, causes if seen else [], innocent, said)], []
