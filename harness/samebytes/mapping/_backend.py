"""The way this system makes segments. What it must have is written down here once, for both systems."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._windows import Segment, adopt, create_new, create_or_open, forks, open_existing, take_back
    from ._windows_list import list_all, list_segments, reap, remove
    from ._windows_view import Mapping
elif sys.platform == "linux":
    from ._linux import Segment, adopt, create_new, create_or_open, open_existing, take_back
    from ._linux_foreign import list_all, remove
    from ._linux_fork import forks
    from ._linux_list import list_segments, reap
    from ._linux_view import Mapping
else:
    raise ImportError("named shared memory with Windows' lifetime is there on Windows and on Linux only")

__all__ = [
    "Mapping",
    "Segment",
    "adopt",
    "create_new",
    "create_or_open",
    "forks",
    "list_all",
    "list_segments",
    "open_existing",
    "reap",
    "remove",
    "take_back",
]
