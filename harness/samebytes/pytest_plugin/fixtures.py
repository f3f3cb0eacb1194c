"""The fixtures. Each is thin: what it does stands in a module that is imported when a test asks for it."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from samebytes.pytest_plugin.state import lab_of, worker_of

if TYPE_CHECKING:
    from samebytes.peers.peer import Peer
    from samebytes.pytest_plugin.comparing import Comparer
    from samebytes.pytest_plugin.locks import LockCheck
    from samebytes.pytest_plugin.released import Oracle
    from samebytes.pytest_plugin.segments import Segments

__all__ = [
    "samebytes_compare",
    "samebytes_leftovers",
    "samebytes_lock",
    "samebytes_name",
    "samebytes_peer",
    "samebytes_released",
    "samebytes_segment",
]

LONGEST = 40
"""Letters of a test's name in its segments' names."""


@pytest.fixture
def samebytes_name(request: pytest.FixtureRequest) -> str:
    """Return a segment name that no other test, run or pytest-xdist worker uses: `test_prices-gw0-5f3a9c21`."""
    name = re.sub(r"[^A-Za-z0-9_]+", "_", request.node.name)[:LONGEST]
    worker = worker_of(request.config)
    return "-".join(filter(None, (name, worker, secrets.token_hex(4))))


@pytest.fixture
def samebytes_segment(request: pytest.FixtureRequest, samebytes_name: str) -> Iterator[Segments]:
    r"""Create or join named segments, which are closed after the test.

    `segment = samebytes_segment(4096)` creates one under the name of `samebytes_name`, `samebytes_segment(4096, "Local\\Prices")`
    under another; `samebytes_segment.join("Prices", seconds=5)` waits for one that a program makes. A segment has `name`, `map`
    (a MemoryMappedFile), `view` (all of it), `read(offset, count)` and `write(data, offset)`.
    """
    _oracle_first(request)
    from samebytes.pytest_plugin.segments import Segments

    segments = Segments(samebytes_name)
    yield segments
    segments.close()


@pytest.fixture
def samebytes_peer(request: pytest.FixtureRequest) -> Iterator[Callable[..., Peer]]:
    """Start peers, which are ended after the test: `samebytes_peer("c")`, `samebytes_peer("csharp", realm="windows", face="library")`.

    A peer has `open`, `view`, `peek`, `poke`, `describe`, `store`, `load` and `process` (`process.kill()`). It is built at most once for
    all tests, workers and runs; where this machine lacks what it takes, the test is skipped, and the reason says how to add it.
    Peers of your own are found in the folders of --samebytes-peers-folder, or of the ini key samebytes_peers_folders.
    """
    _oracle_first(request)
    from samebytes.errors import BuildError, MissingError, MissingToolError, SamebytesError

    started: list[Peer] = []

    def start(name: str, realm: str | None = None, face: str | None = None) -> Peer:
        __tracebackhide__ = True
        try:
            started.append(lab_of(request.config).peer(name, realm, face))
        except (MissingError, MissingToolError) as error:
            adding = f"; to add it: {error.add}" if error.add else ""
            pytest.skip(f"{name} in {realm or 'this realm'}: {error.message}{adding}")
        except BuildError as error:
            pytest.fail(f"{error}\n{error.evidence}", pytrace=False)
        except SamebytesError as error:  # the test's own line is at fault, none of those in between
            raise error.with_traceback(None) from None
        return started[-1]

    yield start
    for peer in reversed(started):
        peer.process.say_goodbye()


@pytest.fixture
def samebytes_compare(request: pytest.FixtureRequest) -> Comparer:
    """Assert that bytes hold a record with these values: `samebytes_compare(segment, "telemetry.toml:Telemetry", {"speed": 1.5})`.

    Takes bytes, any buffer, a segment, or the name of one that another program shares (`"/physics"`); a record of a file (relative to
    pytest's root folder), of samebytes itself, or a Record.
    Fields that are not named must be zero (`partial=True`: are not compared), padding is never compared. `offset` is where the record
    begins, `abi` whose rules it follows (this machine's). A failure tells each field's place, bytes and values, shows
    a hexdump, and names the mistake in a declaration that would explain all of it, if there is one.
    """
    from samebytes.checks.data.subjects import read_records
    from samebytes.layout import abi_named
    from samebytes.peers.paths import fixtures_folder
    from samebytes.peers.realms import NativeRealm
    from samebytes.pytest_plugin.comparing import Comparer

    return Comparer(read_records(fixtures_folder()), request.config.rootpath, abi_named(NativeRealm().abi))


@pytest.fixture
def samebytes_lock(request: pytest.FixtureRequest) -> LockCheck:
    """Assert that records are as their lock file has them: `samebytes_lock("telemetry.toml")` compares with `telemetry.toml.lock`.

    Paths are relative to pytest's root folder. A failure says which field moved, what it breaks, and the command that accepts it;
    `pytest --samebytes-lock-update` writes the lock files instead.
    """
    from samebytes.pytest_plugin.locks import LockCheck

    return LockCheck(request.config.rootpath, request.config.getoption("--samebytes-lock-update"))


@pytest.fixture
def samebytes_released(request: pytest.FixtureRequest) -> Iterator[Oracle]:
    """Assert that the test leaves no segment, file descriptor, shared mapping or process behind; Linux.

    Naming it checks the whole test, after its other samebytes fixtures have ended; `with samebytes_released():` checks a block. A failure
    says what is left, and which process holds it.
    """
    if sys.platform != "linux":
        pytest.skip("samebytes_released reads /proc, which only Linux has")
    lab_of(request.config).lab.open()  # its own helper process is there before, and stays
    from samebytes.pytest_plugin.released import Oracle

    oracle, failed = Oracle(f"PYTEST_CURRENT_TEST={request.node.nodeid} ("), request.session.testsfailed
    check = oracle.begin()
    yield oracle
    if request.session.testsfailed == failed:  # a failure's traceback holds what the test held
        words = check()
        if words:
            pytest.fail(words, pytrace=False)  # no line of the test is to blame


@pytest.fixture
def samebytes_leftovers() -> Iterator[None]:
    """Assert that the test leaves no shared memory of any kind behind: POSIX objects, multiprocessing's, System V, memfds, ...; Linux.

    `pytest --samebytes-leftovers` asserts it of every test.
    """
    if sys.platform != "linux":
        pytest.skip("samebytes_leftovers reads /proc, which only Linux has")
    from samebytes.pytest_plugin.leftovers import abandoned, describe, held_here, snapshot

    before = snapshot()
    yield
    left = [one for key, one in snapshot().items() if key not in before and (abandoned(one) or held_here(one))]
    if left:
        pytest.fail("\n".join(("shared memory left behind:", *(f"  {line}" for line in describe(left)))), pytrace=False)


def _oracle_first(request: pytest.FixtureRequest) -> None:
    """Set the oracle up first, so that it ends last and looks after everything else has ended."""
    if "samebytes_released" in request.fixturenames:
        request.getfixturevalue("samebytes_released")
