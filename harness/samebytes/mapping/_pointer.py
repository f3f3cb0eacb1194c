"""The address of a buffer, read-only ones included (ctypes' own `from_buffer` takes only writable ones)."""

from __future__ import annotations

import ctypes

__all__ = ["address_of"]


class _PyBuffer(ctypes.Structure):
    """CPython's Py_buffer, which is part of the stable ABI since 3.11."""

    _fields_ = (
        ("buf", ctypes.c_void_p),
        ("obj", ctypes.c_void_p),
        ("len", ctypes.c_ssize_t),
        ("itemsize", ctypes.c_ssize_t),
        ("readonly", ctypes.c_int),
        ("ndim", ctypes.c_int),
        ("format", ctypes.c_void_p),
        ("shape", ctypes.c_void_p),
        ("strides", ctypes.c_void_p),
        ("suboffsets", ctypes.c_void_p),
        ("internal", ctypes.c_void_p),
    )


_get = ctypes.pythonapi.PyObject_GetBuffer
_get.argtypes = (ctypes.py_object, ctypes.POINTER(_PyBuffer), ctypes.c_int)
_get.restype = ctypes.c_int
_release = ctypes.pythonapi.PyBuffer_Release
_release.argtypes = (ctypes.POINTER(_PyBuffer),)
_release.restype = None


def address_of(buffer: memoryview) -> int:
    """Return where the buffer's first byte lies; valid as long as the memory is."""
    view = _PyBuffer()
    _get(buffer, ctypes.byref(view), 0)  # PyBUF_SIMPLE; a failure raises, as for every call through pythonapi
    address = view.buf or 0
    _release(ctypes.byref(view))
    return address
