"""The check `library`: what a project's own libraries write and read, against their layout."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from samebytes.checks.project.libraries import LibraryChecks
from samebytes.checks.project.project import Library, native_realm
from samebytes.checks.project.request import Job, judge_in_realm
from samebytes.checks.requests.kind import Cell, Finding, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.errors import MissingError, SamebytesError, UsageError
from samebytes.layout import Layout
from samebytes.peers.site import Site

ORDER = 40


def cells(request: Request) -> Iterator[Cell]:
    """Yield a cell for each library and realm."""
    if request.project is not None:
        for job in request.project.jobs(request, request.project.project.libraries, lambda one: one.files):
            yield job.cell("library")


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Load each library into a process of its own, and have it write and read."""
    for cell in cells:
        job: Job = cell.subject
        library = job.subject
        assert isinstance(library, Library)
        file = library.files[here.name]

        def judge(site: Site, layout: Layout, library: Library = library, file: Path = file) -> Iterator[Finding]:
            if not file.is_file():
                raise _unbuilt(library, site.name, file)
            yield site.lab.keep(LibraryChecks, site).judge(library, layout)

        here.took_part(cell.producer, job.facts(file))
        judge_in_realm(cell, here, tell, judge)


def _unbuilt(library: Library, realm: str, file: Path) -> SamebytesError:
    """Return the error for a file that is not there: a mistake on this machine's own system, else perhaps not built here."""
    words = f"there is no {file}"
    if realm == native_realm():
        return UsageError(f"{library.place}: {words}", hint="build it first, or correct the path")
    return MissingError(words, hint=f"build it for {realm}, too")
