"""Run `samebytes matrix` from a fresh checkout: python3 ci/matrix.py [--toolchains] [arguments of samebytes matrix].

Makes an environment of its own in `.samebytes/`, installs the checkout into it, and runs. `--toolchains` first installs
compilers, mono and Wine (as root, on Debian and Ubuntu). Exit codes are those of `samebytes matrix`; 3 when the
environment cannot be made.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older one should read this line, not a traceback
    sys.exit(f"ci/matrix.py needs Python 3.11 or newer; {sys.executable} is {sys.version.split()[0]}")

import environment
import toolchains


def main(arguments: list[str]) -> int:
    """Prepare, then become `samebytes matrix`."""
    if "--toolchains" in arguments:
        arguments = [word for word in arguments if word != "--toolchains"]
        toolchains.install()
    env = environment.prepare(["clr", *environment.compiler_extra()])
    return environment.become([str(env.script("samebytes")), "matrix", *arguments])


if __name__ == "__main__":
    environment.guarded(lambda: main(sys.argv[1:]))
