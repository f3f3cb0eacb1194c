"""Repro: the one command that runs a cell again."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Sequence

from samebytes.checks.data.values import seed_of
from samebytes.checks.result import Result

__all__ = ["command_line", "repro_of"]


def repro_of(result: Result, given: Sequence[str] = ()) -> str:
    """Return the command line, quoted for this system's shell. `given`: options of the run that change what the cell is."""
    peers = [word for peer in dict.fromkeys((result.producer, result.consumer)) for word in ("--peer", peer)]
    by_option = {"data": ["--layout", result.program], "lifecycle": ["--scenario", result.program]}
    drawn = [str(seed) for run in result.runs if (seed := seed_of(run.values))]
    given = [*given, "--seed", drawn[0]] if drawn else given
    subject = by_option.get(result.check, ["--check", result.check])
    words = ["samebytes", "matrix", *given, *peers, "--realm", result.realm, *subject, "-k", result.identity]
    return command_line(words)


def command_line(words: Sequence[str]) -> str:
    """Join words as one types them, quoted for this system's shell."""
    return subprocess.list2cmdline(words) if os.name == "nt" else shlex.join(words)
