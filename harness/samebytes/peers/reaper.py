"""Who cleans up when the harness dies without having done so itself: a process on Linux, a job object on Windows."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from samebytes.peers.reaper_windows import JobReaper as Reaper
else:
    from samebytes.peers.reaper_process import ProcessReaper as Reaper

__all__ = ["Reaper"]
