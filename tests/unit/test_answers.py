"""Answers of peers, however malformed: each is a ProtocolError with the peer's name and words that fit on a line, and nothing else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

import pytest

from samebytes.errors import PeerRefusedError, ProtocolError, StartError
from samebytes.peers.answers import decode
from samebytes.peers.peer import Peer
from samebytes.peers.process import PeerProcess
from samebytes.peers.processes import Processes

DEEP = 100_000
HELLO = b'{"language":"L","version":"1","target":"t","pointer":8,"protocol":1,"layouts":["R"],"verbs":["load"],"views":["accessor"]}'
DESCRIBED = b'{"size":4,"align":4,"leaves":[["a",0,4]]}'


class Scripted(PeerProcess):
    """A conversation in which the peer's lines are given: no process is started, and what would end it is only noted."""

    def __init__(self, *lines: bytes) -> None:
        self.name, self.ended, self._sequence, self._given = "bad", False, 0, list(lines)

    @property
    def evidence(self) -> str:
        return ""

    def end(self) -> int | None:
        self.ended = True
        return 0

    def _post(self, requests: Any, _seconds: float = 0) -> int:
        self._sequence += len(requests)
        return self._sequence

    def _line(self, _seconds: float) -> bytes:
        return self._given.pop(0)


def ok(body: bytes) -> bytes:
    return b'{"seq":1,"ok":' + body + b"}"


LINES = {
    "nothing": b"",
    "a space": b" ",
    "a word": b"ok",
    "null": b"null",
    "a number": b"1",
    "a text": b'"ok"',
    "a list": b'[{"seq":1,"ok":{}}]',
    "two objects": b'{"seq":1,"ok":{}}{"seq":1,"ok":{}}',
    "something behind it": b'{"seq":1,"ok":{}} done',
    "half of it": b'{"seq":1,"ok":{"map":1',
    "single quotes": b"{'seq':1,'ok':{}}",
    "a comma too many": b'{"seq":1,"ok":{},}',
    "a comment": b'{"seq":1,"ok":{}} // fine',
    "a byte order mark": b'\xef\xbb\xbf{"seq":1,"ok":{}}',
    "UTF-16": '{"seq":1,"ok":{}}'.encode("utf-16"),
    "Latin-1": b'{"seq":1,"ok":{"x":"\xe9"}}',
    "an overlong letter": b'{"seq":1,"ok":{"x":"\xc0\xaf"}}',
    "a surrogate as UTF-8": b'{"seq":1,"ok":{"x":"\xed\xa0\x80"}}',
    "zeros": bytes(64),
    "a raw control character": b'{"seq":1,"ok":{"x":"\x1b[2J"}}',
    "deep lists": b"[" * DEEP,
    "deep lists, closed": ok(b"[" * DEEP + b"]" * DEEP),
    "deep objects": b'{"a":' * DEEP,
    "deep inside of a part": ok(b'{"map":' + b"[" * 900 + b"]" * 900 + b"}"),
    "deep in turn": ok(b'{"a":[' * 500 + b"]}" * 500),
    "NaN": ok(b'{"map":NaN}'),
    "Infinity": ok(b'{"map":-Infinity}'),
    "1e999": ok(b'{"map":1e999}'),
    "a number of 5000 digits": ok(b'{"map":' + b"9" * 5000 + b"}"),
    "a number of 200 digits": ok(b'{"map":' + b"9" * 200 + b"}"),
    "a leading zero": ok(b'{"map":01}'),
    "a plus": ok(b'{"map":+1}'),
    "a hexadecimal number": ok(b'{"map":0x1}'),
    "a member twice": b'{"seq":1,"ok":{"map":1,"map":2}}',
    "ok twice": b'{"seq":1,"ok":{},"ok":{"map":1}}',
    "seq twice": b'{"seq":1,"seq":2,"ok":{}}',
    "no seq": b'{"ok":{}}',
    "another seq": b'{"seq":2,"ok":{}}',
    "true as seq": b'{"seq":true,"ok":{}}',
    "1.0 as seq": b'{"seq":1.0,"ok":{}}',
    "a text as seq": b'{"seq":"1","ok":{}}',
    "null as seq": b'{"seq":null,"ok":{}}',
    "a huge seq": b'{"seq":18446744073709551617,"ok":{}}',
    "neither": b'{"seq":1}',
    "both": b'{"seq":1,"ok":{},"error":{"kind":"access"}}',
    "null as ok": b'{"seq":1,"ok":null}',
    "true as ok": b'{"seq":1,"ok":true}',
    "a list as ok": b'{"seq":1,"ok":[]}',
    "a text as error": b'{"seq":1,"error":"no"}',
    "an error without a kind": b'{"seq":1,"error":{"code":5}}',
    "a number as kind": b'{"seq":1,"error":{"kind":5}}',
    "a text as code": b'{"seq":1,"error":{"kind":"access","code":"5"}}',
    "a code of 70 bits": b'{"seq":1,"error":{"kind":"access","code":1180591620717411303424}}',
    "true as code": b'{"seq":1,"error":{"kind":"access","code":true}}',
    "a list as native": b'{"seq":1,"error":{"kind":"access","native":[]}}',
    "an object as message": b'{"seq":1,"error":{"kind":"access","message":{"x":1}}}',
}


@pytest.mark.parametrize("line", LINES.values(), ids=LINES)
def test_a_line_that_is_no_answer_ends_the_conversation_with_one_line_of_words(line: bytes) -> None:
    process = Scripted(line)
    with pytest.raises(ProtocolError) as caught:
        process.request("open_existing", "X", seconds=1)
    told(caught.value)
    assert process.ended


def told(error: Exception) -> None:
    """The error is of the peer, and its words are one line of bounded length that anything can show."""
    words = str(error)
    assert words.isprintable()
    assert words.startswith("bad")
    assert len(words) < 400
    assert error.__dict__["peer"] == "bad" or error.__dict__["peer"].startswith("bad, describing")


def parts() -> dict[str, tuple[Callable[[Peer], object], list[bytes]]]:
    """By what is asked: how, and bodies of `ok` that are JSON and not what that answer is."""
    number = [b"null", b"true", b"1.5", b"-1", b'"1"', b"[1]", b"{}", b"9223372036854775808", b"1e3"]
    opened = [*(b'{"map":%s,"created":true}' % each for each in number), b"{}", b'{"created":true}']
    created = [b'{"map":1,"created":%s}' % each for each in (b"1", b'"true"', b"[]", b"{}", b"0.5")]
    held = [b'{"map":1}', b'{"map":1,"capacity":-1}', b'{"map":1,"capacity":"4096"}']
    views = [b'{"view":%s}' % each for each in number]
    texts = [b"null", b"1234", b'"123"', b'"zzzz"', b'"12 34"', b'"1234 "', b'"12345678"', b'""', b'["12","34"]']
    words = [b"null", b"{}", b'"00"', b"[1]", b"[null]", b'[["00"]]', b"[1e308]", b"[true]"]
    rows = [b'"a"', b"1", b"[]", b'["a",0]', b"[0,0,4]", b'["a","0",4]', b'["a",0,4.0]', b'["a",-1,4]', b'["a",0,null]']
    rows += [b'["a",true,4]', b'["a",0,4],["a",4,4]', b'["a",0,99999999999999999999]', b'{"path":"a"}']
    leaves = [b"null", b"{}", b'"a"', *(b"[%s]" % row for row in rows)]
    described = [b'{"size":4,"align":4,"leaves":%s}' % each for each in leaves]
    described += [b'{"size":%s,"align":4,"leaves":[]}' % each for each in number]
    described += [b'{"size":4,"align":%s,"leaves":[]}' % each for each in number]
    return {
        "open": (lambda peer: peer.open("create_new", "X", 4096), opened + created),
        "absence": (lambda peer: peer.absence("X"), opened),
        "open to read": (lambda peer: peer.open_to_read("X"), held),
        "view": (lambda peer: peer.view(1, 0, "read"), [b"{}", *views]),
        "peek": (lambda peer: peer.peek(1, 0, 2), [b"{}", *(b'{"bytes":%s}' % each for each in texts)]),
        "describe": (lambda peer: peer.describe("R"), [b"{}", *described]),
        "load": (lambda peer: peer.load(1, 0, "R"), [b"{}", *(b'{"leaves":%s}' % each for each in words)]),
    }


PARTS = [(name, body) for name, (_, bodies) in parts().items() for body in bodies]


@pytest.mark.parametrize(("what", "body"), PARTS, ids=[f"{name}:{body.decode()[:60]}" for name, body in PARTS])
def test_a_part_of_another_type_is_an_error_that_names_the_peer(what: str, body: bytes) -> None:
    ask = parts()[what][0]
    with pytest.raises(ProtocolError) as caught:
        ask(Peer("bad", Scripted(ok(body))))
    told(caught.value)


@pytest.mark.parametrize("key", ["language", "version", "target", "pointer", "layouts", "verbs", "views", "protocol"])
@pytest.mark.parametrize("value", [b"null", b"{}", b"-1", b"[1]", b"1.5", b"true", b'[["x"]]', b"9223372036854775808"])
def test_a_hello_with_a_part_of_another_type_is_an_error(key: str, value: bytes) -> None:
    import re

    body = re.sub(rb'("%s":)(\[[^]]*\]|"[^"]*"|\d+)' % key.encode(), lambda found: found[1] + value, HELLO)
    with pytest.raises((ProtocolError, StartError)) as caught:
        Peer("bad", Scripted(ok(body))).greet()
    told(caught.value)


def test_the_answers_from_which_those_were_made_are_right() -> None:
    peer = Peer("bad", Scripted(ok(HELLO)))
    peer.greet()
    assert (peer.hello.layouts, peer.hello.verbs, peer.hello.pointer) == (("R",), frozenset({"load"}), 8)
    described = Peer("bad", Scripted(ok(DESCRIBED))).describe("R")
    assert (described.size, described.align, described.leaves) == (4, 4, {"a": (0, 4)})
    assert Peer("bad", Scripted(ok(b'{"map":1,"created":null}'))).open("create_new", "X") == (1, None)
    assert Peer("bad", Scripted(ok(b'{"bytes":"12aB"}'))).peek(1, 0, 2) == b"\x12\xab"


def test_what_is_added_to_a_description_later_is_no_defect() -> None:
    body = b'{"size":4,"align":4,"leaves":[["a",0,4,"unsigned",7]],"members":[["a",0,4,1]],"enums":{"E":{"A":1}},"more":1.5}'
    assert Peer("bad", Scripted(ok(body))).describe("R").leaves == {"a": (0, 4)}


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        (rb"\u001b[2J\u001b[31mred", r"\x1b[2J\x1b[31mred"),
        (rb"no\n  c \u2192 python           agreed", r"no\n  c → python           agreed"),
        (rb"one\r\ntwo\ttwo", r"one\r\ntwo\ttwo"),
        (rb"\u202egnp.exe", r"\u202egnp.exe"),
        (rb"\u2066a\u2069 \u200f \ufeff", r"\u2066a\u2069 \u200f \ufeff"),
        (rb"\ud800 \udc00\ud800", r"\ud800 \udc00\ud800"),
        (rb"\u0000\u0007\u007f\u009b1m", r"\x00\x07\u007f\u009b1m"),
        (rb"\u2028\u2029\u0085", r"\u2028\u2029\u0085"),
        ("\u00e9 \u4e2d\u00a0\U0001f600".encode(), "\u00e9 \u4e2d\u00a0\U0001f600"),
    ],
)
def test_what_a_peer_says_is_one_printable_line(message: bytes, shown: str) -> None:
    line = b'{"seq":1,"error":{"kind":"access","code":5,"native":"E","message":"' + message + b'"}}'
    with pytest.raises(PeerRefusedError) as caught:
        Scripted(line).request("view", seconds=1)
    assert str(caught.value) == f"bad: {shown}"


def test_texts_at_any_depth_and_names_of_members_are_printable() -> None:
    found = decode(rb'{"seq":1,"ok":{"\u001bx":[["\u0007",{"a":"\u202e"}]]}}')
    assert found["ok"] == {r"\x1bx": [[r"\x07", {"a": r"\u202e"}]]}


def test_long_words_are_cut() -> None:
    line = b'{"seq":1,"error":{"kind":"access","message":"' + b"x" * 900_000 + b'"}}'
    with pytest.raises(PeerRefusedError) as caught:
        Scripted(line).request("view", seconds=1)
    assert len(str(caught.value)) < 2100
    hello = Peer("bad", Scripted(ok(HELLO.replace(b'"version":"1"', b'"version":"' + b"v" * 900_000 + b'"'))))
    hello.greet()
    assert len(hello.hello.version) < 300


def test_a_line_of_ten_megabytes_and_one_without_an_end_are_refused_and_the_process_is_ended() -> None:
    program = (
        "import sys\nfor line in sys.stdin.buffer:\n"
        '    sys.stdout.write(\'{"seq":1,"ok":{"x":"\' + \'a\' * 10_000_000 + \'"}}\\n\'); sys.stdout.flush()\n'
    )
    processes = Processes()
    with PeerProcess("bad", [sys.executable, "-c", program], dict(os.environ), processes) as process:
        with pytest.raises(ProtocolError, match="printed an invalid answer") as caught:
            process.request("hello", 1, seconds=20)
        told(caught.value)
        assert not process.alive
