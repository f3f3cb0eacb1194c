"""`peer.toml`: what a peer's folder says about itself. `peers/README.md` describes each key."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import lru_cache
from pathlib import Path
from typing import Literal

from samebytes.errors import ManifestError
from samebytes.peers.manifest_table import Command, Table
from samebytes.peers.paths import fixtures_folder
from samebytes.toml import TomlError, read_toml

__all__ = [
    "Face",
    "Manifest",
    "Prebuilt",
    "Probe",
    "Requirement",
    "Runtime",
    "Target",
    "Toolchain",
    "discover",
    "read_manifest",
    "shipped_layouts",
]


@dataclass(frozen=True)
class Probe:
    """The template of the generated probe, and the file in the build folder that it becomes."""

    template: str
    output: str


@dataclass(frozen=True)
class Toolchain:
    """One way to build for a target. `probe` succeeds where it is installed; its first line is the version."""

    name: str
    probe: Command
    build: tuple[Command, ...]
    runtime: str = ""
    """The runtime that it is, of a peer whose runtimes are compilers; its own name if that is one's."""


@dataclass(frozen=True)
class Requirement:
    """What running needs besides a build: a probe that succeeds, or pinned packages for the realm's own Python."""

    why: str
    probe: Command = ()
    pypi: str = ""
    add: str = ""
    runtime: bool = False
    """Whether it is the peer's runtime, which may be fetched: see `Runtime.pypi`."""


@dataclass(frozen=True)
class Runtime:
    """A version of what the peer runs on, or a compiler of it, beside which others can stand: `csharp@8`, `c@gcc`.

    `name` is how its version begins. `pypi` is a file of pinned packages that brings it; `reduced` says that a run in which no
    peers are named has a small row for it; `without` names layouts that the peer does not have with it.
    """

    name: str
    pypi: str = ""
    reduced: bool = False
    without: tuple[str, ...] = ()

    def is_version(self, version: str) -> bool:
        """Return whether a version is one of this runtime."""
        return f"{version}.".startswith(f"{self.name}.")


@dataclass(frozen=True)
class Prebuilt:
    """A build that came with the sources, good only while they are the ones it was made from."""

    folder: str


@dataclass(frozen=True)
class Target:
    """How a peer is built for one ABI. No toolchains and no prebuilt: nothing to build."""

    abi: str
    toolchains: tuple[Toolchain, ...]
    requirements: tuple[Requirement, ...]
    prebuilt: Prebuilt | None
    add: Mapping[str, str]
    """The command that adds a missing toolchain, by system: debian, windows, macos, pypi."""
    variant: str = ""
    """What stands behind the peer's name where it is for this ABI beside the machine's own: `s390x` of `c@s390x`."""
    beside: tuple[str, ...] = ()
    """With which peers a run in which none are named has a small row for that variant."""


@dataclass(frozen=True)
class Face:
    """One way to drive the peer: a program with its command, or a library file, by ABI."""

    name: str
    kind: Literal["program", "library"]
    run: Mapping[str, Command]
    file: Mapping[str, str]
    exports: Mapping[str, str]

    def serves(self, abi: str) -> bool:
        """Return whether this face exists on `abi`."""
        return abi in self.run or abi in self.file


@dataclass(frozen=True)
class Manifest:
    """A peer's manifest. `folder` is where it stands; every path in it is relative to that."""

    name: str
    language: str
    folder: Path
    sources: tuple[str, ...]
    probe: Probe | None
    layouts: Mapping[str, str]
    targets: Mapping[str, Target]
    faces: tuple[Face, ...]
    constants: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """By enumeration: what its declaration calls each constant, by the name that the layout has."""
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """By layout: what the language lacks to declare it, such as `packing`."""
    runtimes: tuple[Runtime, ...] = ()
    """What it can run on, in the order in which the harness would fetch one."""
    runtime: Runtime | None = None
    """The one that it must run on; None: the one that this machine prefers."""
    reduced: bool = False
    """Whether only a small part of the matrix is run with it."""
    abi: str = ""
    """The ABI that it must be for; empty: that of the realm."""

    @property
    def peer(self) -> str:
        """Return its name without that of the runtime, or of the ABI."""
        return self.name.partition("@")[0]

    @property
    def pinned(self) -> bool:
        """Return whether it is one of several that the peer's manifest makes: on one runtime, or for one ABI."""
        return self.runtime is not None or bool(self.abi)

    def lives_in(self, realm: str) -> bool:
        """Return whether programs of the ABI that it must be for can be of a realm at all."""
        return not self.abi or self.abi.split("-")[1] == realm

    def abi_in(self, native: str) -> str:
        """Return the ABI that its programs are for in a realm whose own is `native`."""
        return self.abi or native

    def faces_on(self, abi: str) -> tuple[Face, ...]:
        """Return the faces it has on `abi`."""
        return tuple(face for face in self.faces if face.serves(abi))


def discover(folders: Sequence[Path], layouts: Collection[str] = ()) -> dict[str, Manifest]:
    """Return every peer below `folders`, in order of name; `layouts` are those that a manifest may mean besides the shipped ones.

    ManifestError for a manifest that cannot be read, and for two peers of one name.
    """
    found: dict[str, Manifest] = {}
    for folder in folders:
        for path in sorted(folder.glob("*/peer.toml")):
            manifest = read_manifest(path, layouts)
            if manifest.name in found:
                other = found[manifest.name].folder / "peer.toml"
                raise ManifestError(
                    f"{path}: the peer {manifest.name!r} is already in {other}", hint="rename one of them"
                )
            found[manifest.name] = manifest
    return dict(sorted(found.items()))


def read_manifest(path: Path, layouts: Collection[str] = ()) -> Manifest:
    """Read one `peer.toml`; `layouts` as in `discover`. ManifestError names the file, the key and what to write there."""
    try:
        tree = read_toml(path)
    except TomlError as error:
        raise ManifestError(f"cannot read {path}: {error}", hint="peers/README.md describes the manifest") from error
    return _manifest(Table(tree, path, ""), path.parent, (*shipped_layouts(), *layouts))


@lru_cache(maxsize=1)
def shipped_layouts() -> tuple[str, ...]:
    """Return the names of the fixture layouts, in order of file and place in it."""
    files = sorted((fixtures_folder() / "layouts").glob("*.toml"))
    trees = (read_toml(path) for path in files)
    return tuple(name for tree in trees for name in tree.get("record", {}))


def _manifest(table: Table, folder: Path, known: Sequence[str]) -> Manifest:
    table.only(
        "name", "language", "sources", "probe", "layouts", "types", "unsupported", "words", "constants", "target", "face", "runtime"
    )  # fmt: skip
    words = {name: table.inner("words").words(name) for name in table.tree.get("words", {})}
    targets = [_target(item, words) for item in table.tables("target")]
    faces = tuple(_face(item) for item in table.tables("face"))
    if not targets or not faces:
        raise table.wrong("face" if targets else "target", "at least one table")
    probe = table.table("probe")
    unsupported = _unsupported(table.inner("unsupported"), known)
    return Manifest(
        name=_peer_name(table),
        language=table.text("language"),
        folder=folder.resolve(),
        sources=table.words("sources"),
        probe=Probe(probe.text("template"), probe.text("output")) if probe else None,
        layouts={name: type_ for name, type_ in _layouts(table, known).items() if name not in unsupported},
        targets={target.abi: target for target in targets},
        faces=faces,
        constants=_constants(table),
        unsupported=unsupported,
        runtimes=tuple(_runtime(item) for item in table.tables("runtime")),
    )


def _layouts(table: Table, known: Sequence[str]) -> dict[str, str]:
    """Return the declared layouts with the type that declares each.

    `layouts` is a table, or a list of patterns of layouts whose types have the same names but for those in `types`; `!`
    leaves out what it matches. Of a type `*` stands for the layout's name, and for every layout that has no type of its own.
    """
    if not isinstance(table.tree.get("layouts", {}), list):
        return table.texts("layouts")
    types, chosen = table.texts("types"), dict.fromkeys(known, False)
    for pattern in table.words("layouts"):
        matching = _matching(table, "layouts", pattern.removeprefix("!"), known)
        chosen.update(dict.fromkeys(matching, not pattern.startswith("!")))
    every = types.pop("*", "*")
    if strangers := [name for name in types if not chosen.get(name)]:
        raise table.wrong("types", f"types of layouts that it declares; {strangers[0]!r} is not one")
    return {name: types.get(name, every.replace("*", name)) for name, declared in chosen.items() if declared}


def _unsupported(table: Table, known: Sequence[str]) -> dict[str, str]:
    """Return what the language lacks, by the layouts that would need it."""
    patterns = ((lacking, pattern) for lacking in table.tree for pattern in table.words(lacking))
    return {name: lacking for lacking, one in patterns for name in _matching(table, lacking, one, known)}


def _matching(table: Table, key: str, pattern: str, known: Sequence[str]) -> list[str]:
    matching = [name for name in known if fnmatchcase(name, pattern)]
    if not matching:
        raise table.wrong(key, f"patterns that each match a layout; {pattern!r} matches none")
    return matching


def _spelt_out(command: Command, words: Mapping[str, Command]) -> Command:
    """Put the lists of `[words]` where a command names one: `{flags}`."""
    return tuple(one for word in command for one in _meaning(word, words))


def _meaning(word: str, words: Mapping[str, Command]) -> Command:
    name = word[1:-1] if word.startswith("{") and word.endswith("}") else ""
    others = {key: own for key, own in words.items() if key != name}
    return _spelt_out(words[name], others) if name in words else (word,)


def _constants(table: Table) -> dict[str, dict[str, str]]:
    named = table.table("constants")
    return {enum: named.texts(enum) for enum in named.tree} if named else {}


def _peer_name(table: Table) -> str:
    name = table.text("name")
    if not name.replace("-", "").replace("_", "").isalnum():
        raise table.wrong("name", "letters, digits, - and _ (it stands in case identities and file names)")
    return name


def _target(table: Table, words: Mapping[str, Command]) -> Target:
    table.only("abi", "toolchain", "require", "prebuilt", "add", "variant", "beside")
    prebuilt = table.table("prebuilt")
    return Target(
        abi=table.text("abi"),
        toolchains=tuple(_toolchain(item, words) for item in table.tables("toolchain")),
        requirements=tuple(_requirement(item) for item in table.tables("require")),
        prebuilt=Prebuilt(prebuilt.text("folder")) if prebuilt else None,
        add=table.texts("add"),
        variant=_behind_at(table, "variant") if "variant" in table.tree else "",
        beside=table.words("beside"),
    )


def _toolchain(table: Table, words: Mapping[str, Command]) -> Toolchain:
    table.only("name", "probe", "build", "runtime")
    name = table.text("name")
    build = tuple(_spelt_out(command, words) for command in table.commands("build"))
    return Toolchain(name, _spelt_out(table.words("probe"), words), build, table.text("runtime", name))


def _requirement(table: Table) -> Requirement:
    table.only("why", "probe", "pypi", "add", "runtime")
    return Requirement(
        table.text("why"),
        table.words("probe"),
        table.text("pypi", ""),
        table.text("add", ""),
        table.flag("runtime"),
    )


def _runtime(table: Table) -> Runtime:
    table.only("name", "pypi", "reduced", "without")
    name = _behind_at(table, "name")
    return Runtime(name, table.text("pypi", ""), table.flag("reduced"), table.words("without"))


def _behind_at(table: Table, key: str) -> str:
    name = table.text(key)
    if not name.replace(".", "").replace("-", "").replace("_", "").isalnum():
        raise table.wrong(key, "letters, digits, ., - and _ (it stands behind the peer's name: csharp@3.1)")
    return name


def _face(table: Table) -> Face:
    table.only("name", "kind", "run", "file", "exports")
    kind = table.text("kind")
    if kind not in ("program", "library"):
        raise table.wrong("kind", '"program" or "library"')
    face = Face(
        table.text("name"),
        "library" if kind == "library" else "program",
        table.command_by_abi("run"),
        table.texts("file"),
        table.texts("exports"),
    )
    if not (face.run if kind == "program" else face.file):
        key = "run" if kind == "program" else "file"
        raise table.wrong(key, f"given for a {kind}, by ABI")
    return face
