"""Python files: records and ctypes classes of a module, which is run in a process of its own.

Describing is running here: the file is imported by `sys.executable`, as `python FILE` would, and may do whatever it does. A process of
its own keeps its side effects, its output and its end away from ours.
"""

from __future__ import annotations

import importlib
import os
import pickle
import runpy
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any

from samebytes.errors import LayoutError
from samebytes.layout.importers.ctypes_classes import ctypes_classes, from_ctypes
from samebytes.layout.importers.origin import Imported
from samebytes.layout.record import Record

__all__ = ["python_records"]

DEADLINE = 15.0
"""Seconds the module may take to be imported."""
MEMORY = 400 << 20
"""Bytes of memory of its own that it may take, and write into a file, where the system knows such limits."""
SAID = 4096
"""Bytes of its complaints that are read: the last line is in them."""
ONE_THREAD = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
"""numpy would set memory aside for every processor."""

_WORK = "import sys; from samebytes.layout.importers.python_file import answer; answer(*sys.argv[1:])"


def python_records(path: Path | str) -> Imported:
    """Return the records and ctypes classes among a Python file's names. Runs the file. LayoutError when that fails."""
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "records"
        status, complaint = _run([sys.executable, "-c", _WORK, str(path), str(target)], Path(folder) / "complaints")
        if status is None:
            raise LayoutError(
                f"{path} has been running for {DEADLINE:.0f} s",
                hint="importing it must not do work: put that behind if __name__ == '__main__', or move the classes out",
            )
        if status != 0 or not target.is_file():
            last = complaint or ("it ended itself" if status == 0 else f"it ended with {_ending(status)}")
            raise LayoutError(f"{path} cannot be imported: {last}", hint=_way_out(last))
        records, refused = pickle.loads(target.read_bytes())
    return Imported(records, refused)


def _run(command: list[str], complaints: Path) -> tuple[int | None, str]:
    """Return how the process ended, None when it was late, and the last line of its complaints. Nothing that it started lives on."""
    with complaints.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            env=os.environ | ONE_THREAD,
            start_new_session=True,
        )
        try:
            status: int | None = process.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            _end(process)
    with complaints.open("rb") as said:
        said.seek(max(0, complaints.stat().st_size - SAID))
        lines = said.read().decode("utf-8", "replace").strip().splitlines()
    return status, lines[-1] if lines else ""


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill the process and, where there are groups, those that it started."""
    if sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    process.kill()
    process.wait()


def _ending(status: int) -> str:
    with suppress(ValueError):
        return signal.Signals(-status).name
    return f"exit code {status}"


def _way_out(line: str) -> str:
    """Return what to do about a module that cannot be imported."""
    if line.startswith("MemoryError"):
        return f"importing it may take {MEMORY >> 20} MB: move the classes into a file that does no work"
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
    _limit()
    Path(target).write_bytes(pickle.dumps(_records_of(_names_of(Path(path).resolve()))))


def _limit() -> None:
    """Allow this process so much time, so much memory and so large files, where the system knows such limits."""
    if sys.platform != "win32":
        import resource  # not there on Windows

        for what in (resource.RLIMIT_DATA, resource.RLIMIT_FSIZE):
            hard = resource.getrlimit(what)[1]
            resource.setrlimit(what, (MEMORY if hard == resource.RLIM_INFINITY else min(MEMORY, hard), hard))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        signal.alarm(round(DEADLINE) + 2)  # for the case that whoever waits has been killed


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
