"""The file of an image: a line that says what it is, a line of JSON, the bytes. docs/images.md describes it; version 1 stays readable.

Nothing is believed: lengths, the bytes' hash, and that the layout still lays out as it did when the image was taken.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from samebytes.checks.bundles.bundle_layout import record_as_toml
from samebytes.errors import LayoutError, UsageError
from samebytes.layout import Layout, abi_named, lay_out, records_from_tree
from samebytes.toml import TomlError, toml_tree

__all__ = ["VERSION", "Image", "read_image", "write_image"]

VERSION = 1
_MAGIC = b"samebytes image "
_LONGEST_HEADER = 1 << 26
_DAMAGED = "copy it again, as a binary file, or capture it anew"


@dataclass(frozen=True)
class Image:
    """A segment at one moment. `data` are its bytes from its start, zeros at the end left out; sizes in bytes."""

    name: str
    """The segment's, as it was opened."""
    realm: str
    layout: Layout
    offset: int
    """Bytes in front of the record."""
    size: int
    """Bytes the segment had."""
    exact: bool
    """Whether that is what its creator asked for; else it was rounded up to pages."""
    data: bytes
    captured: str
    """When, in UTC (ISO 8601)."""
    host: Mapping[str, str]
    """`system` and `machine` it was captured on."""
    producer: tuple[str, ...] = ()
    """The programs that held it, where the system tells."""

    @property
    def record(self) -> bytes:
        """Return the bytes from the record's start to the segment's end, as far as kept; the fixed part is always complete."""
        return self.data[self.offset :]


def write_image(path: Path, image: Image) -> None:
    """Write the file whole or not at all, over what was there.

    UsageError for a record that a description cannot say, or a path that cannot be written.
    """
    content = _MAGIC + b"%d\n" % VERSION + _header(image) + b"\n" + image.data
    try:
        handle, part = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(part).chmod(0o666 & ~_umask())
        Path(part).replace(path)
    except BaseException as error:
        with suppress(OSError):
            Path(part).unlink()
        if isinstance(error, OSError):
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from error
        raise


def _umask() -> int:
    mask = os.umask(0o022)
    os.umask(mask)
    return mask


def _header(image: Image) -> bytes:
    layout = image.layout
    toml = record_as_toml(layout.record)
    if lay_out(_record(toml, layout.record.name), layout.abi).leaves != layout.leaves:
        raise UsageError(f"{layout.record.name} cannot be kept in an image: its description would not be the same")
    tree = {
        "captured": image.captured,
        "host": dict(image.host),
        "name": image.name,
        "realm": image.realm,
        "producer": list(image.producer),
        "size": image.size,
        "exact": image.exact,
        "layout": {
            "type": layout.record.name,
            "abi": layout.abi.name,
            "offset": image.offset,
            "size": layout.size,
            "places": _places(layout),
            "toml": toml,
        },
        "bytes": len(image.data),
        "sha256": hashlib.sha256(image.data).hexdigest(),
    }
    return json.dumps(tree, ensure_ascii=False).encode("utf-8")


def _places(layout: Layout) -> str:
    """Return a hash of where and what every leaf is: who reads the image later must come to the same."""
    rows = [
        [leaf.path, leaf.offset, leaf.width, leaf.bit, leaf.bits, getattr(leaf.kind, "name", "text")]
        for leaf in layout.leaves
    ]
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


def _record(toml: str, name: str) -> Any:
    return records_from_tree(toml_tree(toml))[name]


def read_image(path: Path) -> Image:
    """Return the image in a file. UsageError says what is wrong with one that cannot be used."""
    try:
        with path.open("rb") as file:
            version = _version(path, file.readline(64))
            if version != VERSION:
                raise UsageError(
                    f"{path}: an image of version {version}; this reads version {VERSION}", hint="use a newer samebytes"
                )
            header = file.readline(_LONGEST_HEADER)
            data = file.read()
    except FileNotFoundError as error:
        raise UsageError(f"{path}: no such file") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    if not header.endswith(b"\n"):
        raise UsageError(f"{path}: cut off in its header", hint=_DAMAGED)
    return _image(path, _tree(path, header), data)


def _version(path: Path, line: bytes) -> int:
    number = line.removeprefix(_MAGIC).removesuffix(b"\n")
    if not line.startswith(_MAGIC) or not number.strip().isdigit():
        raise UsageError(f"{path}: no image: it begins with {line[:24]!r}", hint="samebytes attach --save makes one")
    if not number.isdigit() or not line.endswith(b"\n"):
        raise UsageError(f"{path}: its line ends were changed on the way", hint=_DAMAGED)
    return int(number)


def _tree(path: Path, header: bytes) -> dict[str, Any]:
    try:
        tree = json.loads(header.decode("utf-8"))
    except ValueError as error:
        raise UsageError(f"{path}: its header is damaged: {error}", hint=_DAMAGED) from error
    if not isinstance(tree, dict):
        raise UsageError(f"{path}: its header is damaged: no object", hint=_DAMAGED)
    return tree


def _image(path: Path, tree: dict[str, Any], data: bytes) -> Image:
    length, digest = _part(path, tree, "bytes", int), _part(path, tree, "sha256", str)
    if len(data) != length:
        raise UsageError(f"{path}: {length} bytes were kept, {len(data)} are there", hint=_DAMAGED)
    if hashlib.sha256(data).hexdigest() != digest:
        raise UsageError(f"{path}: its bytes are not those that were kept (another SHA-256)", hint=_DAMAGED)
    described = _part(path, tree, "layout", dict)
    host = {str(key): str(value) for key, value in _part(path, tree, "host", dict).items()}
    image = Image(
        name=_part(path, tree, "name", str),
        realm=_part(path, tree, "realm", str),
        layout=_layout(path, described),
        offset=_part(path, described, "offset", int),
        size=_part(path, tree, "size", int),
        exact=_part(path, tree, "exact", bool),
        data=data,
        captured=_part(path, tree, "captured", str),
        host=host,
        producer=tuple(map(str, _part(path, tree, "producer", list))),
    )
    if not (image.offset >= 0 and image.offset + image.layout.size <= len(data) <= image.size):
        raise UsageError(f"{path}: its record does not lie in its bytes", hint=_DAMAGED)
    return image


def _layout(path: Path, described: dict[str, Any]) -> Layout:
    name, abi = _part(path, described, "type", str), _part(path, described, "abi", str)
    try:
        layout = lay_out(_record(_part(path, described, "toml", str), name), abi_named(abi))
    except (LayoutError, KeyError, TomlError) as error:
        raise UsageError(f"{path}: its layout cannot be read: {error}", hint=_DAMAGED) from error
    size, places = _part(path, described, "size", int), _part(path, described, "places", str)
    if (layout.size, _places(layout)) != (size, places):
        raise UsageError(
            f"{path}: {name} had {size} bytes on {abi} when it was captured, and is laid out otherwise here ({layout.size} bytes)",
            hint="the header was changed, or one of the two versions of samebytes is wrong about this record",
        )
    return layout


def _part(path: Path, tree: dict[str, Any], key: str, kind: type) -> Any:
    value = tree.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise UsageError(f"{path}: its header lacks {key!r}", hint=_DAMAGED)
    return value
