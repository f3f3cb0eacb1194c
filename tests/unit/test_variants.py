"""One peer on several runtimes: what is pinned, what a run without names has, and that nothing else runs under a pinned name."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samebytes.checks.data.subjects import read_programs, read_records
from samebytes.checks.lifecycle.scenarios import read_scenarios
from samebytes.checks.matrix.selection import choose_peers
from samebytes.checks.requests.request import Request, cells_of
from samebytes.errors import ManifestError, MissingToolError, StartError, UsageError
from samebytes.peers import processors
from samebytes.peers.availability import fetched, meet
from samebytes.peers.build import Build, Builder
from samebytes.peers.manifest import Manifest, read_manifest
from samebytes.peers.paths import fixtures_folder
from samebytes.peers.peer import Starter
from samebytes.peers.processes import Processes
from samebytes.peers.realms import NativeRealm
from samebytes.peers.variants import by_default, check_abi, check_runtime, face_name, peer_of, with_variants

COMPILED = """
name = "x"
language = "X"
runtime = [{ name = "new" }, { name = "old", reduced = true, without = ["Tile"] }]
layouts = { Tile = "T", Board = "B" }
[[target]]
abi = "x86_64-linux"
prebuilt = { folder = "made" }
[[target.toolchain]]
name = "xc"
runtime = "new"
probe = ["xc", "--version"]
build = [["xc", "-std={runtime}"]]
[[target.toolchain]]
name = "old"
probe = ["oldx"]
build = [["oldx"]]
[[face]]
name = "library"
kind = "library"
file = { x86_64-linux = "x.so" }
[[face]]
name = "program"
kind = "program"
run = { x86_64-linux = ["{out}/x"] }
"""

INTERPRETED = """
name = "y"
language = "Y"
runtime = [{ name = "3" }, { name = "2.7", pypi = "y.txt", reduced = true }]
[[target]]
abi = "x86_64-linux"
[[target.require]]
why = "Y"
runtime = true
probe = ["{python}", "-c", "raise SystemExit('no Y {runtime}')"]
[[face]]
name = "program"
kind = "program"
run = { x86_64-linux = ["y{runtime}", "x.y"] }
"""


@pytest.fixture
def known(tmp_path: Path) -> dict[str, Manifest]:
    """Both peers, and each on each of its runtimes."""
    found = {}
    for text in (COMPILED, INTERPRETED):
        path = tmp_path / f"{len(found)}.toml"
        path.write_text(text)
        manifest = read_manifest(path)
        found[manifest.name] = manifest
    return with_variants(found)


def test_each_runtime_has_a_peer_of_its_own(known):
    assert list(known) == ["x", "x@new", "x@old", "y", "y@3", "y@2.7"]
    assert {manifest.peer for manifest in known.values()} == {"x", "y"}
    assert list(known["x@new"].layouts) == ["Tile", "Board"]
    assert list(known["x@old"].layouts) == ["Board"]


def test_a_runtime_that_is_a_compiler_leaves_no_other(known):
    (new,) = known["x@new"].targets["x86_64-linux"].toolchains
    (old,) = known["x@old"].targets["x86_64-linux"].toolchains
    assert (new.name, new.build, old.name) == ("xc", (("xc", "-std=new"),), "old")
    assert known["x@new"].targets["x86_64-linux"].prebuilt is None, "nobody knows which compiler made it"
    assert len(known["x"].targets["x86_64-linux"].toolchains) == 2


@pytest.mark.parametrize(("name", "word"), [("y", "y"), ("y@3", "y3"), ("y@2.7", "y2.7")])
def test_the_runtime_stands_in_commands(known, name, word):
    manifest = known[name]
    starter = Starter(manifest, manifest.faces[0], NativeRealm(), Build(None, ""), Processes())
    assert starter.expand(manifest.faces[0].run["x86_64-linux"]) == [word, "x.y"]


def test_builds_of_a_peer_that_is_not_pinned_have_nothing_for_it():
    builder = Builder(Processes(), ("python",), {})
    assert builder._expand(("xc", "-std={runtime}"), {}) == ("xc", "-std=")


def test_what_runs_must_be_what_was_asked_for(known):
    for good in ("2.7", "2.7.18"):
        check_runtime(known["y@2.7"], good)
    for version, words in (("2.70", "runs on 2.70"), ("3.1", "runs on 3.1"), ("", "does not say on what it runs")):
        with pytest.raises(StartError, match=f"^y@2.7 must run on 2.7 and {words}"):
            check_runtime(known["y@2.7"], version)
    check_runtime(known["y"], "")
    check_runtime(known["x@new"], "")  # its compiler is certain


def test_what_a_run_without_names_has(known):
    chosen = choose_peers("--peer", None, None, known)
    assert list(chosen) == ["x", "x@old", "y", "y@2.7"]
    assert [name for name, manifest in chosen.items() if manifest.reduced] == ["x@old", "y@2.7"]
    assert len(chosen["x@old"].faces) == 1
    assert not choose_peers("--peer", ["x@old"], None, known)["x@old"].reduced, "who asks for it has all of it"


@pytest.mark.parametrize(
    ("peers", "runtimes", "found"),
    [
        (None, ["2.7"], ["x", "y@2.7"]),
        (["x", "y"], ["3", "old"], ["x@old", "y@3"]),
        (["y"], ["all"], ["y@3", "y@2.7"]),
        (["y@3", "y"], None, ["y@3", "y"]),
        (["y@3", "x"], ["new"], ["y@3", "x@new"]),
    ],
)
def test_runtimes_that_are_asked_for(known, peers, runtimes, found):
    assert list(choose_peers("--peer", peers, runtimes, known)) == found


@pytest.mark.parametrize(
    ("peers", "runtimes", "words"),
    [
        (["z"], None, "--peer z: there is none of that name (there are: x, y)"),
        (["y@4"], None, "--peer y@4: y has no runtime or ABI '4' (there are: 3, 2.7)"),
        (["y"], ["new"], "runtime new: no peer that takes part has it (there are: 3, 2.7, all)"),
    ],
)
def test_runtimes_that_there_are_not(known, peers, runtimes, words):
    with pytest.raises(UsageError) as caught:
        choose_peers("--peer", peers, runtimes, known)
    assert str(caught.value) == words


def test_a_reduced_peer_exchanges_data_with_its_own_kind():
    records = read_records(fixtures_folder())
    (scenario,) = [one for one in read_scenarios(fixtures_folder()) if one.name == "join"]
    peer = Manifest("x", "X", Path(), (), None, {name: name for name in records}, {}, ())
    chosen = [peer, replace(peer, name="x@old", reduced=True), replace(peer, name="z")]
    request = Request(
        realms=["linux"],
        checks=["data", "lifecycle"],
        manifests={one.name: one for one in chosen},
        peers=[one.name for one in chosen],
        programs=read_programs(fixtures_folder(), records)[:1],
        scenarios=[scenario],
        records=records,
    )
    cells = list(cells_of(request))
    pairs = {(cell.producer, cell.consumer, cell.check) for cell in cells if "x@old" in (cell.producer, cell.consumer)}
    assert pairs == {("x", "x@old", "data"), ("x@old", "x", "data")}
    assert len(cells) == 2 * 4 + 2


def test_faces_are_called_so_that_their_peer_is_known(known):
    for manifest in (*known.values(), *by_default(known.values())):
        for face in manifest.faces:
            assert peer_of(face_name(manifest, face)) == manifest.name


def test_what_would_be_fetched(known):
    assert [fetched(known[name]) and fetched(known[name]).name for name in ("x", "y", "y@3", "y@2.7")] == [
        None, "2.7", None, "2.7",
    ]  # fmt: skip


def test_a_runtime_that_is_not_there_is_fetched_once_and_looked_for_again(known):
    realm, processes, fetched_files = NativeRealm(), Processes(), []
    realm.install = lambda path, *_: fetched_files.append(path.name)
    for name, fetches in (("y@3", []), ("y@2.7", ["y.txt"])):
        requirement = known[name].targets["x86_64-linux"].requirements[0]
        with pytest.raises(MissingToolError, match=f"needs Y: no Y {name[2:]}"):
            meet(requirement, known[name], realm, processes, lambda _line: None)
        assert fetched_files == fetches


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ('runtime = [{ name = "a/b" }]', "runtime[0].name is 'a/b'"),
        ('runtime = [{ name = "a", reduced = 1 }]', "runtime[0].reduced is 1"),
        ('runtime = [{ name = "a", colour = 1 }]', "unknown key runtime[0].colour"),
    ],
)
def test_a_wrong_runtime_is_named_with_its_key(tmp_path, wrong, words):
    path = tmp_path / "peer.toml"
    path.write_text("\n".join(wrong if line.startswith("runtime = [") else line for line in INTERPRETED.splitlines()))
    with pytest.raises(ManifestError) as caught:
        read_manifest(path)
    assert words in str(caught.value)


FOREIGN = """
name = "z"
language = "Z"
layouts = {}
runtime = [{ name = "zc" }]
[[target]]
abi = "x86_64-linux"
[[target]]
abi = "s390x-linux"
variant = "s390x"
beside = ["y"]
[[target]]
abi = "armv7-linux-gnueabihf"
variant = "armhf"
[[face]]
name = "library"
kind = "library"
file = { x86_64-linux = "z.so" }
[[face]]
name = "program"
kind = "program"
run = { x86_64-linux = ["z"], s390x-linux = ["z"], armv7-linux-gnueabihf = ["z"] }
"""


@pytest.fixture
def foreign(known, tmp_path):
    """The same, and a peer that can be for other ABIs."""
    (tmp_path / "z.toml").write_text(FOREIGN)
    return {**known, **with_variants({"z": read_manifest(tmp_path / "z.toml")})}


def test_each_further_abi_has_a_peer_of_its_own(foreign):
    assert [name for name in foreign if name.startswith("z")] == ["z", "z@zc", "z@s390x", "z@armhf"]
    peer = foreign["z@s390x"]
    assert (peer.abi, list(peer.targets), peer.runtimes) == ("s390x-linux", ["s390x-linux"], ())
    assert [face_name(peer, face) for face in peer.faces] == ["z@s390x.program"]
    assert peer_of("z@s390x.program") == "z@s390x"
    assert (peer.lives_in("linux"), peer.lives_in("windows")) == (True, False)


@pytest.mark.parametrize(
    ("peers", "runtimes", "abis", "every", "found"),
    [
        (None, None, ["s390x"], False, ["x", "x@old", "y", "y@2.7", "z", "z@s390x"]),
        (["z"], None, ["s390x-linux", "armhf"], False, ["z", "z@s390x", "z@armhf"]),
        (["z"], ["zc"], ["all"], False, ["z@zc"]),
        (["z@armhf"], ["all"], None, False, ["z@armhf"]),
        (["z"], None, None, True, ["z", "z@zc", "z@s390x", "z@armhf"]),
    ],
)
def test_peers_for_other_abis_are_added_where_they_are_asked_for(foreign, peers, runtimes, abis, every, found):
    chosen = choose_peers("--peer", peers, runtimes, foreign, abis, every=every)
    assert list(chosen) == found
    assert not any(chosen[name].reduced for name in found if name.startswith("z"))


def test_an_abi_that_nobody_is_for_is_refused_with_those_there_are(foreign):
    with pytest.raises(
        UsageError, match=r"^ABI m68k: no peer that takes part is for it \(there are: s390x, armhf, all\)$"
    ):
        choose_peers("--peer", ["z"], None, foreign, ["m68k"])
    with pytest.raises(UsageError, match="these peers are for this machine's own alone"):
        choose_peers("--peer", ["y"], None, foreign, ["s390x"])


def test_a_peer_beside_others_has_a_small_row(foreign):
    chosen = choose_peers("--peer", None, None, foreign)
    assert chosen["z@s390x"].reduced
    assert "z@armhf" not in chosen
    request = Request(
        realms=["linux", "windows"],
        checks=["data"],
        manifests=chosen,
        peers=list(chosen),
        programs=[one for one in read_programs(fixtures_folder(), read_records(fixtures_folder())) if not one.plain][
            :1
        ],
    )
    pairs = {(cell.producer, cell.consumer, cell.realm) for cell in cells_of(request) if "z@s390x" in cell.peers}
    own = ("z@s390x", "linux")
    assert pairs == {
        ("z@s390x", *own), ("z@s390x", "z", "linux"), ("z", *own), ("z@s390x", "y", "linux"), ("y", *own),
    }  # fmt: skip


def test_what_runs_programs_of_another_processor(monkeypatch):
    found = {"qemu-s390x-static": "/x/qemu-s390x-static", "qemu-arm": "/x/qemu-arm"}
    monkeypatch.setattr(processors.shutil, "which", found.get)
    monkeypatch.setattr(processors, "_runs_32_bits", lambda: False)
    assert processors.runner("x86_64-linux", "x86_64-linux") == []
    assert processors.runner("s390x-linux", "x86_64-linux") == ["/x/qemu-s390x-static"]
    assert processors.runner("armv7-linux-gnueabihf", "x86_64-linux") == ["/x/qemu-arm"]
    with pytest.raises(MissingToolError, match="programs for i686-linux need qemu-i386 on this machine") as caught:
        processors.runner("i686-linux", "x86_64-linux")
    assert caught.value.add == "apt-get install qemu-user-static"
    monkeypatch.setattr(processors, "_runs_32_bits", lambda: True)
    assert processors.runner("i686-linux", "x86_64-linux") == []


def test_a_peer_that_is_for_another_abi_than_its_name_says_does_not_take_part(foreign):
    check_abi(foreign["z@s390x"], "s390x-linux", "s390x-linux")
    with pytest.raises(StartError, match="z@s390x must be for s390x-linux and says that it is for x86_64-linux"):
        check_abi(foreign["z@s390x"], "s390x-linux", "x86_64-linux")
