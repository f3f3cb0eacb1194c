"""Signals at every line and at every system call of the library: whatever a handler does there, nothing is harmed.

`lines(scenario, act)` runs a scenario again and again, each time with a signal at the next line that the library executes; the
handler does what `act` says. `calls` does the same at every return of a function of C, where Python runs handlers in earnest.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from samebytes.mapping import MemoryMappedFile, list_segments

LIBRARY = str(Path(sys.modules["samebytes.mapping"].__file__ or "").parent)
LONGEST = 5.0
"""Seconds that one run may take: nothing here waits for anything."""


class HandlerError(Exception):
    """What a handler raises."""


class HandlerOSError(OSError):
    """What a handler raises that looks like an error of the system."""


# --- what is interrupted ---------------------------------------------------------------------------------------------


class Scene:
    """One operation, and what it needs: `other` is another holder of the same name, in this process."""

    def __init__(self, name: str, capacity: int, other: bool) -> None:
        self.name = name
        self.capacity = capacity
        self.other = MemoryMappedFile.create_new(name, capacity) if other else None
        self.done: Any = None

    def close(self) -> None:
        for one in (self.done, self.other):
            if isinstance(one, tuple):
                one[1].close()
                one[0].close()
            elif one is not None and not isinstance(one, list):
                one.close()
        self.done = self.other = None


def create(scene: Scene) -> None:
    scene.done = MemoryMappedFile.create_new(scene.name, scene.capacity)


def create_or_open(scene: Scene) -> None:
    scene.done = MemoryMappedFile.create_or_open(scene.name, scene.capacity)


def join(scene: Scene) -> None:
    scene.done = MemoryMappedFile.open_existing(scene.name)


def view(scene: Scene) -> None:
    made = scene.other
    assert made is not None
    with made.create_view_accessor() as one:
        one.write_int32(0, 1)


def close(scene: Scene) -> None:
    made, scene.other = scene.other, None
    assert made is not None
    try:
        made.close()
    except BaseException:
        if not made.closed:
            made.close()
        raise


def life(scene: Scene) -> None:
    with MemoryMappedFile.create_new(scene.name, scene.capacity) as made, made.create_view_accessor() as one:
        one.write_int32(0, 1)
        with MemoryMappedFile.open_existing(scene.name):
            pass


def listing(_: Scene) -> None:
    list_segments()


SMALL, LARGE = 4096, 1 << 20
SCENES: dict[str, tuple[Callable[[Scene], None], int, bool]] = {
    "create": (create, SMALL, False),
    "create large": (create, LARGE, False),
    "create or open": (create_or_open, SMALL, False),
    "join": (join, SMALL, True),
    "view": (view, SMALL, True),
    "close": (close, SMALL, True),
    "list": (listing, SMALL, True),
    "life": (life, SMALL, False),
}


# --- what handlers do ------------------------------------------------------------------------------------------------


def raises(_: Scene) -> None:
    raise HandlerError


def raises_like_the_system(_: Scene) -> None:
    raise HandlerOSError(2, "No such file or directory")


def closes(scene: Scene) -> None:
    if scene.other is not None:
        scene.other.close()


def uses(scene: Scene) -> None:
    """Lives a life of its own there."""
    with MemoryMappedFile.create_new(scene.name + " handler", SMALL) as made, made.create_view_accessor() as one:
        one.write_int32(0, 1)


def forks(_: Scene) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def returns_in_the_child(scene: Scene) -> None:
    """The child goes on with what was interrupted, and may fail; it neither hangs nor takes anything from its parent."""
    pid = os.fork()
    if pid == 0:
        scene.forked = True  # type: ignore[attr-defined]
        return
    end = time.monotonic() + LONGEST
    while os.waitpid(pid, os.WNOHANG)[0] == 0:
        if time.monotonic() > end:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
            raise AssertionError("a forked child hangs")
        time.sleep(0.0005)


ACTS = {act.__name__: act for act in (raises, raises_like_the_system, closes, uses, forks, returns_in_the_child)}


# --- when ------------------------------------------------------------------------------------------------------------


def _at_line(wanted: int, act: Callable[[], None]) -> tuple[Callable[..., Any], list[int]]:
    """A tracer that acts at the `wanted`th line of the library, once; and how many lines it has met."""
    met = [0]

    def trace(frame: Any, event: str, _: Any) -> Any:
        if event == "call" and not frame.f_code.co_filename.startswith(LIBRARY):
            return None
        if event == "line":
            met[0] += 1
            if met[0] == wanted:
                sys.settrace(None)
                act()
        return trace

    return trace, met


def _at_return(wanted: int, act: Callable[[], None]) -> tuple[Callable[..., Any], list[int]]:
    """A profiler that acts after the `wanted`th call of a function of C by the library, once."""
    met = [0]

    def profile(frame: Any, event: str, _: Any) -> None:
        if event in ("c_return", "c_exception") and frame.f_code.co_filename.startswith(LIBRARY):
            met[0] += 1
            if met[0] == wanted:
                sys.setprofile(None)
                act()

    return profile, met


def run(place: Path, scene_of: str, act_of: str, way: str, prefix: str = "") -> Iterator[str]:
    """Yield what was harmed, with the number of the line or call; nothing if nothing ever was."""
    operate, capacity, other = SCENES[scene_of]
    act, wanted = ACTS[act_of], 0
    watch, install = (_at_line, sys.settrace) if way == "lines" else (_at_return, sys.setprofile)
    with contextlib.suppress(FileNotFoundError):  # this thread has its guards open, before descriptors are counted
        MemoryMappedFile.create_new(prefix + "first", 1).close()
    while True:
        wanted += 1
        scene = Scene(f"{prefix}interrupted {os.getpid()}", capacity, other)
        before, began = _descriptors(), time.monotonic()
        tracer, met = watch(wanted, lambda: signal.raise_signal(signal.SIGUSR1))
        signal.signal(signal.SIGUSR1, lambda *_, scene=scene: act(scene))
        raised: BaseException | None = None
        try:
            install(tracer)
            try:
                operate(scene)
            finally:
                install(None)
        except BaseException as error:
            raised = error.with_traceback(None)
        if getattr(scene, "forked", False):
            os._exit(0)
        where = f"{scene_of}, {act_of}, {way} {wanted}"
        yield from (
            f"{where}: {harm}" for harm in _harms(place, scene, act_of, raised, met[0] >= wanted, before, began, other)
        )
        if met[0] < wanted:
            return


def _harms(
    place: Path,
    scene: Scene,
    act: str,
    raised: BaseException | None,
    acted: bool,
    before: int,
    began: float,
    other: bool,
) -> Iterator[str]:
    if time.monotonic() - began > LONGEST:
        yield f"it hangs for {time.monotonic() - began:.1f} s"
    yield from _wrongly_raised(act, raised, acted, other)
    joined = scene.done if isinstance(scene.done, MemoryMappedFile) else None
    if joined is not None and not joined.closed and joined.orphaned:
        yield "a dead join"
    yield from (f"the guard of {one} is locked" for one in place.glob("samebytes-*") if not _free(one))
    if _descriptors() > before + 1 + (joined is not None):
        yield f"descriptors: {before} before, {_descriptors()} after"
    scene.close()
    raised = None
    gc.collect()
    left = [file for directory in place.glob("samebytes-*") for file in directory.iterdir()]
    if left:
        yield f"left behind: {[file.name for file in left]}"
    for file in left:
        file.unlink()
    with MemoryMappedFile.create_new(scene.name, SMALL):  # and all goes on
        pass


def _wrongly_raised(act: str, raised: BaseException | None, acted: bool, other: bool) -> Iterator[str]:
    expected = {"raises": HandlerError, "raises_like_the_system": HandlerOSError}.get(act)
    closed = act == "closes" and isinstance(raised, (FileNotFoundError, ValueError)) and other
    if raised is not None and not closed and (expected is None or type(raised) is not expected):
        yield f"raised {raised!r}"
    if raised is None and expected and acted:
        yield "the handler's exception was swallowed"


def _descriptors() -> int:
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - no path


def _free(directory: Path) -> bool:
    fd = os.open(directory, os.O_RDONLY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(fd)
    return True


def main() -> None:
    """interrupting.py [lines|calls [SCENE [ACT,ACT]]]: all of them, without arguments."""
    place = Path(os.environ["SAMEBYTES_SHM_DIR"])
    ways, scenes, acts = (*sys.argv[1:], None, None, None)[:3]
    for way in (ways,) if ways else ("lines", "calls"):
        for scene in (scenes,) if scenes else (*SCENES, *(f"global {one}" for one in SCENES)):
            for act in acts.split(",") if acts else ACTS:
                prefix = "Global\\" if scene.startswith("global ") else ""
                for harm in run(place, scene.removeprefix("global "), act, way, prefix):
                    print(harm, flush=True)


if __name__ == "__main__":
    main()
