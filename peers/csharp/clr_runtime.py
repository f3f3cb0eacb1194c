"""Which .NET this machine has, and loading it into this process."""

from __future__ import annotations

import atexit
import importlib.util
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from coreclr import LIBRARY, CoreClr

PROGRAM = "dotnet.exe" if sys.platform == "win32" else "dotnet"
FRAMEWORK = "Microsoft.NETCore.App"
PYTHON_ASSEMBLY = "Python.Runtime"


def find_runtime() -> tuple[Path, str]:
    """The root and the version of the .NET to load: the user's own before the one from the PyPI wheel."""
    python_assembly()
    for root in runtime_roots():
        # The root may be for another system: under Wine the environment of the Linux side is visible too.
        versions = [path.parent.name for path in root.glob(f"shared/{FRAMEWORK}/*/{LIBRARY}")]
        stable = [version for version in versions if version.replace(".", "").isdigit()]
        if stable:
            return root, max(stable, key=lambda version: [int(part) for part in version.split(".")])
    raise LookupError("there is no .NET: neither DOTNET_ROOT, nor dotnet on PATH, nor the Python package dotnetcore2")


def runtime_roots() -> Iterator[Path]:
    if os.environ.get("DOTNET_ROOT"):
        yield Path(os.environ["DOTNET_ROOT"])
    # Not shutil.which: under Wine its import alone would be a tenth of a start.
    places = (os.path.join(folder, PROGRAM) for folder in os.get_exec_path())  # noqa: PTH118 - these never raise
    if program := next((place for place in places if os.path.isfile(place) and os.access(place, os.X_OK)), ""):  # noqa: PTH113
        yield Path(program).resolve().parent
    if (wheel := importlib.util.find_spec("dotnetcore2")) and wheel.origin:
        yield Path(wheel.origin).parent / "bin"


def load_runtime(assembly: Path) -> None:
    """Start CoreCLR in this process and make the assembly's namespace importable. LookupError if that cannot be done."""
    # The debugger's pipes in the temporary directory would outlive a process that is killed.
    for prefix in ("COMPlus", "DOTNET"):
        os.environ.setdefault(f"{prefix}_EnableDiagnostics", "0")
    root, version = find_runtime()
    properties = {
        # Nothing here needs ICU, and a machine without it would not start .NET at all.
        "System.Globalization.Invariant": "true",
        # One thread less; a peer makes no garbage worth a background collection.
        "System.GC.Concurrent": "false",
        # pythonnet comes without native code, and this compiles it in half the time. Since .NET 5 it is so by itself.
        "System.Runtime.TieredCompilation.QuickJitForLoops": "true",
    }
    start_pythonnet(CoreClr(root / "shared" / FRAMEWORK / version, [python_assembly()], properties))
    import clr

    clr.AddReference("System.IO.MemoryMappedFiles")
    clr.AddReference(str(assembly.resolve()))


def start_pythonnet(runtime: CoreClr) -> None:
    """What pythonnet's own `load` does, but for clr_loader and cffi, whose import alone takes longer than all of this."""
    # Without the name of Python's DLL pythonnet looks for each of Python's 500 functions in every module of the process,
    # and asks Windows for the list of modules each time. Under Wine that alone takes seconds.
    library = f"python{sys.version_info.major}{sys.version_info.minor}.dll" if sys.platform == "win32" else ""
    if runtime.component(PYTHON_ASSEMBLY, "Python.Runtime.Loader", "Initialize")(library.encode()) != 0:
        raise LookupError(f"pythonnet does not start: {PYTHON_ASSEMBLY} refuses to")
    atexit.register(lambda: runtime.component(PYTHON_ASSEMBLY, "Python.Runtime.Loader", "Shutdown")(b"full_shutdown"))


def python_assembly() -> Path:
    """The assembly in which all of pythonnet is."""
    spec = importlib.util.find_spec("pythonnet")
    if spec is None or spec.origin is None:
        raise LookupError("the Python module pythonnet is not installed")
    return Path(spec.origin).parent / "runtime" / f"{PYTHON_ASSEMBLY}.dll"
