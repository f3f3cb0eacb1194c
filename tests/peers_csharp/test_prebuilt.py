"""The shipped assemblies are what the committed sources say: rebuilt here, they come out the same but for their random identity."""

from __future__ import annotations

import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_records
from samebytes.layout import abi_named
from samebytes.peers.build import expanded, source_digest
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.probe import probe_layouts, render

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "peers" / "csharp"
GUID_BYTES = 16
ABIS = ["x86_64-linux", "x86_64-windows"]


def normalised(assembly: bytes) -> bytes:
    """The assembly with the bytes zeroed that a compiler may choose anew each time: the PE timestamp and the MVID."""
    data = bytearray(assembly)
    pe = _u32(data, 0x3C)
    data[pe + 8 : pe + 12] = bytes(4)
    streams = dict(_metadata_streams(data, pe))
    # An MVID is the first of the module's GUIDs; the module is the one row of table 0, behind the header and the row counts.
    tables, guids = streams["#~"], streams["#GUID"]
    present = struct.unpack_from("<Q", data, tables + 8)[0]
    row = tables + 24 + 4 * present.bit_count()
    string_width = 4 if data[tables + 6] & 1 else 2
    guid_width = 4 if data[tables + 6] & 2 else 2
    index = int.from_bytes(data[row + 2 + string_width : row + 2 + string_width + guid_width], "little")
    mvid = guids + GUID_BYTES * (index - 1)
    data[mvid : mvid + GUID_BYTES] = bytes(GUID_BYTES)
    return bytes(data)


def _u16(data: bytearray, at: int) -> int:
    return int(struct.unpack_from("<H", data, at)[0])


def _u32(data: bytearray, at: int) -> int:
    return int(struct.unpack_from("<I", data, at)[0])


def _metadata_streams(data: bytearray, pe: int) -> Iterator[tuple[str, int]]:
    """The CLI metadata's streams and their places in the file (ECMA-335, II.24.2 and II.25)."""
    optional = pe + 24
    directories = optional + (112 if _u16(data, optional) == 0x20B else 96)
    cli = _place(data, pe, _u32(data, directories + 14 * 8))
    metadata = _place(data, pe, _u32(data, cli + 8))
    at = metadata + 16 + _u32(data, metadata + 12)
    count, at = _u16(data, at + 2), at + 4
    for _ in range(count):
        end = data.index(0, at + 8)
        yield data[at + 8 : end].decode("ascii"), metadata + _u32(data, at)
        at = at + 8 + (end - (at + 8)) // 4 * 4 + 4


def _place(data: bytearray, pe: int, address: int) -> int:
    """Where in the file the section holds what is loaded at a relative virtual address."""
    section = pe + 24 + _u16(data, pe + 20)
    for at in range(section, section + 40 * _u16(data, pe + 6), 40):
        size, start, _, raw = struct.unpack_from("<4I", data, at + 8)
        if start <= address < start + size:
            return raw + address - start
    raise ValueError(f"no section holds the address {address:#x}")


@pytest.fixture(scope="module")
def manifest() -> Manifest:
    return read_manifest(FOLDER / "peer.toml")


def rendered(manifest: Manifest, abi: str) -> str:
    records = read_records(ROOT / "fixtures")
    layouts = probe_layouts(((records[name], type_) for name, type_ in manifest.layouts.items()), abi_named(abi))
    assert manifest.probe is not None
    return render(FOLDER / manifest.probe.template, layouts, abi)


def build(manifest: Manifest, abi: str, out: Path) -> bytes:
    (out / "Probe.cs").write_text(rendered(manifest, abi), "utf-8", newline="\n")
    (command,) = manifest.targets[abi].toolchains[0].build
    words = expanded(command, {}, {"out": str(out), "source": str(FOLDER)})
    subprocess.run([*words, "-warnaserror"], check=True, timeout=120)
    return (out / "SameBytesPeer.dll").read_bytes()


def shipped(manifest: Manifest, abi: str) -> Path:
    prebuilt = manifest.targets[abi].prebuilt
    assert prebuilt is not None
    return FOLDER / prebuilt.folder


@pytest.mark.parametrize("abi", ABIS)
def test_the_digest_is_that_of_the_sources(manifest: Manifest, abi: str) -> None:
    digest = (shipped(manifest, abi) / "DIGEST").read_text("ascii").strip()
    assert digest == source_digest(manifest, manifest.targets[abi], rendered(manifest, abi))


@pytest.mark.parametrize("abi", ABIS)
@pytest.mark.skipif(shutil.which("mcs") is None, reason="no mcs here: apt-get install mono-mcs")
def test_the_shipped_assembly_is_what_the_sources_say(manifest: Manifest, abi: str, tmp_path: Path) -> None:
    assembly = (shipped(manifest, abi) / "SameBytesPeer.dll").read_bytes()
    assert normalised(build(manifest, abi, tmp_path)) == normalised(assembly)
