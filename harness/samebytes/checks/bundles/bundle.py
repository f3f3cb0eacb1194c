"""Bundles: a folder that holds everything one failing exchange needs, so that it runs again on another machine.

README.txt     what it is, and the command
cell.json      the cell as in the report
exchange.json  which exchange of the cell: layout, values, form of view, segment
layout.toml    the record
memory.bin     what was in memory after the store
peers/         the two peers' sources
"""

from __future__ import annotations

import glob
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from samebytes.checks.bundles.bundle_layout import record_as_toml
from samebytes.checks.data.batch import cases_of
from samebytes.checks.data.compare import leaf_word
from samebytes.checks.data.subjects import DataSubject
from samebytes.checks.data.values import ValueSet, graffiti, seed_of
from samebytes.checks.result import Result, Run
from samebytes.errors import UsageError
from samebytes.layout import Layout, Record, Text, abi_named, lay_out, records_from_toml
from samebytes.peers.manifest import Manifest, discover
from samebytes.peers.variants import with_variants

__all__ = ["Bundle", "Bundles", "read_bundle"]

FORMAT = 1
MOST = 20
"""Bundles that a run writes: one for each way of failing; who has more ways than this begins with these."""

README = """{identity}

One exchange between two programs that did not come out as the layout says: {verdict} at {stage}.
{cause}
This folder is all it needs. On a machine that can run samebytes and build both peers:

    samebytes replay {folder}

builds them from peers/, runs exactly this exchange again, and says whether the same comes of it. layout.toml describes
the record, memory.bin is what stood in shared memory after the store, cell.json is the cell of the report with
every byte that was compared.
"""


@dataclass(frozen=True)
class Bundle:
    """A bundle that was read: what to run, and what came of it."""

    identity: str
    realm: str
    program: DataSubject
    run: Run
    """The run in the report that is to come out again."""
    manifests: Mapping[str, Manifest]
    seconds: float
    """The deadline of a request that only touches memory."""


@dataclass
class Bundles:
    """Writes bundles into a folder: for each way of failing the first cell."""

    folder: Path
    manifests: Mapping[str, Manifest]
    programs: Mapping[str, DataSubject]
    seconds: float
    _seen: set[tuple[str, ...]] = field(default_factory=set)

    def check(self) -> None:
        """Raise UsageError where nothing can be written: found before a run, not after it."""
        if self.folder.exists() and not self.folder.is_dir():
            raise UsageError(f"--bundles {self.folder} is no folder", hint="name a folder; it is made if there is none")
        if not self.folder.parent.is_dir():
            raise UsageError(f"--bundles {self.folder}: there is no folder {self.folder.parent}")

    def write(self, result: Result, abi: str) -> str:
        """Write a data cell's bundle and return its folder; empty if it gets none, because another cell failed in the same way."""
        program, run = self.programs.get(result.program), result.worst
        way = (result.realm, str(run.verdict), str(run.stage), run.cause or _first_words(run))
        if program is None or result.check != "data" or way in self._seen or len(self._seen) >= MOST:
            return ""
        self._seen.add(way)
        folder = self.folder / f"{result.producer}-{result.consumer}-{result.program}-{result.realm}"
        self._begin(folder)
        record = next((one for one in program.records if one.name == run.layout), program.records[0])
        layout = lay_out(record, abi_named(abi))
        cell = {**result.to_json(), "cases": run.cases, "runs": [run.to_json()]}
        texts = {
            "README.txt": _readme(result, folder),
            "cell.json": json.dumps(cell, ensure_ascii=False, indent=1) + "\n",
            "exchange.json": json.dumps(_exchange(program, layout, run, self.seconds), ensure_ascii=False, indent=1)
            + "\n",
            "layout.toml": record_as_toml(record),
        }
        for name, text in texts.items():
            (folder / name).write_text(text, "utf-8", newline="\n")
        (folder / "memory.bin").write_bytes(bytes.fromhex(run.memory))
        for number, parent in enumerate(dict.fromkeys(self.manifests[name].folder.parent for name in _pair(result)), 1):
            into = folder / "peers" / str(number)
            for name in _pair(result):
                if self.manifests[name].folder.parent == parent:
                    _copy(self.manifests[name], parent, into)
        return str(folder)

    def _begin(self, folder: Path) -> None:
        """Make the folder empty; a bundle that an earlier run left there is removed."""
        if folder.exists():
            if not (folder / "exchange.json").is_file():
                raise UsageError(f"--bundles: {folder} is there already and is no bundle", hint="name another folder")
            shutil.rmtree(folder)
        folder.mkdir(parents=True)


def _pair(result: Result) -> tuple[str, ...]:
    return tuple(dict.fromkeys((result.producer, result.consumer)))


def _first_words(run: Run) -> str:
    return str(run.differences[0]) if run.differences else run.message.partition("\n")[0]


def _readme(result: Result, folder: Path) -> str:
    run = result.worst
    cause = f"What explains it: {run.cause}.\n" if run.cause else ""
    return README.format(
        identity=result.identity, verdict=run.verdict, stage=run.stage, cause=cause, folder=folder.name
    )


def _exchange(program: DataSubject, layout: Layout, run: Run, seconds: float) -> dict[str, Any]:
    values = _values(program, layout, run.values)
    form = (
        "stream"
        if "/stream" in run.producer + run.consumer
        else program.views[0]
        if "/" not in run.producer
        else "accessor"
    )
    leaves = {
        leaf.path: values.values[leaf.path]
        if isinstance(leaf.kind, Text)
        else leaf_word(leaf, values.values[leaf.path])
        for leaf in layout.leaves
    }
    return {
        "format": FORMAT,
        "layout": layout.record.name,
        "values": {"name": values.name, "leaves": leaves},
        "segment": program.segment,
        "size": program.size,
        "create": program.create,
        "form": form,
        "polls": program.polls,
        "copy_on_write": program.copy_on_write,
        "deadline": seconds,
    }


def _values(program: DataSubject, layout: Layout, name: str) -> ValueSet:
    """Return the values of that name; graffiti for a run that failed before it had any."""
    cases = cases_of(layout, seed_of(name))
    sets = (*program.values.get(layout.record.name, ()), *(case.values for case in cases))
    return next((values for values in sets if values.name == name), None) or graffiti(layout)


def _copy(manifest: Manifest, parent: Path, into: Path) -> None:
    """Copy what a peer is built from, to the same place relative to its neighbours, whose sources it may share."""
    for path in sorted(set(_files(manifest))):
        place = into / os.path.relpath(path, parent)
        if not place.resolve().is_relative_to(into.resolve()):
            raise UsageError(f"{manifest.name}: {path} is outside of {parent}: it cannot be put into a bundle")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)


def _files(manifest: Manifest) -> Iterator[Path]:
    named = ["peer.toml", *manifest.sources, *([manifest.probe.template] if manifest.probe else [])]
    named += [runtime.pypi for runtime in manifest.runtimes if runtime.pypi]
    for target in manifest.targets.values():
        named += [requirement.pypi for requirement in target.requirements if requirement.pypi]
        named += [f"{target.prebuilt.folder}/*"] if target.prebuilt else []
    for pattern in named:
        found = glob.glob(pattern, root_dir=manifest.folder, recursive=True)  # noqa: PTH207 - Path.glob refuses ".."
        paths = (Path(os.path.normpath(manifest.folder / name)) for name in found)
        yield from (path for path in paths if path.is_file())


def read_bundle(folder: Path) -> Bundle:
    """Read a bundle. UsageError says what is wrong with it."""
    if not folder.is_dir():
        raise UsageError(
            f"{folder}: there is no such folder", hint="samebytes matrix --bundles DIR writes one for each cause"
        )
    try:
        cell = Result.from_json(json.loads((folder / "cell.json").read_text("utf-8")))
        tree = json.loads((folder / "exchange.json").read_text("utf-8"))
        record = records_from_toml(folder / "layout.toml")[tree["layout"]]
        manifests = with_variants(discover(sorted((folder / "peers").iterdir()), [record.name]))
        program = _program(cell.program, record, tree)
        return Bundle(
            cell.identity, cell.realm, program, cell.runs[0], _only(manifests, record), float(tree["deadline"])
        )
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise UsageError(
            f"{folder} is no bundle that can be replayed: {type(error).__name__}: {error}",
            hint="samebytes matrix --bundles DIR writes bundles, one folder each, into DIR",
        ) from error


def _only(manifests: Mapping[str, Manifest], record: Record) -> dict[str, Manifest]:
    """Return the peers with this record alone: the others that they declare are not in the bundle."""
    return {
        name: replace(manifest, layouts={own: type_ for own, type_ in manifest.layouts.items() if own == record.name})
        for name, manifest in manifests.items()
    }


def _program(name: str, record: Record, tree: Mapping[str, Any]) -> DataSubject:
    if tree["format"] != FORMAT:
        raise ValueError(f"its format is {tree['format']!r}; this reads {FORMAT}")
    given: Mapping[str, str] = tree["values"]["leaves"]
    layout = lay_out(record, abi_named("x86_64-linux"))
    values = {
        leaf.path: given[leaf.path] if isinstance(leaf.kind, Text) else int(given[leaf.path], 16)
        for leaf in layout.leaves
    }
    return DataSubject(
        name=name,
        title=record.doc or record.name,
        records=(record,),
        segment=str(tree["segment"]),
        size=int(tree["size"]),
        create=str(tree["create"]),
        views=(str(tree["form"]),),
        polls=bool(tree["polls"]),
        copy_on_write=bool(tree["copy_on_write"]),
        values={record.name: (ValueSet(str(tree["values"]["name"]), values),)},
    )
