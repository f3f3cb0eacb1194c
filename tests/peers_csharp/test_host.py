"""The C# peer alone: what it answers, what it writes, and how long its names live."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ZERO = "00000000"
RECORD = ["0000007b", "0058", *[ZERO] * 10, "3fb9999a", *[ZERO] * 39]
VIEW_FORMS = ["accessor", "stream"]


def hexed(text: str, encoding: str) -> str:
    return text.encode(encoding).hex() or "-"


def until(condition: Callable[[], bool], seconds: float = 5.0) -> bool:
    """Whether it comes true in time: Wine takes milliseconds to clear up after a killed process."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def is_gone(peer: Any, name: str) -> bool:
    """Whether nobody holds the name. A look that succeeds is taken back."""
    try:
        peer("close_map", peer.opened("open_existing", name))
    except Exception as refused:
        return getattr(refused, "kind", "") == "not_found"
    return False


def test_hello_says_what_it_is(peer: Any) -> None:
    about = peer("hello", 1)
    assert about["language"] == "C#"
    assert about["version"].startswith(".NET")
    assert (about["pointer"], about["protocol"], about["views"]) == (8, 1, ["accessor", "stream"])
    assert {"Integer", "MySharedData", "MySharedDataExplicit", "Message", "SomeData"} <= set(about["layouts"])
    assert {"await", "store_leaf", "leave", "abort"} <= set(about["verbs"])


@pytest.mark.parametrize("layout", ["MySharedData", "MySharedDataExplicit"])
def test_the_struct_is_described_as_the_runtime_lays_it_out(peer: Any, layout: str) -> None:
    described = peer("describe", layout)
    leaves = {path: (offset, width) for path, offset, width, _ in described["leaves"]}
    assert (described["size"], described["align"], described["marshalled"]["size"]) == (208, 4, 208)
    assert (leaves["Value"], leaves["Letter"], leaves["Numbers[10]"]) == ((0, 4), (4, 2), (48, 4))


def test_texts_are_described_where_they_begin(peer: Any) -> None:
    leaves = [["title", 4, 0, "text"], ["content", 4, 0, "text"]]
    assert peer("describe", "Message") == {"size": 4, "align": 4, "leaves": leaves, "members": [], "enums": {}}
    described = peer("describe", "SomeData")
    assert (described["size"], described["leaves"]) == (12, [["CurrentDate", 0, 8, "signed"], ["Text", 12, 0, "text"]])


@pytest.mark.parametrize("form", VIEW_FORMS)
def test_the_struct_s_bytes(peer: Any, name: str, form: str) -> None:
    map_ = peer.opened("create_new", name, 1000)
    raw, view = peer.viewed(map_, 0, 0, "read_write"), peer.viewed(map_, 0, 0, "read_write", form)
    peer("poke", raw, 100, "ee" * 208)
    peer("store", view, 100, "MySharedData", *RECORD)
    data = bytes.fromhex(peer("peek", raw, 100, 208)["bytes"])
    assert (data[:8].hex(), data[48:52].hex()) == ("7b0000005800eeee", "9a99b93f"), (
        "padding is not the record's to write"
    )
    assert peer("load", view, 100, "MySharedData")["leaves"] == RECORD
    peer("store_leaf", view, 100, "MySharedData", 12, "7fa00001")
    assert peer("load", raw, 100, "MySharedData")["leaves"][12] == "7fa00001", "a signalling NaN arrives as it is"


@pytest.mark.parametrize("form", VIEW_FORMS)
@pytest.mark.parametrize(
    "text", ["", "plain", 'quote " back \\ slash /', "\b\f\n\r\t\x01\x1f\x7f", "é中😀\u2028", "x" * 500]
)
def test_texts_come_back(peer: Any, name: str, form: str, text: str) -> None:
    view = peer.viewed(peer.opened("create_new", name, 8192), 0, 0, "read_write", form)
    message = [hexed(text, "utf-8"), hexed(text[::-1], "utf-8")]
    peer("store", view, 8, "Message", *message)
    assert peer("load", view, 8, "Message")["leaves"] == message
    stamp = ["fffffffffffffffe", hexed(text, "utf-16-be")]
    peer("store", view, 4096, "SomeData", *stamp)
    assert peer("load", view, 4096, "SomeData")["leaves"] == stamp
    peer("store_leaf", view, 4096, "SomeData", 0, "0000000000000007")
    assert peer.refusal("store_leaf", view, 8, "Message", 1, "41").kind == "unsupported"
    assert peer.refusal("store_leaf", view, 4096, "SomeData", 1, "0041").kind == "unsupported"
    assert peer("load", view, 4096, "SomeData")["leaves"] == ["0000000000000007", stamp[1]]
    assert peer("load", view, 8, "Message")["leaves"] == message


def test_json_is_compact_and_any_json_is_read(peer: Any, name: str) -> None:
    view = peer.viewed(peer.opened("create_new", name, 4096), 0, 0, "read_write")
    peer("store", view, 0, "Message", hexed('a"\x01', "utf-8"), "-")
    body = b'{"title":"a\\"\\u0001","content":""}'
    assert bytes.fromhex(peer("peek", view, 0, 4 + len(body))["bytes"]) == len(body).to_bytes(4, "little") + body
    other = b' { "content" : "\\ud83d\\uDE00\\/" , "title":"" } '
    peer("poke", view, 0, (len(other).to_bytes(4, "little") + other).hex())
    assert peer("load", view, 0, "Message")["leaves"] == ["-", "😀/".encode().hex()]
    peer("poke", view, 4, b"[".hex())
    assert peer.refusal("load", view, 0, "Message").kind == "invalid"


def test_a_length_that_lies_is_out_of_range(peer: Any, name: str) -> None:
    view = peer.viewed(peer.opened("create_new", name, 4096), 0, 0, "read_write")
    for length in ("00100000", "ffffff7f", "ffffffff"):
        peer("poke", view, 0, length)
        assert peer.refusal("load", view, 0, "Message").kind == "range"
    peer("poke", view, 4000, "ee" * 96)
    assert peer.refusal("store", view, 4000, "SomeData", "00" * 8, "0041" * 60).kind == "range"
    assert peer("peek", view, 4000, 96)["bytes"] == "ee" * 96


@pytest.mark.parametrize("options", [(), ("--sharedmem",)])
def test_a_name_lives_as_long_as_its_holders(start: Callable[..., Any], name: str, options: tuple[str, ...]) -> None:
    one, other = start(*options), start(*options)
    nothing = one.refusal("open_existing", name)
    assert (nothing.kind, nothing.code, nothing.native) == ("not_found", 2, "FileNotFoundException")
    first = one.opened("create_new", name, 5000)
    view = one.viewed(first, 0, 0, "read_write")
    assert other.refusal("create_new", name, 1).kind == "exists"
    joined = other("create_or_open", name, 1)
    assert joined["capacity"] == 8192
    assert joined["created"] in (False, None)
    seen = other.viewed(joined["map"], 0, 0, "read_write")
    one("poke", view, 7, "2a")
    assert other("peek", seen, 7, 1)["bytes"] == "2a"
    one("close_map", first)
    assert not is_gone(other, name)
    other("close_map", joined["map"])
    assert is_gone(other, name), "a view does not keep the name"
    other("poke", seen, 8, "2b")
    assert one("peek", view, 7, 2)["bytes"] == "2a2b", "but it keeps the memory"
    again = one("create_new", name, 1)
    assert again["created"] is True
    assert one("peek", one.viewed(again["map"], 0, 0, "read_write"), 7, 2)["bytes"] == "0000"
    assert one.refusal("close_map", first).kind == "closed"


def test_a_pointer_and_a_stream_over_it(start: Callable[..., Any], name: str) -> None:
    peer = start("--sharedmem")
    map_ = peer.opened("create_or_open", name, 4096)
    pointer, stream = peer.viewed(map_, 8, 0, "read_write"), peer.viewed(map_, 8, 0, "read_write", "stream")
    for layout, leaves in (("MySharedData", RECORD), ("Message", ["41", "-"]), ("SomeData", ["00" * 8, "0058"])):
        for writer, reader in ((pointer, stream), (stream, pointer)):
            peer("poke", writer, 0, "00" * 300)
            peer("store", writer, 3, layout, *leaves)
            assert peer("load", reader, 3, layout)["leaves"] == leaves
    peer("close_map", map_)
    peer("close_view", pointer)
    assert peer("load", stream, 3, "SomeData")["leaves"] == ["00" * 8, "0058"]


@pytest.mark.parametrize("options", [(), ("--sharedmem",)])
def test_a_killed_holder_holds_nothing(start: Callable[..., Any], name: str, options: tuple[str, ...]) -> None:
    one, other = start(*options), start(*options)
    one.viewed(one.opened("create_new", name, 4096), 0, 0, "read_write")
    other("hello", 1)
    one.process.kill()
    assert until(lambda: is_gone(other, name))
    assert other("create_new", name, 4096)["created"] is True


@pytest.mark.parametrize(("ending", "status"), [("leave", 0), ("abort", None), ("bye", 0)])
def test_endings(start: Callable[..., Any], name: str, ending: str, status: int | None) -> None:
    one, other = start(), start()
    one.opened("create_new", name, 4096)
    one.send(f"9 {ending}".encode())
    answer, _ = one.process.communicate(timeout=30)
    assert answer.strip() == (b'{"seq":9,"ok":{}}' if ending == "bye" else b"")
    assert one.process.returncode == status if status is not None else one.process.returncode != 0
    assert until(lambda: is_gone(other, name))


def test_the_end_of_the_input_is_the_end(start: Callable[..., Any], name: str) -> None:
    one, other = start(), start()
    one.opened("create_new", name, 4096)
    one.process.communicate(timeout=30)
    assert one.process.returncode == 0
    assert is_gone(other, name)


@pytest.mark.parametrize("options", [(), ("--sharedmem",)])
def test_copies_are_private(start: Callable[..., Any], name: str, options: tuple[str, ...]) -> None:
    peer = start(*options)
    map_ = peer.opened("create_new", name, 4096)
    shared, copy = peer.viewed(map_, 0, 0, "read_write"), peer.viewed(map_, 0, 0, "copy")
    peer("poke", shared, 0, "2a")
    peer("poke", copy, 0, "54")
    assert (peer("peek", copy, 0, 1)["bytes"], peer("peek", shared, 0, 1)["bytes"]) == ("54", "2a")


def test_a_map_for_reading(peer: Any, name: str) -> None:
    peer.opened("create_new", name, 4096)
    reading = peer.opened("open_existing", name, "read")
    assert peer.refusal("view", reading, 0, 0, "read_write").kind == "access"
    assert peer("peek", peer.viewed(reading, 0, 0, "read"), 0, 4)["bytes"] == ZERO
    copy = peer.viewed(reading, 0, 0, "copy")
    peer("poke", copy, 0, "54")


@pytest.mark.parametrize("form", VIEW_FORMS)
@pytest.mark.parametrize("options", [(), ("--sharedmem",)])
def test_views_for_one_thing_only(start: Callable[..., Any], name: str, options: tuple[str, ...], form: str) -> None:
    peer = start(*options)
    map_ = peer.opened("create_new", name, 4096)
    view = peer.viewed(map_, 0, 0, "read", form)
    assert peer.refusal("poke", view, 0, "00").kind == "access"
    assert peer.refusal("store", view, 0, "Integer", ZERO).kind == "access"
    assert peer.refusal("store", view, 0, "Message", "-", "-").kind == "access"
    assert peer("load", view, 0, "Integer")["leaves"] == [ZERO]
    view = peer.viewed(map_, 0, 0, "write", form)
    peer("store", view, 0, "Integer", ZERO)
    assert peer.refusal("peek", view, 0, 4).kind == "access"
    assert peer.refusal("load", view, 0, "Integer").kind == "access"
    assert peer.refusal("await", view, 0, 0).kind == "access"


def test_views_have_their_own_beginning_and_end(peer: Any, name: str) -> None:
    map_ = peer.opened("create_new", name, 200000)
    whole = peer.viewed(map_, 0, 0, "read_write")
    for form in VIEW_FORMS:
        view = peer("view", map_, 70001, 300, "read_write", form)
        assert view["capacity"] == 300
        peer("store", view["view"], 4, "MySharedData", *RECORD)
        assert peer("peek", whole, 70001 + 4 + 48, 4)["bytes"] == "9a99b93f"
        assert peer.refusal("store", view["view"], 96, "MySharedData", *RECORD).kind == "range"
        assert peer.refusal("peek", view["view"], 299, 2).kind == "range"
        assert peer("peek", view["view"], 300, 0) == {"bytes": ""}
    assert peer.refusal("view", map_, 0, 300000, "read_write").kind == "range"


def test_awaiting(start: Callable[..., Any], name: str) -> None:
    reader, writer = start(), start()
    view = reader.viewed(reader.opened("create_new", name, 4096), 0, 0, "read")
    assert reader.refusal("await", view, 8, 20).kind == "timeout"
    target = writer.viewed(writer.opened("open_existing", name), 0, 0, "read_write", "stream")
    reader.send(f"77 await {view} 8 20000".encode())
    writer("store", target, 0, "SomeData", "00" * 8, "00480069")
    assert b'"seq":77,"ok":{"value":"00000004"}' in reader.process.stdout.readline()


@pytest.mark.skipif("SAMEBYTES_CSHARP_HOST" in os.environ, reason="the command runs elsewhere, with a .NET of its own")
def test_a_dotnet_that_cannot_be_loaded_is_named(command: list[str], tmp_path: Path) -> None:
    library = "coreclr.dll" if sys.platform == "win32" else "libcoreclr.so"
    broken = tmp_path / "shared" / "Microsoft.NETCore.App" / "99.0.0" / library
    broken.parent.mkdir(parents=True)
    broken.write_bytes(b"no library")
    environment = {**os.environ, "DOTNET_ROOT": str(tmp_path)}
    done = subprocess.run(command, env=environment, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{broken} cannot be loaded" in done.stderr
    assert "Traceback" not in done.stderr
