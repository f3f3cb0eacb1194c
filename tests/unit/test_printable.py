"""What is shown of a text from outside: every character that acts on what shows it becomes an escape."""

from __future__ import annotations

import io
import json
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samebytes.cli import streams
from samebytes.peers.processes import Processes
from samebytes.printable import printable, printable_all, printable_lines

TEXTS = st.text(st.characters(), max_size=30)


def harmless(text):
    return all(letter.isprintable() or unicodedata.category(letter) == "Zs" for letter in text)


@given(TEXTS)
def test_what_is_shown_is_harmless_and_stays_as_it_is_when_it_was(text):
    shown = printable(text)
    assert harmless(shown)
    assert printable(shown) == shown
    assert (shown == text) == harmless(text)


@given(TEXTS)
def test_several_lines_stay_several_and_no_other_becomes_one(text):
    shown = printable_lines(text)
    assert all(map(harmless, shown.replace("\t", " ").split("\n")))
    assert shown.count("\n") == text.count("\n")


@given(
    st.recursive(
        st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner), max_leaves=8
    )
)
def test_json_text_keeps_its_meaning_and_a_tree_its_shape(tree):
    assert json.loads(printable(json.dumps(tree, ensure_ascii=False))) == tree
    assert harmless(json.dumps(printable_all(tree), ensure_ascii=False))


class Terminal(io.StringIO):
    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal

    def reconfigure(self, **_more):
        pass


@pytest.mark.parametrize("terminal", [True, False])
def test_a_stream_lets_only_our_own_colours_through_and_only_to_a_terminal(monkeypatch, terminal):
    out = Terminal(terminal)
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", Terminal(terminal))
    streams.guard_streams()
    print("\x1b[32mgreen\x1b[0m \x1b]0;title\x07 \x1b[2J\x1b[1A\r\x1b[Kdone → \u202e\x9b", "two", sep="\n")
    colours = ("\x1b[32mgreen\x1b[0m", "\r\x1b[K") if terminal else (r"\x1b[32mgreen\x1b[0m", r"\r\x1b[K")
    assert out.getvalue() == rf"{colours[0]} \x1b]0;title\x07 \x1b[2J\x1b[1A{colours[1]}done → \u202e\u009b" + "\ntwo\n"


def test_what_a_compiler_prints_is_printable_line_by_line():
    program = "import sys; sys.stdout.buffer.write(b'a.c:1: error\\r\\n\\x1b[2J\\x07note\\tx \\xff\\xe2\\x80\\xae')"
    done = Processes().run([sys.executable, "-c", program], seconds=30)
    assert done.output == "a.c:1: error\n" + r"\x1b[2J\x07note" + "\tx \ufffd" + r"\u202e"
