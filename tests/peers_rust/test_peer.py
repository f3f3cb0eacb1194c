"""The Rust peer by itself: no warnings, nothing in memory that ends it, requests of every sort, and the library as C sees it."""

from __future__ import annotations

import ctypes
import json
import shutil
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.errors import MissingToolError
from samebytes.layout import abi_named
from samebytes.peers.build import Builder
from samebytes.peers.manifest import read_manifest
from samebytes.peers.probe import probe_layouts, render
from samebytes.peers.processes import Processes

PEER = Path(__file__).parents[2] / "peers" / "rust"
RECORDS = read_records(PEER.parents[1] / "fixtures")
ABI = "x86_64-linux"
SECONDS = 60

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the peer is built natively on Linux")


@pytest.fixture(scope="module")
def built() -> Path:
    """The folder in which the peer is built, as the matrix has it."""
    manifest = read_manifest(PEER / "peer.toml")
    try:
        build = Builder(Processes(), (sys.executable,), RECORDS).build(
            manifest, manifest.targets[ABI], lambda _line: None
        )
    except MissingToolError as error:
        pytest.skip(f"{error}; to add it: {error.add}")
    assert build.missing == ()
    assert build.folder is not None
    return build.folder


@pytest.fixture
def name() -> str:
    """A segment's name that nobody else uses."""
    return f"peers-rust-{uuid.uuid4().hex}"


@pytest.fixture
def said(built: Path) -> Callable[..., list[dict[str, Any]]]:
    """Answers to lines, numbered from 1, that come all at once; the input ends behind them."""

    def ask(*requests: str | bytes) -> list[dict[str, Any]]:
        numbered = (
            line if isinstance(line, bytes) else f"{number} {line}".encode() for number, line in enumerate(requests, 1)
        )
        sent = b"".join(line + b"\n" for line in numbered)
        done = subprocess.run([built / "program"], input=sent, capture_output=True, timeout=SECONDS, check=True)
        assert done.stderr == b""
        return [json.loads(line) for line in done.stdout.splitlines()]

    return ask


def page(name: str, *requests: str) -> tuple[str, ...]:
    """Requests about view 1 on a page of its own."""
    return f"create_new {name} 100", "view 1 0 0 read_write", *requests


@pytest.mark.parametrize("compiler", ["rustc", "/usr/bin/rustc"])
def test_it_compiles_without_a_warning(tmp_path: Path, compiler: str) -> None:
    manifest = read_manifest(PEER / "peer.toml")
    if shutil.which(compiler) is None:
        pytest.skip(f"there is no {compiler}; to add it: {manifest.targets[ABI].add['debian']}")
    declared = ((RECORDS[name], type_) for name, type_ in manifest.layouts.items())
    probe = render(PEER / "probe.rs.jinja", probe_layouts(declared, abi_named(ABI), manifest.constants), ABI)
    (tmp_path / "probe.rs").write_text(probe, "utf-8")
    flags = ["--edition=2021", "--emit=metadata", "-Dwarnings", f"--out-dir={tmp_path}"]
    command = [sys.executable, PEER / "rustc.py", tmp_path, compiler, *flags]
    sources = (
        ["--crate-name=peer", "--crate-type=rlib", PEER / "library.rs"],
        ["--crate-name=program", f"--extern=peer={tmp_path}/libpeer.rmeta", PEER / "program.rs"],
    )
    for words in sources:
        done = subprocess.run([*command, *words], capture_output=True, text=True, timeout=300, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.usefixtures("built")
def test_an_assertion_that_fails_is_an_error_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "wrong.rs").write_text('const _: () = assert!(1 > 2, "Wheels of Car has no element 3");\n', "utf-8")
    command = [sys.executable, PEER / "rustc.py", tmp_path, "rustc", "--crate-type=lib", tmp_path / "wrong.rs"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 1
    errors = [line for line in done.stderr.splitlines() if "error" in line]
    assert "Wheels of Car has no element 3" in errors[0]


def test_whatever_stands_in_a_truth_or_an_enumeration_is_loaded(said, name):
    loads = ("poke 1 0 02000000ffffffff000102ff80", "load 1 0 Truths", "poke 1 0 " + "4d" * 24, "load 1 0 Choices")
    *_, truths, _, choices = said(*page(name, *loads))
    assert truths["ok"]["leaves"] == ["01", "ffffffff", "00", "01", "01", "01", "01"]
    assert choices["ok"]["leaves"] == ["4d", "4d4d", "4d" * 4, "4d" * 8, "4d" * 4]


def test_a_record_may_stand_at_any_address(said, name):
    loads = (
        "store 1 13 Mixed 07 0102030405060708 1122 3ff0000000000000",
        "load 1 13 Mixed",
        "peek 1 13 32",
        "load 1 4073 Mixed",
    )
    *_, loaded, memory, beyond = said(*page(name, *loads))
    assert loaded["ok"]["leaves"] == ["07", "0102030405060708", "1122", "3ff0000000000000"]
    assert memory["ok"]["bytes"] == "07" + "00" * 7 + "0807060504030201" + "2211" + "00" * 6 + "000000000000f03f"
    assert beyond["error"]["kind"] == "range"


@pytest.mark.parametrize(
    ("body", "leaves"),
    [
        (rb' {"content" : "\/\u0041", "title":"\ud83d\ude00"} ', ["f09f9880", "2f41"]),
        (rb'{"title":"","content":"","more":"x"}', ["-", "-"]),
        (b"", None), (b"{}", None), (b'{"title":"a"}', None), (b'{"title":"\\ud800","content":""}', None),
        (b'{"title":"a","content":1}', None), (b'{"title":"\xff","content":""}', None), (b'{"title":"\\u00 1","content":""}', None),
    ],
)  # fmt: skip
def test_a_message_from_another_writer(said, name, body, leaves):
    stored = (len(body).to_bytes(4, "little") + body).hex()
    answer = said(*page(name, f"poke 1 0 {stored}", "load 1 0 Message"))[-1]
    assert answer["ok"]["leaves"] == leaves if leaves else answer["error"]["kind"] == "invalid"


@pytest.mark.parametrize("length", ["ffffffff", "fd0f0000", "ffffff7f"])
def test_a_length_beyond_the_view_is_not_followed(said, name, length):
    for record in ("Note", "SomeData", "Message"):
        at = {"Note": 4, "SomeData": 8, "Message": 0}[record]
        assert said(*page(name, f"poke 1 {at} {length}", f"load 1 0 {record}"))[-1]["error"]["kind"] == "range"


def test_what_is_no_request_is_answered_and_ends_nothing(said):
    lines = (
        b"",
        b" ",
        b"5",
        b"-5 bye",
        b"+5 bye",
        b"99999999999999999999 bye",
        b"7 b\xc3\xa4d",
        b"8 " + b"x" * (1 << 20),
        b"9 \0bye",
    )
    found = said(*lines, "hello 1")
    assert [answer["seq"] for answer in found] == [None, None, 5, None, None, None, 7, 8, 9, 10]
    assert {answer["error"]["kind"] for answer in found[:-1]} == {"invalid"}
    assert found[-1]["ok"]["peer"] == "rust"


def test_requests_with_windows_line_ends_are_requests(said, name):
    assert [answer["seq"] for answer in said(f"create_new {name} 1\r", "close_map 1\r", "bye\r")] == [1, 2, 3]


@pytest.mark.parametrize("odd", ["%", "%0", "%zz", "a%00b", "%ff", "%ed%a0%80", "a%5Cb", "Local%5C", "/raw"])
def test_what_cannot_name_a_segment_is_refused(said, odd):
    (answer,) = said(f"create_new {odd} 1")
    malformed, raw = odd in ("%", "%0", "%zz"), odd.startswith("/")
    assert answer["error"]["kind"] == ("invalid" if malformed else "unsupported" if raw else "invalid_name")


def test_leaving_and_aborting_end_it_at_once(built, said, name):
    for verb, status in (("leave", 0), ("abort", -6)):
        lines = f"1 create_new {name} 1\n2 {verb}\n3 hello 1\n".encode()
        done = subprocess.run([built / "program"], input=lines, capture_output=True, timeout=SECONDS, check=False)
        assert done.returncode == status
        assert len(done.stdout.splitlines()) == 1
    assert said(f"open_existing {name}")[0]["error"]["kind"] == "not_found"


def test_the_least_of_the_library_contract(built, name):
    library = ctypes.CDLL(str(built / "libpeer.so"))
    for function in ("CreateBufferFile", "CreateBuffer"):
        getattr(library, function).restype = ctypes.c_void_p
    library.CreateBufferFile.argtypes = [ctypes.c_char_p, ctypes.c_int64]
    library.OpenBufferFile.argtypes = [ctypes.c_char_p, ctypes.c_int64, ctypes.c_int32, ctypes.POINTER(ctypes.c_void_p)]
    for function in ("CreateBuffer", "FreeBuffer", "FreeBufferFile"):
        getattr(library, function).argtypes = [ctypes.c_void_p]
    other = ctypes.c_void_p()
    file = library.CreateBufferFile(name.encode(), 4)
    buffer = library.CreateBuffer(file)
    library.Write(-7)
    assert library.Read() == -7
    assert library.OpenBufferFile(name.encode(), 4, 0, ctypes.byref(other)) == 1
    assert library.OpenBufferFile(name.encode(), 4, 4, ctypes.byref(other)) == 11
    assert library.OpenBufferFile(None, 4, 0, ctypes.byref(other)) == 4
    library.FreeBufferFile(file)
    assert library.Read() == -7
    library.FreeBuffer(buffer)
    assert library.Read() == 0
    assert library.OpenBufferFile(name.encode(), 0, 2, ctypes.byref(other)) == 2
    assert library.PeerLoad(0, None, ctypes.c_int64(0), None, None) == 11
    assert library.PeerLoad(-1, None, ctypes.c_int64(0), None, None) == 9
