"""Does what a page of documentation tells its reader to do: writes its files, makes its changes, runs its commands.

A block whose first line is a comment with a path is that file (`, at the end`: what is added to it); a `diff` block is a change of the
file it names; a `console` block has commands, and what they print below them: `^C` there is where the
reader presses it, `kill %1` ends what a `&` started.
"""

from __future__ import annotations

import ctypes
import os
import re
import shlex
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"^(?:/\*|//|#) ([\w.-]+(?:/[\w.-]+)*)(, at the end)?(?: \*/)?\n")
INTERRUPT = "^C"
SECONDS = 500
PR_SET_PDEATHSIG = 1
"""As <linux/prctl.h> has it."""


class Ran(NamedTuple):
    """A command of the page, what it says comes of it, and what did."""

    command: str
    expected: list[str]
    wanted: int
    """The exit code that the page shows with `echo $?`, else 0."""
    status: int
    out: str
    err: str


class Walkthrough:
    """A page, followed in a folder. Use as a context manager: what it started in the background ends with it.

    `scripts` is the folder with the `samebytes` command; that of this interpreter's environment, if left out.
    """

    def __init__(self, page: str, folder: Path, scripts: Path | None = None) -> None:
        self._page, self.folder = page, folder
        path = os.pathsep.join([str(scripts or Path(sys.executable).parent), os.environ["PATH"]])
        self._environment = {**os.environ, "PATH": path, "CI": ""}
        self._background: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> Walkthrough:
        return self

    def __exit__(self, *_: object) -> None:
        self._end()

    def _end(self) -> None:
        for process in self._background:
            process.terminate()
            process.wait(SECONDS)
        self._background.clear()

    def follow(self, wanted: Callable[[str], bool] = lambda _command: True, until: str = "") -> Iterator[Ran]:
        """Go through the page, as far as a heading that begins with `until`; run the commands that are wanted."""
        page = self._page.partition(f"\n## {until}")[0] if until else self._page
        assert page != self._page or not until, f"the page has no heading {until!r}"
        for kind, text in BLOCK.findall(page):
            file = FILE.match(text)
            if kind == "console":
                yield from self._console(text, wanted)
            elif kind == "diff":
                self._change(text)
            elif file is not None:
                self._write(file[1], text if not file[2] else "\n" + text[file.end() :], "a" if file[2] else "w")

    def _write(self, name: str, text: str, mode: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open(mode, encoding="utf-8", newline="\n") as file:
            file.write(text)

    def _change(self, text: str) -> None:
        head, *lines = text.splitlines(keepends=True)
        path = self.folder / head.removeprefix("--- ").strip()
        old, new = ("".join(line[1:] for line in lines if line[0] in signs) for signs in (" -", " +"))
        before = path.read_text("utf-8")
        assert before.count(old) == 1, f"{path.name} has not one\n{old}"
        path.write_text(before.replace(old, new), "utf-8", newline="\n")

    def _console(self, text: str, wanted: Callable[[str], bool]) -> Iterator[Ran]:
        parts = [part.splitlines() for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]]
        for index, (command, *expected) in enumerate(parts):
            after = parts[index + 1] if index + 1 < len(parts) else [""]
            if command == "echo $?" or not wanted(command):
                continue
            if command.endswith(" &"):
                self._start(command.removesuffix(" &"))
                continue
            if command == "kill %1":
                self._end()
                continue
            done = self._interrupt(command, expected) if INTERRUPT in expected else self.run(command)
            status = int(after[1]) if after[0] == "echo $?" else 0
            expected = [line for line in expected if line != INTERRUPT]
            yield Ran(command, expected, status, done.returncode, done.stdout, done.stderr)

    def _start(self, command: str) -> None:
        quiet = subprocess.DEVNULL
        self._background.append(
            subprocess.Popen(
                shlex.split(command), cwd=self.folder, env=self._environment, stdin=quiet, stdout=quiet,
                preexec_fn=_end_with_parent,
            )
        )  # fmt: skip

    def _interrupt(self, command: str, expected: list[str]) -> subprocess.CompletedProcess[str]:
        """Run a command until it has printed what stands in front of the `^C`, and press Ctrl-C then."""
        words, pipe = shlex.split(command), subprocess.PIPE
        before = expected[: expected.index(INTERRUPT)]
        with subprocess.Popen(
            words, cwd=self.folder, env=self._environment, stdout=pipe, stderr=pipe, encoding="utf-8",
            preexec_fn=_end_with_parent,
        ) as process:  # fmt: skip
            assert process.stdout is not None
            printed, deadline = "", threading.Timer(SECONDS, process.kill)
            deadline.start()
            for line in process.stdout:
                printed += line
                if matches(before, printed):
                    break
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate()
            deadline.cancel()
        return subprocess.CompletedProcess(words, process.returncode, printed + rest, errors)

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """Run a command as the page's reader would, in its folder; output as text, line ends as they are."""
        return subprocess.run(
            shlex.split(command),
            capture_output=True,
            encoding="utf-8",
            timeout=SECONDS,
            cwd=self.folder,
            env=self._environment,
            check=False,
        )


def _end_with_parent() -> None:
    """SIGTERM for the program that is about to start when its parent dies, however that does: what it shares goes with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def matches(expected: list[str], printed: str) -> bool:
    """Every expected line stands in the output, in order; `…` stands for anything."""
    lines = iter(printed.splitlines())
    for wanted in expected:
        pattern = ".*".join(re.escape(part) for part in wanted.rstrip().split("…"))
        if wanted.strip() != "…" and not any(re.fullmatch(pattern, line.rstrip()) for line in lines):
            return False
    return True
