"""Which plain layouts a peer does not declare: it takes no part in their columns, and the report says so."""

from __future__ import annotations

from collections.abc import Sequence

from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.result import Skip
from samebytes.peers.manifest import Manifest

__all__ = ["lacks", "undeclared"]

SHOWN_LAYOUTS = 6


def lacks(manifest: Manifest, programs: Sequence[DataSubject]) -> list[str]:
    """Return the names of the plain layouts among these that a peer does not declare."""
    return [one.name for one in programs if one.plain and one.name not in manifest.layouts]


def undeclared(manifest: Manifest, programs: Sequence[DataSubject], realm: str) -> Skip | None:
    """Return what is said of a peer that does not declare every layout; None if it does.

    What its language has no words for is told as such: nobody can add it.
    """
    names = lacks(manifest, programs)
    by_lack: dict[str, list[str]] = {}
    for name in names:
        by_lack.setdefault(manifest.unsupported.get(name, ""), []).append(name)
    missing = by_lack.pop("", [])
    words = [f"{manifest.language} has no {lack} for {_shown(some)}" for lack, some in by_lack.items()]
    words += [f"declares no {_shown(missing)}"] if missing else []
    add = f"declare them, and name them in {manifest.folder / 'peer.toml'}" if missing else ""
    return Skip(realm, manifest.name, "; ".join(words), add) if words else None


def _shown(names: Sequence[str]) -> str:
    more = f" and {len(names) - SHOWN_LAYOUTS} more" if len(names) > SHOWN_LAYOUTS else ""
    return ", ".join(names[:SHOWN_LAYOUTS]) + more
