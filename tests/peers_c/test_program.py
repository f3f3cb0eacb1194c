"""Programs in C, Go and Pascal, by the line protocol."""

from __future__ import annotations

import os
import random

import pytest

NOT_FOUND = {"kind": "not_found", "code": 2}
EXISTS = {"kind": "exists", "code": 183 if os.name == "nt" else 17}


def refused(answer, error):
    return {key: answer.get(key) for key in error} == error


@pytest.fixture
def view(peer, name):
    """A peer with view 1 on a page of its own."""
    one = peer()
    one.ask(f"create_new {name} 100")
    one.ask("view 1 0 0 read_write")
    return one


def test_the_struct_of_the_csharp_programs(view):
    record = view.ask("describe MySharedData")
    assert (record["size"], record["align"] or 4) == (208, 4)
    assert [leaf[:3] for leaf in record["leaves"][:3]] == [["Value", 0, 4], ["Letter", 4, 2], ["Numbers[0]", 8, 4]]
    assert [leaf[3] for leaf in record["leaves"][:3]] in (["signed", kind, "float"] for kind in ("unsigned", "char"))
    assert record["members"] == [["Value", 0, 4], ["Letter", 4, 2], ["Numbers", 8, 200]]
    numbers = ["00000000"] * 50
    numbers[10] = "3fb9999a"
    assert view.ask(f"store 1 0 MySharedData 0000007b 0058 {' '.join(numbers)}") == {}
    assert view.ask("peek 1 0 8")["bytes"] == "7b00000058000000"
    assert view.ask("peek 1 48 4")["bytes"] == "9a99b93f"
    assert view.ask("load 1 0 MySharedData")["leaves"] == ["0000007b", "0058", *numbers]


def test_a_stored_leaf_touches_nothing_else(view):
    view.ask("poke 1 0 " + "ff" * 208)
    view.ask("store_leaf 1 0 MySharedData 1 0058")
    assert view.ask("peek 1 0 208")["bytes"] == "ff" * 4 + "5800" + "ff" * 202


def test_texts_stand_behind_their_length(view):
    view.ask("store 1 0 SomeData 0000000000000001 005800e9")
    assert view.ask("peek 1 0 16")["bytes"] == "0100000000000000040000005800e900"
    view.ask("store 1 0 Message c3a9220a01 -")
    body = rb'{"title":"' + "é".encode() + rb'\"\n\u0001","content":""}'
    assert view.ask(f"peek 1 0 {4 + len(body)}")["bytes"] == (len(body).to_bytes(4, "little") + body).hex()
    assert view.ask("await 1 0 0")["value"] == f"{len(body):08x}"
    assert view.ask("load 1 0 Message")["leaves"] == ["c3a9220a01", "-"]


def test_a_message_from_another_writer(view):
    body = rb' {"content" : "\/\u0041", "title":"\ud83d\ude00"} '
    view.ask("poke 1 0 " + (len(body).to_bytes(4, "little") + body).hex())
    assert view.ask("load 1 0 Message")["leaves"] == ["😀".encode().hex(), b"/A".hex()]


@pytest.mark.parametrize("body", [b"", b"{}", b'{"title":"\\ud800","content":""}', b'{"title":"a', b'{"title":"a"}'])
def test_a_message_that_is_none(view, body):
    view.ask("poke 1 0 " + (len(body).to_bytes(4, "little") + body).hex())
    assert view.ask("load 1 0 Message")["kind"] == "invalid"


def test_what_does_not_fit_touches_nothing(view):
    before = view.ask("peek 1 3968 128")
    for request in ("store 1 4090 Message 61 62", "store 1 4081 SomeData 0000000000000001 00610062"):
        assert view.ask(request)["kind"] == "range"
    assert view.ask("load 1 4095 Integer")["kind"] == "range"
    assert view.ask("peek 1 3968 128") == before


def test_a_name_lives_as_long_as_its_handles(peer, name):
    first, second = peer(), peer()
    assert refused(first.ask(f"open_existing {name}"), NOT_FOUND)
    assert first.ask(f"create_new {name} 10000") == {"map": 1, "created": True, "capacity": 12288}
    assert refused(second.ask(f"create_new {name} 1"), EXISTS)
    assert second.ask(f"create_or_open Local%5C{name} 20000") == {"map": 1, "created": False, "capacity": 12288}
    first.kill()
    second.ask("view 1 0 0 read_write")
    second.ask("poke 1 0 2a")
    second.ask("close_map 1")
    assert refused(second.ask(f"open_existing {name}"), NOT_FOUND)
    assert second.ask(f"create_new {name} 10000")["created"] is True
    second.ask("view 2 0 0 read")
    assert second.ask("peek 1 0 1")["bytes"] == "2a"
    assert second.ask("peek 2 0 1")["bytes"] == "00"


def test_views_keep_to_their_rights(peer, name):
    one = peer()
    one.ask(f"create_new {name} 10")
    one.ask(f"open_existing {name} read")
    assert one.ask("view 2 0 0 read_write")["kind"] == "access"
    one.ask("view 2 0 0 read")
    assert one.ask("poke 1 0 00")["kind"] == "access"
    assert one.ask("store 1 0 Integer 00000000")["kind"] == "access"
    one.ask("view 1 0 0 write")
    assert one.ask("peek 2 0 1")["kind"] == "access"
    one.ask("view 1 0 0 copy")
    assert one.ask("poke 3 0 2a") == {}
    assert one.ask("peek 1 0 1")["bytes"] == "00"


def test_one_of_two_creators_wins_and_a_killed_one_leaves_no_name(peer, name):
    racers = [peer(), peer()]
    for turn in range(60):
        for racer in racers:
            racer.send(f"create_new {name} 64")
        won = ["map" in racer.receive() for racer in racers]
        assert sorted(won) == [False, True]
        winner = won.index(True)
        if turn % 3 == 0:
            racers[winner].end()
        else:
            racers[winner].kill()
        racers[winner] = peer()
        gone(racers[winner], name)
    assert all(racer.end() == 0 for racer in racers)


def gone(peer, name):
    """Windows closes a killed process's handles a moment after it is seen to be dead."""
    for _ in range(1000):
        answer = peer.ask(f"open_existing {name}")
        if answer.get("kind") == "not_found":
            return
        peer.ask(f"close_map {answer['map']}")
    pytest.fail("the name outlived its holder")


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        ("nonsense", "unsupported"),
        ("describe Nonsense", "unsupported"),
        ("hello 2", "unsupported"),
        ("describe", "invalid"),
        ("create_new x", "invalid"),
        ("create_new %4 1", "invalid"),
        ("create_new a%5Cb 1", "invalid_name"),
        ("create_new %00 1", "invalid_name"),
        ("create_new x 0", "invalid_size"),
        ("view 7 0 0 read", "closed"),
        ("view 1 0 0 read stream", "unsupported"),
        ("view 1 4096 1 read", "range"),
        ("close_view 2", "closed"),
        ("peek 1 4096 1", "range"),
        ("poke 1 0 abc", "invalid"),
        ("store 1 0 Integer", "invalid"),
        ("store 1 0 Integer 00", "invalid"),
        ("store_leaf 1 0 Message 0 00", "unsupported"),
        ("await 1 0 1", "timeout"),
    ],
)
def test_errors_answer(view, request_, kind):
    assert view.ask(request_)["kind"] == kind


def test_no_line_ends_it(peer):
    seed = 20240229
    dice = random.Random(seed)
    one = peer()
    assert one.process.stdin is not None
    assert one.process.stdout is not None
    letters = b"0123 abcdefhlopstuvwy_-%\xff\x00\r"
    lines = [bytes(dice.choices(letters, k=dice.randrange(60))) for _ in range(500)]
    lines.append(b"1 poke 1 0 " + b"a" * (1 << 20))
    one.process.stdin.write(b"\n".join(lines) + b"\n")
    one.process.stdin.flush()
    kinds = {one.process.stdout.readline().split(b'"kind":"')[1].split(b'"')[0] for _ in lines}
    assert kinds <= {b"invalid", b"unsupported"}, f"seed {seed}"
    assert one.end() == 0
