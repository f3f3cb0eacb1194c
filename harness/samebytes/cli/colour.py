"""Whether output is coloured: as --color, NO_COLOR and FORCE_COLOR say (no-color.org, force-color.org), or else on a terminal that can."""

from __future__ import annotations

import os
from typing import TextIO

__all__ = ["WHEN", "choose_colour", "coloured"]

WHEN = ("auto", "always", "never")
_chosen = "auto"


def choose_colour(when: str) -> None:
    """Set for this process what --color says."""
    global _chosen
    _chosen = when


def coloured(stream: TextIO) -> bool:
    """Return whether a stream gets colours."""
    if _chosen != "auto":
        return _chosen == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return os.environ["FORCE_COLOR"] != "0"
    return os.environ.get("TERM") != "dumb" and stream.isatty()
