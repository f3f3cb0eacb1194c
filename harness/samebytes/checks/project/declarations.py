"""The check `declaration`: each declaration against its layout, on each ABI they are for. A cell for each."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from dataclasses import replace

from samebytes.checks.producers.coverage import fields_of
from samebytes.checks.producers.producer import CONSUMER as HARNESS
from samebytes.checks.project.compare_declared import Comparison, hold
from samebytes.checks.project.declared import Face, Reader, alike_of, emitter_for
from samebytes.checks.project.located import located, refused_line
from samebytes.checks.project.project import Declaration
from samebytes.checks.project.promised import Place, Promises
from samebytes.checks.project.side_by_side import Compared
from samebytes.checks.requests.kind import Finding
from samebytes.checks.result import Difference, Result, Run, Skip, Stage, Verdict
from samebytes.errors import BuildError, LayoutError, MissingError, MissingToolError, TypeRefusedError
from samebytes.layout import Layout, Record
from samebytes.layout.emit import emit

__all__ = ["DeclarationChecks"]

CALLED = {"": "", "pointer": ".pointer", "marshal": ".marshal"}
USES = {
    "pointer": "a pointer, MemoryMarshal or accessor.Read and Write",
    "marshal": "Marshal.PtrToStructure and StructureToPtr",
}
_ASSERTED = re.compile(r"static.assert|array.*negative", re.IGNORECASE)
"""What compilers say of an assertion that fails: `static_assert`, and an array of a negative size where a language has none."""


class DeclarationChecks:
    """Judges declarations. Nothing of a declaration's program is run, but a Python file, which describes by running."""

    def __init__(self, promises: Promises, reader: Reader) -> None:
        self._promises, self._reader = promises, reader

    def judge(self, declaration: Declaration, place: Place) -> Finding | Skip:
        """Return the cell of a declaration on an ABI; a skip where this machine lacks what it takes, or the layout is not for that ABI."""
        started = time.perf_counter()
        try:
            layout = self._promises.layout(declaration.layout, place.abi)
        except (LayoutError, MissingError) as error:
            return _skip(
                declaration, place, f"the layout cannot be read for {place.abi}: {error.message}", _add(error, place)
            )
        try:
            faces = self._reader.faces(declaration, place)
        except (MissingError, MissingToolError) as error:
            return Skip(place.realm, declaration.name, error.message, error.add or error.hint)
        except BuildError as error:
            # It was read: that this compiler lacks what it includes says nothing about its bytes; what it asserts of them does.
            if declaration.original and not _ASSERTED.search(error.evidence):
                return Skip(
                    place.realm, declaration.name, str(error), "name its include folders, or leave this declaration out"
                )
            return _refused(declaration, place, Stage.BUILD, str(error), error.evidence, started)
        except TypeRefusedError as error:
            return _not_as_declared(declaration, place, layout, error, started)
        except LayoutError as error:
            return _refused(declaration, place, Stage.DESCRIBE, str(error), "", started)
        judged = self._judged(declaration, place, layout, faces)
        judged.result.seconds = time.perf_counter() - started
        return judged

    def _judged(self, declaration: Declaration, place: Place, layout: Layout, faces: list[Face]) -> Finding:
        result = _result(declaration, place)
        remarks, held, compared = [], [], []
        for face in faces:
            who = declaration.name + CALLED[face.how if len(faces) > 1 else ""]
            alike = alike_of(declaration, face)
            found = hold(face.layout, layout, who, alike)
            held.append(found)
            compared.append(
                Compared(who, layout, found.declared, bool(found.differences), place.realm, declaration.name)
            )
            run = _run(who, face, layout, found, alike is not None)
            result.runs.append(run)
            if found.differences and not result.sources:
                result.sources = located(declaration, face.type, found, layout, run)
            remarks += [f"{who}: {words}" for words in found.remarks]
        if len(faces) > 1:
            _say_which_fits(result.runs, faces)
        notes = {} if result.green else _notes(replace(declaration, type=faces[0].type), layout, held)
        return Finding(result, notes, tuple(remarks), tuple(compared))


def _run(who: str, face: Face, layout: Layout, found: Comparison, kinds: bool) -> Run:
    run = Run(layout.record.name, "", who, HARNESS, size=layout.size)
    run.described = {"producer": {"size": face.layout.size, "align": face.layout.align}}
    for difference in found.differences:
        run.differ(difference)
    run.cause = f"{who}: {found.cause}" if found.cause else ""
    fields = fields_of(layout)
    told = (
        ", bool, character; constants by their names"
        if kinds
        else "; not seen: whether a number is a bool or a character"
    )
    run.covers = (
        f"{len(fields)} of {len(fields)} fields compared: place, width, float or integer, sign, byte order{told}"
    )
    if found.differences and found.remarks:
        run.message = "; ".join(found.remarks)
    return run


def _say_which_fits(runs: list[Run], faces: list[Face]) -> None:
    """Say which of the two layouts of a .NET structure fits, where the other does not: how the program reads decides."""
    fit = [face.how for run, face in zip(runs, faces, strict=True) if run.verdict is Verdict.AGREED]
    for run, face in zip(runs, faces, strict=True):
        if run.verdict is not Verdict.AGREED and fit:
            words = (
                f"through {USES[fit[0]]} it fits; through {USES[face.how]} it does not "
                f'(read = "{fit[0]}" says that the program never does the latter)'
            )
            run.message = "\n".join(filter(None, (words, run.message)))


def _notes(declaration: Declaration, layout: Layout, held: list[Comparison]) -> dict[str, str]:
    """Return the corrected declaration, in the language and with the spelling of the wrong one."""
    language = emitter_for(declaration)
    if not language:
        return {}
    record = _spelled(layout.record, next((one.spelled for one in held if one.differences), {}))
    name = declaration.type.replace("+", ".").replace("::", ".").rpartition(".")[2]
    title = f"{name}, corrected: as on {layout.abi.name}"
    try:
        return {"repair": emit(replace(record, name=name), language, layout.abi, title, _full_name(declaration, held))}
    except LayoutError:  # what the language cannot hold, it was not asked to declare like this
        return {}


def _full_name(declaration: Declaration, held: list[Comparison]) -> str:
    """Return the wrong declaration's own name with its scope: as its importer tells it, or else its file's name in front."""
    origins = [one.declared.record.origin for one in held]
    if not origins:
        return declaration.type
    source = next((origin.source for origin in origins if origin is not None and origin.language == "c#"), "")
    return source.rpartition(": ")[2] or f"{declaration.source.stem}.{declaration.type}"


def _spelled(record: Record, names: Mapping[str, str]) -> Record:
    try:
        return replace(
            record, fields=tuple(replace(part, name=names.get(part.name, part.name)) for part in record.fields)
        )
    except LayoutError:  # two would have one name
        return record


def _result(declaration: Declaration, place: Place) -> Result:
    program = declaration.layout.name if place.plain else f"{declaration.layout.name}@{place.abi}"
    return Result(declaration.name, HARNESS, program, place.realm, "declaration")


def _refused(
    declaration: Declaration, place: Place, stage: Stage, message: str, evidence: str, started: float
) -> Finding:
    result = _result(declaration, place)
    run = Run(declaration.layout.name, "", declaration.name, HARNESS)
    run.fail(Verdict.REFUSED, stage, message, evidence)
    result.runs.append(run)
    result.sources = refused_line(declaration, message.partition("\n")[0])
    result.seconds = time.perf_counter() - started
    return Finding(result)


def _not_as_declared(
    declaration: Declaration, place: Place, layout: Layout, error: TypeRefusedError, started: float
) -> Finding:
    """Return the cell of a declaration that compiles, and that its runtime refuses or reads otherwise than it says."""
    result = _result(declaration, place)
    run = Run(layout.record.name, "", declaration.name, HARNESS, size=layout.size)
    member = next((one for one in layout.members if one.field.name == error.path), None)
    size = member.size if member else layout.size
    what, at = (member.field.name, member.offset) if member else (layout.record.name, None)
    expected = f"{size} byte{'s' if size != 1 else ''}"
    run.differ(Difference(Stage.DESCRIBE, declaration.name, what, expected, "none that .NET reads as declared", at))
    run.cause = f"{declaration.name}: {error.message}"
    run.message = error.hint
    result.runs.append(run)
    result.sources = refused_line(declaration, error.message)
    result.seconds = time.perf_counter() - started
    return Finding(result, _notes(declaration, layout, []))


def _skip(declaration: Declaration, place: Place, reason: str, add: str) -> Skip:
    return Skip(place.realm, declaration.name, reason, add)


def _add(error: LayoutError | MissingError, place: Place) -> str:
    if isinstance(error, MissingError):
        return error.add or error.hint
    return f'if it is not for {place.realm}, say so: realms = ["{"linux" if place.realm == "windows" else "windows"}"] at the top'
