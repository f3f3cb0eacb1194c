"""The layouts that were promised, read from their files, each on the ABIs it is asked for on."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

from samebytes.checks.project.project import LayoutSource, Project, native_realm
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import ABIS, Abi, Layout, Record, abi_named, lay_out
from samebytes.layout.importers import load
from samebytes.peers.realms import NativeRealm

__all__ = ["Place", "Promises", "places_of", "readable", "realm_abi", "realm_of"]

T = TypeVar("T")


@dataclass(frozen=True)
class Place:
    """Where something is judged: an ABI, and the realm in which programs of it run."""

    abi: str
    realm: str

    @property
    def plain(self) -> bool:
        """Return whether it is the realm's own ABI."""
        return self.abi == realm_abi(self.realm)


def realm_abi(realm: str) -> str:
    """Return the ABI of a realm's programs: this machine's own, or that of an x86-64 machine."""
    if realm == native_realm():
        with suppress(KeyError):
            return ABIS[NativeRealm().abi].name
    return f"x86_64-{realm}"


def realm_of(abi: str) -> str:
    """Return the realm in which programs of an ABI run."""
    return "windows" if "-windows" in abi else "linux"


def places_of(project: Project, realms: tuple[str, ...], *wanted: tuple[str, ...]) -> list[Place]:
    """Return where something is to be judged: on the ABIs that it names itself, or else on those of the project's realms.

    `wanted`: lists of ABIs, the first that is not empty counts. `realms`: those that this run is about.
    """
    named = next(filter(None, wanted), ())
    abis = named or tuple(realm_abi(realm) for realm in project.realms)
    return [Place(abi, realm_of(abi)) for abi in abis if realm_of(abi) in realms]


@dataclass
class Promises:
    """Reads each layout once per ABI."""

    project: Project
    _layouts: dict[tuple[str, str], Layout | LayoutError] = field(default_factory=dict)

    def layout(self, source: LayoutSource, abi: str) -> Layout:
        """Return the layout on an ABI. LayoutError in the importer's words; MissingError when the importer is not installed."""
        key = (source.name, abi)
        if key not in self._layouts:
            try:
                self._layouts[key] = lay_out(self._record(source, abi_named(abi)), abi_named(abi))
            except LayoutError as error:
                self._layouts[key] = error
        found = self._layouts[key]
        if isinstance(found, LayoutError):
            raise found
        return found

    def check(self, source: LayoutSource) -> None:
        """Raise UsageError for a layout that loads on none of the ABIs it is for."""
        places = places_of(self.project, self.project.realms, source.abis)
        errors = []
        for place in places:
            try:
                self.layout(source, place.abi)
            except LayoutError as error:
                errors.append(error)
        if errors and (source.abis or len(errors) == len(places)):
            raise UsageError(f"{source.place}: {errors[0].message}", hint=errors[0].hint) from errors[0]

    def _record(self, source: LayoutSource, abi: Abi) -> Record:
        defines = dict(source.define) or None
        found = readable(
            source.file,
            lambda: load(
                source.file, source.type, abi=abi, defines=defines, include=source.include, language=source.language
            ),
        )
        return replace(found[0], name=source.name)


def readable(path: Path, work: Callable[[], T]) -> T:
    """Turn what an importer does not say in its own words into a LayoutError."""
    try:
        return work()
    except (OSError, UnicodeDecodeError, RecursionError) as error:
        raise LayoutError(f"{path}: cannot be read: {error}") from error
