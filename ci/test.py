"""Run the tests from a fresh checkout: python3 ci/test.py [--toolchains] [--all] [arguments of pytest].

Makes an environment of its own in `.samebytes/`, installs the checkout into it, and runs pytest on all cores.
`--fast` runs what needs no compiler and no second process, in a minute. `--toolchains` first installs compilers, mono and
Wine (as root, on Debian and Ubuntu). `--all`, or `CI=true` in the environment, which also tries the toolchains, adds the
linters, the mapping tests on Windows CPython under Wine, and the other Pythons through tox, one of them with its coverage.
A run that leaves anything behind has failed. The exit code is 0 if everything passed, 1 if anything failed, 3 if the
environment cannot be made.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should read this line, not a traceback
    sys.exit(f"ci/test.py needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")

import os
import subprocess
import time
from dataclasses import dataclass

import environment
import leftovers
import pythons
import toolchains

# pytest, mypy and tox know their own ends; this is for the one that hangs.
PART_SECONDS = 3600
FAST = ["tests/unit", "tests/layout", "tests/report", "--deselect=tests/report/test_browser.py"]
SKIPPED = 77
"""The exit status of a part that could not run here and said why: a convention of automake's."""


@dataclass
class Options:
    """Our own words from the command line; everything else is pytest's."""

    toolchains: bool
    everything: bool
    fast: bool
    in_ci: bool
    pytest: list[str]


def parse(arguments: list[str]) -> Options:
    """Sort the arguments: ours, and pytest's."""
    in_ci = os.environ.get("CI", "").lower() in ("1", "true", "yes")
    rest = [word for word in arguments if word not in ("--toolchains", "--all", "--fast")]
    everything, fast = in_ci or "--all" in arguments, "--fast" in arguments
    return Options("--toolchains" in arguments, everything and not fast, fast, in_ci, rest)


def install_toolchains(options: Options) -> None:
    """Asked for by name they must come; in CI, what cannot be installed is skipped by the tests, which say so."""
    if options.toolchains:
        toolchains.install(toolchains.TEST_PACKAGES)
    elif options.in_ci:
        try:
            toolchains.install(toolchains.TEST_PACKAGES)
        except toolchains.SetupError as reason:
            environment.say(str(reason))


def run(name: str, command: list[str], env: environment.Environment) -> str:
    """Run one part with its output passed through; the outcome in one word."""
    environment.say(f"{name} …")
    begin = time.monotonic()
    path = os.pathsep.join([str(env.scripts), os.environ.get("PATH", "")])
    try:
        status = environment.attend(command, path, PART_SECONDS)
        outcome = {0: "passed", SKIPPED: "skipped"}.get(status, f"failed ({status})")
    except subprocess.TimeoutExpired:
        outcome = f"failed (no end after {PART_SECONDS} s)"
    environment.say(f"{name}: {outcome}, {time.monotonic() - begin:.1f} s")
    return outcome


def parts(env: environment.Environment, options: Options) -> dict[str, list[str]]:
    """Return what to run, by name."""
    python = str(env.python)
    chosen = {"pytest": [python, "-m", "pytest", "-n", "auto", *(FAST if options.fast else []), *options.pytest]}
    if options.everything:
        chosen["ruff"] = [python, "-m", "ruff", "check"]
        chosen["ruff format"] = [python, "-m", "ruff", "format", "--check", "--quiet"]
        chosen["mypy"] = [python, "-m", "mypy"]
        chosen["Windows CPython under Wine"] = [python, str(environment.CHECKOUT / "ci/wine_tests.py")]
        for version, found in pythons.others().items():
            if found is not None:
                tox = [python, "-m", "tox", "run", "-e", version, "--discover", str(found)]
                chosen[f"Python {version}"] = tox
    return chosen


def _look(before: leftovers.Leftovers) -> str:
    """Name what the run left behind; the outcome in one word."""
    left = before.found()
    for line in left:
        environment.say(f"left behind: {line}")
    return "failed" if left else "passed"


def main(arguments: list[str]) -> int:
    """Prepare, run every part, and sum up."""
    options = parse(arguments)
    if {"-h", "--help"} & set(arguments):
        print(__doc__)
        return 0
    install_toolchains(options)
    extras = [
        "clr",
        "clang",
        "dwarf",
        "test",
        "lint",
        *(["tox"] if options.everything else []),
        *environment.compiler_extra(),
    ]
    env = environment.prepare(extras)
    before = leftovers.Leftovers()
    outcomes = {name: run(name, command, env) for name, command in parts(env, options).items()}
    if "--collect-only" not in options.pytest:  # which runs nothing, perhaps beside a run that does
        outcomes["nothing left behind"] = _look(before)
    if options.everything:
        for version in (version for version, found in pythons.others().items() if found is None):
            outcomes[f"Python {version}"] = "not found on this machine, not tested"
        for name, outcome in outcomes.items():
            environment.say(f"{name:<28} {outcome}")
    return 1 if any(outcome.startswith("failed") for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    environment.guarded(lambda: main(sys.argv[1:]))
