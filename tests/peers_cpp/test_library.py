"""The C++ peer in both realms' compilers, without a warning; its library loaded here."""

from __future__ import annotations

import ctypes
import os
import struct
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.errors import MissingToolError
from samebytes.peers.build import Builder, expanded
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.paths import fixtures_folder, peers_folder
from samebytes.peers.processes import Processes

HERE = "x86_64-windows" if os.name == "nt" else "x86_64-linux"
SIZE, HANDLE = ctypes.c_int64, ctypes.c_void_p


class Text(ctypes.Structure):
    """A text as the contract has it."""

    _fields_ = (("bytes", ctypes.c_char_p), ("count", SIZE))


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest(peers_folder() / "cpp" / "peer.toml")


@pytest.fixture(scope="module")
def builder() -> Builder:
    return Builder(Processes(), (sys.executable,), read_records(fixtures_folder()))


@pytest.fixture(scope="module")
def library(manifest: Manifest, builder: Builder) -> ctypes.CDLL:
    try:
        folder = builder.build(manifest, manifest.targets[HERE], print).folder
    except MissingToolError as error:
        pytest.skip(f"{error}; to add it: {error.add}")
    assert folder is not None
    found = ctypes.CDLL(str(folder / ("peer.dll" if os.name == "nt" else "libpeer.so")))
    found.PeerLayoutName.restype = ctypes.c_char_p
    found.BufferErrorCode.restype = found.BufferFileCapacity.restype = found.BufferCapacity.restype = SIZE
    found.CreateBufferFile.restype = found.CreateBuffer.restype = HANDLE
    found.CreateBufferFile.argtypes = [ctypes.c_char_p, SIZE]
    for function in ("CreateBuffer", "FreeBuffer", "FreeBufferFile", "BufferFileCapacity", "BufferCapacity"):
        getattr(found, function).argtypes = [HANDLE]
    found.OpenBufferFile.argtypes = [ctypes.c_char_p, SIZE, ctypes.c_int32, ctypes.POINTER(HANDLE)]
    found.MapBuffer.argtypes = [HANDLE, SIZE, SIZE, ctypes.c_int32, ctypes.POINTER(HANDLE)]
    for function in ("PeerStore", "PeerLoad"):
        getattr(found, function).argtypes = [ctypes.c_int32, HANDLE, SIZE, HANDLE, HANDLE]
    return found


@pytest.fixture(scope="module")
def message(library: ctypes.CDLL) -> int:
    return next(i for i in range(library.PeerLayoutCount()) if library.PeerLayoutName(i) == b"Message")


@pytest.fixture
def name() -> bytes:
    """A segment's name that nobody else uses."""
    return f"peers-cpp-{uuid.uuid4().hex}".encode()


@pytest.mark.parametrize("abi", ["x86_64-linux", "x86_64-windows"])
def test_no_compiler_has_anything_to_warn_of(manifest: Manifest, builder: Builder, abi: str, tmp_path: Path) -> None:
    target = manifest.targets[abi]
    chosen = builder.toolchain(target)
    if chosen is None:
        pytest.skip(f"no C++ compiler for {abi}; to add it: {target.add['debian']}")
    assert manifest.probe is not None
    (tmp_path / manifest.probe.output).write_text(builder.rendered(manifest, target), "utf-8")
    places = {"out": str(tmp_path), "source": str(manifest.folder)}
    (command,) = chosen[0].build[-1:]  # the program's, which has nearly everything
    words = list(expanded(command, {"python": [sys.executable]}, places))
    words = [word for word in words if word not in ("-o", str(tmp_path / "peer"), str(tmp_path / "peer.exe"))]
    checked = [*words, "-fsyntax-only", "-Werror", "-Wconversion", "-Wno-sign-conversion", "-Wno-float-conversion"]
    done = subprocess.run(checked, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_least_contract(library: ctypes.CDLL, name: bytes) -> None:
    file = library.CreateBufferFile(name, 4)
    buffer = library.CreateBuffer(file)
    assert library.BufferFileCapacity(file) == 4096
    library.Write(-7)
    assert library.Read() == -7
    other = HANDLE()
    assert library.OpenBufferFile(name, 4, 0, ctypes.byref(other)) == 1
    library.FreeBuffer(buffer)
    assert library.Read() == 0
    library.FreeBufferFile(file)
    assert library.OpenBufferFile(name, 0, 2, ctypes.byref(other)) == 2
    assert library.BufferErrorCode() == 2


def test_buffers_are_freed_in_any_order_and_only_the_one_meant(library: ctypes.CDLL, name: bytes) -> None:
    file = library.CreateBufferFile(name, 4096)
    buffers = [library.CreateBuffer(file) for _ in range(3)]
    library.Write(41)
    library.FreeBuffer(buffers[1])
    library.FreeBuffer(buffers[1])
    assert [library.BufferCapacity(buffer) for buffer in buffers] == [4096, 0, 4096]
    library.FreeBuffer(buffers[2])
    assert library.Read() == 41
    beyond = HANDLE()
    assert library.MapBuffer(file, 4095, 2, 0, ctypes.byref(beyond)) == 7
    assert library.MapBuffer(None, 0, 0, 0, ctypes.byref(beyond)) == 8
    library.FreeBuffer(buffers[0])
    library.FreeBufferFile(file)


@pytest.mark.parametrize(("title", "content"), [(b"", b""), (b'a"\\\n\x1f\x0b\x7f', "é😀/".encode())])
def test_message_bytes(library: ctypes.CDLL, message: int, title: bytes, content: bytes) -> None:
    escaped = title.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
    escaped = escaped.replace(b"\x1f", rb"\u001f").replace(b"\x0b", rb"\u000b")
    body = b'{"title":"' + escaped + b'","content":"' + content + b'"}'
    record = ctypes.create_string_buffer(4 + len(body))
    leaves = (ctypes.c_uint64 * 2)()
    texts = (Text * 2)((title, len(title)), (content, len(content)))
    assert library.PeerStore(message, record, len(record) - 1, leaves, texts) == 7
    assert record.raw == bytes(len(record))
    assert library.PeerStore(message, record, len(record), leaves, texts) == 0
    assert record.raw == struct.pack("<i", len(body)) + body

    buffers = [ctypes.create_string_buffer(100) for _ in texts]
    texts = (Text * 2)(*((ctypes.cast(buffer, ctypes.c_char_p), 100) for buffer in buffers))
    assert library.PeerLoad(message, record, len(record), leaves, texts) == 0
    assert [buffer.raw[: text.count] for buffer, text in zip(buffers, texts, strict=True)] == [title, content]


@pytest.mark.parametrize(
    ("body", "result", "found"),
    [
        (rb' {"content" : "\/\u0041", "other":"", "title":"\ud83d\ude00"} ', 0, ["😀".encode(), b"/A"]),
        (rb'{"title":"\ud800","content":""}', 11, None),
        (rb'{"title":"\ud800\u0041","content":""}', 11, None),
        (rb'{"title":"\u00g0","content":""}', 11, None),
        (b'{"title":"a\nb","content":""}', 11, None),
        (b'{"title":"a"}', 11, None),
        (b'{"title":"a","content":""} x', 11, None),
        (b'{"title":"a', 11, None),
        (b"", 11, None),
    ],
)
def test_a_message_from_another_writer(
    library: ctypes.CDLL, message: int, body: bytes, result: int, found: list[bytes] | None
) -> None:
    record = ctypes.create_string_buffer(struct.pack("<i", len(body)) + body, 4 + len(body))
    buffers: list[ctypes.Array[ctypes.c_char]] = [ctypes.create_string_buffer(100) for _ in range(2)]
    texts = (Text * 2)(*((ctypes.cast(buffer, ctypes.c_char_p), 100) for buffer in buffers))
    assert library.PeerLoad(message, record, len(record), (ctypes.c_uint64 * 2)(), texts) == result
    if found is not None:
        assert [buffer.raw[: text.count] for buffer, text in zip(buffers, texts, strict=True)] == found


@pytest.mark.parametrize("length", [-1, 93, 2**31 - 1])
def test_a_length_beyond_the_view_is_not_followed(library: ctypes.CDLL, message: int, length: int) -> None:
    record = ctypes.create_string_buffer(struct.pack("<i", length), 96)
    texts = (Text * 2)((b"", 0), (b"", 0))
    assert library.PeerLoad(message, record, 96, (ctypes.c_uint64 * 2)(), texts) == 7
