"""How long it takes to list 10,000 foreign objects of mixed kinds, beside the system calls that no listing could do without.

    python tests/bench/bench_segments.py [OBJECTS]

The floor looks at each file once and at each descriptor and mapping of each process once, and keeps nothing.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "harness"))

from samebytes.mapping import list_segments

ROUNDS = 7
MEMFDS, SYSV, FILES_OF_PYTHON = 500, 500, 1000


def floor(folder: Path) -> None:
    """Look at everything, and keep nothing."""
    with os.scandir(folder) as entries:
        for entry in entries:
            entry.stat(follow_symlinks=False)
    Path("/proc/sysvipc/shm").read_bytes()
    Path("/proc/locks").read_bytes()
    for process in filter(str.isdecimal, (one.name for one in Path("/proc").iterdir())):
        with contextlib.suppress(OSError):
            Path(f"/proc/{process}/maps").read_bytes()
            with os.scandir(f"/proc/{process}/fd") as entries:
                for entry in entries:
                    with contextlib.suppress(OSError):
                        entry.stat()


def populate(folder: Path, objects: int) -> Iterator[int]:
    """Make files, memfds and System V segments; yield the numbers of the last."""
    libc = ctypes.CDLL(None)
    for number in range(MEMFDS):
        os.ftruncate(os.memfd_create(f"bench-{number}"), 4096)
    for number in range(objects - MEMFDS - SYSV):
        (folder / f"{'psm_' if number < FILES_OF_PYTHON else 'bench-'}{number}").write_bytes(b"1")
    for _ in range(SYSV):
        yield libc.shmget(0, 4096, 0o1600)


def main() -> None:
    """Print the median of both, and what was found."""
    objects = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    with tempfile.TemporaryDirectory(dir="/dev/shm") as place:
        os.environ["SAMEBYTES_SHM_DIR"] = place
        folder, numbers = Path(place), []
        try:
            numbers.extend(populate(folder, objects))
            ours, least, found = [], [], []
            for _ in range(ROUNDS):
                begin = time.perf_counter()
                found = list_segments(all=True)
                middle = time.perf_counter()
                floor(folder)
                ours.append(middle - begin)
                least.append(time.perf_counter() - middle)
        finally:
            libc = ctypes.CDLL(None)
            for number in numbers:
                libc.shmctl(number, 0, None)
    kinds = ", ".join(
        f"{sum(one.kind == kind for one in found)} {kind}" for kind in sorted({one.kind for one in found})
    )
    mine, theirs = sorted(ours)[ROUNDS // 2], sorted(least)[ROUNDS // 2]
    print(
        f"{len(found)} listed in {mine:.3f} s ({kinds}); system calls alone {theirs:.3f} s: {mine / theirs:.1f} times"
    )


if __name__ == "__main__":
    main()
