"""Kinds of check: what a module in checks/matrix_kinds, checks/user_kinds or an extension's `checks/` has, and the cells it works on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, cast

from samebytes.errors import UsageError
from samebytes.peers.extensions import extensions_found, module_named, modules_found

if TYPE_CHECKING:
    from samebytes.checks.project.side_by_side import Compared
    from samebytes.checks.requests.realm_run import RealmRun
    from samebytes.checks.requests.request import Request
    from samebytes.checks.result import Result

__all__ = ["Cell", "Finding", "Kind", "Tell", "kinds", "matrix_kinds", "user_kinds"]

MATRIX, USER = "samebytes.checks.matrix_kinds", "samebytes.checks.user_kinds"
LAST = 100
"""The place of a module that names none."""


@dataclass(frozen=True)
class Cell:
    """One cell to run: who produces, who consumes, what, in which realm, in which check."""

    check: str
    producer: str
    consumer: str
    program: str
    realm: str
    subject: Any = field(default=None, compare=False)
    """What the check needs to run it."""
    peers: tuple[str, ...] = ()
    """The peers that must run in the realm for it. Cells with peers are run realms side by side, others one after the other."""

    @property
    def identity(self) -> str:
        """Return the identity as in Result.identity."""
        return f"{self.producer}/{self.consumer}/{self.program}/{self.realm}/{self.check}"


@dataclass
class Finding:
    """A finished cell, and what is told besides."""

    result: Result
    annotations: dict[str, str] = field(default_factory=dict)
    """By name, as they stand in a report's cell: `repair`."""
    remarks: tuple[str, ...] = ()
    compared: tuple[Compared, ...] = ()


Tell = Callable[[Finding], None]


class Kind(Protocol):
    """What a module of a check has.

    It may also have `ORDER` (a number: those with small ones run first), `HELP` (words for `samebytes matrix --help`),
    `begin(cells, here)`, which is called before any cell of the realm is run, and `covering(cells)`, which returns those of a realm's
    cells that are run unless all are asked for.
    """

    def cells(self, request: Request) -> Iterable[Cell]:
        """Return the cells that this check has for a request; none if it is about something else."""

    def run(self, cells: Sequence[Cell], here: RealmRun, tell: Tell) -> None:
        """Run cells of one realm, and tell what came of each. What a peer or program does is a verdict, never an exception."""


def kinds(wanted: Collection[str]) -> dict[str, Kind]:
    """Return the kinds of check of these names, in the order in which they run. UsageError for a file that is not a check."""
    found = modules_found(MATRIX, "checks") | modules_found(USER)
    modules = {name: module_named(place) for name, place in found.items() if name in wanted}
    for module in modules.values():
        for name in ("cells", "run"):
            if not callable(getattr(module, name, None)):
                raise UsageError(
                    f"{module.__file__} has no function {name}", hint="docs/extending.md says what a check has"
                )
    ordered = sorted(modules.items(), key=lambda item: getattr(item[1], "ORDER", LAST))
    return {name: cast(Kind, module) for name, module in ordered}


def matrix_kinds() -> dict[str, str]:
    """Return the kinds of check that the matrix has, by name: what each is about, in words."""
    return {name: getattr(kind, "HELP", "") for name, kind in kinds(modules_found(MATRIX, "checks")).items()}


def user_kinds() -> frozenset[str]:
    """Return the names of the kinds of check for what a user brings, including those of extension folders."""
    return frozenset({*modules_found(USER), *extensions_found("checks")})
