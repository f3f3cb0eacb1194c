"""How what is found of a running producer gets into its run: a failure ends the looking, a difference does not."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from typing import NoReturn

from samebytes.checks.producers.producer import Producer
from samebytes.checks.producers.program import Running
from samebytes.checks.result import Run, Stage, Verdict

__all__ = ["DecidedError", "Findings", "how_it_ended"]


class DecidedError(Exception):
    """The verdict is known; there is nothing more to look at."""


@dataclass
class Findings:
    """The run of a producer that is looked at."""

    producer: Producer
    running: Running
    run: Run

    def ended(self, stage: Stage, when: str) -> NoReturn:
        """Fail because the program is gone, and should not be."""
        self.running.settle()
        self.fail(Verdict.CRASHED, stage, f"{how_it_ended(self.running.status)} {when}")

    def fail(self, verdict: Verdict, stage: Stage, message: str) -> NoReturn:
        """Record a failure, with what the program printed, and raise DecidedError."""
        self.run.fail(verdict, stage, message, self.running.evidence)
        raise DecidedError

    def cause(self, words: str) -> None:
        """Add what explains what was found; nothing if the words are empty."""
        if words:
            self.run.cause = f"{self.producer.name}: {words}"


def how_it_ended(status: int | None) -> str:
    """Return an exit status in words."""
    if status is None:
        return "went to the background"
    if status >= 0:
        return f"exited with {status}"
    if os.name != "nt":
        with suppress(ValueError):
            return f"was ended by {signal.Signals(-status).name}"
    return f"was ended by signal {-status}"
