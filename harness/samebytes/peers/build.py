"""Build a peer for a target: pick a toolchain, render the probe, run the commands, keep the result under its hash.

A field that the declaration lacks must not hide the rest of the record: when the probe does not compile, each field is tried
alone, and the build is made of those that do. The others are `missing`, with the compiler's words for it.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from samebytes.errors import BuildError, ManifestError, MissingToolError
from samebytes.layout import Record, abi_named
from samebytes.peers.manifest import Manifest, Target, Toolchain
from samebytes.peers.manifest_table import Command
from samebytes.peers.paths import cache_folder, room_in_cache, writing_cache
from samebytes.peers.probe import ProbeLayout, probe_layouts, render
from samebytes.peers.processes import Completed, Processes
from samebytes.peers.realms import Say

__all__ = ["Build", "Builder", "Missing", "expanded", "source_digest"]

PROBE_SECONDS = 60.0
"""A compiler asked for its version answers at once; the first start of one from a cold disk may not."""
BUILD_SECONDS = 400.0
"""zig makes the C library of a target at its first use: 30–50 s measured, more on a busy machine."""


@dataclass(frozen=True)
class Missing:
    """A field that the declaration lacks, or a record it does not declare, in the compiler's words."""

    layout: str
    field: str
    words: str


@dataclass(frozen=True)
class Build:
    """What came of building: the folder (None when there is nothing to build), who built it, and what is missing."""

    folder: Path | None
    toolchain: str
    missing: tuple[Missing, ...] = ()


@dataclass
class Builder:
    """Builds peers, each at most once per content. Safe in parallel: the last step is a rename."""

    processes: Processes
    python: Sequence[str]
    """The harness's own Python, for toolchains that are Python packages."""
    records: Mapping[str, Record]
    versions: dict[Command, Completed | None] = field(default_factory=dict)
    """What each probe of a toolchain said; builders may share it."""

    def toolchain(self, target: Target) -> tuple[Toolchain, str] | None:
        """Return the first toolchain of the target that this machine has, with its version line."""
        for toolchain in target.toolchains:
            version = self._probe(self._expand(toolchain.probe, {}))
            if version is not None:
                return toolchain, f"{toolchain.name}: {version.first_line}"
        return None

    def available(self, manifest: Manifest, target: Target) -> str:
        """Return what would build it, in words. MissingToolError says what is missing and the command that adds it."""
        if not target.toolchains and target.prebuilt is None:
            return ""
        chosen = self.toolchain(target)
        if chosen is not None:
            return chosen[1]
        return self._prebuilt(manifest, target, self.rendered(manifest, target)).toolchain

    def build(self, manifest: Manifest, target: Target, say: Say) -> Build:
        """Return the peer, built for the target.

        BuildError carries the compiler's words; MissingToolError the command to add one.
        """
        if not target.toolchains and target.prebuilt is None:
            return Build(None, "")
        layouts = self._layouts(manifest, target)
        chosen = self.toolchain(target)
        if chosen is None:
            return self._prebuilt(manifest, target, self._rendered(manifest, target, layouts))
        work = _Work(self, manifest, target, chosen[0], chosen[1], say)
        return work.build(layouts)

    def rendered(self, manifest: Manifest, target: Target) -> str:
        """Return the probe's source for everything the peer declares."""
        return self._rendered(manifest, target, self._layouts(manifest, target))

    def _layouts(self, manifest: Manifest, target: Target) -> tuple[ProbeLayout, ...]:
        unknown = [name for name in manifest.layouts if name not in self.records]
        if unknown:
            raise ManifestError(
                f"{manifest.folder / 'peer.toml'}: layouts.{unknown[0]} is no layout there is",
                hint=f"layouts: {' '.join(self.records)}",
            )
        declared = ((self.records[name], type_) for name, type_ in manifest.layouts.items())
        return probe_layouts(declared, abi_named(target.abi), manifest.constants)

    def _rendered(self, manifest: Manifest, target: Target, layouts: Sequence[ProbeLayout]) -> str:
        if manifest.probe is None:
            return ""
        return render(manifest.folder / manifest.probe.template, layouts, target.abi)

    def _prebuilt(self, manifest: Manifest, target: Target, rendered: str) -> Build:
        add = _how_to_add(target)
        if target.prebuilt is None:
            tools = ", ".join(toolchain.name for toolchain in target.toolchains)
            raise MissingToolError(f"no compiler for {target.abi} (looked for {tools})", peer=manifest.name, add=add)
        folder = manifest.folder / target.prebuilt.folder
        with suppress(OSError):
            if (folder / "DIGEST").read_text("ascii").strip() == source_digest(manifest, target, rendered):
                return Build(folder, "shipped build of these sources")
        raise MissingToolError(
            "the sources are not those of the shipped build, and there is no compiler", peer=manifest.name, add=add
        )

    def _probe(self, command: Command) -> Completed | None:
        if command not in self.versions:
            self.versions[command] = self._run_probe(command)
        return self.versions[command]

    def _run_probe(self, command: Command) -> Completed | None:
        if shutil.which(command[0]) is None:
            return None
        done = self.processes.run(command, seconds=PROBE_SECONDS)
        return done if done.status == 0 else None

    def _expand(self, command: Command, places: Mapping[str, str]) -> Command:
        return tuple(expanded(command, {"python": self.python}, places))


class _Work:
    """One build: its sources, its toolchain, its folder in the cache."""

    def __init__(
        self, builder: Builder, manifest: Manifest, target: Target, toolchain: Toolchain, version: str, say: Say
    ) -> None:
        self.builder, self.manifest, self.target = builder, manifest, target
        self.toolchain, self.version, self.say = toolchain, version, say

    def build(self, layouts: tuple[ProbeLayout, ...]) -> Build:
        folder = self._place(layouts)
        if (folder / "build.json").is_file():
            return self._remembered(folder)
        self.say(f"building {self.manifest.name} for {self.target.abi} with {self.version}")
        missing: tuple[Missing, ...] = ()
        error = self._try(folder, layouts, missing)
        if error is not None:
            kept, missing = self._without_what_fails(layouts)
            if not kept or not missing or self._try(folder, kept, missing) is not None:
                raise error
        return Build(folder, self.version, missing)

    def _without_what_fails(
        self, layouts: Sequence[ProbeLayout]
    ) -> tuple[tuple[ProbeLayout, ...], tuple[Missing, ...]]:
        """Try each field alone; return the layouts with the fields that compile, and what is missing from them."""
        if self._sources_fail():
            return (), ()
        missing = [item for layout in self._failing(layouts) for item in self._bad_fields(layout)]
        kept = []
        for layout in layouts:
            rest = layout.without({item.field for item in missing if item.layout == layout.name})
            if rest.leaves:
                kept.append(rest)
        return tuple(kept), tuple(missing)

    def _sources_fail(self) -> bool:
        """Return whether not even a probe of no layout at all compiles: then what is missing is not a field."""
        try:
            return self._try(None, (), ()) is not None
        except ManifestError:  # a template that needs a layout: nothing is known
            return False

    def _failing(self, layouts: Sequence[ProbeLayout]) -> list[ProbeLayout]:
        """Return the layouts that do not compile, of some that do not all: by halves, for most of them do."""
        if len(layouts) == 1:
            return list(layouts)
        middle = len(layouts) // 2
        halves = (layouts[:middle], layouts[middle:])
        return [bad for half in halves if self._try(None, half, ()) is not None for bad in self._failing(half)]

    def _bad_fields(self, layout: ProbeLayout) -> list[Missing]:
        bad = []
        for name in layout.fields:
            error = self._try(None, (layout.only(name),), ())
            if error is not None:
                bad.append(Missing(layout.name, name, _complaint(error.evidence, name)))
        return bad

    def _try(
        self, folder: Path | None, layouts: Sequence[ProbeLayout], missing: tuple[Missing, ...]
    ) -> BuildError | None:
        """Build into a folder beside the final one and rename it there (None: throw it away).

        Return the error, if there was one.
        """
        place = cache_folder() / "builds"
        with writing_cache():
            place.mkdir(parents=True, exist_ok=True)
            made = Path(tempfile.mkdtemp(prefix=".making-", dir=place))
            try:
                error = self._run(made, layouts)
                if error is not None:
                    room_in_cache()
                elif folder is not None:
                    self._keep(made, folder, missing)
                return error
            finally:
                shutil.rmtree(made, ignore_errors=True)

    def _run(self, made: Path, layouts: Sequence[ProbeLayout]) -> BuildError | None:
        if self.manifest.probe is not None:
            text = self.builder._rendered(self.manifest, self.target, layouts)
            (made / self.manifest.probe.output).write_text(text, "utf-8", newline="\n")
        places = {"out": str(made), "source": str(self.manifest.folder)}
        for command in self.toolchain.build:
            error = self._command(self.builder._expand(command, places), made)
            if error is not None:
                return error
        return None

    def _command(self, command: Command, made: Path) -> BuildError | None:
        done = self.builder.processes.run(command, folder=self.manifest.folder, seconds=BUILD_SECONDS)
        if done.status == 0:
            return None
        output = done.output.replace(f"{made}{os.sep}", "").replace(f"{self.manifest.folder}{os.sep}", "")
        how = f"took longer than {BUILD_SECONDS:g} s" if done.status is None else f"exited with {done.status}"
        return BuildError(
            f"{self.manifest.name} does not build for {self.target.abi}: {command[0]} {how}: {_complaint(output)}",
            peer=self.manifest.name,
            evidence=output[-8000:],
            command=command,
        )

    def _keep(self, made: Path, folder: Path, missing: tuple[Missing, ...]) -> None:
        record = {"toolchain": self.version, "missing": [vars(item) for item in missing]}
        (made / "build.json").write_text(json.dumps(record, indent=1), "utf-8")
        if folder.exists() and not (folder / "build.json").is_file():  # somebody's broken leftover
            shutil.rmtree(folder, ignore_errors=True)
        try:
            made.rename(folder)
        except OSError:
            if not (folder / "build.json").is_file():
                raise
            # somebody else finished the same build first: theirs is as good

    def _remembered(self, folder: Path) -> Build:
        record = json.loads((folder / "build.json").read_text("utf-8"))
        return Build(folder, record["toolchain"], tuple(Missing(**item) for item in record["missing"]))

    def _place(self, layouts: Sequence[ProbeLayout]) -> Path:
        rendered = self.builder._rendered(self.manifest, self.target, layouts)
        made_with = json.dumps([self.target.abi, self.version, self.toolchain.build])
        digest = hashlib.sha256((source_digest(self.manifest, self.target, rendered) + made_with).encode()).hexdigest()
        return cache_folder() / "builds" / f"{self.manifest.peer}-{self.target.abi}-{digest[:24]}"


def source_digest(manifest: Manifest, target: Target, rendered: str) -> str:
    """Return the SHA-256 over the manifest's sources and the rendered probe, each as name, NUL, length, NUL, bytes, in order of name."""
    digest = hashlib.sha256()
    for name, data in (*_sources(manifest, target), ("{probe}", rendered.encode())):
        digest.update(f"{name}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()


def _sources(manifest: Manifest, target: Target) -> Iterator[tuple[str, bytes]]:
    names: set[str] = set()
    for pattern in manifest.sources:
        # Path.glob refuses "..", and peers share sources with their neighbours
        found = glob.glob(pattern, root_dir=manifest.folder, recursive=True)  # noqa: PTH207
        names.update(name.replace(os.sep, "/") for name in found)
    left_out = f"{target.prebuilt.folder}/" if target.prebuilt else None
    for name in sorted(names):
        path = manifest.folder / name
        if path.is_file() and not (left_out and name.startswith(left_out)):
            yield name, path.read_bytes().replace(b"\r\n", b"\n")


def expanded(command: Command, lists: Mapping[str, Sequence[str]], places: Mapping[str, str]) -> Iterator[str]:
    """Yield a command with values for its placeholders.

    One for several words must be a word of its own; a pattern below `{source}` becomes the files that it matches, in
    order of name.
    """
    for word in command:
        if word.startswith("{") and word[1:-1] in lists:
            yield from lists[word[1:-1]]
        else:
            pattern = "*" in word and word.startswith("{source}/")
            for name, value in {"runtime": "", **places}.items():
                word = word.replace("{" + name + "}", value)
            yield from sorted(glob.glob(word)) if pattern else (word,)  # noqa: PTH207 - the word is a whole path


def _complaint(output: str, about: str = "") -> str:
    """Return the line of a compiler's output that says what is wrong: the first with "error" in it (that names `about`)."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    errors = [line for line in lines if "error" in line.lower()]
    named = [line for line in errors if about and about in line]
    return next(iter(named or errors or lines[-1:]), "it printed nothing")[:300]


def _how_to_add(target: Target) -> str:
    """Return this system's own command first, then the one that works on every system."""
    ways = [target.add[key] for key in (_system(), "pypi") if key in target.add]
    return ", or: ".join(ways) or next(iter(target.add.values()), "")


def _system() -> str:
    return {"win32": "windows", "darwin": "macos"}.get(sys.platform, "debian")
