"""CoreCLR in this process, through the functions that its library exports for hosts (`coreclrhost.h`)."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from ctypes import POINTER, byref, c_char_p, c_int, c_uint, c_void_p
from pathlib import Path

from dotnets import LIBRARY

COMPONENT = ctypes.CFUNCTYPE(c_int, c_char_p, c_int)


class CoreClr:
    """A runtime, started from a framework's folder; there is one in a process, and it lives as long as that.

    .NET's own launcher (hostfxr) reads a configuration and finds the same folder. Under Wine that, and the libraries to
    call it from Python, take longer than the runtime.
    """

    def __init__(self, framework: Path, assemblies: Iterable[Path], properties: Mapping[str, str]) -> None:
        """`assemblies` are found by their names, as the framework's own are. LookupError if .NET does not start."""
        self._library = _library(framework / LIBRARY)
        given = {
            "TRUSTED_PLATFORM_ASSEMBLIES": os.pathsep.join(map(str, [*framework.glob("*.dll"), *assemblies])),
            # Where the framework's own native parts lie.
            "NATIVE_DLL_SEARCH_DIRECTORIES": f"{framework}{os.sep}",
            **properties,
        }
        self._host, self._domain = c_void_p(), c_uint()
        keys, values = _strings(given.keys()), _strings(given.values())
        program = sys.executable.encode()
        host, domain = byref(self._host), byref(self._domain)
        _check(self._library.coreclr_initialize(program, b"samebytes", len(given), keys, values, host, domain))

    def component(self, assembly: str, type_: str, method: str) -> Callable[[bytes], int]:
        """Return a static method of the shape `int Method(IntPtr data, int size)`."""
        address = c_void_p()
        names = assembly.encode(), type_.encode(), method.encode()
        _check(self._library.coreclr_create_delegate(self._host, self._domain, *names, byref(address)))
        call = COMPONENT(address.value)
        return lambda data: call(data, len(data))


def _library(path: Path) -> ctypes.CDLL:
    try:
        library = ctypes.CDLL(str(path))
    except OSError as error:
        raise LookupError(f"{path} cannot be loaded: {error}") from error
    library.coreclr_initialize.argtypes = [
        c_char_p, c_char_p, c_int, POINTER(c_char_p), POINTER(c_char_p), POINTER(c_void_p), POINTER(c_uint),
    ]  # fmt: skip
    library.coreclr_create_delegate.argtypes = [c_void_p, c_uint, c_char_p, c_char_p, c_char_p, POINTER(c_void_p)]
    return library


def _strings(texts: Iterable[str]) -> ctypes.Array[c_char_p]:
    encoded = [text.encode() for text in texts]
    return (c_char_p * len(encoded))(*encoded)


def _check(status: int) -> None:
    if status < 0:
        raise LookupError(f".NET does not start: error 0x{status & 0xFFFFFFFF:08x}")
