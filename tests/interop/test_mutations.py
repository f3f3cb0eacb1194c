"""A changed declaration is found: the cell names the field and the bytes, and the exit code is 1."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from samebytes.peers.build import Builder
from samebytes.peers.children import Children
from samebytes.peers.manifest import discover
from samebytes.peers.places import peers_folder

PEERS = peers_folder()

MUTATIONS = [
    # peer, file, what is replaced, by what, the field and the cause that must be named
    (
        "csharp",
        "Declarations.cs",
        r"public char Letter;",
        "public byte Letter;",
        "Letter",
        "`Letter` declared as an 8-bit",
    ),
    (
        "csharp",
        "Declarations.cs",
        r"LayoutKind.Sequential, C",
        "LayoutKind.Sequential, Pack = 1, C",
        "Numbers[0]",
        "Pack=1",
    ),
    ("c", "declarations.h", r"    char16_t Letter;\n", "", "Letter", "`Letter` missing"),
    ("c", "declarations.h", r"float Numbers\[50\];", "double Numbers[50];", "Numbers[0]", "64-bit float"),
    ("c", "declarations.h", r"float Numbers\[50\];", "float Numbers[48];", "Numbers[0]", "48 elements instead of 50"),
    (
        "c",
        "declarations.h",
        r"int32_t Value;\n    char16_t Letter;\n    float",
        "char16_t Letter;\n    int32_t Value;\n    float",
        "Letter",
        "`Value` and `Letter` swapped",
    ),
    ("nim", "declarations.nim", r"array\[50, float32\]", "array[50, float64]", "Numbers[0]", "64-bit float"),
    ("python", "declarations.py", r"c_float \* 50", "__import__('ctypes').c_double * 50", "Numbers[0]", "64-bit float"),
]


@pytest.fixture
def mutated(tmp_path):
    """A copy of the peers in which one declaration is changed; that peer is called `mutant` there."""

    def make(peer: str, file: str, pattern: str, replacement: str) -> Path:
        copy = tmp_path / "peers"
        shutil.copytree(PEERS, copy, ignore=shutil.ignore_patterns("__pycache__"))
        for manifest in copy.glob("*/peer.toml"):
            text = manifest.read_text("utf-8")
            manifest.unlink()
            if manifest.parent.name == peer:
                manifest.write_text(text.replace(f'name = "{peer}"', 'name = "mutant"', 1), "utf-8")
        path = copy / peer / file
        text, count = re.subn(pattern, lambda _match: replacement, path.read_text("utf-8"))
        assert count >= 1, f"{file} has no {pattern}"
        path.write_text(text, "utf-8")
        return copy

    return make


def _toolchain_missing(peer: str) -> str | None:
    import sys

    manifest = discover((PEERS,))[peer]
    target = manifest.targets.get("x86_64-linux")
    if sys.platform != "linux" or target is None:
        return "built natively on Linux only"
    builder = Builder(Children(), (sys.executable,), {})
    if target.toolchains and builder.toolchain(target) is None:
        return f"no compiler for {peer}; to add it: {target.add.get('debian')}"
    return None


@pytest.mark.parametrize(("peer", "file", "pattern", "replacement", "field", "cause"), MUTATIONS)
def test_a_changed_declaration_is_found(samebytes, mutated, peer, file, pattern, replacement, field, cause):
    reason = _toolchain_missing(peer)
    if reason:
        pytest.skip(reason)
    folder = mutated(peer, file, pattern, replacement)
    ran = samebytes(
        "matrix", "--peers-folder", folder, "--peer", "mutant", "--peer", "python", "--realm", "linux",
        "--layout", "struct", "--json",
    )  # fmt: skip
    assert ran.status == 1
    for identity in ("mutant/python/struct/linux/data", "python/mutant/struct/linux/data"):
        cell = ran.cells[identity]
        assert (cell["verdict"], cell["stage"]) == ("differs", "describe")
        assert field in {item["path"] for run in cell["runs"] for item in run["differences"]}
        assert cell["cause"].startswith("mutant")
        assert cause in cell["cause"]
    stored = [
        item
        for run in ran.cells["mutant/python/struct/linux/data"]["runs"]
        for item in run["differences"]
        if item["stage"] == "store"
    ]
    assert stored, "no difference in memory was shown"
    assert ran.cells["python/python/struct/linux/data"]["verdict"] == "agreed"
