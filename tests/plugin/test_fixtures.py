"""The fixtures, as the author of a telemetry plugin uses them: what passes, what fails, and what the failure says."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux, and reads /proc")

TELEMETRY = """
[record.Telemetry]
fields = [
  { name = "flags", type = "u8" },
  { name = "speed", type = "f64" },
  { name = "gear", type = "u8" },
  { name = "wheels", type = "f32", count = 4 },
  { name = "driver", type = "char8", count = 8, text = "padded" },
]
"""


@pytest.fixture
def run_test(run_pytest):
    """Run one test file, with a description of a record beside it."""
    Path("telemetry.toml").write_text(TELEMETRY, "utf-8")

    def run(source, *arguments):
        Path("test_it.py").write_text(source, "utf-8")
        return run_pytest("test_it.py", *arguments)

    return run


def lines_in(text, *wanted):
    """Whether these lines stand in the text, in order; runs of blanks count as one."""
    lines = iter([" ".join(line.removeprefix("E").split()) for line in text.splitlines()])
    return all(any(words in line for line in lines) for words in wanted)


@linux_only
def test_the_readmes_tests_pass_and_go_red_when_a_field_moves(run_test):
    root = Path(__file__).resolve().parents[2]
    blocks = re.findall(r"^```python\n(.*?)^```$", (root / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)
    [source] = [block for block in blocks if "samebytes_segment" in block]
    folder = Path("fixtures/layouts")
    folder.mkdir(parents=True)
    (folder / "seed.toml").write_bytes((root / "fixtures/layouts/seed.toml").read_bytes())
    assert run_test(source, "--samebytes-lock-update").status == 0
    assert list(run_test(source).outcomes.values()) == ["passed", "passed"]
    (folder / "seed.toml").write_text((folder / "seed.toml").read_text("utf-8").replace("char16", "char8"), "utf-8")
    assert list(run_test(source).outcomes.values()) == ["passed", "failed"]


def test_names_differ_from_test_to_test_and_from_worker_to_worker(run_test):
    ran = run_test(
        "import pathlib, pytest\n"
        "@pytest.mark.parametrize('n', ['a/b', 'Ω', 3, 4])\n"
        "def test_it(samebytes_name, n):\n"
        "    pathlib.Path(samebytes_name).write_text('')\n",
        "-n", "2",
    )  # fmt: skip
    assert list(ran.outcomes.values()) == ["passed"] * 4
    names = [path.name for path in Path.cwd().glob("test_it_*") if path.is_file()]
    assert len(names) == 4
    assert all("-gw" in name and name.isascii() for name in names)


def test_a_segment_is_there_for_the_test_and_gone_after_it_even_with_a_buffer_of_it_alive(run_test):
    ran = run_test(
        "import pytest\nfrom samebytes.mapping import MemoryMappedFile\nKEPT = []\n"
        "def test_one(samebytes_segment, samebytes_name):\n"
        "    segment = samebytes_segment(100)\n"
        "    other = samebytes_segment(100)\n"
        "    assert segment.name == samebytes_name != other.name\n"
        "    assert segment.capacity == 4096 and segment.read(0, 3) == bytes(3)\n"
        "    segment.write(b'abc', 4093)\n"
        "    with MemoryMappedFile.open_existing(segment.name) as same, same.create_view_accessor() as view:\n"
        "        assert view.memoryview()[4093:].tobytes() == b'abc'\n"
        "    KEPT.extend([segment.view.memoryview(), segment.name])\n"
        "def test_two():\n"
        "    with pytest.raises(FileNotFoundError):\n"
        "        MemoryMappedFile.open_existing(KEPT[1])\n"
        "    assert bytes(KEPT[0][4093:]) == b'abc'\n"
        "def test_three(samebytes_segment):\n"
        "    samebytes_segment(10).write(b'abc', 4094)\n",
        "-W", "error",
    )  # fmt: skip
    assert list(ran.outcomes.values()) == ["passed", "passed", "failed"]
    assert "has 4096 bytes, not 4094 to 4097" in ran.text("test_it.py::test_three")


def test_bytes_are_read_by_offset_and_count_or_by_count_and_never_by_one_number_that_could_be_either(run_test):
    ran = run_test(
        "def test_right(samebytes_segment):\n"
        "    segment = samebytes_segment(4096)\n"
        "    segment.write(b'abcdef')\n"
        "    assert segment.read(2, 3) == segment.read_bytes(3, offset=2) == b'cde'\n"
        "    assert segment.read_bytes(3) == b'abc' and len(segment.read()) == 4096\n"
        "    assert segment.read_bytes(0) == b''\n"
        "def test_either(samebytes_segment):\n"
        "    samebytes_segment(4096).read(8)\n"
        "def test_beyond(samebytes_segment):\n"
        "    samebytes_segment(4096).read_bytes(4097)\n"
        "def test_backwards(samebytes_segment):\n"
        "    samebytes_segment(4096).read(8, -1)\n",
    )  # fmt: skip
    assert list(ran.outcomes.values()) == ["passed", "failed", "failed", "failed"]
    words = "is 8 an offset or a count? (read_bytes(8) has the first 8 bytes, read(8, COUNT) those from 8 on)"
    assert words in ran.text("test_it.py::test_either")
    assert "has 4096 bytes, not 0 to 4097" in ran.text("test_it.py::test_beyond")
    assert "has 4096 bytes, not 8 to 7" in ran.text("test_it.py::test_backwards")


@pytest.mark.skipif(sys.platform != "linux", reason="a raw POSIX name")
def test_what_another_program_shares_is_compared_by_its_name(run_test):
    ran = run_test(
        "import secrets, pytest\n"
        "from multiprocessing.shared_memory import SharedMemory\n"
        "LAYOUT = {'record': {'Lap': {'fields': [{'name': 'lap', 'type': 'u16'}, {'name': 'gear', 'type': 'i8'}]}}}\n"
        "from samebytes.layout import records_from_tree\n"
        "LAP = records_from_tree(LAYOUT)['Lap']\n"
        "@pytest.fixture\n"
        "def shared():\n"
        "    memory = SharedMemory(f'samebytes-{secrets.token_hex(4)}', create=True, size=4096)\n"
        "    memory.buf[:4] = b'\\x07\\0\\xff\\0'\n"
        "    yield '/' + memory.name\n"
        "    memory.close()\n"
        "    memory.unlink()\n"
        "def test_right(samebytes_compare, shared):\n"
        "    samebytes_compare(shared, LAP, {'lap': 7, 'gear': -1})\n"
        "def test_wrong(samebytes_compare, shared):\n"
        "    samebytes_compare(shared, LAP, {'lap': 7, 'gear': 1})\n"
        "def test_nobody(samebytes_compare, shared):\n"
        "    samebytes_compare(shared + '-not', LAP, {'lap': 7})\n",
    )  # fmt: skip
    assert list(ran.outcomes.values()) == ["passed", "failed", "failed"]
    assert "1 of 2 fields differ" in ran.text("test_it.py::test_wrong")
    assert "nobody shares '/samebytes-" in ran.text("test_it.py::test_nobody")


def test_a_segment_of_another_program_is_waited_for(run_test):
    ran = run_test(
        "import subprocess, sys\n"
        "PROGRAM = '''\n"
        "import sys, time\n"
        "from samebytes.mapping import MemoryMappedFile\n"
        "with MemoryMappedFile.create_new(sys.argv[1], 100) as map:\n"
        "    map.create_view_accessor().write_int32(0, 7)\n"
        "    sys.stdin.read()\n"
        "'''\n"
        "def test_it(samebytes_segment, samebytes_name):\n"
        "    with subprocess.Popen([sys.executable, '-c', PROGRAM, samebytes_name], stdin=subprocess.PIPE):\n"
        "        samebytes_segment.join(seconds=30)\n"
        "def test_nobody(samebytes_segment):\n"
        "    samebytes_segment.join('nobody-made-this')\n"
    )
    assert ran.outcomes == {"test_it.py::test_it": "passed", "test_it.py::test_nobody": "failed"}
    assert "SegmentNotFoundError" in ran.text("test_it.py::test_nobody")


def test_a_comparison_passes_and_says_what_differs_where_it_does_not(run_test):
    ran = run_test(
        "import struct\n"
        "GOOD = struct.pack('<B7xdB3x4f8s', 1, 1.5, 3, 0.25, 0, 0, 1, b'Ada') + bytes(20)\n"
        "WANTED = {'flags': 1, 'speed': 1.5, 'gear': 3, 'wheels[0]': 0.25, 'wheels[3]': 1.0, 'driver': 'Ada'}\n"
        "def test_same(samebytes_compare, samebytes_segment):\n"
        "    segment = samebytes_segment(100)\n"
        "    segment.write(GOOD[:48], 52)\n"
        "    samebytes_compare(segment, 'telemetry.toml', WANTED, offset=52)\n"
        "    samebytes_compare(segment.name, 'telemetry.toml', WANTED, offset=52)\n"
        "    samebytes_compare(bytearray(GOOD), 'telemetry.toml:Telemetry', WANTED | {'wheels': [0.25, 0, 0, 1]})\n"
        "def test_padding_is_not_compared(samebytes_compare):\n"
        "    samebytes_compare(GOOD[:1] + b'garbage' + GOOD[8:], 'telemetry.toml', WANTED)\n"
        "def test_differs(samebytes_compare):\n"
        "    samebytes_compare(GOOD.replace(b'Ada', b'Bob'), 'telemetry.toml', WANTED | {'gear': 4})\n"
        "def test_what_is_not_named_must_be_zero(samebytes_compare):\n"
        "    samebytes_compare(GOOD, 'telemetry.toml', {'flags': 1})\n"
        "def test_partial(samebytes_compare):\n"
        "    samebytes_compare(GOOD, 'telemetry.toml', {'flags': 1}, partial=True)\n"
        "def test_too_short(samebytes_compare):\n"
        "    samebytes_compare(GOOD[:40], 'telemetry.toml', WANTED)\n"
        "def test_packed(samebytes_compare):\n"
        "    packed = struct.pack('<BdB4f8s', 1, 1.5, 3, 0.25, 0, 0, 1, b'Ada') + bytes(20)\n"
        "    samebytes_compare(packed, 'telemetry.toml', WANTED)\n"
        "def test_nothing(samebytes_compare):\n"
        "    samebytes_compare(bytes(100), 'telemetry.toml', WANTED)\n"
    )
    assert {name.partition("::")[2]: outcome for name, outcome in ran.outcomes.items()} == {
        "test_same": "passed",
        "test_padding_is_not_compared": "passed",
        "test_differs": "failed",
        "test_what_is_not_named_must_be_zero": "failed",
        "test_partial": "passed",
        "test_too_short": "failed",
        "test_packed": "failed",
        "test_nothing": "failed",
    }
    text = ran.text("test_it.py::test_differs")
    assert lines_in(
        text, "AssertionError: Telemetry is not as expected on", "field at expected found", "gear 16 04 4 03 3",
        "driver[0] 36 41", "0010 expected 04 -- -- --", "found 03 00 00 00", "^^",
    )  # fmt: skip
    assert "comparing.py" not in text  # the test's own line, none of ours
    assert "speed" in ran.text("test_it.py::test_what_is_not_named_must_be_zero")
    assert "Telemetry needs 48 bytes, 40 are there" in ran.text("test_it.py::test_too_short")
    assert "cause: packed: as if Pack=1" in ran.text("test_it.py::test_packed")
    assert "cause" not in ran.text("test_it.py::test_nothing")


SENSELESS = {
    "bytes(48), 'telemetry.toml', {'sped': 1}": "Telemetry has no field 'sped' (it has: flags, speed, gear",
    "bytes(48), 'nothing.toml', {}": "no record and no file 'nothing.toml'",
    "bytes(48), 'telemetry.toml:Nope', {}": "has no record Nope (its records: Telemetry)",
    "bytes(48), 'telemetry.toml', {'flags': 300}": "300 does not fit u8",
    "bytes(48), 'telemetry.toml', {}, offset=-1": "an offset is not negative",
    "bytes(48), 'telemetry.toml', {}, partial=True": "no field of Telemetry is named: nothing would be compared",
    "bytes(48), 'telemetry.toml', {}, abi='vax'": "vax",
}


def test_a_comparison_that_makes_no_sense_says_why_at_the_tests_own_line(run_test):
    ran = run_test(
        "".join(
            f"def test_{number}(samebytes_compare):\n    samebytes_compare({call})\n"
            for number, call in enumerate(SENSELESS)
        )
    )
    for number, words in enumerate(SENSELESS.values()):
        text = " ".join(ran.text(f"test_it.py::test_{number}").split())
        assert words in text
        assert "toml_form.py" not in text
        assert "Error: " in text


def test_a_lock_file_is_asserted_and_updated(run_test):
    source = "def test_it(samebytes_lock):\n    samebytes_lock('telemetry.toml')\n"
    ran = run_test(source)
    assert "telemetry.toml.lock: no such file; to write it: samebytes lock" in ran.text("test_it.py::test_it")
    assert run_test(source, "--samebytes-lock-update").status == 0
    assert run_test(source).status == 0
    written = Path("telemetry.toml.lock").read_text("utf-8")
    assert "record Telemetry abi x86_64-linux size 48" in written
    Path("telemetry.toml").write_text(TELEMETRY.replace('"u8"', '"u32"', 1), "utf-8")
    text = run_test(source).text("test_it.py::test_it")
    assert lines_in(text, "breaks what was built against", "`flags` grew", "to accept it: samebytes lock")
    assert Path("telemetry.toml.lock").read_text("utf-8") == written


def test_compatible_changes_pass_only_where_they_are_allowed(run_test):
    strict = "def test_it(samebytes_lock):\n    samebytes_lock('telemetry.toml')\n"
    assert run_test(strict, "--samebytes-lock-update").status == 0
    Path("telemetry.toml").write_text(TELEMETRY.replace('"gear"', '"shift"'), "utf-8")
    assert lines_in(
        run_test(strict).text("test_it.py::test_it"), "has compatible changes since", "is called `shift` now"
    )
    assert run_test(strict.replace("toml')", "toml', allow_compatible=True)")).status == 0


@linux_only
def test_a_peer_writes_what_the_test_reads_and_is_ended_after_it(run_test):
    ran = run_test(
        "import os\nPIDS = []\n"
        "def test_it(samebytes_released, samebytes_peer, samebytes_segment, samebytes_compare):\n"
        "    segment = samebytes_segment(208)\n"
        "    peer = samebytes_peer('c', face='program')\n"
        "    map_, _ = peer.open('open_existing', segment.name)\n"
        "    view = peer.view(map_, 0, 'read_write')\n"
        "    peer.store_leaf(view, 0, 'MySharedData', 0, '7b') if hasattr(peer, 'store_leaf') else peer.poke(view, 0, b'{')\n"
        "    samebytes_compare(segment, 'MySharedData', {'Value': 123})\n"
        "    PIDS.append(peer.process.pid)\n"
        "def test_after():\n"
        "    assert not os.path.exists(f'/proc/{PIDS[0]}')\n"
    )
    assert ran.outcomes == {"test_it.py::test_it": "passed", "test_it.py::test_after": "passed"}


@linux_only
def test_a_peer_that_cannot_be_built_skips_the_test_and_one_that_is_not_there_fails_it(run_test, unbuildable):
    ran = run_test(
        "def test_skipped(samebytes_peer): samebytes_peer('lone')\n"
        "def test_unknown(samebytes_peer): samebytes_peer('nosuch')\n"
        "def test_face(samebytes_peer): samebytes_peer('python', face='library')\n"
        "def test_realm(samebytes_peer): samebytes_peer('python', realm='macos')\n",
        f"--samebytes-peers-folder={unbuildable}",
    )
    assert list(ran.outcomes.values()) == ["skipped", "failed", "failed", "failed"]
    assert "no compiler for x86_64-linux (looked for lonec); to add it: apt-get install lonec" in ran.text(
        "test_it.py::test_skipped"
    )
    assert "there is no peer 'nosuch' (there are: c, c@gcc, c@zig, c@i686, " in ran.text("test_it.py::test_unknown")
    assert "has no face 'library' here" in ran.text("test_it.py::test_face")
    assert "no realm 'macos' on this system" in ran.text("test_it.py::test_realm")


LEAKS = {
    "segment": (
        "KEPT.append(MemoryMappedFile.create_new(name, 10))",
        "segment 'NAME', 4096 bytes, held by this process",
    ),
    "view": (
        "with MemoryMappedFile.create_new(name, 10) as map: KEPT.append(map.create_view_accessor())",
        "mapping of this process:",
    ),
    "descriptor": ("KEPT.append(open('/dev/null'))", "file descriptor N of this process: /dev/null"),
    "child": ("KEPT.append(subprocess.Popen(['sleep', '600']))", "process N (sleep 600)"),
    "daemon": ("subprocess.run('setsid sleep 20 & exit 0', shell=True)", "process N (sleep 20)"),
    "zombie": (
        "KEPT.append(subprocess.Popen(['true'])); os.waitid(os.P_PID, KEPT[-1].pid, os.WEXITED | os.WNOWAIT)",
        "which has ended and was not waited for",
    ),
}
LEAKING = """
import os, subprocess
from samebytes.mapping import MemoryMappedFile
KEPT = []
def teardown_module():
    for kept in KEPT:
        if hasattr(kept, "kill"):
            kept.kill()
            kept.wait()
"""


@linux_only
def test_what_a_test_leaves_behind_is_named_with_its_owner(run_test):
    ran = run_test(
        LEAKING
        + "".join(
            f"def test_{what}_whole(samebytes_released, samebytes_name):\n    name = samebytes_name\n    {statement}\n"
            f"def test_{what}_block(samebytes_released, samebytes_name):\n    name = samebytes_name\n"
            f"    with samebytes_released():\n        {statement}\n"
            for what, (statement, _) in LEAKS.items()
        ),
        "-n", "4",
    )  # fmt: skip
    for what, (_, words) in LEAKS.items():
        for where in ("whole", "block"):
            name = f"test_it.py::test_{what}_{where}"
            text = re.sub(r"'test_\w+-gw\d-\w+'", "'NAME'", ran.text(name))
            assert ran.outcomes[name] == "failed", name
            assert "not released:" in text
            assert words in re.sub(r"\b\d+(?= \(| of)", "N", text), text


@linux_only
def test_a_test_that_lets_go_of_everything_passes_and_one_that_fails_is_not_told_off_twice(run_test):
    ran = run_test(
        "import subprocess\nfrom samebytes.mapping import MemoryMappedFile\n"
        "def test_clean(samebytes_released, samebytes_segment, samebytes_peer):\n"
        "    segment = samebytes_segment(100)\n"
        "    peer = samebytes_peer('python')\n"
        "    with samebytes_released(), MemoryMappedFile.open_existing(segment.name) as map:\n"
        "        map.create_view_accessor().close()\n"
        "    subprocess.run(['true'], check=True)\n"
        "def test_killed(samebytes_released, samebytes_peer, samebytes_name):\n"
        "    peer = samebytes_peer('python')\n"
        "    peer.open('create_new', samebytes_name, 100)\n"
        "    peer.process.kill()\n"
        "def test_red(samebytes_released):\n"
        "    map = MemoryMappedFile.create_new('red', 10)\n"
        "    assert False, 'its own reason'\n"
    )
    assert ran.outcomes == {
        "test_it.py::test_clean": "passed",
        "test_it.py::test_killed": "passed",
        "test_it.py::test_red": "failed",
    }
    assert "not released" not in ran.out
