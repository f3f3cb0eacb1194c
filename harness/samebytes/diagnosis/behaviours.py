"""Wrong behaviour of a right declaration: what happens to values on their way, and to which.

Each rule says what may become of a value's bits. A rule is named if it gives everything that was stored or loaded of the scalars
that it is about, in every set of values, and all other scalars are right.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import combinations
from typing import NamedTuple

from samebytes.diagnosis import words
from samebytes.diagnosis.conversions import number_of
from samebytes.diagnosis.observation import Exchanged, Observation
from samebytes.diagnosis.places import Place
from samebytes.layout import Abi, Bits, Kind, Leaf, Text, encode, text_bytes

__all__ = ["all_lost", "behaviour_of", "losses_of"]

FORMATS = {4: (">f", 0x7F800000), 8: (">d", 0x7FF << 52)}
"""How a float of so many bytes is packed, and the bits of its exponent."""
_Rule = Callable[["_Passed"], Iterable[Bits]]


class _Passed(NamedTuple):
    """One scalar on its way: the bits it should have had, and those that came of it."""

    leaf: Leaf
    kind: Kind
    abi: Abi
    sent: Bits
    got: Bits

    @property
    def width(self) -> int:
        """Return the scalar's width in bits."""
        return self.leaf.width * 8 if self.leaf.bits is None else self.leaf.bits

    @property
    def sort(self) -> tuple[str, int]:
        """Return the family of the kind and the width in bits: leaves of one sort are handled alike."""
        return self.kind.family, self.width


def behaviour_of(seen: Observation) -> str:
    """Return what happens to values of some sort, in words; empty if nothing explains everything."""
    passed, wrong = _all_passed(seen)
    if not wrong:
        return _texts(seen)
    if not _texts_right(seen):
        return ""
    sorts = {each.sort for each in wrong}
    alike = [each for each in passed if each.sort in sorts]
    told = _rule_for(alike, wrong)
    if told:
        return words.behaviour(told, ())
    fields = dict.fromkeys(each.leaf.field for each in wrong)
    told = _rule_for([each for each in passed if each.leaf.field in fields], wrong)
    return words.behaviour(told, [f"`{name}`" for name in fields]) if told else ""


def losses_of(seen: Observation) -> str:
    """Return what becomes of one field whose values are lost, in words: a last resort, after all mistakes of a declaration."""
    passed, wrong = _all_passed(seen)
    fields = {each.leaf.field for each in wrong}
    own = [each for each in passed if each.leaf.field in fields]
    return _cut(own, wrong) or _constant(own, wrong) if wrong and _texts_right(seen) else ""


def all_lost(seen: Observation) -> bool:
    """Return whether all that came otherwise than it was sent is zero: anything may do that, and no declaration is known by it."""
    _, wrong = _all_passed(seen)
    return bool(wrong) and not any(each.got for each in wrong)


def _all_passed(seen: Observation) -> tuple[list[_Passed], list[_Passed]]:
    """Return the scalars of all exchanges, and those that came otherwise than they were sent."""
    passed = [each for one in seen.exchanged for each in _passed(one, seen)]
    return passed, [each for each in passed if each.got != each.sent]


def _passed(one: Exchanged, seen: Observation) -> Iterator[_Passed]:
    """Yield the scalars of one exchange, those of a right description alone."""
    abi = seen.layout.abi
    for leaf in seen.handled:
        kind, value = leaf.kind, one.values.get(leaf.path)
        if not isinstance(kind, Kind) or not isinstance(value, int) or seen.layout.record.body:
            continue
        bits = Place(kind, leaf.offset, leaf.width, bit=leaf.bit or 0, bits=leaf.bits).read(one.memory, abi.order)
        if one.loaded is None:
            if bits is not None and leaf.path not in seen.layout.shared:
                yield _Passed(leaf, kind, abi, value, bits)
            continue
        word = one.loaded.get(leaf.path, "")
        if bits is not None and word and not set(word) - set("0123456789abcdefABCDEF"):
            yield _Passed(leaf, kind, abi, bits, int(word, 16))


def _rule_for(passed: list[_Passed], wrong: list[_Passed]) -> tuple[str, ...]:
    """Return the rule that gives all, or the two that do together."""
    there = [name for name, rule in _RULES.items() if any(each.got in _became(rule, each) for each in wrong)]
    for names in (*((name,) for name in there), *combinations(there, 2)):
        if all(_given(names, each) for each in passed):
            return names
    return ()


def _given(names: tuple[str, ...], each: _Passed) -> bool:
    allowed = [set(_became(_RULES[name], each)) for name in names]
    changed = [found for found in allowed if found]
    return any(each.got in found for found in changed) if changed else each.got == each.sent


def _became(rule: _Rule, each: _Passed) -> list[Bits]:
    """Return what a rule makes of it; empty where it leaves it as it is."""
    found = list(rule(each))
    return [] if found == [each.sent] else found


# --- floats ----------------------------------------------------------------------------------------------------------------


def _floats(rule: Callable[[_Passed, int, int], Iterable[Bits]]) -> _Rule:
    """Return a rule for floats, which gets the exponent's bits and the sign's."""

    def given(each: _Passed) -> Iterable[Bits]:
        if each.kind.family != "float" or each.leaf.width not in FORMATS:
            return ()
        return rule(each, FORMATS[each.leaf.width][1], 1 << each.width - 1)

    return given


def _nan(each: _Passed, exponent: int) -> bool:
    return each.sent & exponent == exponent and bool(each.sent & ((exponent & -exponent) - 1))


def _one_zero(each: _Passed, _exponent: int, sign: int) -> Iterable[Bits]:
    return (0,) if each.sent == sign else ()


def _one_nan(each: _Passed, exponent: int, sign: int) -> Iterable[Bits]:
    quiet = exponent | (exponent & -exponent) >> 1
    return (quiet, quiet | sign) if _nan(each, exponent) else ()


def _quieted(each: _Passed, exponent: int, _sign: int) -> Iterable[Bits]:
    return (each.sent | (exponent & -exponent) >> 1,) if _nan(each, exponent) else ()


def _flushed(each: _Passed, exponent: int, sign: int) -> Iterable[Bits]:
    return (0, each.sent & sign) if not each.sent & exponent and each.sent & ~sign else ()


def _as_single(each: _Passed, exponent: int, sign: int) -> Iterable[Bits]:
    if each.leaf.width != 8:
        return
    number = number_of(each.sent, each.kind, each.abi)
    quiet = exponent | 1 << 51
    if number != number:
        yield from (each.sent & (-1 << 29) | 1 << 51, quiet, quiet | sign)
        return
    try:
        single = struct.unpack(">f", struct.pack(">f", number))[0]
    except OverflowError:
        single = math.copysign(math.inf, number)
    yield int.from_bytes(struct.pack(">d", single))


# --- integers, bools, characters -------------------------------------------------------------------------------------------


def _integers(rule: Callable[[_Passed, int], Iterable[int]]) -> _Rule:
    """Return a rule for whole numbers, which gets the number and gives others."""

    def given(each: _Passed) -> Iterable[Bits]:
        if (
            each.kind.family not in ("signed", "unsigned", "plain", "enum")
            or each.leaf.bits is not None
            or each.width > 64
        ):
            return ()
        number = int(number_of(each.sent, each.kind, each.abi))
        return [other % (1 << each.width) for other in rule(each, number)]

    return given


def _through_float(digits: int, bytes_: int) -> _Rule:
    """Return a rule that rounds as a float of that many digits does, and leaves what does not fit then as conversions leave it."""

    def rule(each: _Passed, number: int) -> Iterable[int]:
        if abs(number) <= 1 << digits:
            return ()
        other = int(struct.unpack(FORMATS[bytes_][0], struct.pack(FORMATS[bytes_][0], number))[0])
        top = (1 << each.width - each.kind.signed(each.abi)) - 1
        return (other, min(other, top), top + 1) if other > top else (other,)

    return _integers(rule)


def _clamped(top: Callable[[_Passed], Iterable[int]]) -> _Rule:
    def rule(each: _Passed, number: int) -> Iterable[int]:
        limits = [limit for limit in top(each) if abs(number) > limit]
        return [limit if number > 0 else -limit for limit in limits]

    return _integers(rule)


def _narrowed(bits: int) -> _Rule:
    """Return a rule that keeps only the low bits, with or without the sign that they seem to have."""

    def rule(each: _Passed, number: int) -> Iterable[int]:
        if each.width <= bits:
            return ()
        low = number % (1 << bits)
        signed = low - (1 << bits) if low >> bits - 1 else low
        return () if number in (low, signed) and each.sent == each.got else (low, signed)

    return _integers(rule)


def _extended(each: _Passed, number: int) -> Iterable[int]:
    return (number - 256,) if 0x80 <= number <= 0xFF and each.width > 8 else ()


def _signs_beyond(each: _Passed) -> Iterable[Bits]:
    """Return a negative number with all the ones of 64 bits."""
    signed = each.kind.family in ("signed", "plain") and each.leaf.bits is None and each.width < 64
    return (each.sent | (1 << 64) - (1 << each.width),) if signed and each.sent >> each.width - 1 else ()


def _one_true(each: _Passed) -> Iterable[Bits]:
    return (1,) if each.kind.family == "bool" and each.sent > 1 else ()


def _only_one_true(each: _Passed) -> Iterable[Bits]:
    return (0,) if each.kind.family == "bool" and each.sent > 1 else ()


def _characters(changed: Callable[[Bits], bool], to: Iterable[Bits]) -> _Rule:
    return lambda each: to if each.kind.family in ("char", "plain") and changed(each.sent) else ()


_RULES: Mapping[str, _Rule] = {
    "loses −0.0": _floats(_one_zero),
    "makes NaN canonical": _floats(_one_nan),
    "makes signalling NaN quiet": _floats(_quieted),
    "flushes denormals": _floats(_flushed),
    "rounds to a 32-bit float": _floats(_as_single),
    "rounds integers beyond 2^53, as a 64-bit float does": _through_float(53, 8),
    "rounds integers beyond 2^24, as a 32-bit float does": _through_float(24, 4),
    "saturates at 2^53": _clamped(lambda _each: (1 << 53, (1 << 53) - 1)),
    "saturates at the largest signed value": _clamped(lambda each: ((1 << each.width - 1) - 1,)),
    "keeps the low 32 bits of wider integers": _narrowed(32),
    "keeps the low 16 bits of wider integers": _narrowed(16),
    "keeps the low 8 bits of wider integers": _narrowed(8),
    "extends 0x80 to 0xFF by their sign": _integers(_extended),
    "extends signs beyond the leaf": _signs_beyond,
    "makes every true bool 1": _one_true,
    "takes 1 alone for true": _only_one_true,
    "replaces lone surrogates": _characters(lambda bits: 0xD800 <= bits < 0xE000, (0xFFFD, 0x3F)),
    "replaces characters beyond ASCII": _characters(lambda bits: bits > 0x7F, (0xFFFD, 0x3F, 0x1A)),
}
"""What each is called, and what it makes of a value; nothing where it leaves it as it is."""


# --- whole fields, texts ---------------------------------------------------------------------------------------------------


def _cut(own: list[_Passed], wrong: list[_Passed]) -> str:
    """Return words for an array of characters that is zero from some element on, or behind its NUL; empty for anything else."""
    fields = {each.leaf.field for each in wrong}
    if len(fields) != 1 or any(each.got for each in wrong) or not all(each.leaf.path.endswith("]") for each in own):
        return ""
    kept = max((_index(each) for each in own if each.got), default=-1)
    first = min(map(_index, wrong))
    if own[0].kind.family in ("char", "plain") and first > kept and len({each.leaf.path for each in own}) > first > 0:
        return words.cuts(f"`{fields.pop()}`", first)
    return ""


def _index(each: _Passed) -> int:
    return int(each.leaf.path.rpartition("[")[2].rstrip("]") or 0)


def _constant(own: list[_Passed], wrong: list[_Passed]) -> str:
    """Return words for a field that never changes, whatever it should have been; empty for anything else."""
    fields, found = {each.leaf.field for each in wrong}, {(each.leaf.path, each.got) for each in own}
    if len(fields) != 1 or len({each.leaf.path for each in own}) != len(found):
        return ""
    if len({(each.leaf.path, each.sent) for each in own}) < 2 * len(found):
        return ""
    return words.never_changes(f"`{fields.pop()}`")


def _texts_right(seen: Observation) -> bool:
    return all(sent == got for one in seen.exchanged for _, sent, got in _text_pairs(one, seen))


def _texts(seen: Observation) -> str:
    """Return words for texts that are cut; empty for anything else.

    All that are longer than some length are that long, and no other is changed.
    """
    pairs = [pair for one in seen.exchanged for pair in _text_pairs(one, seen)]
    cut = [(sent, got, unit) for unit, sent, got in pairs if sent != got]
    lengths = {len(got) // unit for _, got, unit in cut}
    if len(lengths) != 1 or not all(sent.startswith(got) for sent, got, _ in cut):
        return ""
    (length,) = lengths
    kept = all(len(sent) <= length * unit for unit, sent, got in pairs if sent == got)
    return words.cuts("text", length) if kept and length else ""


def _text_pairs(one: Exchanged, seen: Observation) -> Iterator[tuple[int, str, str]]:
    """Yield hex digits of a unit, and texts in hex: as they should have come, and as they came, into memory or out of it."""
    for leaf in seen.layout.leaves:
        if not isinstance(leaf.kind, Text):
            continue
        meant, there = (
            text_bytes(str(one.values.get(leaf.path, "")), leaf.kind, "big").hex(),
            _in_memory(leaf, one, seen),
        )
        if one.loaded is None:
            if there is not None:
                yield leaf.kind.unit * 2, meant, there
        elif leaf.path in one.loaded and (there is not None or _stored_right(one, seen)):
            yield leaf.kind.unit * 2, meant if there is None else there, one.loaded[leaf.path].replace("-", "")


def _in_memory(leaf: Leaf, one: Exchanged, seen: Observation) -> str | None:
    """Return the text that stands behind its length, in hex, units big-endian; None where there is none to be read alone."""
    kind, order = leaf.kind, seen.layout.abi.order
    if not isinstance(kind, Text) or not isinstance(kind.prefix, Kind):
        return None
    width = kind.prefix.width(seen.layout.abi)
    length = int.from_bytes(one.memory[leaf.offset - width : leaf.offset], order)
    data = one.memory[leaf.offset : leaf.offset + length]
    if len(data) < length or length % kind.unit:
        return None
    return data.hex() if kind.unit == 1 or order == "big" else _turned(data).hex()


def _turned(data: bytes) -> bytes:
    """Return units of two bytes in the other order."""
    turned = bytearray(data)
    turned[::2], turned[1::2] = data[1::2], data[::2]
    return bytes(turned)


def _stored_right(one: Exchanged, seen: Observation) -> bool:
    """Return whether a serialised body stands in memory as it must."""
    return one.memory.startswith(encode(seen.layout, one.values))
