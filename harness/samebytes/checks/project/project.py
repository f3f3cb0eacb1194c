"""What a `samebytes.toml` says, as data: layouts that were promised, declarations, libraries and producers that are held to them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, cast

from samebytes.checks.producers.producer import Producer
from samebytes.layout import Layout
from samebytes.peers.realms import REALMS

__all__ = [
    "FILE_NAME",
    "REALMS",
    "Declaration",
    "LayoutSource",
    "Library",
    "ProducerSource",
    "Project",
    "native_realm",
]

FILE_NAME = "samebytes.toml"


def native_realm() -> str:
    """Return the realm of this machine itself."""
    return "windows" if os.name == "nt" else "linux"


@dataclass(frozen=True)
class LayoutSource:
    """`[layout.NAME]`: the file that has what was promised, and the type in it."""

    name: str
    file: Path
    type: str
    place: str
    """Where it stands in the project file, for messages."""
    language: Literal["", "c", "c++"] = ""
    include: tuple[Path, ...] = ()
    define: Mapping[str, str | None] = field(default_factory=dict)
    abis: tuple[str, ...] = ()
    """The ABIs it was promised for; none named: those of the project's realms."""
    portable: bool | None = None
    """Whether it must be the same on each of them; None: where programs of two of them share a machine."""


@dataclass(frozen=True)
class Declaration:
    """`[declaration.NAME]`: a copy of a layout that somebody keeps by hand, in a source file or in what was built of one."""

    name: str
    layout: LayoutSource
    sources: tuple[Path, ...]
    """The file with the declaration first, then those that it needs to compile."""
    type: str
    place: str
    read: Literal["", "pointer", "marshal"] = ""
    """Of .NET: which of a structure's two layouts the program uses. Empty: both are judged."""
    include: tuple[Path, ...] = ()
    define: Mapping[str, str | None] = field(default_factory=dict)
    abis: tuple[str, ...] = ()

    @property
    def source(self) -> Path:
        """Return the file with the declaration."""
        return self.sources[0]

    @property
    def original(self) -> bool:
        """Return whether it is the layout itself: then compilers measure it, for a thing compared with itself is always right."""
        return (self.source, self.type) == (self.layout.file, self.layout.type)


@dataclass(frozen=True)
class Library:
    """`[library.NAME]`: a library that writes and reads a layout, its file by realm, and under which names it exports its functions."""

    name: str
    layout: LayoutSource
    files: Mapping[str, Path]
    exports: Mapping[str, str]
    place: str


@dataclass(frozen=True, kw_only=True)
class ProducerSource(Producer):
    """`[producer.NAME]`: a program that is only started and watched, as its table says. Its layout is not read yet."""

    layout: LayoutSource
    place: str
    places: Mapping[str, str]
    """Where each field that `ready` and `expect` name stands in the project file."""

    def promised(self, layout: Layout) -> Producer:
        """Return the same with its layout, as it is on the ABI of a realm."""
        return replace(cast(Producer, self), layout=layout)


@dataclass(frozen=True)
class Project:
    """A whole `samebytes.toml`. Everything by name, in the order in which it stands there."""

    file: Path
    realms: tuple[str, ...]
    """The systems whose programs share this memory."""
    layouts: Mapping[str, LayoutSource]
    declarations: Mapping[str, Declaration]
    producers: Mapping[str, ProducerSource]
    libraries: Mapping[str, Library]
    peers: tuple[Path, ...] = ()
    """Folders with peers of its own."""
    expectations: Path | None = None
    """The file of expected deviations."""

    @property
    def folder(self) -> Path:
        """Return where the file stands; paths in it are relative to that."""
        return self.file.parent
