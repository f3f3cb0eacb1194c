"""`samebytes check`: a user's own declarations, libraries and producers, as `samebytes.toml` describes them."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from msgspec import structs, to_builtins

from samebytes.checks.bundles.repro import command_line
from samebytes.checks.expected.expectations import Expectations, read_expectations
from samebytes.checks.producers.producer import CONSUMER as HARNESS
from samebytes.checks.project.across_widths import NOBODY, across_widths, portable_layouts
from samebytes.checks.project.located import project_line
from samebytes.checks.project.project import Declaration, Library, ProducerSource, Project
from samebytes.checks.project.reading import find_project, read_project
from samebytes.checks.project.request import check_layouts, peer_requests, project_request, promises_of
from samebytes.checks.project.schema import schema_text
from samebytes.checks.project.side_by_side import side_by_side
from samebytes.checks.requests import run as checks
from samebytes.checks.requests.kind import Cell, Finding
from samebytes.checks.requests.request import Request, cells_of
from samebytes.checks.requests.run import Findings
from samebytes.checks.result import Result
from samebytes.cli import fixing
from samebytes.cli.colour import coloured
from samebytes.cli.exit_codes import exit_code
from samebytes.cli.expecting import Expecting
from samebytes.cli.fixing import Fixing
from samebytes.cli.report_files import check_files
from samebytes.cli.screen import Screen, add_run_options, ended, show
from samebytes.cli.selection import cell_filter
from samebytes.errors import MissingError, UsageError
from samebytes.peers.lab import Lab
from samebytes.peers.realms import REALMS
from samebytes.printable import printable
from samebytes.report.content import Report
from samebytes.report.terminal import Style
from samebytes.scarcity import cannot_write

__all__ = ["add_to"]

EXAMPLE = """examples:
  samebytes check
  samebytes check reader --realm linux --report run.jsonl
  samebytes check --diff
  samebytes check --fix --yes

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
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help="only this declaration, library or producer, or all of this layout"
    )
    parser.add_argument(
        "--project",
        "--config",
        type=Path,
        metavar="FILE",
        help="the project file, instead of samebytes.toml, or a pyproject.toml with [tool.samebytes], here or in a folder above",
    )
    parser.add_argument(
        "--realm", "--platform", action="append", choices=REALMS, help="only what is for this realm (may be repeated)"
    )
    parser.add_argument("--list", action="store_true", help="say what would be judged, and end")
    parser.add_argument(
        "-k", dest="expression", metavar="WORDS", help="only cells whose identity has these words (and, or, not)"
    )
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
    fixing.add_options(parser)
    add_run_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Judge what was selected; exit code 0 if every cell agreed or is known not to, 1 if one did otherwise."""
    if options.schema:
        print(schema_text(), end="")
        return exit_code(True)
    check_files(options)
    fixing.check_options(options)
    project = read_project(options.project or find_project(Path.cwd()))
    findings = Findings(read_expectations(project.expectations) if project.expectations else Expectations())
    selected = cell_filter(options.expression)
    request = replace(project_request(project, options.names, options.realm or REALMS), selected=selected)
    peers = [replace(one, selected=selected) for one in peer_requests(request, findings.skip)]
    if options.list:
        print("\n".join(_listed(project, request, peers)))
        return exit_code(True)
    cells = [cell for one in (request, *peers) for cell in cells_of(one)]
    portable = portable_layouts(project, options.names)
    _refuse_nothing(project, cells or peers or portable)
    check_layouts(request)
    with Screen(options, list(project.layouts)) as screen:
        screen.annotate = lambda finding: _annotations(finding, options, project)
        findings.progress = screen
        with Lab(say=screen.say) as lab:
            for one in (request, *peers):
                checks.run(one, lab, findings)
            for result in across_widths(findings.compared, promises_of(request), portable):
                findings.tell(Finding(result))
            expected = _expecting(findings, project, cells)
            _show(screen.finish(findings, expected.as_json()), findings, options, project)
            fixed = Fixing(options, project, promises_of(request), lab).offer(findings.results, cells)
    findings.results = [one for one in findings.results if one.check != "declaration" or one.producer not in fixed]
    if fixed and not findings.results:
        return exit_code(True)
    return ended(
        findings,
        nothing=MissingError("nothing could be judged on this machine", hint="samebytes doctor says what is missing"),
        required=options.names if findings.results else {skip.peer for skip in findings.skips},
        complete={cell.producer for cell in cells if not cell.peers} if options.complete else (),
        partial=not options.complete,
        stale=bool(expected.stale),
    )


def _refuse_nothing(project: Project, asked: Sequence[object]) -> None:
    """Raise UsageError where there is nothing to judge: nothing that ran is never success."""
    if asked:
        return
    if project.declarations or project.libraries or project.producers:
        raise UsageError(f"nothing of {project.file} is selected", hint="samebytes check --list says what there is")
    raise UsageError(
        f"{project.file} has nothing that could be held to its layouts",
        hint="add a [declaration.NAME], a [library.NAME] or a [producer.NAME]",
    )


def _listed(project: Project, request: Request, peers: Sequence[Request]) -> Iterator[str]:
    yield str(project.file)
    for layout in project.layouts.values():
        yield f"  layout       {layout.name:<16} {layout.type} in {layout.file.name}"
    for cell in cells_of(request):
        if cell.check != "consumer":  # those follow from the producers
            yield f"  {cell.check:<12} {cell.producer:<16} {cell.subject.subject.layout.name} on {cell.subject.place.abi}"
    for name in dict.fromkeys(name for one in peers for name in one.peers):
        yield f"  peer         {name:<16} with the other peers"


def _annotations(finding: Finding, options: argparse.Namespace, project: Project) -> dict[str, Any]:
    """Return the command that judges a cell again and a line that it is about, for a cell that is not green."""
    if finding.result.passes():
        return {}
    file = ["--project", str(options.project)] if options.project else []
    subject = [finding.result.producer] if finding.result.producer != NOBODY else []
    words = ["samebytes", "check", *file, *subject, "--realm", finding.result.realm]
    repro = {"repro": command_line(words)}
    if finding.result.sources:
        return repro
    tables: dict[str, Declaration | Library | ProducerSource] = {**project.declarations, **project.libraries}
    tables |= project.producers
    named = next((tables[name] for name in (finding.result.producer, finding.result.consumer) if name in tables), None)
    if named is None:
        return repro
    result = finding.result
    return {**repro, "sources": to_builtins(project_line(named.place, result.cause or result.message))}


def _expecting(findings: Findings, project: Project, cells: Sequence[Cell]) -> Expecting:
    """Return what the file of expectations is about, against all that the project has."""
    ran = {result.identity for result in findings.results}
    every = {cell.identity for cell in cells_of(project_request(project, (), REALMS))}
    return Expecting(findings.expectations, every | ran, {cell.identity for cell in cells} | ran)


def _show(report: Report, findings: Findings, options: argparse.Namespace, project: Project) -> None:
    repairs = _repairs(report)
    told = {} if options.diff or options.fix else repairs
    brief = replace(report, cells=[structs.replace(cell, repair="") for cell in report.cells])
    style = Style(coloured(sys.stdout))
    more = [*side_by_side(findings.compared)]
    more += [f"{style.strong(f'{printable(name)}, corrected')}\n\n{text}\n" for (name, _), text in told.items()]
    more += _covered(findings.results, style)
    if findings.remarks:
        remarks = (f"  {printable(words)}\n" for words in dict.fromkeys(findings.remarks))
        more += [style.strong("remarks"), "\n", *remarks, "\n"]
    show(brief, options, more, whole=report)
    if options.repairs is not None:
        for path in _write_repairs(repairs, options.repairs, project):
            print("" if options.json else f"repair: {printable(str(path))}\n", end="")


def _covered(results: Sequence[Result], style: Style) -> Iterator[str]:
    """Yield what the cells that nothing is wrong with cover: those of which the same is to be said stand together."""
    told: dict[str, list[str]] = {}
    for result in results:
        if result.passes() and result.coverage:
            told.setdefault(result.coverage, []).append(_side(result))
    if told:
        yield style.strong("what was looked at") + "\n"
        yield from (f"  {', '.join(dict.fromkeys(who))}: {words}\n" for words, who in told.items())
        yield "\n"


def _side(result: Result) -> str:
    """Name a cell by who is judged: both, where it has two sides."""
    return result.producer if result.consumer == HARNESS else f"{result.producer} → {result.consumer}"


def _repairs(report: Report) -> dict[tuple[str, str], str]:
    """Return the corrected declarations by name, and by realm where they are not the same in all of them."""
    found: dict[tuple[str, str], str] = {}
    for cell in report.cells:
        text, name = cell.repair, cell.producer
        same = [one for (other, _), one in found.items() if other == name and _untitled(one) == _untitled(text)]
        if text and not same:
            realm = cell.realm if any(other == name for other, _ in found) else ""
            found[name, realm] = text
    return found


def _untitled(text: str) -> str:
    """Return a source file without its first line, which names the ABI."""
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
