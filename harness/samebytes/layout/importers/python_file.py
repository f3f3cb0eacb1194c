"""Python files: records and ctypes classes of a module, which is run in a process of its own.

Describing is running here: the file is imported by `sys.executable`, as `python FILE` would, and may do whatever it does. A process of
its own keeps its side effects, its output and its end away from ours.
"""

from __future__ import annotations

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
    """The records and ctypes classes among a Python file's names. Runs the file. LayoutError when that fails."""
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
            raise LayoutError(f"{path} cannot be imported: {lines[-1] if lines else 'it ended itself'}")
        records, refused = pickle.loads(target.read_bytes())
    return Imported(records, refused)


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
    """What the process does: run the file, pickle its records into `target`."""
    sys.path.insert(0, str(Path(path).resolve().parent))
    names = runpy.run_path(path, run_name="samebytes_description")
    Path(target).write_bytes(pickle.dumps(_records_of(names)))
