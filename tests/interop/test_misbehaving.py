"""Peers that misbehave: each gets its verdict, at its stage, with words that say what happened, in time, and nothing is left behind."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from samebytes.report.reading import read_report

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the misbehaving peers are started natively on Linux")

DEADLINE = 1.5
"""Seconds a peer has for an answer here: many times what it takes, and less than the peers that are late take."""
WAITS = 8
"""Deadlines that one cell may take at most: a peer is asked again only a few times once it has failed to answer."""
LEAK_SECONDS = 3.0
"""How long a name may outlive its last holder before that is a leak, as checks.testbed has it."""
HELD, GREEN = "leaked", "agreed"

PRODUCERS = [
    # what it does when, verdict, stage, what the message or a difference says
    (
        "garbage@hello",
        "refused",
        "start",
        "printed an invalid answer, which is not JSON: 'Segmentation fault (core dumped)'",
    ),
    ("garbage@store", "refused", "store", "printed an invalid answer"),
    ("blank@store", "refused", "store", "printed an invalid answer, which is not JSON: ''"),
    ("parrot@hello", "refused", "start", "printed an invalid answer, which is not JSON: '1 hello 1'"),
    ("parrot@store", "refused", "store", "printed an invalid answer"),
    ("echo@any", "refused", "start", "speaks protocol null; this is 1"),
    ("echo@describe", "refused", "start", "which does not exist"),
    ("echo@create_new", "refused", "create", "answered without 'map'"),
    ("echo@view", "refused", "create", "answered without 'view'"),
    ("yes@any", "refused", "start", "which does not exist"),
    ("yes@describe", "refused", "start", "which does not exist"),
    ("wrong_sequence@store", "refused", "store", "answered request"),
    ("no_sequence@store", "refused", "store", "answered request"),
    ("neither@store", "refused", "store", "answered neither ok nor error"),
    ("half_a_line@store", "refused", "store", "printed an invalid answer"),
    ("twice@store", "refused", "store", "answered request"),
    ("flood_line@store", "refused", "store", "printed an invalid answer, which is not JSON: 'xxxx"),
    ("flood_lines@store", "refused", "store", "printed an invalid answer, which is not JSON: 'debug: still here'"),
    ("crash@hello", "crashed", "start", "was ended by SIGKILL"),
    ("crash@describe", "crashed", "start", "was ended by SIGKILL"),
    ("crash@store", "crashed", "store", "was ended by SIGKILL"),
    ("crash@close_map", "crashed", "close", "was ended by SIGKILL"),
    ("gone@store", "crashed", "store", "exited with 0"),
    ("leave@store", "crashed", "store", "exited with 3"),
    ("orphan@create_new", "crashed", "create", "exited with 3"),
    ("mute@store", "crashed", "store", "closed its output"),
    ("hang@create_new", "hung", "create", "did not answer within 1.5 s"),
    ("hang@store", "hung", "store", "did not answer within 1.5 s"),
    ("hang@close_map", "hung", "close", "did not answer within 1.5 s"),
    ("deaf@store", "hung", "store", "did not answer within 1.5 s"),
    ("late@store", "hung", "store", "did not answer within 1.5 s"),
    ("drip@store", "hung", "store", "did not answer within 1.5 s"),
    ("skip@store", "differs", "store", "Letter"),
    ("skip@close_map", HELD, "close", "still holds a descriptor of"),
    ("skip@close_view", HELD, "close", "still"),
    ("heir@create_new", HELD, "close", "is still there after everyone closed it"),
    ("runaway@create_new", HELD, "close", "is still there after everyone closed it"),
    ("unlisted@hello", "differs", "describe", "MySharedData in the answer to hello"),
    ("lie@describe", "differs", "describe", "Letter"),
    ("lie_width@describe", "differs", "describe", "Letter"),
    ("lie_size@describe", "differs", "describe", "size of MySharedData"),
    ("lie_align@describe", "differs", "describe", "alignment of MySharedData"),
    ("lie_kind@describe", "differs", "describe", "Numbers[0]"),
    ("lie_member@describe", "differs", "describe", "Numbers"),
    ("nonsense_kind@describe", "refused", "describe", "quaternion"),
    ("half@describe", "refused", "store", "MySharedData has 52 leaves, 26 came"),
    ("extra@describe", "refused", "store", "MySharedData has 52 leaves, 53 came"),
    ("past_the_end@store", "differs", "store", "beyond the record"),
    ("before_the_start@store", "differs", "store", "wrote outside of the record"),
    ("far_past_the_end@store", "differs", "store", "beyond the record"),
]
CONSUMERS = [
    ("garbage@load", "refused", "load", "printed an invalid answer"),
    ("wrong_sequence@load", "refused", "load", "answered request"),
    ("neither@load", "refused", "load", "answered neither ok nor error"),
    ("half_a_line@load", "refused", "load", "printed an invalid answer"),
    ("echo@load", "refused", "load", "answered without 'leaves'"),
    ("yes@open_existing", "refused", "open", "no map 1"),
    ("twice@load", "refused", "load", "answered request"),
    ("flood_line@load", "refused", "load", "printed an invalid answer"),
    ("flood_lines@load", "refused", "load", "printed an invalid answer"),
    ("crash@load", "crashed", "load", "was ended by SIGKILL"),
    ("gone@load", "crashed", "load", "exited with 0"),
    ("mute@load", "crashed", "load", "closed its output"),
    ("hang@load", "hung", "load", "did not answer within 1.5 s"),
    ("hang@view", "hung", "open", "did not answer within 1.5 s"),
    ("late@load", "hung", "load", "did not answer within 1.5 s"),
    ("half@load", "differs", "load", "Numbers[49]"),
    ("extra@load", "differs", "load", "leaves loaded"),
    ("thick@load", "differs", "load", "Letter"),
    ("padded@load", "differs", "load", "Letter"),
    ("thinner@load", "differs", "load", "Letter"),
    ("zeros@load", "differs", "load", "Letter"),
    ("numbers@load", "refused", "load", "which is not a list of texts"),
    ("half@describe", "differs", "describe", "Numbers[49]"),
    ("extra@describe", "differs", "describe", "Ghost"),
    ("scribble@load", "differs", "load", "the consumer changed memory"),
    ("stale@load", "differs", "load", "Letter"),
    ("skip@close_map", HELD, "close", "still holds a descriptor of"),
    ("skip@close_view", HELD, "close", "still"),
]
LEGAL = [
    "nothing@store",
    "split_line@store",
    "flood_stderr@store",
    "padding@store",
    "fork@store",
    "thin@load",
    "silent@describe",
    "stay@bye",
]

PLAIN = "Holes"
"""A layout that is a column of its own: many values at once, and one by one what went wrong."""
MANY = [
    ("bad/python/", "crash@store", "crashed", "store", "was ended by SIGKILL"),
    ("bad/python/", "hang@store", "hung", "store", "did not answer within 1.5 s"),
    ("bad/python/", "garbage@store", "refused", "store", "printed an invalid answer"),
    ("bad/python/", "twice@store", "refused", "close", "answered request"),
    ("bad/python/", "gone@store", "crashed", "close", "exited with 0"),
    ("bad/python/", "flood_line@store", "refused", "store", "printed an invalid answer"),
    ("bad/python/", "skip@store", "differs", "store", ""),
    ("bad/python/", "skip@store_leaf", "differs", "store", ""),
    ("bad/python/", "past_the_end@store", "differs", "store", "beyond the record"),
    ("bad/python/", "before_the_start@store", "differs", "store", "wrote outside of the record"),
    ("bad/python/", "far_behind@store", "differs", "store", ""),
    ("bad/python/", "last_bytes@store", "differs", "store", ""),
    ("bad/python/", "rounded@view", "differs", "store", ""),
    ("python/bad/", "from_zero@view", "differs", "load", ""),
    ("python/bad/", "remembers@load", "differs", "load", "it does not read memory each time"),
    ("bad/python/", "unlisted@hello", "differs", "describe", "in the answer to hello"),
    ("bad/python/", "lie@describe", "differs", "describe", ""),
    ("python/bad/", "crash@load", "crashed", "load", "was ended by SIGKILL"),
    ("python/bad/", "hang@load", "hung", "load", "did not answer within 1.5 s"),
    ("python/bad/", "echo@load", "refused", "load", "answered without 'leaves'"),
    ("python/bad/", "half@load", "differs", "load", ""),
    ("python/bad/", "extra@load", "differs", "load", "leaves loaded"),
    ("python/bad/", "thick@load", "differs", "load", ""),
    ("python/bad/", "zeros@load", "differs", "load", ""),
    ("python/bad/", "stale@load", "differs", "load", ""),
    ("python/bad/", "scribble@load", "differs", "load", "the consumer changed memory"),
    ("bad/bad/", "heir@create_new", "leaked", "close", "is still there"),
]


@pytest.fixture
def shm(shm: Path) -> Iterator[Path]:
    """The place for the segments of a run marks its processes too: those that are left over are ended."""
    yield shm
    for pid in _processes(shm):
        os.kill(pid, signal.SIGKILL)


def _processes(shm: Path) -> list[int]:
    """The live processes that were started with this place for their segments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            here = f"SAMEBYTES_SHM_DIR={shm}".encode() in path.read_bytes().split(b"\0")
        except OSError:
            continue
        found += [int(path.parent.name)] if here else []
    return found


def _segments(shm: Path) -> list[str]:
    return [path.name for folder in shm.iterdir() for path in folder.iterdir()]


@pytest.fixture
def run(samebytes, misbehaving, shm):
    """Run cells of the peer `bad`, which misbehaves so; whatever comes of them, nothing may be left."""

    def run(behaviour, cells, *options, layout="struct"):
        folder = misbehaving(behaviour)
        if layout == PLAIN:
            manifest = folder / "bad" / "peer.toml"
            manifest.write_text(manifest.read_text("utf-8").replace("[layouts]\n", f'[layouts]\n{PLAIN} = "{PLAIN}"\n'))
        ran = samebytes(
            "matrix", "--peers-folder", folder, "--peer", "bad", "--peer", "python", "--realm", "linux",
            "--layout", layout, "-k", cells, "--deadline", DEADLINE, "--json", *options,
            environment={"SAMEBYTES_SHM_DIR": str(shm)},
        )  # fmt: skip
        assert (_segments(shm), _processes(shm)) == ([], [])
        return ran

    return run


def _words(cell) -> str:
    run = cell["runs"][-1]
    return " ".join([run["message"], *(difference["path"] for difference in run["differences"])])


def _judge(ran, identity, verdict, stage, words):
    cell = ran.cells[identity]
    assert (cell["verdict"], cell["stage"]) == (verdict, stage)
    assert words in " ".join(_words({"runs": [run]}) for run in cell["runs"] if run["verdict"] != "agreed")
    assert ran.status == 1
    leaks = len(cell["runs"]) * LEAK_SECONDS if verdict == HELD else 0
    assert cell["seconds"] < WAITS * DEADLINE + leaks


@pytest.mark.parametrize(("behaviour", "verdict", "stage", "words"), PRODUCERS, ids=[case[0] for case in PRODUCERS])
def test_a_misbehaving_producer_gets_its_verdict(run, behaviour, verdict, stage, words):
    _judge(run(behaviour, "bad/python/"), "bad/python/struct/linux/data", verdict, stage, words)


@pytest.mark.parametrize(("behaviour", "verdict", "stage", "words"), CONSUMERS, ids=[case[0] for case in CONSUMERS])
def test_a_misbehaving_consumer_gets_its_verdict(run, behaviour, verdict, stage, words):
    _judge(run(behaviour, "python/bad/"), "python/bad/struct/linux/data", verdict, stage, words)


@pytest.mark.parametrize(("cells", "behaviour", "verdict", "stage", "words"), MANY, ids=[case[1] for case in MANY])
def test_misbehaviour_among_many_values_gets_its_verdict(run, cells, behaviour, verdict, stage, words):
    _judge(run(behaviour, cells, layout=PLAIN), f"{cells}{PLAIN}/linux/data", verdict, stage, words)


@pytest.mark.parametrize("layout", ["struct", PLAIN])
@pytest.mark.parametrize("behaviour", LEGAL)
def test_a_peer_that_is_only_slow_noisy_or_odd_agrees(run, behaviour, layout):
    ran = run(behaviour, "bad/bad/", layout=layout)
    assert [cell["verdict"] for cell in ran.cells.values()] == [GREEN]
    assert ran.status == 0


@pytest.mark.parametrize("behaviour", ["yes@any", "echo@any", "half@describe", "half@load", "skip@store", "skip@load"])
@pytest.mark.parametrize("layout", ["integer", "struct", "message", "stamp"])
def test_nothing_but_work_is_ever_green(run, behaviour, layout):
    part = "bad/python/" if behaviour == "skip@store" else "python/bad/"
    ran = run(behaviour, part, layout=layout)
    verdicts = [cell["verdict"] for cell in ran.cells.values()]
    assert len(verdicts) == 1
    assert GREEN not in verdicts


def test_half_of_the_leaves_are_told_one_by_one(run):
    cell = run("half@load", "python/bad/").cells["python/bad/struct/linux/data"]
    missing = {item["path"] for item in cell["runs"][-1]["differences"] if item["found"] == "nothing"}
    assert {f"Numbers[{number}]" for number in range(24, 50)} <= missing
    assert "Value" not in missing


def test_a_producer_that_dies_while_the_consumer_waits_hangs_nobody(run):
    cell = run("crash@store", "bad/python/", layout="message").cells["bad/python/message/linux/data"]
    assert (cell["verdict"], cell["stage"]) == ("crashed", "store")
    assert "about to die" in cell["runs"][-1]["evidence"]
    assert cell["seconds"] < 4  # the waiting consumer is woken; it would poll for 5 s


def test_a_peer_that_keeps_dying_is_started_only_a_few_times(samebytes, misbehaving):
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving("crash@store"), "--peer", "bad", "--peer", "python", "--realm", "linux",
        "--layout", "integer", "--layout", "struct", "--layout", "message", "--layout", "stamp", "--json",
    )  # fmt: skip
    verdicts = [cell["verdict"] for cell in ran.cells.values() if cell["producer"] == "bad"]
    assert len(verdicts) == 8
    assert GREEN not in verdicts
    assert any("not started again" in cell["message"] for cell in ran.cells.values())
    assert all(cell["verdict"] == GREEN for key, cell in ran.cells.items() if key.startswith("python/python/"))


MALFORMED = [
    # where it is a producer, and where it is a consumer: what it does, verdict, stage, words
    ("deep@hello", "refused", "start", "nested more than 64 levels deep"),
    ("deep@create_new", "refused", "create", "nested more than 64 levels deep"),
    ("nested@create_new", "refused", "create", "nested more than 64 levels deep"),
    ("endless_number@hello", "refused", "start", "has the number 1e999"),
    ("endless_number@describe", "refused", "start", "has the number 1e999"),
    ("endless_number@create_new", "refused", "create", "has the number 1e999"),
    ("long_line@store", "refused", "store", "printed an invalid answer"),
    ("twice_named@create_new", "refused", "create", "has a member twice"),
    ("latin1@store", "refused", "store", "is not UTF-8"),
    ("typed@hello", "refused", "start", "speaks protocol"),
    ("typed@create_new", "refused", "create", "answered 'capacity' with"),
    ("surrogate@create_new", "refused", "create", r"no \ud800"),
    ("forge@create_new", "refused", "create", r"\x1b[2J\x1b[32mno\n  bad → python"),
]


@pytest.mark.parametrize(("behaviour", "verdict", "stage", "words"), MALFORMED, ids=[case[0] for case in MALFORMED])
def test_a_malformed_answer_costs_nobody_else_anything(
    samebytes, misbehaving, shm, tmp_path, behaviour, verdict, stage, words
):
    """The guilty peer gets its verdict, the others keep theirs, every form of the report is readable, and no word acts on what shows it."""
    outputs = {name: tmp_path / f"run.{name}" for name in ("report", "html", "junit", "markdown")}
    ran = samebytes(
        "matrix", "--peers-folder", misbehaving(behaviour), "--peer", "bad", "--peer", "python", "--realm", "linux", "--layout",
        "struct", "--deadline", DEADLINE, *(word for name, path in outputs.items() for word in (f"--{name}", path)),
        environment={"SAMEBYTES_SHM_DIR": str(shm)},
    )  # fmt: skip
    assert (ran.status, _segments(shm), _processes(shm)) == (1, [], [])
    assert "Traceback" not in ran.out + ran.err
    report = read_report(outputs["report"])
    cells = {cell.identity: cell for cell in report.cells}
    assert cells["python/python/struct/linux/data"].verdict == GREEN
    guilty = cells["bad/python/struct/linux/data"]
    assert (guilty.verdict, guilty.stage) == (verdict, stage)
    assert words in guilty.message
    assert not any(cell.green for identity, cell in cells.items() if identity.startswith("bad/"))
    for text in (ran.out, ran.err, *(path.read_text("utf-8") for path in outputs.values())):
        assert not [letter for letter in text if not (letter.isprintable() or letter in "\n\t")]
    assert [line for line in ran.out.splitlines() if line.startswith("  bad → python")] == [
        f"  bad → python         {verdict}"
    ]


def test_a_misbehaviour_that_there_is_not_is_no_peer(run):
    _judge(run("nonsense@store", "bad/python/"), "bad/python/struct/linux/data", "crashed", "start", "exited with 1")
