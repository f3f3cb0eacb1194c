"""What is asked of a samebytes.toml: which of its declarations, libraries, producers and peers, in which realms."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from samebytes.checks.data.subjects import read_records
from samebytes.checks.producers.producer import CONSUMER as HARNESS
from samebytes.checks.project.libraries import program_of
from samebytes.checks.project.project import Declaration, Library, ProducerSource, Project
from samebytes.checks.project.promised import Place, Promises, realm_abi
from samebytes.checks.requests.kind import Cell, Finding, Tell, user_kinds
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request, cells_of
from samebytes.checks.result import Skip
from samebytes.errors import LayoutError, MissingError, UsageError
from samebytes.layout import Layout
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.site import Site
from samebytes.suggesting import there_are

__all__ = [
    "Job", "ProjectRequest", "check_layouts", "judge_in_realm", "peer_requests", "project_request", "promises_of",
]  # fmt: skip


T = TypeVar("T", Declaration, Library, ProducerSource)


@dataclass(frozen=True)
class Job:
    """What a cell of a project judges, and where."""

    subject: Declaration | Library | ProducerSource
    place: Place

    def cell(self, check: str, consumer: str = HARNESS) -> Cell:
        """Return the cell of that check."""
        layout = self.subject.layout.name
        program = layout if self.place.plain else f"{layout}@{self.place.abi}"
        return Cell(check, self.subject.name, consumer, program, self.place.realm, self)

    def facts(self, file: Path) -> dict[str, str]:
        """Return what a report says of the subject: the file that it is, and the ABI."""
        return {"language": file.name, "target": self.place.abi}


@dataclass(frozen=True)
class ProjectRequest:
    """The project, and the names asked for: of declarations, libraries, producers, or of layouts with all that is held to them."""

    project: Project
    names: Sequence[str]
    promises: Promises
    """Its layouts, each read once."""

    def chosen(self, subjects: Mapping[str, T]) -> Iterator[T]:
        """Yield those of the subjects that were asked for; all, if nothing was named."""
        for one in subjects.values():
            if not self.names or one.name in self.names or one.layout.name in self.names:
                yield one

    def jobs(
        self, request: Request, subjects: Mapping[str, T], realms_of: Callable[[T], Iterable[str]]
    ) -> Iterator[Job]:
        """Yield a job for each chosen subject in each realm that it, the project and the request are for."""
        for subject in self.chosen(subjects):
            for realm in realms_of(subject):
                if realm in request.realms and realm in self.project.realms:
                    yield Job(subject, Place(realm_abi(realm), realm))


def project_request(project: Project, names: Sequence[str], realms: Sequence[str]) -> Request:
    """Return the request for what is held to the project's layouts. UsageError names what there is."""
    known = {*project.layouts, *project.declarations, *project.libraries, *project.producers, *_peer_names(project)}
    for name in names:
        if name not in known:
            raise UsageError(
                f"{name}: there is none of that name in {project.file}", hint=there_are(name, sorted(known))
            )
    return Request(realms=realms, checks=user_kinds(), project=ProjectRequest(project, tuple(names), Promises(project)))


def promises_of(request: Request) -> Promises:
    """Return the layouts of a project's request, each read once."""
    assert request.project is not None
    return request.project.promises


def check_layouts(request: Request) -> None:
    """Raise UsageError for a layout of the request's cells that cannot be read at all, before anything is started."""
    assert request.project is not None
    for source in {
        cell.subject.subject.layout.name: cell.subject.subject.layout for cell in cells_of(request)
    }.values():
        request.project.promises.check(source)


def peer_requests(request: Request, skip: Callable[[Skip], None]) -> Iterator[Request]:
    """Yield a request per realm, for the user's own peers with each other: every layout of the project that both declare.

    Layouts that a realm does not have are skipped. All of the peers take part if nothing, one of them, or a layout
    was named.
    """
    assert request.project is not None
    own, project = request.project, request.project.project
    found = _peer_names(project)
    if not found or (own.names and not any(name in found or name in project.layouts for name in own.names)):
        return
    manifests = _manifests(project)
    for realm in request.realms:
        if realm in project.realms:
            layouts = list(_layouts(own, realm, skip))
            yield Request(
                realms=[realm],
                checks=frozenset({"data"}),
                manifests=manifests,
                peers=found,
                programs=[program_of(layout, "project") for layout in layouts],
                records=read_records(fixtures_folder()) | {one.record.name: one.record for one in layouts},
            )


def judge_in_realm(
    cell: Cell, here: RealmRun, tell: Tell, judge: Callable[[Site, Layout], Iterable[Finding | Skip]]
) -> None:
    """Judge a library or a producer at a prepared site, with its layout: what comes of it is told.

    What this machine lacks becomes a skip; UsageError for a layout that cannot be read.
    """
    job: Job = cell.subject
    assert here.request.project is not None
    try:
        layout = here.request.project.promises.layout(job.subject.layout, job.place.abi)
        for found in judge(here.site, layout):
            here.findings.skip(found) if isinstance(found, Skip) else tell(found)
    except MissingError as error:
        here.skip(job.subject.name, error)
    except LayoutError as error:
        raise UsageError(f"{job.subject.layout.place}: {error.message}", hint=error.hint) from error


def _peer_names(project: Project) -> list[str]:
    return list(_manifests(project)) if project.peers else []


def _manifests(project: Project) -> dict[str, Manifest]:
    """Return the user's own peers; their manifests may mean the project's layouts by name."""
    return discover(project.peers, [source.type or source.name for source in project.layouts.values()])


def _layouts(own: ProjectRequest, realm: str, skip: Callable[[Skip], None]) -> Iterator[Layout]:
    for source in own.project.layouts.values():
        try:
            yield own.promises.layout(source, realm_abi(realm))
        except LayoutError as error:
            skip(Skip(realm, "", f"{source.place}: {error.message}", error.hint))
