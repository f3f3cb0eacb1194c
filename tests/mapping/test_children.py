"""What tests drive in other processes must not stand still: a child may complain as it likes, and one without an answer is ended."""

from __future__ import annotations

import sys

import pytest


def test_a_child_that_complains_much_goes_on(child):
    child.run("print('complaint ' * 100_000, file=sys.stderr, flush=True)")
    assert child.ask("6 * 7") == 42


def test_a_child_without_an_answer_is_killed_and_what_it_said_is_told(child, monkeypatch):
    child.run("print('what was said', file=sys.stderr, flush=True)")
    monkeypatch.setattr(sys.modules[type(child).__module__], "ANSWER_SECONDS", 0.5)
    child.send(run="time.sleep(600)")
    with pytest.raises(AssertionError, match=r"no answer within 0\.5 s and was killed: what was said"):
        child.answer()
