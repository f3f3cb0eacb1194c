"""Return every cause in words: the one table of wordings. Nothing else words a cause, whichever command asks for it.

A cause completes "what is wrong is: …". `name` is a field already in words (`` `x` ``, `` `x` of Inner ``); sizes are in bytes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from samebytes.layout import Abi, Enum, Kind

__all__ = [
    "DESCRIBED_RIGHT",
    "MEASURES",
    "NOT_EVERY_BYTE",
    "NOT_EVERY_KIND",
    "REORDERED_AS",
    "USUAL",
    "abi_rule",
    "added",
    "aligned",
    "apart",
    "array_as_one",
    "behaviour",
    "bit_fields",
    "byte_order",
    "constants",
    "cuts",
    "eight_aligned_otherwise",
    "explicit_size",
    "hole",
    "laid_out_as_on",
    "loose",
    "marshalled",
    "measure",
    "missing",
    "moved_behind",
    "never_changes",
    "no_alignment",
    "no_explicit_size",
    "not_packed",
    "opaque",
    "other_name",
    "other_signs",
    "other_widths",
    "packed",
    "pinned",
    "prefix_width",
    "regrouped",
    "reordered",
    "resized",
    "retyped",
    "rows_and_columns",
    "shifted",
    "such_as",
    "swapped",
    "two_changes",
    "union_as_struct",
]  # fmt: skip

NOT_EVERY_BYTE = "(by its description; it does not explain every byte)"
NOT_EVERY_KIND = "(it does not explain every kind of field that was told)"
DESCRIBED_RIGHT = "(though it describes the record right)"
REORDERED_AS = ", as Rust without #[repr(C)] and .NET with LayoutKind.Auto do"
MOST_NAMES = 6
"""Names of fields that are told in one sentence."""
USUAL = {
    ("bool", 4): " (as C# marshals a bool, and as Windows' BOOL is)",
    ("char16", 1): " (as C# marshals a char unless told otherwise, and as C's char is)",
    ("char16", 4): " (as wchar_t is on Linux)",
    ("wchar", 2): " (as wchar_t is on Windows)",
    ("wchar", 4): " (as wchar_t is on Linux)",
    ("i64", 4): " (as C's long is on Windows)",
    ("u64", 4): " (as C's unsigned long is on Windows)",
    ("i32", 8): " (as C's long is on 64-bit Linux)",
    ("u32", 8): " (as C's unsigned long is on 64-bit Linux)",
}
"""How people come to declare a kind so wide."""
MEASURES = {
    "pointer": ("pointers", {4: "as in a 32-bit program", 8: "as in a 64-bit program"}),
    "long": ("long", {4: "as Windows has it", 8: "as 64-bit Linux has it"}),
    "wchar": ("wchar_t", {2: "as Windows has it", 4: "as Linux has it"}),
    "time": ("time_t", {4: "as 32-bit Linux has it", 8: "as 64-bit systems have it"}),
    "long_double": ("long double", {}),
}
"""Types whose width is the system's, and whose widths those are."""
_BITFIELDS = {"gcc": "GCC", "ms": "Microsoft", "aapcs": "Arm's ABI"}


# --- the record as a whole -------------------------------------------------------------------------------------------------


def byte_order(fields: Sequence[str], abi: Abi) -> str:
    """Return words for bytes in the other order: of those fields, or of every value."""
    of = f" of {_listed(fields)}" if fields else ""
    return f"byte order{of} reversed ({'big' if abi.order == 'little' else 'little'}-endian?)"


def packed(packs: Sequence[str], record: str = "", deep: bool = False, eight: bool = False) -> str:
    """Return words for a packing that is not the layout's: of the record, of one in it, or of all.

    `eight`: 8-byte alignment 4 comes to the same.
    """
    of = f"{record} " if record else ""
    too = ", and the records in it too" if deep else ""
    also = ", or 8-byte values aligned to 4 as on 32-bit Linux" if eight else ""
    return f"{of}packed{too}: as if {' or '.join(f'Pack={pack}' for pack in packs)}{also}"


def not_packed(lost: str, record: str = "", deep: bool = False) -> str:
    """Return words for the layout's packing, which is missing."""
    of = f"{record} " if record else ""
    return f"{of}not packed{', and the records in it neither' if deep else ''}: {lost} is missing"


def shifted(by: int) -> str:
    """Return words for the whole record further on."""
    return f"everything {by} byte{'s' * (by > 1)} later: a header in front"


def explicit_size(found: int, wanted: int) -> str:
    """Return words for another explicit size."""
    return f"an explicit size of {found} bytes instead of {wanted}"


def no_explicit_size(wanted: int, found: int) -> str:
    """Return words for an explicit size that is missing."""
    return f"its explicit size of {wanted} bytes is missing: it has {found}"


def loose() -> str:
    """Return words for explicit offsets that are missing."""
    return "its explicit offsets are missing: the fields stand one after another"


def no_alignment(what: str, align: int) -> str:
    """Return words for an alignment that is asked for in the layout alone; `what` is empty for the record itself."""
    return f"{what}: its alignment of {align} is missing" if what else f"its alignment of {align} is missing"


def aligned(what: str, align: int, wanted: int = 0) -> str:
    """Return words for another alignment, of the record (`what` empty) or of a field."""
    return f"{what} aligned to {align}" if what else f"aligned to {align} instead of {wanted}"


def regrouped(name: str, was: str, now: str) -> str:
    """Return words for a union as a struct, or a struct as a union."""
    return f"{name} declared as a {now} instead of a {was}"


def union_as_struct() -> str:
    """Return words for a union of pinned fields that stand one after another."""
    return "a union declared as a struct: its fields stand one after another"


def apart(name: str, size: int, wide: int) -> str:
    """Return words for elements further apart than they are large."""
    return f"elements of {name} {wide} bytes apart instead of {size}, as .NET's WriteArray puts them"


# --- the rules of another machine ------------------------------------------------------------------------------------------


def abi_rule(measure: str, width: int) -> str:
    """Return words for a type whose width is the system's: as another system has it."""
    name, why = MEASURES[measure]
    return f"{name} of {width} bytes, {why[width]}"


def bit_fields(abi: Abi) -> str:
    """Return words for bit-fields by another compiler's rules."""
    return f"bit-fields as {_BITFIELDS[abi.bitfields]} lays them out"


def laid_out_as_on(abi: Abi) -> str:
    """Return words for all rules of another machine together."""
    return f"laid out as on {abi.name}"


def measure(name: str, abi: Abi) -> str:
    """Return a measure of an ABI, short: `2-byte wchar_t`."""
    if name == "long_double":
        return f"{abi.long_double[0]}-byte long double"
    return f"{getattr(abi, name)}-byte {MEASURES[name][0]}"


def other_widths(fields: Sequence[str]) -> str:
    """Return words for fields that are not as wide in the programs of another width."""
    return f"{_listed(fields)} {'has' if len(fields) == 1 else 'have'} another width on each"


def eight_aligned_otherwise() -> str:
    """Return words for programs of another width that align 8 bytes otherwise: that alone moves fields."""
    return "8 bytes are aligned in another way"


# --- a field ---------------------------------------------------------------------------------------------------------------


def missing(names: Sequence[str], of: str, fewer: int = 0) -> str:
    """Return words for a field that is not there. `fewer`: an array of fewer elements than that comes to the same."""
    shown = " or ".join(names[:MOST_NAMES]) + (" or another" if len(names) > MOST_NAMES else "")
    return f"{shown}{of} missing" + (f", or of fewer than {fewer} elements" if fewer else "")


def added(where: str, sizes: Sequence[int]) -> str:
    """Return words for a field too many; where padding takes up the rest, several sizes come to the same."""
    size = f"{sizes[0]}" if len(sizes) == 1 else f"{sizes[0]} to {sizes[-1]}"
    return f"a field of {size} byte{'s' * (sizes[-1] > 1)} too many {where}"


def swapped(one: str, other: str) -> str:
    """Return words for two fields, each in the other's place."""
    return f"{one} and {other} swapped"


def moved_behind(name: str, behind: str) -> str:
    """Return words for a field in another place of the order; `behind` is empty for the front."""
    return f"{name} moved behind {behind}" if behind else f"{name} moved to the front"


def reordered(title: str, names: Sequence[str], why: str) -> str:
    """Return words for many fields in another order."""
    shown = ", ".join(names[:MOST_NAMES]) + " …" * (len(names) > MOST_NAMES)
    return f"the fields of {title} reordered{why}: {shown}"


def rows_and_columns(name: str) -> str:
    """Return words for an array of arrays stored column by column, or its dimensions declared in the other order."""
    return f"rows and columns of {name} exchanged (column by column, as Fortran, MATLAB and VB6 store arrays)"


def resized(name: str, was: Sequence[int], found: Sequence[Sequence[int]]) -> str:
    """Return words for an array of another length; where padding takes up the difference, several come to the same."""
    if len(was) > 1:
        return f"{name} has {_dimensions(found[0])} instead of {_dimensions(was)}"
    numbers = sorted(counts[0] for counts in found)
    joined = f"{numbers[0]}{f' to {numbers[-1]}' if len(numbers) > 1 else ''}"
    return f"{name} has {joined} element{'s' * (numbers[-1] != 1)} instead of {was[0]}"


def array_as_one(name: str) -> str:
    """Return words for a scalar where the layout has an array."""
    return f"{name} declared as one value instead of an array"


def hole(behind: str, found: int, wanted: int) -> str:
    """Return words for padding that is spelled out with another length; `behind` is the field after it, if there is one."""
    where = f"before {behind}" if behind else "at the end"
    return f"the hole {where} {f'has {found} bytes instead of {wanted}' if found else f'of {wanted} bytes is missing'}"


def pinned(name: str, now: int, was: int) -> str:
    """Return words for an explicit offset that is another."""
    return f"{name} pinned at offset {now} instead of {was}"


def prefix_width(name: str, width: int) -> str:
    """Return words for a text's length of another width."""
    return f"the length of {name} has {width} byte{'s' * (width > 1)}"


def other_name(name: str, stranger: str) -> str:
    """Return words for a field that could not be reached under its name."""
    why = f"is called `{stranger}`" if stranger else "has another name, or a type its values do not fit"
    return f"{name} {why} there"


def opaque(name: str, width: int, size: int, pointer: bool) -> str:
    """Return words for a field declared as something to which none of its values can be assigned."""
    sort = "a pointer" if pointer else f"something of {width} bytes"
    return f"{name} declared as {sort} instead of {size} bytes, and as a type its values do not fit"


# --- its type --------------------------------------------------------------------------------------------------------------


def retyped(what: str, was: Kind, sort: str, width: int) -> str:
    """Return words for a type that is another.

    `sort`: float, integer, bool; signed, unsigned, char, pointer where only that differs.
    """
    return f"{what} declared as {_sort(sort, width)} instead of {_called(was)}{_usual(was, width, sort)}"


def other_signs(names: Sequence[str]) -> str:
    """Return words for whole numbers that are signed here and unsigned there."""
    return f"{_listed(names)} declared with the other sign"


def marshalled(kinds: Collection[str]) -> str:
    """Return words for bool and char as .NET's marshaller has them."""
    names = {"bool": "bool as 4 bytes", "char16": "char as 1 byte"}
    return f"marshalled instead of managed layout: {' and '.join(names[kind] for kind in sorted(kinds))}"


def constants(enum: str, name: str, found: int | None, wanted: int) -> str:
    """Return words for a constant of an enumeration that has another number, or none (`found` None)."""
    return (
        f"{enum} declared with {name} = {found} instead of {wanted}"
        if found is not None
        else f"{enum} lacks {name} = {wanted}"
    )


def _sort(sort: str, width: int) -> str:
    bits = width * 8
    an = "an" if bits == 8 else "a"
    return {
        "float": f"a {bits}-bit float", "bool": f"a bool of {width} byte{'s' * (width > 1)}", "signed": f"a signed {bits}-bit integer",
        "unsigned": f"an unsigned {bits}-bit integer", "char": f"a character of {width} byte{'s' * (width > 1)}",
        "pointer": "a pointer", "enum": "an enumeration",
    }.get(sort, f"{an} {bits}-bit integer or character")  # fmt: skip


def _called(kind: Kind) -> str:
    return f"the enumeration {kind.name}" if isinstance(kind, Enum) else kind.name


def _usual(was: Kind, width: int, sort: str) -> str:
    if sort == "float":
        return ""
    if was.measure == "pointer":
        return f" ({MEASURES['pointer'][1][width]})" if width in (4, 8) and sort == "integer" else ""
    return USUAL.get((was.name, width), "")


# --- more than one, and none -----------------------------------------------------------------------------------------------


def two_changes(one: str, other: str) -> str:
    """Return words for two mistakes that explain everything together, and neither alone."""
    return f"two changes: {'; and '.join(sorted((one, other)))}"


def such_as(two: str) -> str:
    """Return words for two mistakes, where other pairs explain everything as well."""
    return two.replace("two changes: ", "two changes, such as: ", 1)


def behaviour(what: Sequence[str], fields: Sequence[str]) -> str:
    """Return words for a right declaration of which the values are handled wrong; `fields`: where it is not so everywhere."""
    return " and ".join(what) + (f" in {_listed(fields)}" if fields else "")


def cuts(what: str, units: int) -> str:
    """Return words for a text of which only so much arrives."""
    return f"cuts {what} at {units} unit{'s' * (units > 1)}"


def never_changes(name: str) -> str:
    """Return words for a field that has one value, whatever it should have."""
    return f"{name} never changes, whatever it should be"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names[:MOST_NAMES]) + (f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else "")


def _dimensions(counts: Sequence[int]) -> str:
    return "".join(f"[{count}]" for count in counts)
