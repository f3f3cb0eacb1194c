"""The smallest fix of a declaration, found by mending its faults and reading it again until it agrees everywhere it is for.

Nothing is written here but copies in a folder of the lab's; what is proposed has been read by the declaration's own compiler or reader.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import stat
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from difflib import unified_diff
from pathlib import Path
from tempfile import mkdtemp, mkstemp

from samebytes.checks.project.compare_declared import Comparison, hold
from samebytes.checks.project.declared import Face, Reader, alike_of
from samebytes.checks.project.faults import Fault, faults_of
from samebytes.checks.project.mending import Mending
from samebytes.checks.project.project import Declaration
from samebytes.checks.project.promised import Place, Promises
from samebytes.checks.source_lines import read_source, repository_path
from samebytes.errors import LayoutError, MissingError, PeerError
from samebytes.layout import Layout
from samebytes.layout.source import SourceRecord, language_for, record_in
from samebytes.layout.source.writing import writer_for
from samebytes.peers.lab import Lab

__all__ = ["Fix", "Fixer"]

ROUNDS = 10
"""Times that a declaration is read again."""
_CONDITION = re.compile(
    r"^[ \t]*#[ \t]*(?:if|ifdef|ifndef|elif|else|endif)\b[^\r\n]*|#\[cfg\b[^\r\n]*?\]|\{\$(?:if|else|end)[^}]*\}|^[ \t]*when\b[^\r\n]*:",
    re.MULTILINE | re.IGNORECASE,
)
"""Where a source says that something is there only sometimes: it was read under one condition, and is right under others too."""
BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Fix:
    """What came of one declaration: its new text, or why there is none."""

    declaration: Declaration
    old: str
    new: str
    why: str = ""

    @property
    def found(self) -> bool:
        """Return whether there is one."""
        return not self.why and self.new != self.old

    def diff(self) -> str:
        """Return it as a unified diff, with paths as the repository has them."""
        name = repository_path(self.declaration.source)
        lines = unified_diff(
            self.old.splitlines(keepends=True), self.new.splitlines(keepends=True), f"a/{name}", f"b/{name}"
        )
        return "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)

    def write(self) -> None:
        """Write the new text: the file's byte order mark, line ends and rights stay as they are. OSError where it stays as it was."""
        path = self.declaration.source.resolve()
        if (
            not path.stat().st_mode & stat.S_IWRITE
        ):  # replacing it would be allowed, and its owner said that it is not to be written
            raise PermissionError(errno.EACCES, "it is read-only", str(path))
        mark = BOM if path.read_bytes().startswith(BOM) else b""
        handle, name = mkstemp(prefix=f".{path.name}-", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(mark + self.new.encode("utf-8", "surrogateescape"))
            shutil.copymode(path, name)
            os.replace(name, path)  # noqa: PTH105 - all of it or nothing, also on a full disk
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@dataclass
class Fixer:
    """Finds fixes. `reader` reads declarations as `check` does."""

    lab: Lab
    promises: Promises
    reader: Reader
    number: int = 0

    def fix(self, declaration: Declaration, places: Sequence[Place]) -> Fix:
        """Return the smallest fix of a declaration that makes it agree on every ABI it is for, or why there is none."""
        old = read_source(declaration.source)
        reason = _unfixable(declaration, old)
        if reason:
            return Fix(declaration, old, old, reason)
        writer = writer_for(declaration.source.suffix)
        assert writer is not None
        mending, text, good = Mending(writer), old, old
        read = self._read(declaration, old, places)
        for _ in range(ROUNDS):
            if isinstance(read, str):
                text, read = good, self._read(declaration, good, places)  # what does not compile is taken back
                if isinstance(read, str):
                    return Fix(declaration, old, old, read)
            wrong = next((one for one in read if one.held.differences), None)
            if wrong is None:
                return Fix(declaration, old, text, self._objection(declaration, old, text, places))
            good = text
            faults = _faults(text, declaration, wrong)
            if isinstance(faults, str):
                return Fix(declaration, old, old, faults)
            new = _with_line_ends_of(old, mending.mended(text, _records(text, declaration), faults))
            if new == text:
                return Fix(declaration, old, old, "; ".join(mending.why) or "no small change makes it agree")
            text, read = new, self._read(declaration, new, places)
        return Fix(declaration, old, old, "no small change makes it agree")

    def _objection(self, declaration: Declaration, old: str, new: str, places: Sequence[Place]) -> str:
        """Return what speaks against a text that makes a declaration agree; empty if nothing does."""
        lost = Counter(_CONDITION.findall(old)) - Counter(_CONDITION.findall(new))
        if lost:
            return f"what makes it agree takes out what stands under a condition (`{next(iter(lost)).strip()}`)"
        harmed = self._harmed(declaration, new, places) if new != old else ""
        return f"what makes it agree would make {harmed}, declared in the same file, disagree" if harmed else ""

    def _harmed(self, declaration: Declaration, new: str, places: Sequence[Place]) -> str:
        """Return the name of a declaration that agrees, stands in the same file and would no more agree; empty if there is none."""
        source = declaration.source.resolve()
        for other in self.promises.project.declarations.values():
            if other.name != declaration.name and not other.original and other.source.resolve() == source:
                before, after = (self._read(other, text, places) for text in (read_source(other.source), new))
                if _agrees(before) and not _agrees(after):
                    return other.name
        return ""

    def _read(self, declaration: Declaration, text: str, places: Sequence[Place]) -> list[_Read] | str:
        """Return how a text is read on each ABI and held to its layout; why not, where it is not."""
        self.number += 1
        with _Copy(self.lab, declaration, text, self.number) as copied:
            found = []
            for place in places:
                with suppress(MissingError):
                    try:
                        layout = self.promises.layout(declaration.layout, place.abi)
                        faces = self.reader.faces(copied, place)
                    except (PeerError, LayoutError) as error:
                        return error.message.replace(copied.source.name, declaration.source.name)
                    found += [
                        _Read(face, hold(face.layout, layout, declaration.name, alike_of(declaration, face)), layout)
                        for face in faces
                    ]
            return found or "it cannot be read on this machine"


@dataclass(frozen=True)
class _Read:
    face: Face
    held: Comparison
    layout: Layout


def _agrees(read: Sequence[_Read] | str) -> bool:
    return not isinstance(read, str) and not any(one.held.differences for one in read)


class _Copy:
    """A copy of a declaration with another text, among what stands beside it: links, and folders that are real only on the way to it."""

    def __init__(self, lab: Lab, declaration: Declaration, text: str, number: int) -> None:
        self._declaration, self._text, self._number = declaration, text, number
        self._folder = Path(mkdtemp(prefix="fix-", dir=lab.folder("fix")))

    def __enter__(self) -> Declaration:
        source = self._declaration.source
        top = _top(self._declaration)
        at, folder = self._folder, top
        for step in (*source.relative_to(top).parts[:-1], None):
            for one in folder.iterdir():
                if one.name not in (step, source.name if step is None else None):
                    _link(one, at / one.name)
            if step is not None:
                at, folder = at / step, folder / step
                at.mkdir()
        copy = at / source.name
        copy.write_bytes(self._text.encode("utf-8", "surrogateescape"))
        others = tuple(self._mirrored(path, top) for path in self._declaration.sources[1:])
        return replace(self._declaration, name=f"{self._declaration.name}-{self._number}", sources=(copy, *others))

    def __exit__(self, *_: object) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    def _mirrored(self, path: Path, top: Path) -> Path:
        with suppress(ValueError):
            return self._folder / path.relative_to(top)
        return path


def _link(path: Path, at: Path) -> None:
    """Link a file or folder; a file is copied where the system lets nobody link."""
    try:
        at.symlink_to(path, target_is_directory=path.is_dir())
    except OSError:
        if path.is_file():
            with suppress(OSError):
                shutil.copy2(path, at)


def _top(declaration: Declaration) -> Path:
    """Return the folder that is mirrored: the nearest that has all of the declaration's files, with two more above a package."""
    folders = [str(path.parent) for path in declaration.sources]
    top = Path(os.path.commonpath(folders))
    while (top / "__init__.py").exists() and top.parent != top:
        top = top.parent
    if (top.parent / ".git").exists() or (top.parent / "samebytes.toml").exists():
        top = top.parent
    return top


def _unfixable(declaration: Declaration, text: str) -> str:
    name = declaration.source.name
    if declaration.original:
        return f"{name} is the layout itself"
    if not text:
        return f"{name} is no source: the fix belongs into what it was built from"
    if writer_for(declaration.source.suffix) is None or language_for(declaration.source.suffix) is None:
        return f"sources such as {name} cannot be written"
    return ""


def _with_line_ends_of(old: str, new: str) -> str:
    """Return a new text with the line ends of the old one, if those are all the same."""
    ends_in_both = old.count("\n") == old.count("\r\n") > 0
    return re.sub(r"(?<!\r)\n", "\r\n", new) if ends_in_both else new


def _records(text: str, declaration: Declaration) -> list[SourceRecord]:
    language = language_for(declaration.source.suffix)
    return language.records(text) if language is not None else []


def _faults(text: str, declaration: Declaration, wrong: _Read) -> list[Fault] | str:
    records = _records(text, declaration)
    record = record_in(records, wrong.face.type or declaration.type)
    if record is None:
        return f"{declaration.type} is not declared in {declaration.source.name} itself"
    found = faults_of(text, records, record, wrong.held, wrong.layout)
    return (
        found
        or f"what is wrong is not seen in {declaration.source.name}: {wrong.held.cause or wrong.held.differences[0]}"
    )
