"""What is found by file: modules in a folder of this package, and in folders that a user names.

$SAMEBYTES_EXTENSIONS names folders, separated as in PATH. In each of them `peers/`, `scenarios/`, `checks/`, `reports/` and `commands/`
add to what the package has; a file that is there is found, and is registered nowhere.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import pkgutil
import sys
from functools import cache
from pathlib import Path
from types import ModuleType

from samebytes.errors import UsageError

__all__ = ["extension_folders", "extensions_found", "module_named", "modules_found"]

VARIABLE = "SAMEBYTES_EXTENSIONS"


def extension_folders(kind: str) -> tuple[Path, ...]:
    """Return the folders of that kind (`checks`, `reports`, …) that there are.

    UsageError for a named folder that does not exist.
    """
    words = filter(None, os.environ.get(VARIABLE, "").split(os.pathsep))
    roots = [Path(word).absolute() for word in words]
    for root in roots:
        if not root.is_dir():
            raise UsageError(f"{VARIABLE}: {root} is not a folder", hint="name folders that exist, or unset it")
    return tuple(root / kind for root in roots if (root / kind).is_dir())


def modules_found(package: str, kind: str = "") -> dict[str, str | Path]:
    """Return what a package and the extension folders of that kind have, not imported: by name, where `module_named` gets it.

    UsageError where two files would have one name: neither may hide the other.
    """
    inside = pkgutil.iter_modules(importlib.import_module(package).__path__)
    found: dict[str, str | Path] = {info.name: f"{package}.{info.name}" for info in inside}
    for name, path in extensions_found(kind).items():
        if name in found:
            raise UsageError(f"{path}: there is another {name} already", hint="give the file another name")
        found[name] = path
    return dict(sorted(found.items()))


def extensions_found(kind: str) -> dict[str, Path]:
    """Return the modules in the extension folders of a kind, by name. UsageError where two would have one name."""
    found: dict[str, Path] = {}
    for folder in extension_folders(kind) if kind else ():
        for path in sorted(folder.glob("[!_]*.py")):
            if path.stem in found:
                raise UsageError(f"{path}: {found[path.stem]} has the same name", hint="give one of them another name")
            found[path.stem] = path
    return found


def module_named(place: str | Path) -> ModuleType:
    """Import what `modules_found` found. UsageError for a user's file that cannot be imported."""
    return importlib.import_module(place) if isinstance(place, str) else _from_file(place)


@cache
def _from_file(path: Path) -> ModuleType:
    name = f"samebytes_extension_{path.parent.name}_{path.stem}"
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[name] = importlib.util.module_from_spec(spec)
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[name]
        raise UsageError(f"{path} cannot be imported: {type(error).__name__}: {error}") from error
    return module
