"""A ctypes class as another realm's Python lays it out: on Linux, by the Python for Windows that Wine runs."""

from __future__ import annotations

import pickle
import tempfile
from pathlib import Path

from samebytes.errors import LayoutError
from samebytes.layout import Record
from samebytes.layout.importers.python_file import DEADLINE
from samebytes.peers.site import Site

__all__ = ["measured_elsewhere"]

_LAUNCH = Path(__file__).parents[2] / "peers" / "launch.py"
_WORK = Path(__file__).with_name("measure.py")


def measured_elsewhere(path: Path, type_: str, site: Site) -> Record:
    """Return the record of a class in a Python file, which is run there.

    LayoutError when that fails, in that Python's words.
    """
    with tempfile.TemporaryDirectory(prefix="samebytes-measure-") as folder:
        target = Path(folder) / "records"
        words = [*site.realm.python(), *map(site.realm.path, (_LAUNCH, _WORK, path, target))]
        done = site.run(words, DEADLINE)
        if done.status != 0 or not target.is_file():
            lines = done.output.strip().splitlines()
            raise LayoutError(f"{path} cannot be imported in {site.name}: {lines[-1] if lines else 'it ended itself'}")
        records, refused = pickle.loads(target.read_bytes())
    if type_ not in records:
        raise LayoutError(refused.get(type_) or f"{path} has no record {type_} in {site.name}")
    record: Record = records[type_]
    return record
