"""Which .NET this machine has, and loading it into this process."""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

FRAMEWORK = "Microsoft.NETCore.App"
HOST_LIBRARY = "hostfxr.dll" if sys.platform == "win32" else "libhostfxr.so"


def find_runtime() -> tuple[Path, str]:
    """The root and the version of the .NET to load: the user's own before the one from the PyPI wheel."""
    for module in ("pythonnet", "clr_loader"):
        if importlib.util.find_spec(module) is None:
            raise LookupError(f"the Python module {module} is not installed")
    for root in runtime_roots():
        # The root may be for another system: under Wine the environment of the Linux side is visible too.
        if any(root.glob(f"host/fxr/*/{HOST_LIBRARY}")):
            versions = [path.name for path in root.glob(f"shared/{FRAMEWORK}/*")]
            stable = [version for version in versions if version.replace(".", "").isdigit()]
            if stable:
                return root, max(stable, key=lambda version: [int(part) for part in version.split(".")])
    raise LookupError("there is no .NET: neither DOTNET_ROOT, nor dotnet on PATH, nor the Python package dotnetcore2")


def runtime_roots() -> Iterator[Path]:
    if os.environ.get("DOTNET_ROOT"):
        yield Path(os.environ["DOTNET_ROOT"])
    if program := shutil.which("dotnet"):
        yield Path(program).resolve().parent
    if (wheel := importlib.util.find_spec("dotnetcore2")) and wheel.origin:
        yield Path(wheel.origin).parent / "bin"


class NamedPython:
    """A runtime of clr_loader that tells pythonnet the name of Python's DLL.

    Left to itself pythonnet looks for each of Python's 500 functions in every module of the process, and asks Windows
    for the list of modules each time. Under Wine that alone takes seconds.
    """

    def __init__(self, runtime: Any) -> None:
        self._runtime = runtime
        self._library = f"python{sys.version_info.major}{sys.version_info.minor}.dll".encode()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._runtime, name)

    def get_assembly(self, path: str) -> NamedPython:
        self._assembly = self._runtime.get_assembly(path)
        return self

    def get_function(self, name: str) -> Callable[[bytes], int]:
        function = self._assembly.get_function(name)
        return lambda argument: function(argument or self._library)


def load_runtime(assembly: Path) -> None:
    """Start CoreCLR in this process and make the assembly's namespace importable."""
    import clr_loader
    import pythonnet

    # The debugger's pipes in the temporary directory would outlive a process that is killed.
    for prefix in ("COMPlus", "DOTNET"):
        os.environ.setdefault(f"{prefix}_EnableDiagnostics", "0")
    root, version = find_runtime()
    spec = clr_loader.DotnetCoreRuntimeSpec(FRAMEWORK, version, root / "shared" / FRAMEWORK / version)
    properties = {
        # Nothing here needs ICU, and a machine without it would not start .NET at all.
        "System.Globalization.Invariant": "true",
        # One thread less; a peer makes no garbage worth a background collection.
        "System.GC.Concurrent": "false",
    }
    runtime = clr_loader.get_coreclr(runtime_spec=spec, dotnet_root=root, properties=properties)
    pythonnet.load(NamedPython(runtime) if sys.platform == "win32" else runtime)
    import clr

    clr.AddReference("System.IO.MemoryMappedFiles")
    clr.AddReference(str(assembly.resolve()))
