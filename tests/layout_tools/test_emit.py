"""Declarations in seven languages: each compiler says itself what it makes of them, and that is what the layout says."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from programs import covered, expected, facts_of, program

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, KINDS, Chars, Enum, Field, Record, abi_named, lay_out, records_from_toml
from samebytes.layout.emit import LANGUAGES, emit
from samebytes.layout.fuzz.structs import numbers, struct_of

RECORDS = tuple(records_from_toml(Path(__file__).with_name("records.toml")).values())
ABI = abi_named("x86_64-linux")
SECONDS = 300
APT = "apt-get install --no-install-recommends"
COMPILERS = {
    "c": (["gcc", "-std=c11", "-Wall", "-Wno-unused", "-Wno-packed-not-aligned", "-o", "main", "main.c"], ["./main"], f"{APT} gcc"),
    "c++": (["g++", "-std=c++17", "-Wall", "-Wno-unused", "-Wno-packed-not-aligned", "-o", "main", "main.cpp"], ["./main"], f"{APT} g++"),
    "csharp": (["mcs", "-unsafe", "-out:main.exe", "main.cs"], ["mono", "main.exe"], f"{APT} mono-mcs mono-runtime"),
    "nim": (["nim", "c", "--hints:off", "--nimcache:cache", "-o:main", "main.nim"], ["./main"], f"{APT} nim"),
    "rust": (["rustc", "-A", "unused", "-o", "main", "main.rs"], ["./main"], f"{APT} rustc"),
    "pascal": (["fpc", "-vew", "main.pas"], ["./main"], f"{APT} fp-compiler fp-units-rtl"),
    "python": ([sys.executable, "-m", "py_compile", "main.py"], [sys.executable, "-W", "error", "main.py"], ""),
}  # fmt: skip
CROSS = {
    "x86_64-windows-gnu": "x86_64-w64-mingw32-gcc",
    "i686-windows-gnu": "i686-w64-mingw32-gcc",
    "i686-linux": "i686-linux-gnu-gcc",
    "aarch64-linux": "aarch64-linux-gnu-gcc",
    "armv7-linux-gnueabihf": "arm-linux-gnueabihf-gcc",
    "riscv64-linux": "riscv64-linux-gnu-gcc",
    "powerpc64-linux": "powerpc64-linux-gnu-gcc",
    "s390x-linux": "s390x-linux-gnu-gcc",
}
BARE = {
    "time.h": "typedef bare_time time_t;\n",
    "uchar.h": "typedef __CHAR16_TYPE__ char16_t;\ntypedef __CHAR32_TYPE__ char32_t;\n",
}
RANDOM = int(os.environ.get("SAMEBYTES_EMIT_COUNT", "60"))
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="runs what compilers for x86_64 Linux make")


def on_other_abis(abi):
    """Records that the ABI has at all."""
    for one in RECORDS:
        try:
            lay_out(one, abi)
        except LayoutError:
            continue
        yield one


def has_wide_bits(record):
    return any(
        (part.bits or 0) > 64 or (isinstance(part.type, Record) and has_wide_bits(part.type)) for part in record.fields
    )


def random_records(seed, count):
    for place, number in enumerate(numbers(seed, count)):
        record = struct_of(number)
        try:
            size = lay_out(record, ABI).size
        except LayoutError:
            continue
        if size and not has_wide_bits(record):
            yield replace(record, name=f"R{place}")


def build(language, records, folder):
    """What the program says of its own declarations, line by line."""
    compile_, run, add = COMPILERS[language]
    if shutil.which(compile_[0]) is None or (run[0] != "./main" and shutil.which(run[0]) is None):
        pytest.skip(f"no {compile_[0]}: {add}")
    for name, text in program(language, records, ABI):
        (folder / name).write_text(text, "utf-8")
    for command in (compile_, run):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=SECONDS, check=False)
        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout.splitlines()


@pytest.mark.parametrize("language", LANGUAGES)
def test_compilers_agree_about_every_record(language, tmp_path):
    assert len(RECORDS) >= 30
    assert build(language, RECORDS, tmp_path) == expected(facts_of(language, RECORDS, ABI))


@pytest.mark.parametrize("language", LANGUAGES)
def test_compilers_agree_about_random_records(language, tmp_path):
    records = list(random_records(7, RANDOM))
    assert build(language, records, tmp_path) == expected(facts_of(language, records, ABI))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_field_is_measured(language):
    open_ended = {"Flexible": 1, "FlexibleRecords": 1, "ZeroArray": 1, "Stamp": 1, "Note": 1}
    for name, told, fields in covered(facts_of(language, RECORDS, ABI)):
        assert fields - told == open_ended.get(name, 0), name


@pytest.mark.parametrize("abi", CROSS)
def test_static_asserts_hold_on_other_abis(abi, tmp_path):
    if shutil.which(CROSS[abi]) is None:
        pytest.skip(f"no {CROSS[abi]}: {APT} {CROSS[abi].replace('-gcc', '').replace('_', '-').join(('gcc-', ''))}")
    source = tmp_path / "declared.c"
    source.write_text(emit(list(on_other_abis(abi_named(abi))), "c", abi), "utf-8")
    for header, text in BARE.items():  # a cross compiler for Linux may come without a C library
        if "windows" not in abi:
            (tmp_path / header).write_text(text, "utf-8")
    time = {4: "int", 8: "long long"}[ABIS[abi].time]
    command = [
        CROSS[abi],
        "-std=c11",
        "-ffreestanding",
        f"-Dbare_time={time}",
        f"-I{tmp_path}",
        "-fsyntax-only",
        str(source),
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("abi", ABIS)
def test_every_abi_is_emitted_or_refused_with_a_reason(language, abi):
    for record in on_other_abis(abi_named(abi)):
        assert record.name in emit(record, language, abi)


@pytest.mark.parametrize(
    ("language", "wrong", "command"),
    [
        ("c", ("offsetof(Floats, large) == 8", "offsetof(Floats, large) == 4"), ["gcc", "-fsyntax-only", "-x", "c"]),
        ("c++", ("sizeof(Floats) == 24", "sizeof(Floats) == 20"), ["g++", "-fsyntax-only", "-x", "c++"]),
        (
            "rust",
            ("at!(Floats, large, 8)", "at!(Floats, large, 4)"),
            ["rustc", "--crate-type", "lib", "--emit=metadata", "-o", "checked.rmeta"],
        ),
        ("nim", ("offsetof(Floats, large) == 8", "offsetof(Floats, large) == 4"), ["nim", "check", "--hints:off"]),
        ("python", ("'large': 8", "'large': 4"), [sys.executable]),
    ],
)
def test_a_wrong_number_does_not_compile(language, wrong, command, tmp_path):
    if shutil.which(command[0]) is None:
        pytest.skip(f"no {command[0]}: {COMPILERS[language][2]}")
    record = next(one for one in RECORDS if one.name == "Floats")
    text = emit(record, language, ABI)
    right, broken = tmp_path / "right.nim", tmp_path / "broken.nim"
    right.write_text(text, "utf-8")
    broken.write_text(text.replace(*wrong), "utf-8")
    assert wrong[0] in text
    status = [
        subprocess.run(
            [*command, path.name], cwd=tmp_path, capture_output=True, timeout=SECONDS, check=False
        ).returncode
        for path in (right, broken)
    ]
    assert status[0] == 0
    assert status[1] != 0


@pytest.mark.parametrize("language", ["pascal", "csharp"])
def test_a_wrong_number_ends_the_program_when_it_starts(language, tmp_path):
    compile_, run, add = COMPILERS[language]
    if shutil.which(compile_[0]) is None:
        pytest.skip(f"no {compile_[0]}: {add}")
    record = next(one for one in RECORDS if one.name == "Floats")
    for name, text in program(language, [record], ABI):
        (tmp_path / name).write_text(
            text.replace("large) = 8", "large) = 4").replace("start != 8", "start != 4"), "utf-8"
        )
    subprocess.run(compile_, cwd=tmp_path, capture_output=True, timeout=SECONDS, check=True)
    done = subprocess.run(run, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert done.returncode != 0
    assert "Floats.large" in done.stderr


def test_linked_mem_has_the_size_of_its_abi():
    record = next(one for one in RECORDS if one.name == "LinkedMem")
    assert "sizeof(LinkedMem) == 10580" in emit(record, "c", "x86_64-linux")
    assert "sizeof(LinkedMem) == 5460" in emit(record, "c", "x86_64-windows")


@pytest.mark.parametrize("language", [name for name in LANGUAGES if name not in ("c", "c++")])
def test_what_a_language_cannot_hold_is_an_error(language):
    wide = Record("Wide", (Field("x", KINDS["u128"], bits=100),))
    with pytest.raises(LayoutError, match="more than 64 bits"):
        emit(wide, language, ABI)
    with pytest.raises(LayoutError, match="no bytes"):
        emit(Record("Empty", (), size=0), language, ABI)


def test_a_field_may_have_the_name_of_a_type_that_its_record_uses():
    """C++ would have the name mean the field from there on, and refuses that."""
    direction = Enum("Direction", values=(("N", 0),), base=KINDS["u32"])
    vector = Record("Vector", (Field("X", KINDS["f32"]),))
    fields = (Field("First", direction), Field("Direction", direction), Field("Vector", vector, (2,)))
    text = emit(Record("Signpost", fields), "c++", ABI)
    assert all(
        f"{line};" in text for line in ("enum Direction First", "enum Direction Direction", "struct Vector Vector[2]")
    )
    assert "Direction Direction;" in emit(Record("Signpost", fields), "c", ABI)


def test_an_unknown_language_is_an_error():
    with pytest.raises(LayoutError, match="no emitter for 'cobol'"):
        emit(RECORDS[0], "cobol", ABI)
    with pytest.raises(LayoutError, match="no record"):
        emit([], "c", ABI)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_from_outside_cannot_break_out(language):
    """Names of records and enums come from files; whatever they are, they become identifiers."""
    evil = Enum('a*/ }; #include "x"', values=(("b\n//", 1), ("b  //", 2)))
    record = Record('x"; */ } {', (Field("text", KINDS["char8"], (4,), chars=Chars()), Field("kind", evil)))
    text = emit(record, language, ABI, title="t */ } {\n#include <evil>")
    assert not any(line.startswith("#include <evil>") for line in text.splitlines())
    assert 'x";' not in text


def test_the_output_is_stable():
    for language in LANGUAGES:
        assert emit(RECORDS, language, ABI) == emit(RECORDS, language, ABI)


# --- the command ------------------------------------------------------------------------------------------------------

TOML = '[record.T]\nfields = [{ name = "a", type = "u32" }, { name = "b", type = "long" }]\n'


def test_the_command_writes_a_file_that_compiles(samebytes, tmp_path):
    source, target = tmp_path / "t.toml", tmp_path / "t.py"
    source.write_text(TOML.replace("long", "f32"), "utf-8")
    ran = samebytes("emit", source, "--type", "T", "--to", "python", "-o", target)
    assert (ran.status, ran.out, ran.err) == (0, "", "")
    assert "x86_64-linux, x86_64-windows" in target.read_text(
        "utf-8"
    ) or "x86_64-windows, x86_64-linux" in target.read_text("utf-8")
    assert subprocess.run([sys.executable, str(target)], check=False).returncode == 0


@pytest.mark.skipif(sys.platform != "linux", reason="a device that is always full")
@pytest.mark.parametrize("command", [("emit", "--to", "c"), ("lock",)], ids=lambda words: words[0])
def test_a_full_disk_is_something_missing_and_no_wrong_usage(samebytes, tmp_path, command):
    source = tmp_path / "t.toml"
    source.write_text(TOML, "utf-8")
    ran = samebytes(command[0], source, *command[1:], "-o", "/dev/full")
    assert ran.status == 3
    assert "cannot write /dev/full: No space left on device (make room" in ran.err


def test_without_abi_a_record_that_parts_is_for_linux_and_says_so(samebytes, tmp_path):
    source = tmp_path / "t.toml"
    source.write_text(TOML, "utf-8")
    ran = samebytes("emit", source, "--to", "c")
    assert ran.status == 0
    assert "for x86_64-linux only: b of T is at 8 on x86_64-linux, 8 bytes; at 4 on x86_64-windows, 4 bytes" in ran.err
    assert "sizeof(T) == 16" in ran.out


def test_abis_that_part_are_refused_when_asked_for(samebytes, tmp_path):
    source = tmp_path / "t.toml"
    source.write_text(TOML, "utf-8")
    ran = samebytes("emit", source, "--to", "c", "--abi", "x86_64-linux", "--abi", "x86_64-windows")
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert "b of T" in ran.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("emit", "nosuch.toml", "--to", "c"), "nosuch.toml: no such file"),
        (("emit", "{file}", "--to", "cobol"), "--to cobol: there is none of that name"),
        (("emit", "{file}", "--to", "c", "--abi", "pdp11"), "--abi pdp11: there is none of that name"),
        (("emit", "{file}", "--to", "c", "--type", "Nope"), "no record Nope"),
        (("emit", "{file}", "--to", "c", "-o", "/no/such/folder/x.h", "--abi", "x86_64-linux"), "cannot write"),
    ],
)
def test_wrong_use_is_one_line(samebytes, tmp_path, arguments, words):
    source = tmp_path / "t.toml"
    source.write_text(TOML, "utf-8")
    ran = samebytes(*(str(word).format(file=source) for word in arguments))
    assert ran.status == 2
    assert len(ran.err.splitlines()) == 1
    assert words in ran.err


def test_a_packed_record_keeps_its_alignment():
    """A larger Pack may find the same offsets; a record that contains this one would then be laid out otherwise."""
    fields = (Field("a", KINDS["u32"]), Field("b", KINDS["f64"]))
    record = Record("R", fields, packed=True)
    assert "Pack = 1, Size = 12" in emit(record, "csharp", "x86_64-linux")
