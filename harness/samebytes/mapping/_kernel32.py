"""The calls of kernel32 that sections need, with their types declared: handles and pointers are 64 bits wide."""

from __future__ import annotations

import ctypes
import sys
from ctypes import wintypes

assert sys.platform == "win32"  # a type checker for the other system stops here

__all__ = [
    "ERROR_ACCESS_DENIED",
    "ERROR_ALREADY_EXISTS",
    "ERROR_FILE_NOT_FOUND",
    "ERROR_INVALID_HANDLE",
    "ERROR_INVALID_PARAMETER",
    "FILE_MAP_EXECUTE",
    "GRANULARITY",
    "INVALID_HANDLE_VALUE",
    "MEM_COMMIT",
    "MEM_RESERVE",
    "MemoryBasicInformation",
    "close_handle",
    "create_file_mapping",
    "current_process",
    "duplicate_handle",
    "flush_view_of_file",
    "get_last_error",
    "map_view_of_file",
    "open_file_mapping",
    "set_last_error",
    "unmap_view_of_file",
    "virtual_alloc",
    "virtual_query",
]

# winerror.h
ERROR_FILE_NOT_FOUND = 2
ERROR_ACCESS_DENIED = 5
ERROR_INVALID_HANDLE = 6
ERROR_INVALID_PARAMETER = 87
ERROR_ALREADY_EXISTS = 183

# memoryapi.h, winnt.h
INVALID_HANDLE_VALUE = wintypes.HANDLE(-1).value
FILE_MAP_EXECUTE = 0x20
MEM_COMMIT = 0x1000
MEM_RESERVE = 0x2000

GRANULARITY = 0x10000
"""Bytes to which the offset of a mapped view is rounded: dwAllocationGranularity, 64 KiB on every Windows there is."""

_kernel32 = ctypes.WinDLL("kernel32", use_last_error=True)

get_last_error = ctypes.get_last_error
set_last_error = ctypes.set_last_error


class MemoryBasicInformation(ctypes.Structure):
    """winnt.h's MEMORY_BASIC_INFORMATION on 64 bits."""

    _fields_ = (
        ("base", ctypes.c_void_p),
        ("allocation_base", ctypes.c_void_p),
        ("allocation_protect", wintypes.DWORD),
        ("partition", wintypes.WORD),
        ("region_size", ctypes.c_size_t),
        ("state", wintypes.DWORD),
        ("protect", wintypes.DWORD),
        ("type", wintypes.DWORD),
    )


create_file_mapping = _kernel32.CreateFileMappingW
create_file_mapping.argtypes = (
    wintypes.HANDLE,
    wintypes.LPVOID,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.DWORD,
    wintypes.LPCWSTR,
)
create_file_mapping.restype = wintypes.HANDLE

open_file_mapping = _kernel32.OpenFileMappingW
open_file_mapping.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.LPCWSTR)
open_file_mapping.restype = wintypes.HANDLE

map_view_of_file = _kernel32.MapViewOfFile
map_view_of_file.argtypes = (wintypes.HANDLE, wintypes.DWORD, wintypes.DWORD, wintypes.DWORD, ctypes.c_size_t)
map_view_of_file.restype = wintypes.LPVOID

unmap_view_of_file = _kernel32.UnmapViewOfFile
unmap_view_of_file.argtypes = (wintypes.LPCVOID,)
unmap_view_of_file.restype = wintypes.BOOL

flush_view_of_file = _kernel32.FlushViewOfFile
flush_view_of_file.argtypes = (wintypes.LPCVOID, ctypes.c_size_t)
flush_view_of_file.restype = wintypes.BOOL

virtual_query = _kernel32.VirtualQuery
virtual_query.argtypes = (wintypes.LPCVOID, ctypes.POINTER(MemoryBasicInformation), ctypes.c_size_t)
virtual_query.restype = ctypes.c_size_t

virtual_alloc = _kernel32.VirtualAlloc
virtual_alloc.argtypes = (wintypes.LPVOID, ctypes.c_size_t, wintypes.DWORD, wintypes.DWORD)
virtual_alloc.restype = wintypes.LPVOID

current_process = _kernel32.GetCurrentProcess
current_process.argtypes = ()
current_process.restype = wintypes.HANDLE

duplicate_handle = _kernel32.DuplicateHandle
duplicate_handle.argtypes = (
    wintypes.HANDLE,
    wintypes.HANDLE,
    wintypes.HANDLE,
    ctypes.POINTER(wintypes.HANDLE),
    wintypes.DWORD,
    wintypes.BOOL,
    wintypes.DWORD,
)
duplicate_handle.restype = wintypes.BOOL

close_handle = _kernel32.CloseHandle
close_handle.argtypes = (wintypes.HANDLE,)
close_handle.restype = wintypes.BOOL
