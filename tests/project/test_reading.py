"""samebytes.toml: what is accepted, what is refused and in which words, by the reader and by the schema for editors alike."""

from __future__ import annotations

import json
import tomllib

import pytest

from samebytes.checks.project.producers import Expectation
from samebytes.checks.project.reading import find_project, read_project
from samebytes.checks.project.schema import schema_text
from samebytes.errors import UsageError

LAYOUT = '[layout.Car]\nheader = "car.h"\n'
GOOD = {
    "a layout alone": LAYOUT,
    "all of a layout": LAYOUT
    + 'type = "Car"\nlanguage = "c++"\ninclude = ["."]\ndefine = ["A", "B=2"]\nabi = ["s390x-linux"]\n',
    "layouts from elsewhere": '[layout.a]\ntoml = "car.toml"\n[layout.b]\npython = "car.py"\n',
    "realms": 'realms = ["linux"]\n' + LAYOUT,
    "a declaration": LAYOUT
    + '[declaration.reader]\nlayout = "Car"\nsource = "Car.cs"\ntype = "Ns.Car"\nread = "marshal"\n',
    "a declaration in several files": LAYOUT + '[declaration.reader]\nsource = ["Car.cs", "car.h"]\n',
    "a producer": LAYOUT
    + """[producer.sim]
command = ["./sim", ""]
segment = "Car"
offset = 16
deadline = 1.5
ready = { version = 3, inner = { on = true } }
expect.speed = { min = 0, max = 5.5 }
expect.version = 3
expect.mode = { one_of = [1, 2] }
expect.packet = { advances = true, within = 0.5 }
expect.inner.deep = { changes = true }
expect.name.text = ""
stop = "quit"
environment = { A = "b" }
name_stays = true
guard = false
""",
    "a producer by realm": LAYOUT
    + '[producer.sim]\nlinux = ["sim"]\nwindows = ["sim.exe"]\nsegment = { linux = "/Car.{uid}", windows = "Car" }\n',
    "a library": LAYOUT + '[library.share]\nlinux = "libshare.so"\nexports = { Write = "w", Read = "r" }\n',
    "peers and expectations": LAYOUT + '[peers]\nfolders = ["."]\n[expectations]\nfile = "car.toml"\n',
}
BAD = {
    "nothing": ("", "x.toml has no [layout.NAME]"),
    "an unknown table": (LAYOUT + "[layouts]\n", "x.toml:3: layouts is an unknown key (did you mean layout?"),
    "an unknown key": (LAYOUT + 'heder = "x"\n', "x.toml:3: layout.Car.heder is an unknown key (did you mean header?"),
    "no file": ("[layout.Car]\n", "x.toml:1: [layout.Car] names no file (give one of: header, toml, python)"),
    "two files": (LAYOUT + 'toml = "car.toml"\n', "x.toml:1: [layout.Car] has header and toml"),
    "a wrong type": (LAYOUT + "type = 3\n", "x.toml:3: layout.Car.type is 3 (it must be a text)"),
    "a wrong element": (LAYOUT + 'include = [\n  ".",\n  7,\n]\n', "x.toml:5: layout.Car.include[1] is 7"),
    "an ABI there is not": (
        LAYOUT + 'abi = ["amd64"]\n',
        "x.toml:3: layout.Car.abi[0] is 'amd64' (it must be one of x86_64-linux",
    ),
    "include without a header": (
        '[layout.a]\ntoml = "car.toml"\ninclude = ["."]\n',
        "x.toml:3: layout.a.include is for headers only",
    ),
    "a macro with a blank": (LAYOUT + 'define = ["A B"]\n', "x.toml:3: layout.Car.define[0] is 'A B'"),
    "a name with a slash": ('[layout."a/b"]\nheader = "car.h"\n', 'x.toml:1: layout."a/b" is no name'),
    "realms that are none": (
        'realms = ["macos"]\n' + LAYOUT,
        "x.toml:1: realms[0] is 'macos' (it must be one of linux, windows)",
    ),
    "a declaration of nothing": (LAYOUT + "[declaration.a]\n", "x.toml:3: declaration.a.source is missing"),
    "a read that is none": (
        LAYOUT + '[declaration.a]\nsource = "Car.cs"\nread = "ptr"\n',
        'x.toml:5: declaration.a.read is \'ptr\' (it must be "pointer" or "marshal")',
    ),
    "a shell string": (
        LAYOUT + '[producer.a]\nsegment = "x"\ncommand = "./sim -x"\n',
        "x.toml:5: producer.a.command is './sim -x'",
    ),
    "no command": (LAYOUT + '[producer.a]\nsegment = "x"\n', "x.toml:3: [producer.a] has no command"),
    "no segment": (LAYOUT + '[producer.a]\ncommand = ["a"]\n', "x.toml:3: producer.a.segment is missing"),
    "a realm of no command": (
        LAYOUT + '[producer.a]\nlinux = ["a"]\nsegment = "x"\nrealm = "linux"\n',
        "x.toml:6: producer.a.realm says where `command` runs, and there is none",
    ),
    "an offset below zero": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\noffset = -1\n',
        "x.toml:6: producer.a.offset is -1 (it must be a whole number, 0 or more)",
    ),
    "no time at all": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\ndeadline = 0\n',
        "x.toml:6: producer.a.deadline is 0 (it must be a number from 0.1 to 3600)",
    ),
    "an expectation of nothing": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\nexpect.speed = { within = 2 }\n',
        "x.toml:6: [producer.a.expect.speed] expects nothing",
    ),
    "an unknown expectation": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\nexpect.inner.speed = { minimum = 2 }\n',
        "x.toml:6: producer.a.expect.inner.speed.minimum is an unknown key (did you mean min?",
    ),
    "a bound that is no number": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\nexpect.speed = { min = "0" }\n',
        "x.toml:6: producer.a.expect.speed.min is '0' (it must be a number)",
    ),
    "a library without a file": (LAYOUT + "[library.a]\n", "x.toml:3: [library.a] names no file"),
    "an export there is not": (
        LAYOUT + '[library.a]\nlinux = "a.so"\nexports = { write = "w" }\n',
        "x.toml:5: library.a.exports.write is an unknown key (did you mean Write?",
    ),
    "expectations without a file": (LAYOUT + "[expectations]\n", "x.toml:3: expectations.file is missing"),
    "a table that is none": ("layout = 3\n", "x.toml:1: layout is 3 (it must be a table: [layout])"),
}
ONLY_THE_READER = {
    "no TOML": ("[layout.Car\n", "x.toml:1, column 12: "),
    "a file that is not there": ('[layout.Car]\nheader = "cat.h"\n', "names 'cat.h', and there is no such file (did you mean car.h?)"),
    "a layout there is not": (
        LAYOUT + '[declaration.a]\nlayout = "Cat"\nsource = "Car.cs"\n',
        "x.toml:4: declaration.a.layout is 'Cat', and there is no [layout.Cat] (did you mean Car?",
    ),
    "which of two layouts": (
        '[layout.a]\ntoml = "car.toml"\n[layout.b]\ntoml = "car.toml"\n[declaration.c]\nsource = "car.h"\n',
        "x.toml:5: declaration.c.layout is missing",
    ),
    "read of no .NET": (LAYOUT + '[declaration.a]\nsource = "car.py"\nread = "pointer"\n', "declaration.a.read is for C# and .NET"),
    "the layout itself": (
        '[layout.Car]\ntoml = "car.toml"\n[declaration.a]\nsource = "car.toml"\n',
        "x.toml:4: declaration.a.source is the layout itself, which is always right",
    ),
    "two of one name": (
        LAYOUT + '[declaration.a]\nsource = "Car.cs"\n[library.a]\nlinux = "a.so"\n',
        "x.toml:5: [library.a]: the name 'a' is taken by",
    ),
    "bounds the wrong way round": (
        LAYOUT + '[producer.a]\ncommand = ["a"]\nsegment = "x"\nexpect.speed = { min = 5, max = 2 }\n',
        "x.toml:6: producer.a.expect.speed.min is 5 (it must be at most max, which is 2)",
    ),
}  # fmt: skip


@pytest.fixture
def read(tmp_path):
    for name in ("car.h", "car.toml", "car.py", "Car.cs"):
        (tmp_path / name).write_text("")

    def run(text):
        (tmp_path / "x.toml").write_text(text, "utf-8")
        return read_project(tmp_path / "x.toml")

    return run


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_what_is_right_is_read(read, text):
    assert read(text).layouts


@pytest.mark.parametrize(("text", "words"), [*BAD.values(), *ONLY_THE_READER.values()], ids=[*BAD, *ONLY_THE_READER])
def test_what_is_wrong_is_refused_with_its_line_and_what_is_allowed(read, text, words):
    with pytest.raises(UsageError) as caught:
        read(text)
    assert words in str(caught.value)


@pytest.mark.parametrize("text", GOOD.values(), ids=GOOD)
def test_the_schema_accepts_what_the_reader_accepts(text):
    assert problems(text) == []


@pytest.mark.parametrize("text", [text for text, _ in BAD.values()], ids=BAD)
def test_the_schema_refuses_what_the_reader_refuses(text):
    assert problems(text) != []


def problems(text):
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads(schema_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return list(jsonschema.Draft202012Validator(schema).iter_errors(tomllib.loads(text)))


def test_a_producer_is_read_as_it_is_written(read):
    sim = read(GOOD["a producer"]).producers["sim"]
    assert sim.expectations[0] == Expectation("speed", minimum=0, maximum=5.5)
    assert [one.path for one in sim.expectations] == ["speed", "version", "mode", "packet", "inner.deep", "name"]
    assert (sim.ready, sim.offset, sim.deadline) == ({"version": 3, "inner.on": True}, 16, 1.5)
    assert (sim.stop.how, sim.stop.line, sim.name_stays, sim.guard) == ("line", "quit", True, False)
    assert sim.expectations[5].text == ""


def test_an_exe_runs_in_the_windows_realm_and_a_list_of_its_own_overrules(read):
    text = '[producer.a]\ncommand = ["Sim.EXE"]\nlinux = ["sim"]\nsegment = "x"\n'
    commands = read(LAYOUT + text).producers["a"].commands
    assert commands == {"linux": ("sim",), "windows": ("Sim.EXE",)}


def test_the_project_file_is_found_above(tmp_path):
    (tmp_path / "samebytes.toml").write_text("")
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    assert find_project(inner) == tmp_path / "samebytes.toml"
