"""Loading .NET, and pythonnet with it, into this process."""

from __future__ import annotations

import atexit
import ctypes
import importlib.util
import os
import sys
from pathlib import Path

from coreclr import CoreClr
from dotnets import Runtime, find_runtime

PYTHON_ASSEMBLY = "Python.Runtime"
WINE_HELPER = Path(__file__).resolve().parent / "wine" / "mscoree.dll"


def load_runtime(assembly: Path, wanted: str = "") -> None:
    """Start .NET, of the version `wanted` if that is given, and make the assembly's namespace importable.

    LookupError if that cannot be done.
    """
    start_runtime(wanted)
    import clr

    clr.AddReference("System.IO.MemoryMappedFiles")
    clr.AddReference(str(assembly.resolve()))


def start_runtime(wanted: str = "") -> None:
    """Start CoreCLR in this process, and pythonnet in it. LookupError if there is none of that version, or it does not start."""
    # The debugger's pipes in the temporary directory would outlive a process that is killed.
    for prefix in ("COMPlus", "DOTNET"):
        os.environ.setdefault(f"{prefix}_EnableDiagnostics", "0")
    bridge, runtime = python_assembly(), find_runtime(wanted)
    properties = {
        # Nothing here needs ICU, and a machine without it would not start .NET at all.
        "System.Globalization.Invariant": "true",
        # One thread less; a peer makes no garbage worth a background collection.
        "System.GC.Concurrent": "false",
        # pythonnet comes without native code, and this compiles it in half the time. Since .NET 5 it is so by itself.
        "System.Runtime.TieredCompilation.QuickJitForLoops": "true",
    }
    help_wine(runtime)
    start_pythonnet(CoreClr(runtime.framework, [bridge], properties))


def help_wine(runtime: Runtime) -> None:
    """Load what .NET 5 and later need under Wine; see wine/mscoree.c. Without Wine nothing is done."""
    if sys.platform == "win32" and int(runtime.version.partition(".")[0]) >= 5:
        if hasattr(ctypes.WinDLL("ntdll"), "wine_get_version"):
            ctypes.WinDLL(str(WINE_HELPER))


def running_version() -> str:
    """Return the version of the runtime in this process, in its own words: from its core library, not from its folder's name."""
    from System import Environment

    return str(Environment.Version)


def start_pythonnet(runtime: CoreClr) -> None:
    """Do what pythonnet's own `load` does, but for clr_loader and cffi, whose import alone takes longer than all of this."""
    # Without the name of Python's DLL pythonnet looks for each of Python's 500 functions in every module of the process,
    # and asks Windows for the list of modules each time. Under Wine that alone takes seconds.
    library = f"python{sys.version_info.major}{sys.version_info.minor}.dll" if sys.platform == "win32" else ""
    if runtime.component(PYTHON_ASSEMBLY, "Python.Runtime.Loader", "Initialize")(library.encode()) != 0:
        raise LookupError(f"pythonnet does not start: {PYTHON_ASSEMBLY} refuses to")
    atexit.register(lambda: runtime.component(PYTHON_ASSEMBLY, "Python.Runtime.Loader", "Shutdown")(b"full_shutdown"))


def python_assembly() -> Path:
    """Return the assembly in which all of pythonnet is."""
    spec = importlib.util.find_spec("pythonnet")
    if spec is None or spec.origin is None:
        raise LookupError("the Python module pythonnet is not installed")
    return Path(spec.origin).parent / "runtime" / f"{PYTHON_ASSEMBLY}.dll"
