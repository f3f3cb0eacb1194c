"""The reaper on Windows: a job object that kills its processes when the last handle on it is closed, as death does."""

from __future__ import annotations

import ctypes
import sys
import threading
from ctypes import wintypes
from pathlib import Path

__all__ = ["JobReaper"]

assert sys.platform == "win32"

# winnt.h; https://learn.microsoft.com/windows/win32/procthread/job-objects
_EXTENDED_LIMIT_INFORMATION = 9
_KILL_ON_JOB_CLOSE = 0x2000
# AssignProcessToJobObject asks for these two rights on the process.
_SET_QUOTA_AND_TERMINATE = 0x0100 | 0x0001


class _BasicLimits(ctypes.Structure):
    """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

    _fields_ = (
        ("PerProcessUserTimeLimit", wintypes.LARGE_INTEGER),
        ("PerJobUserTimeLimit", wintypes.LARGE_INTEGER),
        ("LimitFlags", wintypes.DWORD),
        ("MinimumWorkingSetSize", ctypes.c_size_t),
        ("MaximumWorkingSetSize", ctypes.c_size_t),
        ("ActiveProcessLimit", wintypes.DWORD),
        ("Affinity", ctypes.c_size_t),
        ("PriorityClass", wintypes.DWORD),
        ("SchedulingClass", wintypes.DWORD),
    )


class _ExtendedLimits(ctypes.Structure):
    """JOBOBJECT_EXTENDED_LIMIT_INFORMATION, with its IO_COUNTERS as six plain integers."""

    _fields_ = (
        ("BasicLimitInformation", _BasicLimits),
        ("IoInfo", ctypes.c_uint64 * 6),
        ("ProcessMemoryLimit", ctypes.c_size_t),
        ("JobMemoryLimit", ctypes.c_size_t),
        ("PeakProcessMemoryUsed", ctypes.c_size_t),
        ("PeakJobMemoryUsed", ctypes.c_size_t),
    )


class JobReaper:
    """Thread-safe. Processes that watched processes start belong to the job as well.

    That it cannot watch is not an error: it is needed only after a disaster.
    """

    def __init__(self) -> None:
        self._job: int | None = None
        self._lock = threading.Lock()

    def __enter__(self) -> JobReaper:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.bye()

    def start(self) -> None:
        """Make the job; harmless when there is one. Its handle is not inherited, so only our death closes it."""
        with self._lock:
            if self._job is None:
                self._job = _kernel32().CreateJobObjectW(None, None) or None
                self._limit(_KILL_ON_JOB_CLOSE)

    def watch(self, pid: int) -> None:
        """Kill this child of ours, not yet waited for, should we die."""
        kernel32 = _kernel32()
        process = kernel32.OpenProcess(_SET_QUOTA_AND_TERMINATE, False, pid)
        if process:
            with self._lock:
                if self._job is not None:
                    kernel32.AssignProcessToJobObject(self._job, process)
            kernel32.CloseHandle(process)

    def ended(self, pid: int) -> None:
        """Do nothing: a job forgets a process that ended."""

    def wine(self, prefix: Path) -> None:
        """Do nothing: there is no Wine here."""

    def unwine(self) -> None:
        """Do nothing: there is no Wine here."""

    def remove(self, directory: Path) -> None:
        """Do nothing: a job removes nothing, and Windows keeps temporary files for Storage Sense."""

    def bye(self) -> None:
        """Let go of the job without killing what is in it; idempotent."""
        with self._lock:
            self._limit(0)
            job, self._job = self._job, None
        if job is not None:
            _kernel32().CloseHandle(job)

    def _limit(self, flags: int) -> None:
        if self._job is not None:
            limits = _ExtendedLimits()
            limits.BasicLimitInformation.LimitFlags = flags
            size = ctypes.sizeof(limits)
            _kernel32().SetInformationJobObject(self._job, _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), size)


def _kernel32() -> ctypes.WinDLL:
    library = ctypes.WinDLL("kernel32", use_last_error=True)
    library.CreateJobObjectW.argtypes = (ctypes.c_void_p, wintypes.LPCWSTR)
    library.CreateJobObjectW.restype = wintypes.HANDLE
    library.SetInformationJobObject.argtypes = (wintypes.HANDLE, ctypes.c_int, ctypes.c_void_p, wintypes.DWORD)
    library.SetInformationJobObject.restype = wintypes.BOOL
    library.OpenProcess.argtypes = (wintypes.DWORD, wintypes.BOOL, wintypes.DWORD)
    library.OpenProcess.restype = wintypes.HANDLE
    library.AssignProcessToJobObject.argtypes = (wintypes.HANDLE, wintypes.HANDLE)
    library.AssignProcessToJobObject.restype = wintypes.BOOL
    library.CloseHandle.argtypes = (wintypes.HANDLE,)
    library.CloseHandle.restype = wintypes.BOOL
    return library
