"""Make docs/facts.md, which says where each fact of named shared memory was seen, from a run of the tests that carry their numbers.

    python tests/facts/table.py                                         run them all: here, under Wine, with .NET
    python tests/facts/table.py linux=A.xml windows=B.xml dotnet=C.xml  use what `pytest --junitxml` wrote

The exit code is 1 if a fact has no test, was not run, or failed.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "facts.md"
WHERE = {
    "linux": "CPython, Linux",
    "windows": "CPython, Windows (Wine)",
    "dotnet-windows": ".NET, Windows (Wine)",
    "dotnet-linux": ".NET, Linux",
}
GOOD = ("seen", "expected deviation", "not applicable", "not tested")
NO_TEST = "**no test**"
ONLY_FACTS = ("-k", "fact_ or facts_", "-q", "-p", "no:cacheprovider")


@dataclass(frozen=True)
class Result:
    """What became of one test: `outcome` is passed, failed, deviated or skipped."""

    facts: frozenset[int]
    where: str
    test: str
    outcome: str
    why: str = ""


def numbers(name: str) -> frozenset[int]:
    """The facts that a test's name stands for; a parameter's own number counts more than the function's."""
    function, _, parameters = name.partition("[")
    found = re.findall(r"fact_(\d\d)", parameters)
    if not found and (in_name := re.match(r"test_facts?((?:_\d\d)+)(?:_|$)", function)):
        found = in_name[1].strip("_").split("_")
    return frozenset(map(int, found))


def results(file: Path, run: str) -> Iterator[Result]:
    """The tests of facts in a file that `pytest --junitxml` wrote, once for each place that a test says it was in, or for `run`."""
    for case in ElementTree.parse(file).iter("testcase"):
        name, module = case.get("name", ""), case.get("classname", "")
        said = (one.get("value", "") for one in case.iter("property") if one.get("name") == "places")
        test = f"{module.removeprefix('tests.').replace('.', '/')}.py::{name.partition('[')[0]}"
        if facts := numbers(name):
            yield from (Result(facts, place, test, *_outcome(case)) for place in next(said, run).split())


def elsewhere(found: Iterable[Result], known: dict) -> Iterator[Result]:
    """What the tests of one place say of another, as facts.toml has it."""
    also = {one["test"]: one for one in known["also"]}
    for result in found:
        if (more := also.get(result.test)) is not None:
            facts = frozenset(more["facts"])
            yield from (Result(facts, where, result.test, result.outcome, result.why) for where in more["where"])


def _outcome(case: ElementTree.Element) -> tuple[str, str]:
    if any(case.find(bad) is not None for bad in ("failure", "error")):
        return "failed", ""
    skipped = case.find("skipped")
    if skipped is None:
        return "passed", ""
    deviated = skipped.get("type") == "pytest.xfail"
    return ("deviated" if deviated else "skipped"), skipped.get("message", "").removeprefix("Skipped: ")


def state(found: Iterable[Result], absent: str = NO_TEST) -> str:
    """The cell of one fact in one place."""
    by_outcome: dict[str, list[Result]] = {}
    for result in found:
        by_outcome.setdefault(result.outcome, []).append(result)
    if failed := by_outcome.get("failed"):
        return f"**failed** ({', '.join(sorted({one.test for one in failed}))})"
    if deviated := by_outcome.get("deviated"):
        return f"expected deviation ({_whys(deviated)})"
    if by_outcome.get("passed"):
        return "seen"
    if skipped := by_outcome.get("skipped"):
        word = "not applicable" if all("this system" in one.why for one in skipped) else "**not run**"
        return f"{word} ({_whys(skipped)})"
    return absent


def _whys(found: Iterable[Result]) -> str:
    return "; ".join(sorted({one.why for one in found}))


def absences(known: dict) -> dict[tuple[int, str], str]:
    """What stands for a fact in a place where it has no test, if that is as it should be."""
    return {
        (fact, where): f"{one.get('state', 'not applicable')} ({one['why']})"
        for one in known["absent"]
        for fact in one["facts"]
        for where in one["where"]
    }


def page(found: list[Result], known: dict, versions: str = "") -> str:
    """The whole of docs/facts.md."""
    cells = _cells(found, known)
    head = " | ".join(WHERE.values())
    rows = [f"| {fact} | {words} | {_row(cells, int(fact))} |" for fact, words in known["facts"].items()]
    sums = [f"| {word} | {' | '.join(_count(cells, where, word) for where in WHERE)} |" for word in GOOD]
    return "\n".join([
        "# Which fact was seen where", "", INTRODUCTION.format(versions=versions),
        f"| | {head} |", f"|---{'|---' * len(WHERE)}|", *sums, "",
        f"| | fact | {head} |", f"|--:|---{'|---' * len(WHERE)}|", *rows, "",
        "## The tests", "", "Under `tests/`, with the places where each passed, or deviated as expected.", "",
        *_tests(found, known), "",
    ])  # fmt: skip


def _cells(found: list[Result], known: dict) -> dict[tuple[int, str], str]:
    absent = absences(known)
    return {
        (fact, where): state(
            (one for one in found if fact in one.facts and one.where == where), absent.get((fact, where), NO_TEST)
        )
        for fact in map(int, known["facts"])
        for where in WHERE
    }


def _row(cells: dict[tuple[int, str], str], fact: int) -> str:
    return " | ".join(cells[fact, where] for where in WHERE)


INTRODUCTION = """\
Made by `python tests/facts/table.py` from a run of the tests{versions}; not written by hand.

*Seen*: the tests of that fact that apply there passed, all of them. *Expected deviation*: Wine is known to differ from Windows, and a
test that fails there, and would be reported if it did not, says so. .NET on Linux has no named maps: there it maps the segment's
file, which the C# peer finds, creates and holds by the protocol of [peers/README.md](../peers/README.md). Real Windows was not seen.
"""


def _count(cells: dict[tuple[int, str], str], where: str, word: str) -> str:
    return str(sum(text.startswith(word) for (_, place), text in cells.items() if place == where))


def _tests(found: list[Result], known: dict) -> Iterator[str]:
    """For each fact its tests, and where each of them ran."""
    for fact in known["facts"]:
        ran: dict[str, set[str]] = {}
        for result in found:
            if int(fact) in result.facts and result.outcome in ("passed", "deviated"):
                ran.setdefault(result.test, set()).add(result.where)
        listed = (f"`{test}` ({', '.join(sorted(places))})" for test, places in sorted(ran.items()))
        yield f"{fact}. {', '.join(listed)}"


def known_facts() -> dict:
    """facts.toml."""
    return tomllib.loads(Path(__file__).with_name("facts.toml").read_text("utf-8"))


def run_all(folder: Path) -> dict[str, Path]:
    """Run the tests of facts everywhere; the files that pytest wrote, by run."""
    files = {run: folder / f"{run}.xml" for run in ("linux", "windows", "dotnet")}
    pytest = [sys.executable, "-m", "pytest", *ONLY_FACTS]
    commands = {
        "linux": [*pytest, "tests/mapping", f"--junitxml={files['linux']}"],
        "windows": [
            sys.executable,
            "ci/wine_tests.py",
            *ONLY_FACTS,
            "tests/mapping",
            f"--junitxml=Z:{files['windows']}",
        ],
        "dotnet": [*pytest, "tests/dotnet_facts", f"--junitxml={files['dotnet']}"],
    }
    for run, command in commands.items():
        print(f"facts: {run}", file=sys.stderr, flush=True)
        status = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, check=False).returncode
        if not files[run].exists():
            sys.exit(f"facts: no results of {run} (exit code {status}): {' '.join(command)}")
    return files


def versions_here() -> str:
    """What took part, as it says itself."""
    from samebytes.peers.availability import realms_here

    host = [sys.executable, str(ROOT / "peers" / "csharp" / "host.py"), "--probe"]
    dotnet = subprocess.run(host, capture_output=True, text=True, check=False).stdout.partition(" in ")[0]
    python = "CPython " + sys.version.split()[0]
    wine = next((realm.how for realm in realms_here() if realm.name == "windows"), "no Wine")
    return f" ({', '.join(filter(None, (python, wine, dotnet)))})"


def main(arguments: list[str]) -> int:
    with tempfile.TemporaryDirectory(prefix="samebytes-facts-") as folder:
        files = dict(one.split("=", 1) for one in arguments) or run_all(Path(folder))
        found = [result for run, file in files.items() for result in results(Path(file), run)]
    known = known_facts()
    text = page([*found, *elsewhere(found, known)], known, versions_here())
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(text, "utf-8")
    bad = [line for line in text.splitlines() if line.startswith("| ") and "**" in line]
    print("\n".join([*bad, f"facts: {PAGE}"]))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
