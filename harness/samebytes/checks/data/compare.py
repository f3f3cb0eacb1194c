"""The comparisons: a peer's description, the bytes in memory, the leaves a consumer loaded, each against the layout."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from samebytes.checks.data.compare_declared import declared_differences
from samebytes.checks.result import Difference, LeafRow, Stage
from samebytes.layout import Bits, Description, Layout, Leaf, LeafValues, Text, text_bytes
from samebytes.peers.peer import Peer

__all__ = ["BEYOND", "compare_description", "compare_leaves", "compare_memory", "leaf_word", "same_leaves"]

BEYOND = "beyond the record"


def leaf_word(leaf: Leaf, value: Bits | str) -> str:
    """Return a value as it travels: big-endian hex, as many digits as the leaf is wide."""
    if isinstance(leaf.kind, Text):
        return text_bytes(str(value), leaf.kind, "big").hex() or "-"
    return f"{value:0{leaf.width * 2}x}"


def compare_description(layout: Layout, found: Description | None, peer: Peer) -> Iterator[Difference]:
    """Compare the peer's own size, alignment, offsets, widths, kinds, whole fields and constants with the layout's."""
    name = layout.record.name
    words = {item.field: item.words for item in peer.missing if item.layout == name}
    if found is None:
        yield _described(peer, name, "a declaration", f"none: {next(iter(words.values()), 'not declared')}")
        return
    if found.size != layout.size:
        yield _described(peer, f"size of {name}", str(layout.size), str(found.size))
    if not found.aligned_to(layout.align) and not layout.record.variable:
        yield _described(peer, f"alignment of {name}", str(layout.align), str(found.align))
    elsewhere = set()
    for leaf in layout.leaves:
        if found.leaves.get(leaf.path) != (leaf.offset, leaf.width):
            elsewhere.add(leaf.path)
        if leaf.path not in found.leaves:
            yield _described(peer, leaf.path, "a field", f"none: {words.get(leaf.field, 'not declared')}", leaf.offset)
        elif found.leaves[leaf.path] != (leaf.offset, leaf.width):
            offset, width = found.leaves[leaf.path]
            yield _described(peer, leaf.path, _where(leaf.offset, leaf.width), _where(offset, width), leaf.offset)
    for path in found.leaves:
        if path not in layout.by_path:
            yield _described(peer, path, "no such field", _where(*found.leaves[path]))
    yield from declared_differences(layout, found, peer.name, elsewhere)


def compare_memory(
    layout: Layout, expected: bytes, memory: bytes, background: bytes, producer: str
) -> Iterator[Difference]:
    """Yield a difference for each byte that is not as encoded, padding aside, or not as before the store beyond the record."""
    for path, start, end in _spans(layout, len(expected)):
        if memory[start:end] != expected[start:end]:
            found, wanted = memory[start:end].hex(), expected[start:end].hex()
            yield Difference(Stage.STORE, producer, path, wanted or "nothing", found or "nothing", start)
    rest, before = memory[len(expected) :], background[len(expected) :]
    if rest != before:
        first = next(i for i, (now, was) in enumerate(zip(rest, before, strict=True)) if now != was)
        place = len(expected) + first
        yield Difference(
            Stage.STORE,
            producer,
            BEYOND,
            f"untouched {before[first : first + 8].hex()}",
            rest[first : first + 8].hex(),
            place,
        )


def compare_leaves(
    layout: Layout,
    values: LeafValues,
    expected: bytes,
    memory: bytes,
    loaded: Mapping[str, str],
    consumer: str,
) -> tuple[list[LeafRow], list[Difference]]:
    """Return a row of evidence for each leaf, and the differences: each must have been loaded, and be equal bit for bit."""
    rows: list[LeafRow] = []
    differences = []
    for leaf in layout.leaves:
        word = loaded.get(leaf.path)
        wanted = leaf_word(leaf, values[leaf.path])
        end = len(expected) if leaf.variable else leaf.offset + leaf.width
        rows.append(
            LeafRow(
                leaf.path,
                leaf.offset,
                leaf.width,
                expected[leaf.offset : end].hex(),
                memory[leaf.offset : end].hex(),
                word,
            )
        )
        if word is None or not _same(leaf, wanted, word):
            differences.append(Difference(Stage.LOAD, consumer, leaf.path, wanted, word or "nothing", leaf.offset))
    return rows, differences


def same_leaves(layout: Layout, paths: Sequence[str], wanted: Sequence[str], found: Any) -> bool:
    """Return whether a consumer gave every leaf of these paths, each equal bit for bit to what is wanted."""
    if found == wanted:
        return True
    if not isinstance(found, list) or len(found) != len(wanted):
        return False
    words = zip(paths, wanted, found, strict=True)
    return all(isinstance(word, str) and _same(layout.by_path[path], right, word) for path, right, word in words)


def _same(leaf: Leaf, wanted: str, word: str) -> bool:
    """Compare text unit by unit, and bits as numbers.

    Zeros in front may be missing; more digits than the leaf is wide are wrong, even zeros: whoever gives them has
    read more than the leaf, or made another number of it.
    """
    if leaf.variable:
        return word == wanted
    # int() alone would also take signs, spaces, underscores and a leading 0x
    hexadecimal = not set(word) - set("0123456789abcdefABCDEF") and bool(word)
    return hexadecimal and len(word) <= 2 * leaf.width and int(word, 16) == int(wanted, 16)


def _spans(layout: Layout, length: int) -> Iterator[tuple[str, int, int]]:
    """Yield the stretches of the record that are compared, each with the path that names it."""
    if layout.record.body:
        yield "length", 0, layout.size
        yield f"{layout.record.name} ({layout.record.body})", layout.size, length
        return
    for leaf in layout.leaves:
        if isinstance(leaf.kind, Text):
            assert leaf.kind.prefix is not None
            yield f"length of {leaf.path}", leaf.offset - leaf.kind.prefix.width(layout.abi), leaf.offset
            yield leaf.path, leaf.offset, length
        else:
            yield leaf.path, leaf.offset, leaf.offset + leaf.width


def _described(peer: Peer, path: str, expected: str, found: str, offset: int | None = None) -> Difference:
    return Difference(Stage.DESCRIBE, peer.name, path, expected, found, offset)


def _where(offset: int, width: int) -> str:
    return f"offset {offset}, {width or 'variable'} bytes" if width != 1 else f"offset {offset}, 1 byte"
