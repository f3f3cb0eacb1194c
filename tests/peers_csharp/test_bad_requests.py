"""What the C# peer answers to requests that cannot be met, and that none of them kills it."""

from __future__ import annotations

import random
from typing import Any

import pytest

ZERO = "00000000"
RECORD = ["0000007b", "0058", *[ZERO] * 50]


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        (("create_new", "x", "0"), "invalid_size"),
        (("create_new", "x", str(2**63)), "invalid_size"),
        (("create_new", "a%5Cb", "1"), "invalid_name"),
        (("create_new", "a%00b", "1"), "invalid_name"),
        (("create_new", "", "1"), "invalid_name"),
        (("create_new", "%zz", "1"), "invalid"),
        (("create_new", "%ff", "1"), "invalid"),
        (("create_new", "x", "-1"), "invalid_size"),
        (("create_new", "x"), "invalid"),
        (("open_existing", "x", "write"), "invalid"),
        (("view", "9999", "0", "0", "read"), "closed"),
        (("view", "1", "0", "0", "exec"), "invalid"),
        (("peek", "9999", "0", "1"), "closed"),
        (("describe", "Nothing"), "unsupported"),
        (("frobnicate",), "unsupported"),
        (("hello", "2"), "unsupported"),
    ],
)
def test_refusals(peer: Any, words: tuple[str, ...], kind: str) -> None:
    assert peer.refusal(*words).kind == kind


def test_wrong_leaves_are_refused_and_touch_nothing(peer: Any, name: str) -> None:
    view = peer.viewed(peer.opened("create_new", name, 4096), 0, 0, "read_write")
    for leaves in (
        RECORD[:-1],
        [*RECORD, ZERO],
        ["10000007b", *RECORD[1:]],
        ["0000007g", *RECORD[1:]],
        [*RECORD[:-1], ""],
    ):
        assert peer.refusal("store", view, 0, "MySharedData", *leaves).kind == "invalid"
    assert peer.refusal("store_leaf", view, 0, "MySharedData", 52, ZERO).kind == "invalid"
    assert peer.refusal("store", view, 0, "Message", "ff", "-").kind == "invalid"
    assert peer.refusal("store", view, 0, "SomeData", "00" * 8, "004").kind == "invalid"
    assert set(peer("peek", view, 0, 4096)["bytes"]) == {"0"}
    peer("store_leaf", view, 0, "MySharedData", 1, "0000000000000058")
    assert peer("load", view, 0, "MySharedData")["leaves"][1] == "0058", "zeros in front carry no meaning"


def test_nothing_it_is_asked_kills_it(peer: Any, name: str) -> None:
    peer.viewed(peer.opened("create_new", name, 4096), 0, 0, "read_write")
    dice = random.Random(5)
    verbs = [*peer("hello", 1)["verbs"], "", "x"]
    words = [
        "",
        "0",
        "1",
        "-",
        "%",
        "zz",
        "00",
        "read",
        "copy",
        "stream",
        "Message",
        "SomeData",
        "Integer",
        "9" * 30,
        "é",
    ]
    for number in range(400):
        verb = dice.choice(
            [verb for verb in verbs if verb not in ("leave", "abort", "bye", "await", "create_new", "create_or_open")]
        )
        line = " ".join([str(number), verb, *dice.choices(words, k=dice.randrange(7))])
        assert peer.line(line.encode())["seq"] == number
    for line in (
        b"",
        b" ",
        b"x",
        b"-1 hello 1",
        b"\xff\xfe",
        b"\0",
        b"1",
        b"1  hello 1",
        b"a" * (1 << 21),
        b"9" * 5000,
    ):
        assert peer.line(line)["error"]["kind"] in ("invalid", "unsupported")
    assert peer("hello", 1)["peer"] == "csharp"
