"""Sources in languages that no importer reads, compiled to what one does: C#, Nim, Rust, Object Pascal."""

from __future__ import annotations

import atexit
import sys
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from samebytes.checks.project.recipes import language_of
from samebytes.errors import UsageError

if TYPE_CHECKING:
    from samebytes.checks.project.compilers import Compilers

__all__ = ["compiled"]


def compiled(path: Path, types: Sequence[str | None], abi: str) -> Path:
    """Return the file to read instead of a source, or that file itself; made once, and gone when this process ends.

    BuildError has the compiler's words; MissingToolError the command that adds one. UsageError where the type must be named.
    """
    language = language_of(path.suffix)
    if language is None:
        return path
    if types[0] is None and not any(recipe.portable for recipe in language.recipes):
        raise UsageError(f"{path}: {language.name} is compiled for one type at a time", hint="name it: --type NAME")
    from samebytes.checks.project.project import Declaration, LayoutSource  # most files need no compiler

    nowhere = LayoutSource(path.stem, Path(), "", "")
    declaration = Declaration(
        f"{path.stem}-{types[0] or 'all'}", nowhere, (path.absolute(),), types[0] or "", str(path)
    )
    return _compilers().build(declaration, language, abi)


@cache
def _compilers() -> Compilers:
    from samebytes.checks.project.compilers import Compilers
    from samebytes.peers.lab import Lab

    lab = Lab(say=lambda _realm, line: print(line, file=sys.stderr, flush=True))
    lab.open()
    atexit.register(lab.close)
    return Compilers(lab)
