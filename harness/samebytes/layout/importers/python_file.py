"""Python files: records and ctypes classes of a module, which is run in a process of its own.

Describing is running here: the file is imported by `sys.executable`, as `python FILE` would, and may do whatever it does. A process of
its own keeps its side effects, its output and its end away from ours.
"""

from __future__ import annotations

import importlib
import pickle
import runpy
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.importers.ctypes_classes import ctypes_classes, from_ctypes
from samebytes.layout.importers.origin import Imported
from samebytes.layout.record import Record

__all__ = ["python_records"]

DEADLINE = 60.0
"""Seconds the module may take to be imported."""


_WORK = "import sys; from samebytes.layout.importers.python_file import answer; answer(*sys.argv[1:])"


def python_records(path: Path | str) -> Imported:
    """Return the records and ctypes classes among a Python file's names. Runs the file. LayoutError when that fails."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "records"
        command = [sys.executable, "-c", _WORK, str(path), str(target)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=DEADLINE, check=False, stdin=subprocess.DEVNULL)
        except subprocess.TimeoutExpired as error:
            raise LayoutError(
                f"{path} has been running for {DEADLINE:.0f} s", hint="importing it must not do work"
            ) from error
        if done.returncode != 0 or not target.is_file():
            lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
            last = lines[-1] if lines else "it ended itself"
            raise LayoutError(f"{path} cannot be imported: {last}", hint=_way_out(last))
        records, refused = pickle.loads(target.read_bytes())
    return Imported(records, refused)


def _way_out(line: str) -> str:
    """Return what to do about a module that cannot be imported."""
    if line.startswith("ModuleNotFoundError"):
        return f"install what it imports for {sys.executable}, or move the classes into a file that imports no more than ctypes"
    return "it must be a file that can be imported: move the classes into one of their own"


def _records_of(names: dict[str, Any]) -> tuple[dict[str, Record], dict[str, str]]:
    records = {value.name: value for value in names.values() if isinstance(value, Record)}
    refused: dict[str, str] = {}
    for name, cls in ctypes_classes(names).items():
        try:
            records[name] = from_ctypes(cls)
        except LayoutError as error:
            refused[name] = str(error)
    return records, refused


def answer(path: str, target: str) -> None:
    """Run the file and pickle its records into `target`: what the process does."""
    Path(target).write_bytes(pickle.dumps(_records_of(_names_of(Path(path).resolve()))))


def _names_of(file: Path) -> dict[str, Any]:
    """Return what the file defines.

    One that belongs to a package is imported as a part of it, so that it finds its siblings.
    """
    root = file.parent
    while (root / "__init__.py").is_file() and root.parent != root:
        root = root.parent
    sys.path[:0] = [str(root), str(file.parent)]
    if root != file.parent:
        module = importlib.import_module(".".join(file.relative_to(root).with_suffix("").parts))
        return vars(module)
    try:
        return runpy.run_path(str(file), run_name="samebytes_description")
    except ImportError as error:
        if "relative import" not in str(error) or root.parent == root:
            raise
    return _in_a_folder(file)


def _in_a_folder(file: Path) -> dict[str, Any]:
    """Return the names of a module in a package without `__init__.py`: its folders are the package, as far up as its imports reach."""
    reached = ImportError(f"{file.name}: its relative imports lead nowhere")
    for up in list(file.parents)[1:5]:
        sys.path.insert(0, str(up))
        try:
            return vars(importlib.import_module(".".join(file.relative_to(up).with_suffix("").parts)))
        except ImportError as error:
            reached = error
    raise reached
