"""What differs between versions of .NET, each asserted to be the one that runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

SERIALISE = """
from System.IO import MemoryStream
from System.Runtime.Serialization.Formatters.Binary import BinaryFormatter
stream = MemoryStream()
BinaryFormatter().Serialize(stream, System.Version(1, 2, 3))
stream.Position = 0
again = str(BinaryFormatter().Deserialize(stream))
"""
FORMATTERS = 'clr.AddReference("System.Runtime.Serialization.Formatters")'


@pytest.fixture
def pinned(world: Any) -> Iterator[Callable[[str], Any]]:
    """`pinned("8")`: a process with that version of .NET."""
    started = []

    def start(version: str) -> Any:
        started.append(world.start("dotnet", SAMEBYTES_TEST_DOTNET=version))
        return started[-1]

    yield start
    for station in started:
        station.kill()


@pytest.mark.parametrize("version", ["8", "3.1"])
def test_the_version_that_was_asked_for_is_the_one_that_runs(pinned: Callable[[str], Any], version: str) -> None:
    said = pinned(version).ask("str(System.Environment.Version)")
    assert said.startswith(f"{version}."), said


@pytest.mark.parametrize("version", ["8", "3.1"])
def test_binary_formatter_reads_what_it_wrote(pinned: Callable[[str], Any], version: str) -> None:
    """Until .NET 8; .NET 9 throws PlatformNotSupportedException."""
    station = pinned(version)
    station.run(FORMATTERS)
    station.run(SERIALISE)
    assert station.ask("again") == "1.2.3"


@pytest.mark.parametrize(("version", "outcome"), [("3.1", "IOException"), ("8", "ok")])
def test_more_memory_than_there_is_on_linux(linux: Any, version: str, outcome: str) -> None:
    """Without a name, for which .NET has no maps there."""
    station = linux.start("dotnet", SAMEBYTES_TEST_DOTNET=version)
    words = "outcome(lambda: MemoryMappedFile.CreateNew(None, 2**63 - 1).Dispose())"
    assert station.ask(words) == outcome
    station.kill()
