"""Make the builds that ship with the sources anew: run with the environment's Python, `python ci/ship.py`, after changing a peer.

For every peer with a `prebuilt` folder: build it with this machine's compiler, copy what the build made there, and write
the digest of the sources beside it. Commit the folder. Exit code 3 where the compiler is missing.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from samebytes.checks.data.subjects import read_records
from samebytes.errors import SamebytesError
from samebytes.peers.build import Builder, source_digest
from samebytes.peers.lab import Lab
from samebytes.peers.manifest import Manifest, Prebuilt, Target, discover
from samebytes.peers.paths import fixtures_folder, peers_folder


def ship(manifest: Manifest, target: Target, prebuilt: Prebuilt, builder: Builder) -> Path:
    """Build for one target, and put what the shipped folder already has, and the digest, into it."""
    made = builder.build(manifest, target, print).folder
    assert made is not None  # only a peer that needs no build has none, and it ships nothing
    folder = manifest.folder / prebuilt.folder
    for name in _products(folder, made):
        shutil.copyfile(made / name, folder / name)
    digest = source_digest(manifest, target, builder.rendered(manifest, target))
    (folder / "DIGEST").write_text(digest + "\n", "ascii")
    return folder


def _products(folder: Path, made: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if (made / path.name).is_file()]


def main() -> int:
    try:
        with Lab(read_records(fixtures_folder())) as lab:
            for manifest in discover((peers_folder(),)).values():
                for target in manifest.targets.values():
                    if target.prebuilt is not None:
                        print(
                            f"{manifest.name} for {target.abi}: {ship(manifest, target, target.prebuilt, lab.builder())}"
                        )
    except SamebytesError as error:
        print(f"ci/ship.py: {error}", file=sys.stderr)
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
