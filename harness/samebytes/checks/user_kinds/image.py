"""The check `image`: a golden image as every peer at hand that declares its record reads it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samebytes.checks.images.consumers import ImageReading, unfit
from samebytes.checks.requests.kind import Cell, Tell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.checks.result import Run, Skip, Stage, Verdict
from samebytes.errors import BuildError, MissingError, MissingToolError, PeerError
from samebytes.peers.site import Site

ORDER = 70


def cells(request: Request) -> Iterator[Cell]:
    """Yield a cell for each realm and peer that declares the image's record."""
    if request.image is None:
        return
    name = request.image.layout.record.name
    for realm in request.realms:
        for manifest in request.taking_part:
            if name in manifest.layouts and manifest.lives_in(realm):
                yield Cell("image", "image", manifest.name, name, realm, manifest)


def run(cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Have each consumer read it; one whose ABI lays the record out otherwise, or that cannot run here, is skipped."""
    by_abi: dict[str, list[Cell]] = {}
    try:
        for cell in cells:
            by_abi.setdefault(cell.subject.abi_in(here.lab.site(here.name).realm.abi), []).append(cell)
        for abi, own in by_abi.items():
            _run_on(abi, own, here, tell)
    except MissingError as error:
        here.skip("", error)


def _run_on(abi: str, cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
    """Have the consumers of one ABI read it."""
    image = here.request.image
    assert image is not None
    why = unfit(image, here.request.records.get(image.layout.record.name), abi)
    if why:
        for cell in cells:
            here.findings.skip(Skip(here.name, cell.consumer, why, ""))
        return
    reading = ImageReading(image, here.site, here.lab.keep(_Observer, here.site).peer, abi)
    here.took_part("image", {"language": "golden image", "target": image.layout.abi.name})
    for cell in cells:
        here.took_part(cell.consumer, {"language": cell.subject.language, "target": abi})
        _read(cell, reading, here, tell)


class _Observer:
    """The observer of a site, for all its consumers."""

    def __init__(self, site: Site) -> None:
        self.peer = site.observer()

    def close(self) -> None:
        """End it."""
        self.peer.process.say_goodbye()


def _read(cell: Cell, reading: ImageReading, here: RealmRun, tell: Tell) -> None:
    """Read through every face of a consumer. A broken peer fails; one that lacks a tool is skipped."""
    try:
        starters = here.site.starters(cell.subject, here.request.records)
        runs = [reading.through(starter) for starter in starters.values()]
        # A face that never declares the record takes no part where another does.
        told = [run for run in runs if run.verdict is not Verdict.UNSUPPORTED] or runs
    except (MissingToolError, MissingError) as error:
        here.skip(cell.consumer, error)
        return
    except PeerError as error:
        stage = Stage.BUILD if isinstance(error, BuildError) else Stage.START
        told = [Run(cell.program, "image", "image", cell.consumer).break_off(stage, error)]
    tell(here.finding(cell, told, 0.0))
