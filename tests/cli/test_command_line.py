"""The command line as a user meets it: help, wrong input, exit codes, machine output, and how it ends."""

from __future__ import annotations

import json
import os
import pkgutil
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from samebytes import __version__
from samebytes.cli import commands

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="starts peers natively on Linux")
FAST = ("--peer", "python", "--realm", "linux")


def one_line(text: str) -> str:
    assert len(text.splitlines()) == 1, text
    return text


@pytest.mark.parametrize("arguments", [("--help",), ("matrix", "--help"), ("doctor", "--help")])
def test_help_is_help(samebytes, arguments):
    ran = samebytes(*arguments)
    assert ran.status == 0
    assert ran.out.startswith("usage: samebytes")


def test_the_version_is_the_packages(samebytes):
    assert samebytes("--version").out.strip() == f"samebytes {__version__}"


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "required"),
        (("matrx",), "there is no command 'matrx'; did you mean matrix?"),
        (("matrix", "--peer", "nosuch"), "--peer nosuch: there is none of that name (there are: c, "),
        (("matrix", "--realm", "macos"), "--realm macos: there is none of that name"),
        (("matrix", "--layout", "Nope"), "--layout Nope: there is none of that name"),
        (("matrix", "--deadline", "0"), "is not between 0 and 3600 seconds"),
        (("matrix", "--deadline", "soon"), "between 0 and 3600 seconds"),
        (("matrix", "-k", "c and "), "lacks a word"),
        (("matrix", "--report", "/no/such/folder/r.jsonl", *FAST), "the report cannot be written to /no/such/folder/r.jsonl"),
        (("matrix", "--peers-folder", "/no/such/folder"), "no such folder"),
        (("matrix", "-k", "nothing-like-this", *FAST), "selects no cell"),
    ],
)  # fmt: skip
def test_wrong_input_is_one_line_and_exit_code_2(samebytes, arguments, words):
    ran = samebytes(*arguments)
    assert words in one_line(ran.err)
    assert ran.status == 2


def test_an_unreadable_manifest_is_one_line_that_names_it(samebytes, tmp_path):
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "peer.toml").write_text("name = \n")
    ran = samebytes("matrix", "--peers-folder", tmp_path)
    assert str(tmp_path / "x" / "peer.toml") in one_line(ran.err)
    assert ran.status == 2


@linux_only
def test_a_peer_that_prints_garbage_is_shown_once_with_what_to_do(samebytes, misbehaving):
    ran = samebytes("matrix", "--peers-folder", misbehaving("garbage@hello"), "--peer", "bad", "--realm", "linux")
    assert ran.status == 1
    assert ran.out.count("printed an invalid answer") == 1
    assert "see peers/README.md" in ran.out
    assert re.search(r"\d+ cells: \d+ refused", ran.out), ran.out


@linux_only
def test_the_table_says_what_agreed(samebytes):
    ran = samebytes("matrix", *FAST)
    assert ran.status == 0
    cells = int(re.search(r"(\d+) cells: \1 agreed; [\d,]+ data cases, [\d,]+/s", ran.out)[1])
    assert cells > 74
    assert sum(tables(ran.out).values()) == cells, ran.out
    assert {"producer", "lifecycle", "contract"} <= set(tables(ran.out)), ran.out
    assert "\x1b[" not in ran.out, "colour in a pipe"


def tables(out: str) -> dict[str, int]:
    """Return how many cells each table of one peer counts, all of them agreed, by what stands above it."""
    found = re.findall(
        r"^  (\w+)\n(?:  producer ↓ .*\n)?  python +(\d+)/\2$|^  (producer) ↓ .*\n  python +(\d+)/\4$",
        out,
        re.MULTILINE,
    )
    return {kind or data: int(count or of_data) for kind, count, data, of_data in found}


@linux_only
def test_durations_say_what_took_the_time(samebytes):
    ran = samebytes("matrix", *FAST, "--layout", "struct", "--durations", "1")
    assert re.search(r"^linux: ready [\d.]+ s, start [\d.]+ s, data [\d.]+ s$", ran.out, re.MULTILINE)
    assert len(re.findall(r"^ +[\d.]+ s  python/python/struct/linux/data$", ran.out, re.MULTILINE)) == 1


@linux_only
def test_k_selects_cells(samebytes):
    ran = samebytes("matrix", *FAST, "-k", "struct or stamp and not linux", "--json")
    assert list(ran.cells) == ["python/python/struct/linux/data"]


@linux_only
@pytest.mark.parametrize("layout", ["stamp", "SomeData"])
def test_layout_takes_a_program_or_a_layout(samebytes, layout):
    ran = samebytes("matrix", *FAST, "--layout", layout, "--json")
    assert list(ran.cells) == ["python/python/stamp/linux/data"]


@linux_only
def test_the_report_has_a_header_the_cells_and_a_footer(samebytes, tmp_path):
    path = tmp_path / "run.jsonl"
    ran = samebytes("matrix", *FAST, "--layout", "struct", "--layout", "packed", "--report", path)
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    assert [line["type"] for line in lines] == ["header", *["cell"] * 9, "footer"]
    assert (lines[0]["format"], lines[0]["samebytes"]) == (2, __version__)
    assert lines[-1]["verdicts"] == {"agreed": 9}
    assert lines[-1]["peers"]["linux"]["python"]["language"] == "Python"
    assert str(path) in ran.out


def _bare_path(tmp_path: Path) -> str:
    """A PATH with nothing on it but Python."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python3").symlink_to(sys.executable)
    return str(tmp_path / "bin")


@linux_only
def test_what_this_machine_lacks_is_listed_with_the_command_that_adds_it(samebytes, tmp_path):
    environment = {"PATH": _bare_path(tmp_path)}
    ran = samebytes("doctor", environment=environment)
    assert ran.status == 0
    assert "to add it: apt-get install" in ran.out
    found = {
        (item["realm"], item["peer"]): item
        for item in json.loads(samebytes("doctor", "--json", environment=environment).out)["found"]
    }
    assert not found["linux", "nim"]["ready"]
    assert found["linux", "nim"]["add"].startswith("apt-get install nim")
    assert not found["windows", ""]["ready"]
    assert "wine" in found["windows", ""]["add"]


@linux_only
def test_a_peer_asked_for_by_name_that_cannot_run_is_exit_code_3(samebytes, tmp_path):
    environment = {"PATH": _bare_path(tmp_path)}
    assert samebytes("doctor", "--peer", "nim", environment=environment).status == 3
    ran = samebytes("matrix", "--peer", "nim", "--realm", "linux", environment=environment)
    assert ran.status == 3
    assert "apt-get install nim" in ran.err
    ran = samebytes("matrix", "--realm", "windows", environment=environment)
    assert ran.status == 3
    assert "apt-get install" in one_line(ran.err)


@linux_only
def test_skips_are_listed_and_do_not_make_a_run_red(samebytes, tmp_path):
    ran = samebytes("matrix", "--layout", "integer", environment={"PATH": _bare_path(tmp_path)})
    assert ran.status == 0
    assert "nim in linux" in ran.out
    assert "realm windows" in ran.out
    assert "not run" in ran.out


# A shell starts its background jobs with SIGINT ignored, and so, down to here, would be everything below them.
_AS_AT_A_TERMINAL = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from samebytes.cli.main import main
sys.exit(main())
"""


def _started(arguments, environment=None):
    return subprocess.Popen(
        [sys.executable, "-c", _AS_AT_A_TERMINAL, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, **(environment or {})},
        start_new_session=True,
    )


@linux_only
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGKILL"])
def test_an_end_in_the_middle_leaves_nothing_behind(shm, nothing_left, misbehaving, samebytes, tmp_path, name):
    """A producer hangs with a segment open; the run is ended from outside."""
    mark = f"SAMEBYTES_TEST_MARK={os.urandom(8).hex()}"
    key, value = mark.split("=")
    folder = misbehaving("hang@store")
    environment = {key: value, "SAMEBYTES_SHM_DIR": str(shm)}
    selection = ["--peer", "bad", "--peer", "python", "--realm", "linux", "--layout", "struct"]
    files = ["--report", str(tmp_path / "run.jsonl"), "--junit", str(tmp_path / "run.xml")]
    run = _started(["matrix", "--peers-folder", str(folder), *selection, "--deadline", "300", *files], environment)
    try:
        deadline = time.monotonic() + 60
        while not any(path.is_file() for path in shm.rglob("*")):
            assert time.monotonic() < deadline, "no segment appeared"
            assert run.poll() is None, run.communicate()
            time.sleep(0.02)
        time.sleep(0.3)
        started = time.monotonic()
        run.send_signal(getattr(signal, name))
        run.wait(30)
        took = time.monotonic() - started
        nothing_left(mark, shm, 10)
    finally:
        run.kill()
        _, errors = run.communicate()
    if name != "SIGKILL":
        assert run.returncode == {"SIGINT": 130, "SIGTERM": 143}[name]
        assert b"interrupted" in errors
        assert b"Traceback" not in errors
        assert took < 10  # 3 s on a machine that does nothing else
        assert 'type="samebytes.incomplete"' in (tmp_path / "run.xml").read_text("utf-8")
    rendered = samebytes("report", tmp_path / "run.jsonl", *(["--partial"] if name == "SIGKILL" else []))
    assert rendered.status == 1
    assert "incomplete: " in rendered.out


def test_every_module_with_a_command_is_listed_in_help(samebytes):
    names = [each.name for each in pkgutil.iter_modules(commands.__path__)]
    assert len(names) >= 12
    printed = samebytes("--help").out
    assert [name for name in names if f"\n    {name} " not in printed] == []


@pytest.mark.parametrize(
    ("command", "foreign"),
    [
        ("segments", {"samebytes.checks", "samebytes.layout", "samebytes.report"}),
        ("explain", {"samebytes.peers.lab", "samebytes.report", "jinja2", "msgspec"}),
        ("report", {"samebytes.peers.lab", "samebytes.layout.importers", "jinja2"}),
        ("doctor", {"samebytes.diagnosis", "jinja2", "msgspec"}),
        ("matrix", {"samebytes.layout.importers", "jinja2", "tarfile"}),
    ],
)
def test_a_command_brings_only_its_own_part_of_the_package_along(command, foreign):
    script = (
        "import contextlib, sys; from samebytes.cli.main import main\n"
        f"with contextlib.suppress(SystemExit): main(['{command}', '--help'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert foreign & set(done.stdout.splitlines()[-1].split()) == set()
