"""From values to bytes and back, for a record laid out on an ABI.

Values are a mapping from leaf path to a bit pattern (`int`), or to `str` for text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from samebytes.errors import LayoutError
from samebytes.layout.kinds import Bits, Kind
from samebytes.layout.laid_out import Layout, Leaf
from samebytes.layout.record import Text
from samebytes.layout.texts import prefix_bytes, prefix_read

__all__ = ["LeafValues", "decode", "encode", "text_bytes", "text_from"]

LeafValues = Mapping[str, Bits | str]
_CODECS = {
    ("utf-8", "little"): "utf-8",
    ("utf-8", "big"): "utf-8",
    ("utf-16", "little"): "utf-16-le",
    ("utf-16", "big"): "utf-16-be",
}


def encode(layout: Layout, values: LeafValues) -> bytes:
    """Return the bytes a correct producer puts into memory, padding as zeros.

    Every leaf must have a value: LayoutError names one that has none. Only where leaves share bytes (unions) some may be left out;
    of those given, the last in the record's order wins, as with stores to memory: `decode(encode(…))` says what all of them are then.
    """
    _check_complete(layout, values)
    if layout.record.body:
        return _prefixed(layout, layout.record.prefix, _json_body(layout, values))
    image = bytearray(layout.size)
    for leaf in layout.leaves:
        value = values.get(leaf.path)
        if value is None:
            continue
        if isinstance(leaf.kind, Text):
            image = _with_tail(layout, leaf, leaf.kind, str(value), image)
        elif isinstance(value, int):
            _put(layout, leaf, value, image)
        else:
            raise LayoutError(f"{leaf.path} needs a bit pattern, not {value!r}", path=leaf.path)
    return bytes(image)


def decode(layout: Layout, data: bytes) -> dict[str, Bits | str]:
    """Return what those bytes say, leaf by leaf. LayoutError when there are too few of them, or a text cannot be read."""
    if len(data) < layout.size:
        raise LayoutError(f"{layout.record.name} needs {layout.size} bytes, {len(data)} are there")
    if layout.record.body:
        return _from_json(layout, data)
    values: dict[str, Bits | str] = {}
    for leaf in layout.leaves:
        if isinstance(leaf.kind, Text):
            body = _text_body(layout, leaf, leaf.kind, data)
            values[leaf.path] = text_from(body, leaf.kind, layout.abi.order)
        else:
            number = int.from_bytes(data[leaf.offset : leaf.offset + leaf.width], layout.abi.order)
            values[leaf.path] = number if leaf.bits is None else number >> _shift(layout, leaf) & (1 << leaf.bits) - 1
    return values


def text_bytes(text: str, kind: Text, order: str) -> bytes:
    """Return a text's code units; `order` is the byte order of units wider than a byte. Lone surrogates pass in UTF-16."""
    return text.encode(_CODECS[kind.encoding, order], "surrogatepass")


def text_from(data: bytes, kind: Text, order: str) -> str:
    """Return the text those code units are. LayoutError when they are not text."""
    try:
        return data.decode(_CODECS[kind.encoding, order], "surrogatepass")
    except UnicodeDecodeError as error:
        raise LayoutError(f"not {kind.encoding}: {data[:32].hex()} ({error.reason} at {error.start})") from error


def _check_complete(layout: Layout, values: LeafValues) -> None:
    missing = [leaf.path for leaf in layout.leaves if leaf.path not in values and leaf.path not in layout.shared]
    unknown = [path for path in values if path not in layout.by_path]
    if missing or unknown:
        what = f"no value for {missing[0]}" if missing else f"no leaf {unknown[0]}"
        raise LayoutError(f"{layout.record.name}: {what}", path=(missing or unknown)[0])


def _put(layout: Layout, leaf: Leaf, bits: Bits, image: bytearray) -> None:
    order, place = layout.abi.order, slice(leaf.offset, leaf.offset + leaf.width)
    size = leaf.width * 8 if leaf.bits is None else leaf.bits
    if not 0 <= bits < 1 << size:
        what = f"{leaf.width} bytes" if leaf.bits is None else f"{size} bits"
        raise LayoutError(f"{leaf.path}: {bits:#x} is not a pattern of {what}", path=leaf.path)
    if leaf.bits is not None:
        shift = _shift(layout, leaf)
        bits = int.from_bytes(image[place], order) & ~(((1 << size) - 1) << shift) | bits << shift
    image[place] = bits.to_bytes(leaf.width, order)


def _shift(layout: Layout, leaf: Leaf) -> int:
    """Return how far right the bytes a bit-field touches, read as one number, move for it to end at bit 0."""
    first, size = leaf.bit or 0, leaf.bits or 0
    return first if layout.abi.order == "little" else leaf.width * 8 - first - size


def _with_tail(layout: Layout, leaf: Leaf, kind: Text, text: str, image: bytearray) -> bytearray:
    """Return the record with its text behind it; `leaf.offset` is behind the shortest prefix."""
    assert kind.prefix is not None
    data = text_bytes(text, kind, layout.abi.order)
    start = leaf.offset - kind.prefix.width(layout.abi)
    return image[:start] + prefix_bytes(kind, len(data), layout.abi) + data


def _json_body(layout: Layout, values: LeafValues) -> bytes:
    """Return compact JSON, keys in the record's order, escapes only where JSON demands them (RFC 8259, section 7)."""
    parts = {leaf.path: str(values[leaf.path]) for leaf in layout.leaves}
    text = json.dumps(parts, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8")


def _prefixed(layout: Layout, prefix: Kind | None, body: bytes) -> bytes:
    assert prefix is not None
    return prefix.bits(len(body), layout.abi).to_bytes(prefix.width(layout.abi), layout.abi.order) + body


def _text_body(layout: Layout, leaf: Leaf, kind: Text, data: bytes) -> bytes:
    assert kind.prefix is not None
    length, start = prefix_read(kind, data, leaf.offset - kind.prefix.width(layout.abi), layout.abi)
    if length > len(data) - start:
        raise LayoutError(f"{leaf.path}: its length says {length} bytes, {len(data) - start} are there", path=leaf.path)
    return data[start : start + length]


def _body(layout: Layout, prefix: Kind | None, data: bytes, offset: int, path: str) -> bytes:
    """Return the bytes that a length prefix just before `offset` announces."""
    assert prefix is not None
    length = int.from_bytes(data[offset - prefix.width(layout.abi) : offset], layout.abi.order)
    if length > len(data) - offset:
        raise LayoutError(f"{path}: its length says {length} bytes, {len(data) - offset} are there", path=path)
    return data[offset : offset + length]


def _from_json(layout: Layout, data: bytes) -> dict[str, Bits | str]:
    body = _body(layout, layout.record.prefix, data, layout.size, layout.record.name)
    try:
        parts = json.loads(body.decode("utf-8"))
    except ValueError as error:
        raise LayoutError(f"{layout.record.name}: not a JSON object: {body[:64]!r} ({error})") from error
    if not isinstance(parts, dict) or any(not isinstance(parts.get(leaf.path), str) for leaf in layout.leaves):
        raise LayoutError(f"{layout.record.name}: lacks a text of its record: {body[:64]!r}")
    return {leaf.path: parts[leaf.path] for leaf in layout.leaves}
