"""Run tests of this checkout on CPython for Windows under Wine: python ci/wine_tests.py [arguments of pytest].

Without arguments: tests/mapping. Run by the environment's Python, in which samebytes is installed; test.py does that.
The exit code is pytest's; 77 where there is no Wine.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import threading
from pathlib import Path

from samebytes.errors import SamebytesError
from samebytes.peers.reaper import Reaper
from samebytes.peers.wine import WineRealm

__all__ = ["run_tests"]

CHECKOUT = Path(__file__).resolve().parent.parent
REQUIREMENTS = Path(__file__).with_name("requirements-windows-tests.txt")
BOOTSTRAP = Path(__file__).with_name("windows_pytest.py")
DEADLINE_SECONDS = 1800
SKIPPED, MISSING = 77, 3


def _say(line: str) -> None:
    print(f"ci: {line}", file=sys.stderr, flush=True)


def run_tests(realm: WineRealm, arguments: list[str]) -> int:
    """Run pytest in a prepared realm, its output passed through; pytest's exit code, or that of being killed at the deadline."""
    realm.install(REQUIREMENTS, _say)
    with tempfile.TemporaryDirectory(prefix="samebytes-wine-tests-") as scratch, Reaper() as reaper:
        # Windows CPython under Wine needs pipes for all its standard streams.
        options = ["-p", "no:cacheprovider", f"--basetemp={realm.path(Path(scratch, 'pytest'))}"]
        command = realm.command([*realm.python(), realm.path(BOOTSTRAP), *options, *arguments])
        child = subprocess.Popen(
            command, env=dict(realm.environment()), cwd=CHECKOUT,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip
        reaper.watch(child.pid)
        return _finish(child)


def _finish(child: subprocess.Popen[bytes]) -> int:
    """Pass the output on until the child ends; it is killed at the deadline, or when we are interrupted."""
    alarm = threading.Timer(DEADLINE_SECONDS, child.kill)
    alarm.start()
    try:
        with child:
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.close()
            for line in child.stdout:
                sys.stdout.buffer.write(line.replace(b"\r\n", b"\n"))
                sys.stdout.buffer.flush()
            return child.wait()
    finally:
        alarm.cancel()
        child.kill()


def main(arguments: list[str]) -> int:
    """Prepare Wine, run, clean up."""
    realm = WineRealm()
    state = realm.availability()
    if not state.ready:
        _say(f"no tests under Wine: {state.detail}; add it: {state.add}")
        return SKIPPED
    try:
        realm.prepare(_say)
        return run_tests(realm, arguments or ["tests/mapping"])
    except SamebytesError as error:
        _say(str(error))
        return MISSING
    finally:
        realm.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
