"""A declaration as a record: read from its source, or from what its source was compiled to."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from samebytes.checks.project.compilers import Compilers
from samebytes.checks.project.kinds_told import alike_in
from samebytes.checks.project.project import Declaration, native_realm
from samebytes.checks.project.promised import Place, readable, realm_abi
from samebytes.checks.project.recipes import Language, compilers_of_headers, language_of
from samebytes.errors import LayoutError, MissingError
from samebytes.layout import Abi, Layout, Record, abi_named, lay_out
from samebytes.layout.importers import ImportOrigin, from_assembly, from_binary, load
from samebytes.layout.importers.metadata import is_assembly
from samebytes.layout.importers.programs import is_program, open_program

__all__ = ["Face", "Reader", "alike_of", "emitter_for"]

How = Literal["", "pointer", "marshal"]
EMITTERS = {
    ".h": "c", ".c": "c", ".hpp": "c++", ".hh": "c++", ".hxx": "c++", ".cpp": "c++", ".cc": "c++", ".cs": "csharp",
    ".nim": "nim", ".rs": "rust", ".pas": "pascal", ".pp": "pascal", ".py": "python",
}  # fmt: skip
"""The language in which a corrected declaration is written, by the ending of the wrong one."""


NAMED = 12
"""Types that are named where one must be chosen."""


@dataclass(frozen=True)
class Face:
    """One layout that a declaration has: the only one, or one of the two that .NET knows."""

    layout: Layout
    how: How = ""
    type: str = ""
    """The type's name in its source, where it is not as was said."""


Measure = Callable[[Path, str, str], Record]
"""The ctypes class of a file in another realm's Python: file, type, realm."""


class Reader:
    """Reads declarations. `compilers` compiles those that must be."""

    def __init__(self, compilers: Compilers, measure: Measure) -> None:
        self._compilers, self._measure = compilers, measure

    def faces(self, declaration: Declaration, place: Place) -> list[Face]:
        """Return its layouts there.

        LayoutError in the importer's words, BuildError in the compiler's; MissingError, MissingToolError for what is
        not installed.
        """
        path, abi, told = declaration.source, abi_named(place.abi), declaration.type
        language = compilers_of_headers() if declaration.original else language_of(path.suffix)
        if language is not None:
            declaration = _named(declaration, language)
            path = self._compilers.build(declaration, language, place.abi)
            told = declaration.type
            declaration = replace(declaration, type=language.called.replace("{type}", told))
        try:
            faces = readable(path, lambda: self._faces(declaration, path, place, abi))
            return [replace(face, type=told) for face in faces]
        except LayoutError as error:  # the file it was compiled to is nobody's but ours
            message = error.message.replace(str(path), declaration.source.name)
            hint = error.hint.replace(str(path), declaration.source.name)
            raise type(error)(message, hint=hint, path=error.path) from error

    @staticmethod
    def own_abi(declaration: Declaration) -> str:
        """Return the one ABI that a compiled file was built for; empty for everything else."""
        path = declaration.source
        if not is_program(_head(path)) or path.suffix.lower() == ".py" or _assembly(path):
            return ""
        return open_program(path, None).abi.name

    def _faces(self, declaration: Declaration, path: Path, place: Place, abi: Abi) -> list[Face]:
        if path.suffix.lower() == ".py":
            record = self._python(declaration, path, place)
            return [Face(lay_out(record, _in_its_order(record, abi)))]
        if _assembly(path):
            return self._dotnet(declaration, path, abi)
        if path != declaration.source or is_program(_head(path)):
            return [_measured(path, declaration)]
        defines = dict(declaration.define) or None
        records = load(path, declaration.type, abi=abi, defines=defines, include=declaration.include)
        return [Face(lay_out(records[0], abi))]

    def _python(self, declaration: Declaration, path: Path, place: Place) -> Record:
        """Measure a class by the realm's own Python: ctypes lays it out as the Python that runs it."""
        here = load(path, declaration.type)[0]
        measured = isinstance(here.origin, ImportOrigin)
        if not measured or place.abi == realm_abi(native_realm()):
            return here
        if not place.plain:
            raise MissingError(f"ctypes is measured by a running Python, and there is none for {place.abi} here")
        return self._measure(path, declaration.type, place.realm)

    def _dotnet(self, declaration: Declaration, path: Path, abi: Abi) -> list[Face]:
        found = from_assembly(path, declaration.type, abi=abi)
        ways: tuple[tuple[How, Record | None], ...] = (("pointer", found.managed), ("marshal", found.marshalled))
        faces = [
            Face(lay_out(record, abi), how)
            for how, record in ways
            if record is not None and declaration.read in ("", how)
        ]
        if not faces and found.refused is not None:
            raise found.refused
        if not faces:
            raise LayoutError(f"{declaration.type} cannot be read by {declaration.read}: {'; '.join(found.why)}")
        if len(faces) == 2 and faces[0].layout.leaves == faces[1].layout.leaves:
            return [Face(faces[0].layout)] if faces[0].layout.size == faces[1].layout.size else faces
        return faces


def alike_of(declaration: Declaration, face: Face) -> frozenset[tuple[str, str]] | None:
    """Return what a declaration's language declares alike; None where nothing is known of it: a marshaller makes its own kinds."""
    return None if face.how == "marshal" else alike_in(declaration.source.suffix)


def emitter_for(declaration: Declaration) -> str:
    """Return the emitter of the declaration's language; empty where it has none, as for a binary."""
    path = declaration.source
    return "csharp" if _assembly(path) else EMITTERS.get(path.suffix.lower(), "")


def _named(declaration: Declaration, language: Language) -> Declaration:
    """Return the declaration with the name that its type has in the source.

    LayoutError, with the types there are, where it has none of that name.
    """
    if declaration.original or not language.types:
        return declaration
    known = language.types_in(declaration.source.read_text("utf-8-sig", "replace"))
    name = re.split(r"[.:+]", declaration.type)[-1].casefold()
    if not known or any(one.casefold() == name for one in known):
        return declaration
    prefixed = [one for one in known if language.prefix and one.casefold() == f"{language.prefix}{name}".casefold()]
    if prefixed:
        return replace(declaration, type=prefixed[0])
    types = ", ".join(f'type = "{one}"' for one in known[:NAMED])
    raise LayoutError(
        f"{declaration.source.name} declares no {declaration.type}; it has {', '.join(known[:NAMED])}",
        hint=f"say which of them it is: {types}",
    )


def _in_its_order(record: Record, abi: Abi) -> Abi:
    """Return the ABI with the byte order that the declaration itself says, as a ctypes BigEndianStructure does."""
    order = record.origin.order if isinstance(record.origin, ImportOrigin) else ""
    return replace(abi, name=f"{abi.name} ({order}-endian)", order=order) if order and order != abi.order else abi


def _measured(path: Path, declaration: Declaration) -> Face:
    """Return the layout as the compiler that made the file has it: on that compiler's ABI."""
    return Face(lay_out(from_binary(path, declaration.type), open_program(path, None).abi))


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(64)


def _assembly(path: Path) -> bool:
    return _head(path).startswith(b"MZ") and is_assembly(path.read_bytes())
