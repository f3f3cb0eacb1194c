"""`samebytes check`: a user's own declarations, libraries and producers, as `samebytes.toml` describes them."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs

from samebytes.checks.bundles.repro import command_line
from samebytes.checks.expected.expectations import Expectations, read_expectations
from samebytes.checks.project.declarations import HARNESS, Judged
from samebytes.checks.project.project import REALMS, Project
from samebytes.checks.project.reading import find_project, read_project
from samebytes.checks.project.run import Job, ProjectRun, jobs_of, own_peers
from samebytes.checks.project.schema import schema_text
from samebytes.checks.project.side_by_side import side_by_side
from samebytes.checks.result import Result
from samebytes.cli.expecting import Expecting
from samebytes.cli.report import add_output_options, check_outputs, write_outputs
from samebytes.errors import MissingError, UsageError
from samebytes.printable import printable
from samebytes.report.content import Report, report_of
from samebytes.report.stream import ReportWriter, footer, header, line_text, skip_line
from samebytes.report.terminal import Style, render_matrix
from samebytes.scarcity import cannot_write

__all__ = ["add_to"]

EXAMPLE = """examples:
  samebytes check
  samebytes check reader --realm linux --report run.jsonl

exit codes: 0 everything agreed, 1 something did not, 2 wrong usage, 3 something that was asked for is missing here
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "check",
        help="validate your own declarations, libraries and producers, as samebytes.toml describes them",
        description="Builds and runs what samebytes.toml describes, and judges it as the matrix does: declarations against their "
        "layout, libraries and producers by the bytes they share.",
        epilog=EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only this declaration, library or producer, or all of this layout"
    )
    parser.add_argument(
        "--project",
        type=Path,
        metavar="FILE",
        help="the project file, instead of samebytes.toml here or in a folder above",
    )
    parser.add_argument(
        "--realm", action="append", choices=REALMS, help="only what is for this realm (may be repeated)"
    )
    parser.add_argument("--list", action="store_true", help="say what would be judged, and end")
    parser.add_argument(
        "--schema", action="store_true", help="print the JSON schema of samebytes.toml, for editors, and end"
    )
    parser.add_argument(
        "--complete",
        action="store_true",
        help="exit code 3 if anything selected could not be judged here, or in part only, as for a CI job",
    )
    parser.add_argument(
        "--repairs", type=Path, metavar="DIR", help="write the corrected declaration of each wrong one into this folder"
    )
    parser.add_argument("--report", type=Path, metavar="FILE", help="write a report as JSON lines")
    add_output_options(parser)
    parser.add_argument("--json", action="store_true", help="print the report instead of the table")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge what was selected; exit code 0 if every cell agreed or is known not to, 1 if one did otherwise."""
    started = time.perf_counter()
    if options.schema:
        print(schema_text(), end="")
        return 0
    check_outputs(options)
    project = read_project(options.project or find_project(Path.cwd()))
    realms = options.realm or REALMS
    jobs, peers = jobs_of(project, options.names, realms), own_peers(project, options.names)
    if options.list:
        print("\n".join(_listed(project, jobs, peers)))
        return 0
    _refuse_nothing(project, jobs, peers)
    screen = _Screen(options)
    checking = ProjectRun(project, jobs, screen.judged, screen.say, _expectations(project), peers, realms)
    head = header(list(project.layouts))
    with ExitStack() as stack:
        if options.report:
            screen.writer = stack.enter_context(ReportWriter(options.report, head))
        screen.keep(head)
        checking.run()
        for line in (*map(skip_line, checking.skips), _footer(checking, time.perf_counter() - started)):
            screen.line(line)
    _show(report_of(screen.lines), checking, options)
    return _exit_code(checking, options) or bool(_expecting(checking).stale)


def _refuse_nothing(project: Project, jobs: Sequence[Job], peers: Sequence[str]) -> None:
    """UsageError where there is nothing to judge: nothing that ran is never success."""
    if jobs or peers:
        return
    subjects = (*project.declarations, *project.libraries, *project.producers)
    if subjects:
        raise UsageError(f"nothing of {project.file} is selected", hint="samebytes check --list says what there is")
    raise UsageError(
        f"{project.file} has nothing that could be held to its layouts",
        hint="add a [declaration.NAME], a [library.NAME] or a [producer.NAME]",
    )


def _listed(project: Project, jobs: Sequence[Job], peers: Sequence[str]) -> Iterator[str]:
    yield str(project.file)
    for layout in project.layouts.values():
        yield f"  layout       {layout.name:<16} {layout.type} in {layout.file.name}"
    for job in jobs:
        yield f"  {job.kind:<12} {job.subject.name:<16} {job.subject.layout.name} on {job.place.abi}"
    for peer in peers:
        yield f"  peer         {peer:<16} with the other peers"


def _expectations(project: Project) -> Expectations:
    return read_expectations(project.expectations) if project.expectations else Expectations()


def _expecting(checking: ProjectRun) -> Expecting:
    """What the file of expectations is about, against all that the project has."""
    ran = [result.identity for result in checking.results]
    every = [job.identity for job in jobs_of(checking.project, (), REALMS)]
    return Expecting(checking.expectations, {*every, *ran}, {*(job.identity for job in checking.jobs), *ran})


def _footer(checking: ProjectRun, seconds: float) -> dict[str, Any]:
    peers: dict[str, dict[str, dict[str, str]]] = {}
    for job in checking.jobs:
        peers.setdefault(job.place.realm, {})[job.subject.name] = job.facts
    ran = {(result.realm, result.producer) for result in checking.results}
    kept = {
        realm: {name: facts for name, facts in some.items() if (realm, name) in ran} for realm, some in peers.items()
    }
    for realm, some in checking.peers.items():
        kept.setdefault(realm, {}).update(some)
    told = _expecting(checking).as_json()
    return footer(checking.results, {realm: some for realm, some in kept.items() if some}, seconds) | told


def _show(report: Report, checking: ProjectRun, options: argparse.Namespace) -> None:
    written = write_outputs(report, options)
    repairs = _repairs(report)
    if options.repairs is not None:
        written += [("repair", path) for path in _write_repairs(repairs, options.repairs, checking.project)]
    if options.json:
        return
    style = Style(sys.stdout.isatty())
    brief = replace(report, cells=[structs.replace(cell, repair="") for cell in report.cells])
    *shown, total = render_matrix(brief, style).splitlines()
    print(*shown, sep="\n")
    print(*side_by_side(checking.compared), sep="", end="")
    for (name, _), text in repairs.items():
        print(f"{style.strong(f'{printable(name)}, corrected')}\n\n{text}")
    print(*_covered(checking, style), sep="", end="")
    if checking.remarks:
        print(
            style.strong("remarks"),
            *(f"  {printable(words)}" for words in dict.fromkeys(checking.remarks)),
            "",
            sep="\n",
        )
    print(total)
    named = [("report", options.report)] if options.report else []
    print(*(f"{name}: {printable(str(path))}\n" for name, path in (*named, *written)), sep="", end="")


def _covered(checking: ProjectRun, style: Style) -> Iterator[str]:
    """What the cells that nothing is wrong with cover: those of which the same is to be said stand together."""
    told: dict[str, list[str]] = {}
    for result in checking.results:
        if result.passes() and result.coverage:
            told.setdefault(result.coverage, []).append(_side(result))
    if told:
        yield style.strong("what was looked at") + "\n"
        yield from (f"  {', '.join(dict.fromkeys(who))}: {words}\n" for words, who in told.items())
        yield "\n"


def _side(result: Result) -> str:
    """A cell by who is judged: both, where it has two sides."""
    return result.producer if result.consumer == HARNESS else f"{result.producer} → {result.consumer}"


def _repairs(report: Report) -> dict[tuple[str, str], str]:
    """The corrected declarations by name, and by realm where they are not the same in all of them."""
    found: dict[tuple[str, str], str] = {}
    for cell in report.cells:
        text, name = cell.repair, cell.producer
        same = [one for (other, _), one in found.items() if other == name and _untitled(one) == _untitled(text)]
        if text and not same:
            realm = cell.realm if any(other == name for other, _ in found) else ""
            found[name, realm] = text
    return found


def _untitled(text: str) -> str:
    """A source file without its first line, which names the ABI."""
    return text.partition("\n")[2]


def _write_repairs(repairs: Mapping[tuple[str, str], str], folder: Path, project: Project) -> Iterator[Path]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for (name, realm), text in repairs.items():
            suffix = project.declarations[name].source.suffix
            path = folder / f"{name}{f'.{realm}' if realm else ''}{suffix if suffix != '.dll' else '.cs'}"
            path.write_text(text, "utf-8", newline="\n")
            yield path
    except OSError as error:
        raise cannot_write(f"--repairs {folder}: cannot be written: {error.strerror}", error) from error


def _exit_code(checking: ProjectRun, options: argparse.Namespace) -> int:
    """What was asked for by name and could not run is never success, and neither is nothing at all; with --complete nor is anything."""
    ran = {(result.realm, result.producer) for result in checking.results}
    names, own = {name for _, name in ran}, {job.subject.name for job in checking.jobs}
    for skip in checking.skips:
        asked = skip.peer not in names and (skip.peer in options.names or not ran)
        needed = options.complete and skip.peer in own and (skip.realm, skip.peer) not in ran
        if asked or needed:
            raise MissingError(f"{skip.peer} could not be judged in {skip.realm}: {skip.reason}", hint=skip.add)
    return 0 if all(result.passes(options.complete) for result in checking.results) else 1


class _Screen:
    """Progress on standard error, and the report's lines as they come."""

    def __init__(self, options: argparse.Namespace) -> None:
        self._options = options
        self.writer: ReportWriter | None = None
        self.lines: list[Mapping[str, Any]] = []

    def say(self, realm: str, line: str) -> None:
        """Something that takes a while has begun."""
        print(f"{realm}: {line}", file=sys.stderr, flush=True)

    def judged(self, judged: Judged) -> None:
        """A cell is done."""
        notes = dict(judged.notes)
        if not judged.result.passes():
            notes["repro"] = self._repro(judged)
        self.line(judged.result.to_json() | notes)

    def line(self, line: Mapping[str, Any]) -> None:
        """A line of the report, to where it was asked for."""
        if self.writer is not None:
            self.writer.write(line)
        self.keep(line)

    def keep(self, line: Mapping[str, Any]) -> None:
        """The same of a line that is in the file already."""
        self.lines.append(line)
        if self._options.json:
            sys.stdout.write(line_text(line))
            sys.stdout.flush()

    def _repro(self, judged: Judged) -> str:
        project = ["--project", str(self._options.project)] if self._options.project else []
        return command_line(["samebytes", "check", *project, judged.result.producer, "--realm", judged.result.realm])
