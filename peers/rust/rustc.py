"""Run rustc as cargo would: `python rustc.py OUT COMPILER ARGUMENT…`, with OUT_DIR and RUSTC_VERSION in its environment.

An assertion that fails is an error in the words of its message: rustc before 1.70 says first that a constant could not be evaluated.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys


def main(out: str, *command: str) -> int:
    """Return how the compiler ended."""
    version = subprocess.run([command[0], "--version"], capture_output=True, text=True, check=True).stdout
    environment = {**os.environ, "OUT_DIR": out, "RUSTC_VERSION": " ".join(version.split()[:2])}
    done = subprocess.run(command, env=environment, stderr=subprocess.PIPE, text=True, check=False)
    for words in re.findall(r"panicked at '(.*?)', ", done.stderr):
        print("error:", words, file=sys.stderr)
    print(done.stderr, end="", file=sys.stderr)
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
