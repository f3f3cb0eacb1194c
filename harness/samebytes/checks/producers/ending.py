"""How a producer ends, asked to or killed, and what is left of it then: its name, its processes."""

from __future__ import annotations

import os
from dataclasses import dataclass

from samebytes.checks.data.testbed import soon
from samebytes.checks.producers.findings import how_it_ended
from samebytes.checks.producers.producer import Producer, Stop
from samebytes.checks.producers.program import FLOOD, Running
from samebytes.checks.producers.segment_reader import SegmentReader
from samebytes.checks.producers.traces import holders
from samebytes.checks.result import Run, Stage, Verdict
from samebytes.peers.proc import program

__all__ = ["Ending"]

CRASHES = ("SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGFPE")
MIB = 1 << 20


@dataclass
class Ending:
    """The end of one run of a producer; `judge` ends it and fills `run`."""

    producer: Producer
    realm: str
    segment_reader: SegmentReader
    running: Running
    name: str
    stop: Stop
    run: Run

    @property
    def stage(self) -> Stage:
        """Return which stage this is about."""
        return Stage.KILL if self.stop.how == "kill" else Stage.CLOSE

    @property
    def _asked(self) -> str:
        return self.stop.words(self.realm)

    def judge(self) -> None:
        """Ask it to end, wait, kill it if it does not; then look at what is left."""
        printed, age = self.running.printed, max(self.running.age, 0.001)
        if printed > FLOOD:
            self.run.notes.append(f"printed {printed // MIB} MiB in {age:.1f} s, which nobody reads")
        self.running.ask(self.stop)
        if not self.running.wait(self.producer.deadline):
            seconds = f"{self.producer.deadline:g} s"
            words = f"still runs {seconds} after {self._asked}; it was killed"
            self.run.fail(Verdict.HUNG, self.stage, words, self.running.evidence)
            return
        self._status()
        soon(lambda: not self.running.others())  # helpers of it may take a moment to see that it is gone, and clean up
        self._name()
        self._processes()

    def _status(self) -> None:
        words = how_it_ended(self.running.status)
        if self.stop.how != "kill" and words.rpartition(" ")[2] in CRASHES:
            self.running.settle()
            self._fail(Verdict.CRASHED, f"{words} when it got {self._asked}")
        elif (self.running.status or 0) > 0 and os.name != "nt":
            self.run.notes.append(f"{words} when it got {self._asked}")

    def _name(self) -> None:
        """Check that the name dies with its last holder, where the system sees to that; a raw one only if somebody removes it."""
        stays = self.producer.name_stays
        raw, killed = self.name.startswith("/"), self.stop.how == "kill"
        # Nobody takes a raw name away but the program itself, which has ended.
        gone = (
            not self.segment_reader.exists(self.name)
            if raw or stays
            else soon(lambda: not self.segment_reader.exists(self.name))
        )
        if stays and gone:
            self._fail(Verdict.DIFFERS, f"{self.name!r} is gone with the program, and was meant to stay")
        elif not stays and not gone:
            if raw and killed and stays is None:
                self.run.notes.append(
                    f"the name {self.name!r} outlives its creator when that is killed, as a raw POSIX object does: "
                    "who starts next finds it, with its old bytes; unlink it before creating, or use a managed name"
                )
            else:
                self._fail(Verdict.LEAKED, self._left(raw))

    def _left(self, raw: bool) -> str:
        after = "it was killed" if self.stop.how == "kill" else f"it ended ({self._asked})"
        words = f"the name {self.name!r} is still there after {after}"
        held = holders(self.name)
        if held:
            return f"{words}, held by {', '.join(held)}"
        return f"{words}: nobody holds it, and nobody called shm_unlink" if raw else words

    def _processes(self) -> None:
        left = self.running.others()
        if left:
            names = ", ".join(f"{pid} ({program(pid)})" for pid in left)
            count = f"{len(left)} process{'es' if len(left) > 1 else ''}"
            self._fail(Verdict.LEAKED, f"left {count} running: {names}")

    def _fail(self, verdict: Verdict, message: str) -> None:
        """Record a failure; of several the first decides the verdict, and all are told."""
        if self.run.verdict is Verdict.AGREED:
            self.run.fail(verdict, self.stage, message, self.running.evidence)
        else:
            self.run.message = "\n".join((self.run.message, message))
