"""The line of a peer's declaration that is wrong, as far as what was seen tells whose and which it is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from samebytes.checks.bundles.repair import guilty
from samebytes.checks.result import Run, SourceLine, Stage
from samebytes.checks.source_lines import field_line
from samebytes.peers.manifest import Manifest

__all__ = ["sources_of"]


def sources_of(run: Run, manifests: Mapping[str, Manifest]) -> list[SourceLine]:
    """Return the line of the run's record in the source of the peer whose declaration is wrong; empty where nobody's is."""
    manifest = manifests.get(guilty(run))
    if manifest is None:
        return []
    seen = [one.path for one in run.differences if one.stage is Stage.DESCRIBE and not one.path.startswith("size of ")]
    words = run.cause or "".join(f"`{path}`" for path in seen[:1])
    about = run.cause or next((str(one) for one in run.differences), run.message)
    found = field_line(_sources(manifest), manifest.layouts.get(run.layout, run.layout), words, about)
    return [found] if found is not None else []


def _sources(manifest: Manifest) -> Iterator[Path]:
    """Yield the peer's own files; what is generated is not among them."""
    for pattern in manifest.sources:
        yield from sorted(manifest.folder.glob(pattern))
