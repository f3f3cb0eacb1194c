"""This system's way to make segments. What it must have is written down here once, for both."""

from __future__ import annotations

import sys

if sys.platform == "win32":
    from ._windows import Segment, create_new, create_or_open, open_existing
    from ._windows_view import Mapping
elif sys.platform == "linux":
    from ._linux import Segment, create_new, create_or_open, open_existing
    from ._linux_view import Mapping
else:
    raise ImportError("named shared memory with Windows' lifetime is there on Windows and on Linux only")

__all__ = ["Mapping", "Segment", "create_new", "create_or_open", "open_existing"]
