"""Builds: cached by content, a missing field found and named, a broken source reported in the compiler's words."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from samebytes.errors import BuildError, ManifestError, MissingToolError
from samebytes.layout import records_from_toml
from samebytes.peers.build import Builder
from samebytes.peers.manifest import read_manifest
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.processes import Processes

RECORDS = records_from_toml(fixtures_folder() / "layouts" / "seed.toml")
ABI = "x86_64-linux"

# A "compiler" that is a Python script: it refuses probes that name a field the declaration does not have.
COMPILER = """
import pathlib, sys
source, probe, out = map(pathlib.Path, sys.argv[1:])
declared = source.read_text().split()
for line in probe.read_text().split():
    if line.split("[")[0] not in declared:
        sys.exit(f"probe.x:1: error: no member named '{line}'")
with (source.parent.parent / "runs").open("a") as log:
    log.write("built\\n")
out.write_text("".join(declared))
"""
TEMPLATE = "{% for layout in layouts %}{% for leaf in layout.leaves %}{{ leaf.path }}\n{% endfor %}{% endfor %}"


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("SAMEBYTES_CACHE", str(tmp_path / "cache"))
    place = tmp_path / "toy"
    place.mkdir()
    (place / "compiler.py").write_text(COMPILER)
    (place / "probe.jinja").write_text(TEMPLATE)
    (place / "declaration.x").write_text("Value Letter Numbers")
    (place / "peer.toml").write_text(
        f"""
name = "toy"
language = "Toy"
sources = ["*.x", "*.jinja"]
[probe]
template = "probe.jinja"
output = "probe.x"
[layouts]
MySharedData = "MySharedData"
[[target]]
abi = "{ABI}"
[target.add]
debian = "apt-get install toy"
windows = "winget install toy"
macos = "brew install toy"
[[target.toolchain]]
name = "toyc"
probe = ["{{python}}", "--version"]
build = [["{{python}}", "compiler.py", "{{source}}/declaration.x", "{{out}}/probe.x", "{{out}}/made"]]
[[face]]
name = "program"
kind = "program"
run = {{ {ABI} = ["{{out}}/made"] }}
""".replace("compiler.py", "{source}/compiler.py")
    )
    return place


def build(folder: Path):
    manifest = read_manifest(folder / "peer.toml")
    builder = Builder(Processes(), (sys.executable,), RECORDS)
    return builder.build(manifest, manifest.targets[ABI], lambda _line: None)


def builds_run(folder: Path) -> int:
    log = folder.parent / "runs"
    return len(log.read_text().splitlines()) if log.exists() else 0


def test_a_build_is_made_once_and_again_when_a_source_changes(folder):
    first = build(folder)
    assert (first.folder / "made").read_text() == "ValueLetterNumbers"
    assert build(folder) == first
    assert builds_run(folder) == 1
    (folder / "declaration.x").write_text("Value Letter Numbers More")
    second = build(folder)
    assert second.folder != first.folder
    assert (second.folder / "made").read_text() == "ValueLetterNumbersMore"


def test_a_field_that_the_declaration_lacks_is_found_and_named(folder):
    (folder / "declaration.x").write_text("Value Numbers")
    made = build(folder)
    (missing,) = made.missing
    assert (missing.layout, missing.field) == ("MySharedData", "Letter")
    assert missing.words == "probe.x:1: error: no member named 'Letter'"
    assert "Letter" not in (made.folder / "probe.x").read_text()
    assert build(folder) == made


def test_of_many_records_the_one_that_lacks_a_field_is_found(folder):
    manifest = folder / "peer.toml"
    names = ("Integer", "MySharedDataExplicit", "SomeData", "MySharedData")
    declared = "".join(f'{name} = "{name}"\n' for name in names)
    manifest.write_text(manifest.read_text().replace('MySharedData = "MySharedData"\n', declared))
    (folder / "declaration.x").write_text("Value Letter Numbers Text")
    made = build(folder)
    assert [(item.layout, item.field) for item in made.missing] == [("SomeData", "CurrentDate")]
    probe = (made.folder / "probe.x").read_text().split()
    assert "CurrentDate" not in probe
    assert (probe.count("Value"), probe.count("Letter"), probe.count("Text")) == (3, 2, 1)


def test_a_source_that_does_not_compile_at_all_is_an_error_in_the_compilers_words(folder):
    (folder / "compiler.py").write_text("import sys; sys.exit('declaration.x:3: error: expected ;')")
    with pytest.raises(BuildError, match="expected ;") as caught:
        build(folder)
    assert caught.value.peer == "toy"
    assert list((folder.parent / "cache" / "builds").iterdir()) == []


def test_a_missing_compiler_is_named_with_the_command_that_adds_it(folder):
    manifest = folder / "peer.toml"
    manifest.write_text(
        manifest.read_text().replace('probe = ["{python}", "--version"]', 'probe = ["no-such-compiler"]')
    )
    with pytest.raises(MissingToolError, match="toyc") as caught:
        build(folder)
    assert "install toy" in caught.value.add


def test_a_probe_that_fails_means_the_toolchain_is_not_there(folder):
    manifest = folder / "peer.toml"
    manifest.write_text(manifest.read_text().replace('"--version"]', '"-c", "raise SystemExit(1)"]', 1))
    with pytest.raises(MissingToolError):
        build(folder)


@pytest.mark.parametrize("text", ["{{ nothing }}", "{% for %}"])
def test_a_wrong_template_is_named(folder, text):
    (folder / "probe.jinja").write_text(text)
    with pytest.raises(ManifestError, match=r"probe\.jinja"):
        build(folder)


def test_a_layout_that_does_not_exist_is_named(folder):
    manifest = folder / "peer.toml"
    manifest.write_text(manifest.read_text().replace('MySharedData = "', 'NoSuch = "'))
    with pytest.raises(ManifestError, match=r"layouts\.NoSuch"):
        build(folder)


def test_a_shipped_build_is_used_only_for_the_sources_it_was_made_from(folder):
    from samebytes.layout import abi_named
    from samebytes.peers.build import source_digest
    from samebytes.peers.probe import probe_layouts, render

    text = (
        (folder / "peer.toml").read_text().replace('probe = ["{python}", "--version"]', 'probe = ["no-such-compiler"]')
    )
    (folder / "peer.toml").write_text(
        text.replace("[[target.toolchain]]", '[target.prebuilt]\nfolder = "shipped"\n[[target.toolchain]]')
    )
    manifest = read_manifest(folder / "peer.toml")
    layouts = probe_layouts([(RECORDS["MySharedData"], "MySharedData")], abi_named(ABI))
    rendered = render(folder / "probe.jinja", layouts, ABI)
    (folder / "shipped").mkdir()
    (folder / "shipped" / "DIGEST").write_text(source_digest(manifest, manifest.targets[ABI], rendered) + "\n")
    assert build(folder).folder == folder / "shipped"
    (folder / "declaration.x").write_text("Value Letter")
    with pytest.raises(MissingToolError, match="not those of the shipped build"):
        build(folder)


def test_an_unfinished_build_is_never_used(folder):
    made = build(folder)
    (made.folder / "build.json").unlink()
    (made.folder / "made").write_text("half")
    assert (build(folder).folder / "made").read_text() == "ValueLetterNumbers"
    assert builds_run(folder) == 2
