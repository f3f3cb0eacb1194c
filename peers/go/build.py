"""Build the Go program: `build.py GOOS GOARCH OUT PROGRAM`. OUT has the generated probe, which joins the sources here as if it stood there.

Go is told by its environment where it may write; the cache of what it compiled stands beside the builds and is shared by them.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

_SOURCES = Path(__file__).resolve().parent
_PLACE = re.compile(r"^(?:\./)?(\S+\.go:\d+:\d+): ", re.MULTILINE)


def _environment(system: str, machine: str, out: Path) -> dict[str, str]:
    """Return this process's environment with all that Go would otherwise take from its user's settings."""
    cache = out.parent.parent / "go-build"
    return {
        **os.environ, "GOOS": system, "GOARCH": machine, "CGO_ENABLED": "0", "GOENV": "off", "GOFLAGS": "-mod=mod", "GO111MODULE": "on",
        "GOWORK": "off", "GOPROXY": "off", "GOTOOLCHAIN": "local", "GOCACHE": str(cache), "GOTMPDIR": str(out),
    }  # fmt: skip


def main(system: str, machine: str, out: Path, program: str) -> int:
    """Build for that system and machine. Return go's status; its complaints are printed as `file:line:column: error: words`."""
    overlay = out / "overlay.json"
    overlay.write_text(json.dumps({"Replace": {str(_SOURCES / "probe.go"): str(out / "probe.go")}}), "utf-8")
    command = [
        "go", "build", "-buildvcs=false", "-ldflags=-s -w", "-gcflags=-e", f"-overlay={overlay}",
        "-o", str(out / program), ".",
    ]  # fmt: skip
    done = subprocess.run(
        command, cwd=_SOURCES, env=_environment(system, machine, out), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, encoding="utf-8", errors="replace", check=False,
    )  # fmt: skip
    print(_PLACE.sub(r"\1: error: ", done.stdout), end="")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3]), sys.argv[4]))
