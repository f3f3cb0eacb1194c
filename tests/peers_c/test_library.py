"""The library peers, C, Nim and Pascal, loaded into this process."""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIZE = ctypes.c_int64
HANDLE = ctypes.c_void_p


class Text(ctypes.Structure):
    _fields_ = (("bytes", ctypes.c_char_p), ("count", SIZE))


def load(folder):
    library = ctypes.CDLL(str(folder / ("peer.dll" if os.name == "nt" else "libpeer.so")))
    library.PeerInfo.restype = library.PeerLayoutName.restype = ctypes.c_char_p
    library.PeerLayoutSize.restype = library.BufferErrorCode.restype = library.BufferFileCapacity.restype = SIZE
    library.CreateBufferFile.restype = library.CreateBuffer.restype = HANDLE
    library.CreateBufferFile.argtypes = [ctypes.c_char_p, SIZE]
    for function in ("CreateBuffer", "FreeBuffer", "FreeBufferFile", "BufferFileCapacity"):
        getattr(library, function).argtypes = [HANDLE]
    library.OpenBufferFile.argtypes = [ctypes.c_char_p, SIZE, ctypes.c_int32, ctypes.POINTER(HANDLE)]
    for function in ("PeerStore", "PeerLoad"):
        getattr(library, function).argtypes = [ctypes.c_int32, HANDLE, SIZE, HANDLE, HANDLE]
    return library


def layout(library, name):
    (index,) = (i for i in range(library.PeerLayoutCount()) if library.PeerLayoutName(i) == name.encode())
    return index


@pytest.fixture(params=["c", "nim", "pascal"])
def library(request, built):
    return load(built(request.param))


def test_the_least_contract(library, name):
    file = library.CreateBufferFile(name.encode(), 4)
    buffer = library.CreateBuffer(file)
    assert library.BufferFileCapacity(file) == 4096
    library.Write(-7)
    assert library.Read() == -7
    other = HANDLE()
    assert library.OpenBufferFile(name.encode(), 4, 0, ctypes.byref(other)) == 1
    library.FreeBuffer(buffer)
    assert library.Read() == 0
    library.FreeBufferFile(file)
    assert library.OpenBufferFile(name.encode(), 0, 2, ctypes.byref(other)) == 2
    assert library.BufferErrorCode() == 2


@pytest.mark.parametrize(("title", "content"), [(b"", b""), (b'a"\\\n\x1f\x0b\x7f', "é😀/".encode())])
def test_message_bytes(library, title, content):
    escaped = title.replace(b"\\", rb"\\").replace(b'"', rb"\"").replace(b"\n", rb"\n")
    escaped = escaped.replace(b"\x1f", rb"\u001f").replace(b"\x0b", rb"\u000b")
    body = b'{"title":"' + escaped + b'","content":"' + content + b'"}'
    record = ctypes.create_string_buffer(4 + len(body))
    leaves = (ctypes.c_uint64 * 2)()
    texts = (Text * 2)((title, len(title)), (content, len(content)))
    message = layout(library, "Message")
    assert library.PeerStore(message, record, len(record) - 1, leaves, texts) == 7
    assert record.raw == bytes(len(record))
    assert library.PeerStore(message, record, len(record), leaves, texts) == 0
    assert record.raw == struct.pack("<i", len(body)) + body

    buffers = [ctypes.create_string_buffer(100) for _ in texts]
    texts = (Text * 2)(*((ctypes.cast(buffer, ctypes.c_char_p), 100) for buffer in buffers))
    assert library.PeerLoad(message, record, len(record), leaves, texts) == 0
    assert [buffer.raw[: text.count] for buffer, text in zip(buffers, texts, strict=True)] == [title, content]


@pytest.mark.parametrize("length", [-1, 93, 2**31 - 1])
def test_a_length_beyond_the_view_is_not_followed(library, length):
    record = ctypes.create_string_buffer(struct.pack("<i", length), 96)
    texts = (Text * 2)((b"", 0), (b"", 0))
    assert library.PeerLoad(layout(library, "Message"), record, 96, (ctypes.c_uint64 * 2)(), texts) == 7


# A type, another one, and a field's line, in each language's declarations.
EDITS = {
    "c": ("float Numbers", "double Numbers", "    char16_t Letter;\n"),
    "nim": ("array[50, float32]", "array[50, float64]", "    Letter*: uint16 # a UTF-16 unit\n"),
}


@pytest.mark.parametrize("language", EDITS)
def test_a_declaration_of_another_type_still_builds(rebuild, language):
    old, new, _ = EDITS[language]
    library = load(rebuild(language, old, new))
    assert library.PeerLayoutSize(layout(library, "MySharedData")) == 408


@pytest.mark.parametrize("language", EDITS)
def test_a_declaration_without_a_field_still_builds(rebuild, language):
    *_, line = EDITS[language]
    library = load(rebuild(language, line, "", without="Letter"))
    assert library.PeerLayoutSize(layout(library, "MySharedData")) == 204


PROJECT = """\
[layout.PinnedHoles]
toml = "{layouts}"
[library.kept]
linux = "{library}"
exports = {{ FreeBuffer = "BufferErrorCode" }}
[library.freed]
linux = "{library}"
"""


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what a process has mapped")
def test_a_library_that_never_unmaps_is_found_though_it_stores_and_loads_right(built, samebytes, tmp_path):
    said = PROJECT.format(layouts=ROOT / "fixtures/layouts/explicit.toml", library=built("c") / "libpeer.so")
    (tmp_path / "samebytes.toml").write_text(said, "utf-8")
    cells = samebytes("check", "--realm", "linux", "--json", folder=tmp_path).cells.values()
    assert {cell["producer"]: cell["verdict"] for cell in cells} == {"kept": "leaked", "freed": "agreed"}
