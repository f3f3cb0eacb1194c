"""Run the catalogue of defects: python tests/defects/run.py [--sample N] [--seed S] [--realm linux] [--language c] [--jobs 2].

Every mistake of `fixtures/defects` is written into a peer (many into one build, where they do not touch each other), the peer runs
against the Python peer, and what is said of it is compared with the truth; wrong declarations go through `samebytes check` too, and
wrong producers. Printed are, by kind, language and door: mistakes, seen, right causes, wrong causes, innocents blamed; then false
alarms, whatever is not as it must be, and what cannot be seen and why. Exit code 0: all is as the catalogue says.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from defect_catalogue import LANGUAGES, Behaviour, Defect, Together, behaviours, fields, together
from door_check import READ, judge_declarations
from judging import Outcome, judge_behaviour, judge_pack
from mutants import Pack, packed

from samebytes.errors import SamebytesError

SHM = Path("/dev/shm")


@dataclass(frozen=True)
class Checked:
    """Wrong declarations of one language that go through `samebytes check` together."""

    language: str
    defects: tuple[Defect, ...]


Job = Pack | Behaviour | Checked


LINUX_ONLY = (
    "long, wchar_t, pointers as elsewhere",
    "files that others may read and write",
    "files that are left behind",
    "harms the segment that it made",
)
"""Kinds of mistake that are none elsewhere, or that a system's sections do not know."""
AT_ONCE = 60
"""Declarations that one `samebytes check` is given."""


def jobs_of(languages: Sequence[str], sample: int = 0, seed: int = 0, realm: str = "linux") -> list[Job]:
    """Everything to build and run in a realm; of a sample so many mistakes, drawn by the seed. Those of `linux` go through `check` too."""
    check = realm == "linux"
    declared: list[Defect] = list(fields(languages))
    by_hand = [part for language in languages for part in together(language)]
    wrong: list[Behaviour] = list(behaviours(languages))
    declared = [one for one in declared if check or one.kind not in LINUX_ONLY]
    wrong = [
        one for one in wrong if check or not (one.kind in LINUX_ONLY or any("linux" in edit[0] for edit in one.edits))
    ]
    if not sample:
        packs = [Pack(part.language, list(part.defects), part.twins) for part in by_hand]
        return [*packed(declared), *packs, *wrong, *(_checked(declared, by_hand) if check else ())]
    declared += [
        one for part in by_hand for one in part.defects if not one.more and (check or one.kind not in LINUX_ONLY)
    ]
    everything: list[Defect | Behaviour] = [*declared, *wrong]
    chosen = random.Random(seed).sample(everything, min(sample, len(everything)))
    wrong_ones = [one for one in chosen if isinstance(one, Defect)]
    checked = _checked(wrong_ones, ()) if check else []
    return [*packed(wrong_ones), *(one for one in chosen if isinstance(one, Behaviour)), *checked]


def _checked(declared: Sequence[Defect], by_hand: Iterable[Together]) -> list[Job]:
    found: list[Job] = []
    everything = [*declared, *(one for part in by_hand for one in part.defects)]
    for language in READ:
        own = [one for one in everything if one.language == language]
        found += [Checked(language, tuple(own[at : at + AT_ONCE])) for at in range(0, len(own), AT_ONCE)]
    return found


def run_job(job: Job, realm: str) -> tuple[list[Outcome], list[str]]:
    """Run one build. What cannot be built or started at all is told as a failure of each of its mistakes."""
    with tempfile.TemporaryDirectory(dir=SHM if SHM.is_dir() else None) as folder:
        if realm == "linux":  # some of them leave things behind, or keep others out
            os.environ["SAMEBYTES_SHM_DIR"] = folder
        return _ran(job, realm)


def _ran(job: Job, realm: str) -> tuple[list[Outcome], list[str]]:
    try:
        if isinstance(job, Checked):
            return judge_declarations(job.language, job.defects)
        return judge_pack(job, realm) if isinstance(job, Pack) else judge_behaviour(job, realm)
    except (SamebytesError, AssertionError) as error:
        defects = [job] if isinstance(job, Behaviour) else job.defects
        words = f"did not run: {error}".splitlines()[0]
        return [Outcome(one.language, one.kind, one.name, False, "", False, words, one.unseen) for one in defects], []


def run_all(
    jobs: Sequence[Job], realm: str, workers: int, tell: Callable[[str], None]
) -> tuple[list[Outcome], list[str]]:
    """Run every build, several side by side; the outcomes in the catalogue's order, and the false alarms."""
    found: dict[int, tuple[list[Outcome], list[str]]] = {}
    with ProcessPoolExecutor(workers) as pool:
        waiting = {pool.submit(run_job, job, realm): number for number, job in enumerate(jobs)}
        for done in as_completed(waiting):
            found[waiting[done]] = done.result()
            tell(f"{len(found)} of {len(jobs)} builds")
    outcomes = [outcome for number in sorted(found) for outcome in found[number][0]]
    return outcomes, [alarm for number in sorted(found) for alarm in found[number][1]]


def table(title: str, outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> str:
    """Return a Markdown table: a row for each kind, or language, and one for all."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    everything = [outcome for group in groups.values() for outcome in group]
    lines = [
        f"| {title} | mistakes | visible | seen | cause right | none named | wrong | innocents blamed |",
        "|---|" + "--:|" * 7,
    ]
    for name, group in [*sorted(groups.items()), ("**all**", everything)]:
        visible = [outcome for outcome in group if outcome.visible]
        caused = [outcome.cause for outcome in visible]
        numbers = [
            len(group), len(visible), sum(outcome.seen for outcome in visible), caused.count("right"), caused.count("none"),
            sum(outcome.cause == "wrong" for outcome in group), sum(outcome.innocent for outcome in group),
        ]  # fmt: skip
        lines.append(f"| {name} | {' | '.join(map(str, numbers))} |")
    return "\n".join(lines)


def report(outcomes: Sequence[Outcome], alarms: Sequence[str]) -> str:
    """Return all that is to be told, in Markdown."""
    untold = {f"{outcome.language}, {outcome.kind}: {outcome.unseen}": None for outcome in outcomes if outcome.unseen}
    odd = [outcome for outcome in outcomes if not outcome.good]
    parts = [
        table("kind", outcomes, lambda one: one.kind),
        table("language", outcomes, lambda one: one.language),
        table("door", outcomes, lambda one: one.door),
    ]
    parts.append(f"False alarms: {len(alarms)}")
    parts += [f"- {alarm}" for alarm in alarms]
    for outcome in odd:
        seen = "seen" if outcome.seen else "NOT SEEN"
        expected = "" if outcome.visible else ", though it is marked unseen"
        blame = ", an innocent blamed" if outcome.innocent else ""
        cause = f", cause: {outcome.cause}" if outcome.cause else ""
        parts.append(f"- {outcome.name}: {seen}{expected}{cause}{blame}; {outcome.said}")
    parts.append("\n".join(["What cannot be seen, and why:", "", *(f"- {words}" for words in untold)]))
    return "\n\n".join(parts)


def main(arguments: Sequence[str]) -> int:
    """Read the arguments, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=0, help="so many mistakes, drawn at random; 0: all")
    parser.add_argument("--seed", type=int, default=0, help="draws the sample")
    parser.add_argument("--realm", default="linux", choices=("linux", "windows"))
    parser.add_argument("--language", action="append", choices=LANGUAGES, help="only this one; may be repeated")
    parser.add_argument("--door", default="", choices=("matrix", "check"), help="only through this one")
    parser.add_argument(
        "--only", default="", help="only builds with a mistake whose name or kind has these words in it"
    )
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 2, help="builds side by side")
    parser.add_argument("--save", type=Path, help="add what came of each mistake to this file")
    parser.add_argument("--show", type=Path, help="run nothing: print what was saved in this file")
    options = parser.parse_args(arguments)
    if options.show:
        outcomes, alarms = _saved(options.show)
        print(report(outcomes, alarms))
        return int(bool(alarms) or not all(outcome.good for outcome in outcomes))
    jobs = jobs_of(options.language or LANGUAGES, options.sample, options.seed, options.realm)
    jobs = [job for job in jobs if options.door in (_door(job), "")]
    if options.only:
        jobs = [job for job in jobs if _has(job, options.only)]
    begin = time.monotonic()
    with tempfile.TemporaryDirectory() as cache:
        if options.realm == "linux":  # a Wine prefix is dear, and is not made anew
            os.environ["SAMEBYTES_CACHE"] = cache
        outcomes, alarms = run_all(jobs, options.realm, options.jobs, lambda words: print(words, file=sys.stderr))
    if options.save:
        _save(options.save, outcomes, alarms)
    print(report(outcomes, alarms))
    print(f"\n{len(outcomes)} mistakes in {len(jobs)} builds, {time.monotonic() - begin:.0f} s")
    return int(bool(alarms) or not all(outcome.good for outcome in outcomes))


def _save(path: Path, outcomes: Iterable[Outcome], alarms: Iterable[str]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.writelines(json.dumps(asdict(outcome)) + "\n" for outcome in outcomes)
        file.writelines(json.dumps({"alarm": alarm}) + "\n" for alarm in alarms)


def _saved(path: Path) -> tuple[list[Outcome], list[str]]:
    """Return what was saved."""
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    outcomes = [Outcome(**line) for line in lines if "alarm" not in line]
    return outcomes, [line["alarm"] for line in lines if "alarm" in line]


def _door(job: Job) -> str:
    return "check" if isinstance(job, Checked) else "matrix"


def _has(job: Job, words: str) -> bool:
    defects = [job] if isinstance(job, Behaviour) else job.defects
    return any(words in one.name or words in one.kind for one in defects)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
