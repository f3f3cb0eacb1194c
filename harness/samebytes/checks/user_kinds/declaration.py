"""The check `declaration`: each declaration of a project against its layout, on each ABI they are for."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from samebytes.checks.project.compilers import Compilers
from samebytes.checks.project.declarations import DeclarationChecks
from samebytes.checks.project.declared import Reader
from samebytes.checks.project.measure_in_realm import measured_elsewhere
from samebytes.checks.project.project import Declaration
from samebytes.checks.project.promised import Promises, places_of, realm_of
from samebytes.checks.project.request import Job
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.checks.result import Skip
from samebytes.errors import LayoutError, MissingError
from samebytes.layout import Record
from samebytes.peers.lab import Lab

ORDER = 30


def cells(request: Request) -> Iterator[Cell]:
    """Yield a cell for each declaration and ABI."""
    if request.project is None:
        return
    project = request.project.project
    for one in request.project.chosen(project.declarations):
        for place in places_of(project, tuple(request.realms), one.abis, _own_abi(one), one.layout.abis):
            yield Job(one, place).cell("declaration")


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Compile or read each declaration; nothing of it runs, but a Python file, which describes by running. Needs no realm here."""
    assert here.request.project is not None
    checks = _checks(here.lab, here.request.project.promises)
    for cell in cells:
        job: Job = cell.subject
        assert isinstance(job.subject, Declaration)
        found = checks.judge(job.subject, job.place)
        if isinstance(found, Skip):
            here.findings.skip(found)
        else:
            here.took_part(cell.producer, job.facts(job.subject.source))
            tell(found)


def reader_of(lab: Lab) -> Reader:
    """Return who reads declarations in a lab: what one asker has had compiled, the next finds there."""

    def measure(path: Path, type_: str, realm: str) -> Record:
        return measured_elsewhere(path, type_, lab.prepared(realm))

    return Reader(lab.keep(Compilers, lab), measure)


def _checks(lab: Lab, promises: Promises) -> DeclarationChecks:
    return DeclarationChecks(promises, reader_of(lab))


def _own_abi(declaration: Declaration) -> tuple[str, ...]:
    """Return the ABI that a program was built for, if known. mingw's differs from Microsoft's in nothing most records have."""
    with contextlib.suppress(LayoutError, MissingError):
        name = Reader.own_abi(declaration)
        return (name.removesuffix("-gnu") if realm_of(name) == "windows" else name,) if name else ()
    return ()
