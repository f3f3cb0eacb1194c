"""Holding a declaration against its layout: every difference in size, places, widths and kinds, and the one change that explains them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from samebytes.checks.project.match_names import Matched, filler, matched
from samebytes.checks.result import Difference, Stage
from samebytes.diagnosis.declared import cause_of_declaration
from samebytes.diagnosis.observation import sort_of
from samebytes.layout import Enum, Kind, Layout, Leaf, Text, lay_out
from samebytes.layout.telling import FILLER, kind_fits

__all__ = ["Comparison", "hold", "sorts"]

NUMBERS = ("signed", "unsigned", "plain", "enum")


@dataclass
class Comparison:
    """What came of it. `declared` is the declaration's layout under the names of the promised one."""

    declared: Layout
    differences: list[Difference] = field(default_factory=list)
    cause: str = ""
    remarks: list[str] = field(default_factory=list)
    """What is otherwise and does no harm: names, storage as bytes, alignment."""
    spelled: dict[str, str] = field(default_factory=dict)
    """The layout's top-level fields as the declaration spells them, where that is otherwise."""


def hold(declared: Layout, layout: Layout, who: str, alike: Collection[tuple[str, str]] | None = None) -> Comparison:
    """Compare a declared layout with the promised one, on one ABI. `who` is the declaration, for the differences.

    `alike`: what its language declares alike, `(kind or family, kind as told)`; None: nothing is known of its kinds but float or
    whole number, and the sign.
    """
    found = matched(declared, layout)
    return _Holding(lay_out(found.record, declared.abi), layout, who, found, alike).held()


class _Holding:
    def __init__(
        self, declared: Layout, layout: Layout, who: str, names: Matched, alike: Collection[tuple[str, str]] | None
    ) -> None:
        self._declared, self._layout, self._who, self._alike = declared, layout, who, alike
        self._harmless: set[tuple[str, str]] = set()
        """Kinds that are told otherwise than the layout has them, and do no harm."""
        self._leaves = dict(declared.by_path)
        """Their leaves that stand for none of ours yet."""
        self._places = {(leaf.offset, leaf.width, leaf.bit, leaf.bits): leaf for leaf in declared.leaves}
        self._held = Comparison(declared, remarks=list(names.renamed), spelled=names.spelled)
        self._described: dict[str, Leaf] = {}
        """Their leaves by our paths."""

    def held(self) -> Comparison:
        layout, declared = self._layout, self._declared
        if declared.size != layout.size:
            self._differ(f"size of {layout.record.name}", str(layout.size), str(declared.size))
        lacking = [leaf for leaf in layout.leaves if not (self._length_found(leaf) or self._found(leaf))]
        for leaf in lacking:
            if self._stored(leaf):
                self._described[leaf.path] = leaf
            else:
                self._differ(leaf.path, "a field", "none", leaf.offset)
        self._too_many()
        self._held.differences.sort(key=lambda item: -1 if item.offset is None else item.offset)
        if self._held.differences:
            self._held.cause = cause_of_declaration(layout, declared, self._described, self._harmless)
        elif declared.align != layout.align:
            self._held.remarks.append(
                f"it is aligned to {declared.align} instead of {layout.align}: no byte of it moves, one that contains it may differ"
            )
        return self._held

    def _length_found(self, leaf: Leaf) -> bool:
        """Return whether the length in front of a text of variable length is declared, perhaps with a name for what follows it."""
        if not isinstance(leaf.kind, Text) or leaf.kind.prefix is None or leaf.path in self._leaves:
            return False
        width = leaf.kind.prefix.width(self._layout.abi)
        length = self._places.get((leaf.offset - width, width, None, None))
        if length is None:
            return False
        self._leaves.pop(length.path, None)
        self._described[leaf.path] = leaf
        return True

    def _found(self, leaf: Leaf) -> bool:
        """Return whether there is a leaf for it, by path, or else in its very place in the same field; tell what is different."""
        their = self._leaves.pop(leaf.path, None)
        if their is None:
            their = self._places.get((leaf.offset, leaf.width, leaf.bit, leaf.bits))
            if their is None or their.field != leaf.field or their.path not in self._leaves:
                return False
            if their.path.count("[") == leaf.path.count("[") and not their.path.startswith(f"{leaf.path}."):
                return False  # another element is another element; what a wrapper of one member holds is the same
            del self._leaves[their.path]
        self._described[leaf.path] = their
        wanted, found = _place(leaf), _place(their)
        orders = (self._layout.abi.order, self._declared.abi.order)
        same_kind = self._same_kind(leaf, their)
        if wanted != found:
            self._differ(leaf.path, wanted, found, leaf.offset)
        elif not same_kind:
            self._differ(leaf.path, _sort_words(leaf), _sort_words(their), leaf.offset)
        elif constant := _other_constant(leaf, their):
            self._differ(leaf.path, *constant, leaf.offset)
        elif leaf.width > 1 and orders[0] != orders[1]:
            self._differ(leaf.path, f"{orders[0]}-endian", f"{orders[1]}-endian", leaf.offset)
        return True

    def _same_kind(self, leaf: Leaf, their: Leaf) -> bool:
        """Return whether a leaf is declared as what it is, as far as the language can say it."""
        if not isinstance(leaf.kind, Kind) or not isinstance(their.kind, Kind):
            return True
        told, abi = sort_of(their.kind), self._layout.abi
        if len(set(sorts(leaf.kind, their.kind))) > 1:
            return False
        if self._alike is not None and not kind_fits(leaf.kind, told, abi, self._alike):
            return False
        if not kind_fits(leaf.kind, told, abi):
            self._harmless |= {(leaf.kind.name, told), (leaf.kind.family, told)}
        return True

    def _stored(self, leaf: Leaf) -> bool:
        """Return whether bytes are declared where a leaf is, without saying what they are. Takes those bytes.

        An array of bytes over all of its field, the storage of bit-fields, or a hole where the layout has a named
        filler.
        """
        first, last = leaf.offset, leaf.offset + leaf.width
        over = [
            their
            for their in self._declared.leaves
            if their.offset < last and first < their.offset + their.width and _is_storage(their, leaf)
        ]
        covered = {byte for their in over for byte in range(their.offset, their.offset + their.width)}
        if set(range(first, last)) <= covered and not any(their.path in self._layout.by_path for their in over):
            for their in over:
                self._leaves.pop(their.path, None)
            self._remark(f"`{leaf.field}` is declared as bytes that hold it")
            return True
        return filler(leaf.field) and not any(
            their.offset < last and first < their.offset + their.width for their in self._declared.leaves
        )

    def _too_many(self) -> None:
        """Tell of their leaves that are none of ours: harmless where they only spell out the layout's holes.

        In a union bytes of such a name may lie over everything: they give it its size, and what they lie over is compared.
        """
        for leaf in self._leaves.values():
            mask = self._layout.mask[leaf.offset : leaf.offset + leaf.width]
            over = self._declared.record.union and _is_filler(leaf)
            if len(mask) == leaf.width and (over or (not any(mask) and self._only_fills(leaf))):
                continue
            self._described[leaf.path] = leaf
            self._differ(leaf.path, "no such field", _place(leaf), leaf.offset)

    def _only_fills(self, leaf: Leaf) -> bool:
        """Return whether a leaf in a hole stands for that hole: by its name, or as bytes that nobody can take for a value."""
        return _is_filler(leaf) or (
            leaf.field not in self._layout.record.names and leaf.path.endswith("]") and leaf.width == 1
        )

    def _differ(self, path: str, expected: str, found: str, offset: int | None = None) -> None:
        self._held.differences.append(Difference(Stage.DESCRIBE, self._who, path, expected, found, offset))

    def _remark(self, words: str) -> None:
        if words not in self._held.remarks:
            self._held.remarks.append(words)


def _is_filler(leaf: Leaf) -> bool:
    name = leaf.path.rpartition(".")[2].partition("[")[0]
    return bool(filler(name) or FILLER.match(name))


def _place(leaf: Leaf) -> str:
    if leaf.bits is not None:
        return f"offset {leaf.offset}, bit {leaf.bit}, {leaf.bits} bit{'s' * (leaf.bits != 1)}"
    return f"offset {leaf.offset}, {leaf.width or 'variable'} byte{'s' * (leaf.width != 1)}"


def sorts(ours: Kind | Text, theirs: Kind | Text) -> tuple[str, str]:
    """Return what the bits of both mean, as far as a mistake changes what is read: float or number, and signs if both have one."""
    kinds = [sort_of(kind) if isinstance(kind, Kind) else "" for kind in (ours, theirs)]
    known = ("float", "signed", "unsigned") if set(kinds) <= {"signed", "unsigned"} else ("float",)
    wanted, found = (kind if kind in known else "number" for kind in kinds)
    return wanted, found


def _sort_words(leaf: Leaf) -> str:
    kind = leaf.kind
    return kind.name if isinstance(kind, Kind) and not isinstance(kind, Enum) else "an enum"


def _other_constant(leaf: Leaf, their: Leaf) -> tuple[str, str] | None:
    """Return in words a constant of an enumeration that has another number in the declaration; None if none is known to have.

    Languages put something in front of their names: a constant of one name that ends like the layout's is that one.
    """
    if not isinstance(leaf.kind, Enum) or not isinstance(their.kind, Enum):
        return None
    told = {_plain_name(name): number for name, number in their.kind.values}
    for name, number in leaf.kind.values:
        found = {other for known, other in told.items() if known == _plain_name(name)} or {
            other for known, other in told.items() if known.endswith(_plain_name(name))
        }
        ones = (1 << leaf.width * 8) - 1
        if len(found) == 1 and {one & ones for one in found} != {number & ones}:
            return f"{leaf.kind.name}.{name} = {number}", f"{name} = {found.pop()}"
    return None


def _plain_name(name: str) -> str:
    return name.replace("_", "").casefold()


def _is_storage(their: Leaf, leaf: Leaf) -> bool:
    """Return whether a leaf of theirs may be no more than room: a byte, or for bit-fields any whole number."""
    if not isinstance(their.kind, Kind) or their.bits is not None:
        return False
    return their.kind.family in NUMBERS and (their.width == 1 or leaf.bits is not None)
