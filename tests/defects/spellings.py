"""How each language spells a change of a declaration: the same mistake, written into hand-written sources.

A change is a few words: `type u32`, `count 5`, `swap Port`, `before u32 Extra`, `after u32 Extra`, `drop`, `rename Level2`; of the
record as a whole (no field) `pack 2`, `unpack`, `struct` (for a union).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

__all__ = ["SPELLINGS", "Spelling", "SpellingError"]


class SpellingError(Exception):
    """A language cannot say this, or declares no such field: the defect does not exist there."""


@dataclass(frozen=True)
class Spelling:
    """One language: where its declarations stand, what records and fields look like, and what its scalars are called."""

    files: str
    record: str
    """Pattern of a record's whole declaration; `NAME` stands for its name."""
    field: str
    """Pattern of a field's declaration, with the groups `type` and, where they stand behind the name, `dims`."""
    scalars: dict[str, str]
    scalar: str
    """Pattern of the scalar's name within `type`."""
    added: str
    """A further field: `{type}` and `{name}`."""

    def change(self, folder: Path, record: str, field: str, words: str) -> None:
        """Write the mistake into the sources below `folder`. SpellingError if this language has no words for it."""
        path, found = self._declaration(folder, record)
        text = path.read_text("utf-8")
        block = found[0]
        verb, *rest = words.split()
        if verb in ("pack", "unpack", "struct"):
            changed = getattr(self, f"_{verb}")(block, *rest)
        else:
            changed = getattr(self, f"_{verb}")(block, self._field(block, record, field), *rest)
        if changed == block:
            raise SpellingError(f"{record}.{field}: `{words}` changes nothing")
        path.write_text(text[: found.start()] + changed + text[found.end() :], "utf-8")

    def declared_in(self, folder: Path, record: str) -> Path:
        """Return the file that declares a record. SpellingError if there is none."""
        return self._declaration(folder, record)[0]

    def _declaration(self, folder: Path, record: str) -> tuple[Path, re.Match[str]]:
        pattern = re.compile(self.record.replace("NAME", record), re.MULTILINE | re.DOTALL)
        for path in sorted(folder.glob(self.files)):
            if found := pattern.search(path.read_text("utf-8")):
                return path, found
        raise SpellingError(f"no {record}")

    def _field(self, block: str, record: str, field: str) -> re.Match[str]:
        found = re.search(self.field.replace("NAME", field), block, re.MULTILINE)
        if found is None:
            raise SpellingError(f"no field {field} on a line of its own in {record}")
        return found

    def _named(self, kind: str) -> str:
        if kind not in self.scalars:
            raise SpellingError(f"no word for {kind}")
        return self.scalars[kind]

    def _type(self, block: str, found: re.Match[str], kind: str) -> str:
        old = found["type"]
        place = re.search(self.scalar, old)
        assert place is not None, old
        return _put(block, found, "type", old[: place.start()] + self._named(kind) + old[place.end() :])

    def _count(self, block: str, found: re.Match[str], number: str) -> str:
        group = "dims" if "dims" in found.re.groupindex else "type"
        dims = found[group]
        place = re.search(r"(?<=[\[* ])\d+(?=[,\] )]|$)", dims)
        if place is None:
            raise SpellingError("no array")
        return _put(block, found, group, dims[: place.start()] + number + dims[place.end() :])

    def _swap(self, block: str, found: re.Match[str], other: str) -> str:
        second = self._field(block, "it", other)
        first, second = sorted((found, second), key=lambda one: one.start())
        between = block[first.end() : second.start()]
        return block[: first.start()] + second[0] + between + first[0] + block[second.end() :]

    def _before(self, block: str, found: re.Match[str], kind: str, name: str) -> str:
        return block[: found.start()] + self._one_more(found, kind, name, True) + block[found.start() :]

    def _after(self, block: str, found: re.Match[str], kind: str, name: str) -> str:
        return block[: found.end()] + self._one_more(found, kind, name, False) + block[found.end() :]

    def _one_more(self, found: re.Match[str], kind: str, name: str, before: bool) -> str:
        if "FieldOffset" in found[0]:
            raise SpellingError("every field has an offset of its own")
        line = self.added.format(type=self._named(kind), name=name)
        gap = ", " if found[0].startswith("(") else "\n"
        return line + gap if before else gap + line

    def _drop(self, block: str, found: re.Match[str]) -> str:
        end = found.end()
        while block[end : end + 1] in (",", " ", "\n") and found[0].startswith("("):
            end += 1
        return block[: found.start()] + block[end:].removeprefix("\n")

    def _rename(self, block: str, found: re.Match[str], name: str) -> str:
        old = found[0]
        return block[: found.start()] + re.sub(rf"\b{found['name']}\b", name, old, count=1) + block[found.end() :]

    def _pack(self, block: str, pack: str) -> str:
        raise NotImplementedError

    def _unpack(self, block: str) -> str:
        return self._pack(block, "8")

    def _struct(self, block: str) -> str:
        raise SpellingError(f"no word for a union: {block[:40]}")


def _put(block: str, found: re.Match[str], group: str, text: str) -> str:
    return block[: found.start(group)] + text + block[found.end(group) :]


class _C(Spelling):
    def _pack(self, block: str, pack: str) -> str:
        return f"#pragma pack(push, {pack})\n{block}\n#pragma pack(pop)"

    def _struct(self, block: str) -> str:
        return block.replace("typedef union", "typedef struct", 1)


class _CSharp(Spelling):
    def _pack(self, block: str, pack: str) -> str:
        if "LayoutKind.Explicit" in block:
            raise SpellingError("offsets are explicit")
        named = "System.Runtime.InteropServices."
        line = f"    [{named}StructLayout({named}LayoutKind.Sequential, Pack = {pack})]\n"
        return line + re.sub(r"\A[ ]*\[StructLayout[^\n]*\n", "", block)


class _Nim(Spelling):
    def _pack(self, block: str, pack: str) -> str:
        if pack != "1" or ".packed." in block:
            raise SpellingError("Nim packs by 1 or not at all")
        return re.sub(r"\A(  \w+\*) =", r"\1 {.packed.} =", block)

    def _unpack(self, block: str) -> str:
        if ".align:" in block:
            raise SpellingError("its holes are written out")
        return block.replace(" {.packed.}", "", 1)

    def _struct(self, block: str) -> str:
        return block.replace(" {.union.}", "", 1)


class _Python(Spelling):
    def _pack(self, block: str, pack: str) -> str:
        rest = re.sub(r"    _pack_ = \d+\n", "", block)
        return rest.replace("    _fields_", f"    _pack_ = {pack}\n    _fields_", 1)

    def _unpack(self, block: str) -> str:
        return re.sub(r"    _pack_ = \d+\n", "", block)

    def _struct(self, block: str) -> str:
        return block.replace("(Union)", "(Structure)", 1)


_WIDTHS = ("8", "16", "32", "64")


def _ctypes(name: str) -> str:
    """Not imported by the module that is changed."""
    return f"__import__('ctypes').{name}"


SPELLINGS: dict[str, Spelling] = {
    "c": _C(
        "**/*.h",
        r"^typedef (?:struct|union) NAME \{.*?^\} NAME;",
        r"^    (?P<type>[\w ]*?\w[ *]+)(?P<name>NAME)(?P<dims>(?:\[[^\]\n]*\])*);[^\n]*$",
        {
            **{f"i{width}": f"int{width}_t" for width in _WIDTHS},
            **{f"u{width}": f"uint{width}_t" for width in _WIDTHS},
            "f32": "float",
            "f64": "double",
            "bool": "bool",
            "char8": "char",
            "char16": "char16_t",
            "char32": "char32_t",
            "pointer": "void *",
            "wchar": "wchar_t",
            "long": "long",
        },
        r"[\w ]*\w(?: \*)?",
        "    {type} {name};",
    ),
    "csharp": _CSharp(
        "**/*.cs",
        r"(?:^    \[StructLayout[^\n]*\n)?^    public (?:unsafe )?struct NAME\n    \{.*?^    \}",
        r"^        (?:\[FieldOffset[^\]\n]*\] )?public (?:fixed )?(?P<type>\w+) (?P<name>NAME)(?P<dims>(?:\[[^\]\n]*\])?);[^\n]*$",
        {
            "i8": "sbyte",
            "u8": "byte",
            "i16": "short",
            "u16": "ushort",
            "i32": "int",
            "u32": "uint",
            "i64": "long",
            "u64": "ulong",
            "f32": "float",
            "f64": "double",
            "bool": "bool",
            "char16": "char",
            "pointer": "System.IntPtr",
        },
        r"\w+",
        "        public {type} {name};",
    ),
    "nim": _Nim(
        "**/*.nim",
        r"^  NAME\*(?: \{\.[^}\n]*\.\})? = object\n.*?(?=^$|^  \w|\Z)",
        r"^    (?P<name>NAME)\*(?: \{\.[^}\n]*\.\})?: (?P<type>[^#\n]+?)(?: ##?[^\n]*)?$",
        {
            **{f"i{width}": f"int{width}" for width in _WIDTHS},
            **{f"u{width}": f"uint{width}" for width in _WIDTHS},
            "f32": "float32",
            "f64": "float64",
            "bool": "bool",
            "char8": "char",
            "pointer": "pointer",
        },
        r"\w+(?=\]*$)",
        "    {name}*: {type}",
    ),
    "python": _Python(
        "**/*.py",
        r"^class NAME\([^\n]*\n.*?(?=^class |^\w+ = |\Z)",
        r'\("(?P<name>NAME)", (?P<type>(?:[^()\n]|\([^()\n]*\))+)\)',
        {
            **{f"i{width}": _ctypes(f"c_int{width}") for width in _WIDTHS},
            **{f"u{width}": _ctypes(f"c_uint{width}") for width in _WIDTHS},
            "f32": _ctypes("c_float"),
            "f64": _ctypes("c_double"),
            "bool": _ctypes("c_bool"),
            "char8": _ctypes("c_char"),
            "wchar": _ctypes("c_wchar"),
            "long": _ctypes("c_long"),
            "pointer": _ctypes("c_void_p"),
        },
        r"^\w+",
        '("{name}", {type})',
    ),
}
