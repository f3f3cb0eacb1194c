"""`samebytes` and `python -m samebytes`: what is left of the command line when it is interrupted before it has begun."""

from __future__ import annotations

import sys

__all__ = ["main"]

INTERRUPTED = 130
"""As in cli/main.py, which is not imported yet."""


def main() -> int:
    """Run the command line and return its exit code."""
    try:
        from samebytes.cli.main import main as run
    except KeyboardInterrupt:
        print("samebytes: interrupted before anything was started", file=sys.stderr)
        return INTERRUPTED
    return run()


if __name__ == "__main__":
    sys.exit(main())
