"""Manifests: the shipped ones can be read; a wrong one is named with its key and what to write there."""

from __future__ import annotations

import pytest

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.checks.data.undeclared import undeclared
from samebytes.errors import ManifestError
from samebytes.peers.manifest import discover, read_manifest
from samebytes.peers.paths import fixtures_folder, peers_folder

GOOD = """
name = "x"
language = "X"
sources = ["*.x"]
[[target]]
abi = "x86_64-linux"
[[face]]
name = "program"
kind = "program"
run = { x86_64-linux = ["{out}/x"] }
"""

WRONG = [
    ("name =", "cannot read"),
    (GOOD.replace('name = "x"\n', ""), "name is nothing"),
    (GOOD.replace('"x"\nlanguage', '"a/b"\nlanguage'), "name is 'a/b'"),
    (GOOD.replace('sources = ["*.x"]', 'sources = "*.x"'), "sources is '*.x'"),
    (GOOD + "colour = 1\n", "unknown key face[0].colour"),
    (GOOD.replace('["{out}/x"]', '"{out}/x"'), "face[0].run is"),
    (GOOD.replace('kind = "program"', 'kind = "plugin"'), "face[0].kind is 'plugin'"),
    (GOOD.replace("run = {", "file = {").replace('["{out}/x"]', '"x"'), "face[0].run is nothing"),
    ("\n".join(GOOD.splitlines()[:4]), "target is nothing"),
    (GOOD.replace("[[target]]", "[target]"), "target is"),
    (GOOD.replace("[[target]]", 'layouts = ["Nope*"]\n[[target]]'), "layouts is ['Nope*']"),
    (GOOD.replace("[[target]]", 'layouts = ["Sample"]\n[types]\nTile = "T"\n[[target]]'), "types is {'Tile': 'T'}"),
    (GOOD.replace("[[target]]", '[unsupported]\nunions = ["Nope"]\n[[target]]'), "unsupported.unions is ['Nope']"),
    (GOOD.replace("[[target]]", '[words]\nflags = "-O2"\n[[target]]'), "words.flags is '-O2'"),
]


@pytest.mark.parametrize(("text", "words"), WRONG, ids=[words for _, words in WRONG])
def test_a_wrong_manifest_is_named_with_its_key(tmp_path, text, words):
    path = tmp_path / "peer.toml"
    path.write_text(text)
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert str(path) in str(caught.value)
    assert words in str(caught.value)
    assert caught.value.hint


def test_the_shipped_peers_are_found_with_the_layouts_they_declare():
    manifests = discover((peers_folder(),))
    assert {"c", "csharp", "nim", "python"} <= set(manifests)
    known = read_records(fixtures_folder())
    for manifest in manifests.values():
        assert set(manifest.layouts) <= set(known)
        assert {"x86_64-linux", "x86_64-windows"} <= set(manifest.targets)


def test_what_a_language_has_no_words_for_is_told_apart_from_what_nobody_declared(tmp_path):
    path = tmp_path / "peer.toml"
    lacking = 'layouts = ["*", "!Note*", "!Loose"]\n[unsupported]\nunions = ["Variant*"]\npacking = ["PackedBy[12]"]\n[[target]]'
    path.write_text(GOOD.replace("[[target]]", lacking))
    manifest = read_manifest(path)
    assert not {"Variant", "VariantList", "PackedBy1", "Note"} & set(manifest.layouts)
    assert "PackedBy4" in manifest.layouts
    records = read_records(fixtures_folder())
    skip = undeclared(manifest, read_programs(fixtures_folder(), records), "linux")
    told = (
        "X has no packing for PackedBy1, PackedBy2",
        "X has no unions for Variant, VariantList",
        "declares no Loose, Note",
    )
    assert skip.reason == "; ".join(told)
    assert skip.add.startswith("declare them, and name them in ")
    path.write_text(GOOD.replace("[[target]]", lacking.replace(', "!Note*", "!Loose"', "")))
    assert undeclared(read_manifest(path), read_programs(fixtures_folder(), records), "linux").add == ""


def test_layouts_of_the_same_name_need_no_line(tmp_path):
    path = tmp_path / "peer.toml"
    path.write_text(
        GOOD.replace("[[target]]", 'layouts = ["Packed*", "!PackedNote", "Own"]\n[types]\nOwn = "Mine"\n[[target]]')
    )
    declared = read_manifest(path, ["Own"]).layouts
    assert dict(declared) == {**{f"PackedBy{n}": f"PackedBy{n}" for n in (1, 2, 4, 8)}, "Own": "Mine"}


def test_what_commands_share_is_said_once(tmp_path):
    path = tmp_path / "peer.toml"
    build = '[[target.toolchain]]\nname = "xc"\nprobe = ["xc"]\nbuild = [["xc", "{flags}", "-o", "{out}/x"]]\n'
    words = '[words]\nflags = ["-fast", "{warn}"]\nwarn = ["-W", "{warn}"]\n'
    path.write_text(GOOD.replace("[[target]]", f"{words}[[target]]").replace("[[face]]", f"{build}[[face]]"))
    (toolchain,) = read_manifest(path).targets["x86_64-linux"].toolchains
    assert toolchain.build == (("xc", "-fast", "-W", "{warn}", "-o", "{out}/x"),)


def test_two_peers_of_one_name_are_refused(tmp_path):
    for folder in ("one", "two"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "peer.toml").write_text(GOOD)
    with pytest.raises(ManifestError, match="rename one of them"):
        discover((tmp_path,))
