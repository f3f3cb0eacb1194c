"""A run of `samebytes check`: everything that was selected, one cell after the other, everything ended whatever happens."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from samebytes import mapping
from samebytes.checks.expected.expectations import Expectations
from samebytes.checks.producers.consumers import Consumers
from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.remarks import remarks_of
from samebytes.checks.producers.run import run_producer
from samebytes.checks.producers.segment_reader import SegmentReader, segment_reader_for
from samebytes.checks.project.across_widths import across_widths
from samebytes.checks.project.compilers import Compilers
from samebytes.checks.project.declarations import HARNESS, DeclarationChecks, Judged
from samebytes.checks.project.declared import Reader
from samebytes.checks.project.libraries import LibraryChecks
from samebytes.checks.project.measure_in_realm import measured_elsewhere
from samebytes.checks.project.own_peers import OwnPeers
from samebytes.checks.project.project import REALMS, Declaration, Library, ProducerSource, Project, native_realm
from samebytes.checks.project.promised import Place, Promises, places_of, realm_abi, realm_of
from samebytes.checks.project.side_by_side import Compared
from samebytes.checks.result import Result, Skip
from samebytes.errors import LayoutError, MissingError, SamebytesError, UsageError
from samebytes.layout import Layout, Record
from samebytes.peers.availability import realms_here
from samebytes.peers.processes import Processes
from samebytes.peers.realms import Realm, Say
from samebytes.peers.reaper import Reaper

__all__ = ["Job", "ProjectRun", "jobs_of", "own_peers"]

Subject = Declaration | Library | ProducerSource


@dataclass(frozen=True)
class Job:
    """One cell to judge."""

    subject: Subject
    place: Place

    @property
    def kind(self) -> str:
        """`declaration`, `library` or `producer`."""
        return {Declaration: "declaration", Library: "library", ProducerSource: "producer"}[type(self.subject)]

    @property
    def identity(self) -> str:
        """As in Result.identity."""
        subject, place = self.subject, self.place
        program = subject.layout.name if place.plain else f"{subject.layout.name}@{place.abi}"
        return f"{subject.name}/{HARNESS}/{program}/{place.realm}/{self.kind}"

    @property
    def facts(self) -> dict[str, str]:
        """What a report says of it."""
        if isinstance(self.subject, Declaration):
            return {"language": self.subject.source.name, "target": self.place.abi}
        if isinstance(self.subject, Library):
            return {"language": self.subject.files[self.place.realm].name, "target": self.place.abi}
        return {"language": Path(self.subject.commands[self.place.realm][0]).name, "target": self.place.abi}


def jobs_of(project: Project, names: Sequence[str], realms: Sequence[str]) -> list[Job]:
    """What is to be judged, declarations first. `names` select declarations, producers, libraries, or layouts with all that are held
    to them; none: everything. UsageError names what there is."""
    every: tuple[Subject, ...] = (
        *project.declarations.values(),
        *project.libraries.values(),
        *project.producers.values(),
    )
    known = {subject.name for subject in every} | set(project.layouts)
    known |= set(_peer_names(project))
    for name in names:
        if name not in known:
            raise UsageError(
                f"{name}: there is none of that name in {project.file}", hint=f"there are: {', '.join(sorted(known))}"
            )
    chosen = [one for one in every if not names or one.name in names or one.layout.name in names]
    return [Job(subject, place) for subject in chosen for place in _places(project, subject, tuple(realms))]


def own_peers(project: Project, names: Sequence[str]) -> list[str]:
    """The peers in the project's folders that are to be paired: all of them, if nothing or one of them was named, or a layout."""
    found = _peer_names(project)
    wanted = not names or any(name in found or name in project.layouts for name in names)
    return found if wanted else []


def _peer_names(project: Project) -> list[str]:
    return list(OwnPeers.manifests_of(project)) if project.peers else []


def _places(project: Project, subject: Subject, realms: tuple[str, ...]) -> list[Place]:
    if isinstance(subject, Declaration):
        return places_of(project, realms, subject.abis, _own_abi(subject), subject.layout.abis)
    wanted = subject.files if isinstance(subject, Library) else subject.commands
    return [Place(realm_abi(realm), realm) for realm in wanted if realm in realms and realm in project.realms]


def _own_abi(declaration: Declaration) -> tuple[str, ...]:
    """A program is for the ABI it was built for. mingw's differs from Microsoft's in nothing that most records have."""
    with contextlib.suppress(LayoutError, MissingError):
        name = Reader.own_abi(declaration)
        return (name.removesuffix("-gnu") if realm_of(name) == "windows" else name,) if name else ()
    return ()


@dataclass
class ProjectRun:
    """Runs jobs; results, skips and facts are complete after `run`, whatever happened."""

    project: Project
    jobs: Sequence[Job]
    tell: Callable[[Judged], None]
    say: Callable[[str, str], None]
    """What takes a while: the realm, and a line."""
    expectations: Expectations = field(default_factory=Expectations)
    own_peers: Sequence[str] = ()
    """The user's own peers that are paired with each other."""
    realms: Sequence[str] = REALMS
    """Where they are."""
    peers: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    """By realm and name: which of them ran."""
    results: list[Result] = field(default_factory=list)
    skips: list[Skip] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    compared: list[Compared] = field(default_factory=list)
    """Every declaration that could be read, beside its layout."""
    _stack: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _processes: Processes = field(init=False)
    _realms: dict[str, Realm | MissingError] = field(default_factory=dict)
    _segment_reader: dict[str, SegmentReader] = field(default_factory=dict)
    _libraries: dict[str, LibraryChecks] = field(default_factory=dict)
    _read: list[Result | Skip] = field(default_factory=list)
    """What a producer shared, as every language at hand read it while it ran."""

    def run(self) -> None:
        """Judge everything. UsageError for layouts that cannot be read at all, before anything is started."""
        promises = Promises(self.project)
        for source in {job.subject.layout.name: job.subject.layout for job in self.jobs}.values():
            promises.check(source)
        with self._stack:
            reaper = self._stack.enter_context(Reaper())
            self._stack.callback(_reap)
            self._processes = Processes(reaper)
            self._stack.callback(self._processes.kill_all)
            compilers = self._stack.enter_context(
                Compilers(self._processes, lambda line: self.say(native_realm(), line))
            )
            checks = DeclarationChecks(promises, Reader(compilers, self._measure))
            for job in self.jobs:
                judged = self._judged(job, checks, promises)
                self._keep(judged)
                for other in self._read:
                    self._keep(other if isinstance(other, Skip) else Judged(other, remarks=remarks_of(other)))
                self._read.clear()
            for result in across_widths(self.compared, promises):
                self._keep(Judged(result))
        if self.own_peers:
            self._pair(promises)

    def _pair(self, promises: Promises) -> None:
        """The user's own peers with each other."""
        matrix = OwnPeers(self.project, lambda result: self._keep(Judged(result)), self.say)
        matrix.run(self.own_peers, self.realms, promises)
        self.skips += matrix.skips
        self.peers |= matrix.facts

    def _judged(self, job: Job, checks: DeclarationChecks, promises: Promises) -> Judged | Skip:
        if isinstance(job.subject, Declaration):
            return checks.judge(job.subject, job.place)
        try:
            layout = promises.layout(job.subject.layout, job.place.abi)
            realm = self._realm(job.place.realm)
            if isinstance(job.subject, Library):
                return self._library(job.subject, realm, layout)
            result = self._producer(job.subject, realm, layout)
            return Judged(result, remarks=remarks_of(result))
        except MissingError as error:
            return Skip(job.place.realm, job.subject.name, error.message, error.add or error.hint)
        except LayoutError as error:
            raise UsageError(f"{job.subject.layout.place}: {error.message}", hint=error.hint) from error

    def _library(self, library: Library, realm: Realm, layout: Layout) -> Judged:
        file = library.files[realm.name]
        if not file.is_file():
            raise _unbuilt(library, realm.name, file)
        if realm.name not in self._libraries:
            made = LibraryChecks(realm, self._processes, lambda line: self.say(realm.name, line))
            self._libraries[realm.name] = made
            self._stack.callback(made.close)
        return self._libraries[realm.name].judge(library, layout)

    def _producer(self, source: ProducerSource, realm: Realm, layout: Layout) -> Result:
        if realm.name not in self._segment_reader:
            segment_reader = segment_reader_for(realm, self._processes, lambda line: self.say(realm.name, line))
            self._segment_reader[realm.name] = segment_reader
            self._stack.callback(segment_reader.close)
        self.say(realm.name, f"starting {source.name}")
        say: Say = lambda line: self.say(realm.name, line)  # noqa: E731 - a name for the type
        producer, reader = _made(source, layout), self._segment_reader[realm.name]
        try:
            with Consumers(producer, realm, self._processes, say) as consumers:
                result = run_producer(producer, realm, self._processes, segment_reader=reader, readers=consumers)
                self._read += consumers.found if result.passes() else ()
                return result
        except UsageError as error:
            raise UsageError(f"{_place(source, error)}: {error.message}", hint=error.hint) from error

    def _measure(self, path: Path, type_: str, realm: str) -> Record:
        return measured_elsewhere(path, type_, self._realm(realm), self._processes)

    def _realm(self, name: str) -> Realm:
        """A realm that is ready. MissingError, each time it is asked for, where there is none."""
        if name not in self._realms:
            self._realms[name] = self._prepared(name)
        found = self._realms[name]
        if isinstance(found, MissingError):
            raise found
        return found

    def _prepared(self, name: str) -> Realm | MissingError:
        realm = next((one for one in realms_here() if one.name == name), None)
        if realm is None:
            return MissingError(f"programs for {name} cannot run on this system", hint="run samebytes check there, too")
        state = realm.availability()
        if not state.ready:
            return MissingError(state.detail, add=state.add)
        try:
            self._stack.callback(realm.close)
            realm.prepare(lambda line: self.say(name, line))
        except MissingError as error:
            return error
        return realm

    def _keep(self, judged: Judged | Skip) -> None:
        if isinstance(judged, Skip):
            self.skips.append(judged)
            return
        self.expectations.judge(judged.result, {})
        self.results.append(judged.result)
        self.remarks += judged.remarks
        self.compared += judged.compared
        self.tell(judged)


def _made(source: ProducerSource, layout: Layout) -> Producer:
    return Producer(
        name=source.name,
        commands=source.commands,
        segment=source.segment,
        layout=layout,
        segments=source.segments,
        folder=source.folder,
        environment=source.environment,
        offset=source.offset,
        deadline=source.deadline,
        ready=source.ready,
        expectations=source.expectations,
        stop=source.stop,
        name_stays=source.name_stays,
        guard=source.guard,
        sole=source.sole,
        counters=source.counters,
        watch=source.watch,
        restarts=source.restarts,
    )


def _place(source: ProducerSource, error: UsageError) -> str:
    """Where the field stands that an error is about; else the producer."""
    return next((place for path, place in source.places.items() if repr(path) in error.message), source.place)


def _unbuilt(library: Library, realm: str, file: Path) -> SamebytesError:
    """A file that is not there: on this machine's own system a mistake, for the other one perhaps not built here."""
    words = f"there is no {file}"
    if realm == native_realm():
        return UsageError(f"{library.place}: {words}", hint="build it first, or correct the path")
    return MissingError(words, hint=f"build it for {realm}, too")


def _reap() -> None:
    """Free the segments of programs that were killed: on Linux the last holder's death does not."""
    if os.name != "nt":
        with contextlib.suppress(SamebytesError):
            mapping.reap()
