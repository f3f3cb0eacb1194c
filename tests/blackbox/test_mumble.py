"""One header, two systems: LinkedMem is 5460 bytes with Windows' wchar_t and 10580 with Linux', and the wrong one is recognised."""

from __future__ import annotations

from pathlib import Path

import pytest

from samebytes.checks.producers.producer import Expectation
from samebytes.layout import Record, abi_named, lay_out
from samebytes.layout.importers import from_header

HEADER = Path(__file__).resolve().parents[2] / "fixtures" / "headers" / "mumble_link.h"
PROMISED = (
    Expectation("uiVersion", equals=2),
    Expectation("name", text="Sim"),
    Expectation("context_len", equals=4),
    Expectation("uiTick", advances=True, within=5),
)


@pytest.fixture(scope="module")
def link() -> Record:
    pytest.importorskip("clang")
    return from_header(HEADER, "LinkedMem", abi=abi_named("x86_64-linux"))


def test_on_linux(native, build, link):
    result = native.judge(build("mumble"), "{name}", layout=link, expectations=PROMISED)
    assert result.verdict == "agreed", result.worst
    assert result.runs[0].size == 10580


def test_on_windows(windows, build, link):
    result = windows.judge(build("mumble", windows=True), "{name}", layout=link, expectations=PROMISED)
    assert result.verdict == "agreed", result.worst
    assert result.runs[0].size == 5460


def test_a_program_on_linux_with_windows_characters(native, build, link):
    result = native.judge(build("mumble", "-fshort-wchar"), "{name}", layout=link, expectations=PROMISED)
    run = result.worst
    assert (run.verdict, run.stage) == ("differs", "create")
    assert "too small: 5460 bytes, LinkedMem needs 10580" in run.message
    assert "wchar_t of 2 bytes, as Windows has it" in run.message


def test_a_promise_with_windows_characters_and_a_program_on_linux(native, build, link):
    promised = lay_out(link, abi_named("x86_64-windows"))
    result = native.judge(build("mumble"), "{name}", layout=promised, expectations=PROMISED)
    run = result.worst
    assert (run.verdict, run.stage) == ("differs", "watch")
    assert "wchar_t of 4 bytes, as Linux has it" in run.cause


def test_a_promise_with_linux_characters_and_a_program_on_windows(windows, build, link):
    promised = lay_out(link, abi_named("x86_64-linux"))
    result = windows.judge(build("mumble", windows=True), "{name}", layout=promised, expectations=PROMISED)
    run = result.worst
    assert (run.verdict, run.stage) == ("differs", "create")
    assert "too small: 8192 bytes, rounded up to pages, LinkedMem needs 10580" in run.message
    assert "wchar_t of 2 bytes, as Windows has it" in run.message
