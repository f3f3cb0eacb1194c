"""Who cleans up when the harness dies without having done so itself: a process on Linux, a job object on Windows."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from samebytes.peers.warden_windows import JobWarden as Warden
else:
    from samebytes.peers.warden_process import ProcessWarden as Warden

__all__ = ["Warden"]
