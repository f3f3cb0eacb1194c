"""Headers that cannot be read: a clear error with the place and the reason, never a number, in bounded time."""

from __future__ import annotations

import contextlib
import sys
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError, MissingError
from samebytes.layout import ABIS, Record, lay_out
from samebytes.layout.importers import clang_run, from_header, header_records

pytestmark = pytest.mark.usefixtures("needs_clang")


def refused(text, name="A", abi="x86_64-linux", **options):
    with pytest.raises(LayoutError) as caught:
        from_header(text, name, abi=abi, **options)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("struct A {\n int a;\n char b[", ["header.h:3", "expected"]),
        ("struct A { int a;\n struct A b; };", ["header.h:2", "incomplete type 'struct A'"]),
        ("struct B;\nstruct A { struct B b; };\nstruct B { struct A a; };", ["header.h:2", "struct B"]),
        ("struct A {\n int a[-1]; };", ["header.h:2", "negative size"]),
        ("struct A { char a[4294967296ull]; };", ["A.a", "4294967296"]),
        ("struct A { char a[0xffffffffffffffffull]; };", ["too large"]),
        ("struct A { double a[100000][100000]; };", ["A.a", "elements in all"]),
        ("\n#include <boost/array.hpp>\nstruct A { int a; };", ["header.h:2", "boost/array.hpp", "include=["]),
        ('#ifndef P\n#error "define P"\n#endif\nstruct A { int a[P]; };', ["header.h:2", "define P", "defines={"]),
        ("struct A {\n Unknown a; };", ["header.h:2", "Unknown", "include the header that declares it"]),
        ("struct A {\n virtual void f();\n int a; };", ["header.h:1", "hidden pointer", "f() is virtual"]),
        ("struct B { virtual ~B(); };\nstruct A : B { int a; };", ["header.h:2", "in its base B"]),
        ("struct B { int b; };\nstruct A : virtual B { int a; };", ["virtual base"]),
        ("struct C { virtual void f(); };\nstruct A { C c; };", ["C has a hidden pointer"]),
        ("struct A { int b;\n int &a; };", ["header.h:2", "A.a", "a reference"]),
        ("struct A { _Float16 a;\n};", ["A.a", "no kind"]),
        ("struct A { float a __attribute__((vector_size(16)));\n};", ["A.a", "vector"]),
        ("struct A { _Complex float a;\n};", ["A.a", "complex"]),
        ("template <int N> struct X { X<N + 1> x; };\nusing A = X<1>;", ["cannot be instantiated"]),
        ("typedef struct Q Q;\nstruct A { Q q; };", ["header.h:2", "incomplete type"]),
        ("struct A { char a : 3; int b : 4; } __attribute__((ms_struct));\n", ["our rules", "libclang", "two answers"]),
        ("struct B { int b; };\n", ["no record A", "its records: B"]),
        ("\n", ["no record A"]),
        ("struct A { int a$b;\n};", ["a$b", "not a field name"]),
        ("constexpr int n() { return n(); }\nstruct A { int a[n()]; };", ["C++"]),
    ],
)
def test_refusals(text, words):
    message = refused(text + "\n")
    assert [word for word in words if word not in message] == []


def test_a_name_that_stands_for_two_records():
    assert "more than one S" in refused(
        "namespace a { struct S { int x; }; }\nnamespace b { struct S { char y; }; }", "S"
    )
    record = from_header(
        "namespace a { struct S { int x; }; }\nnamespace b { struct S { char y; }; }", "b::S", abi="x86_64-linux"
    )
    assert record.name == "b_S"


def test_no_name_and_many_records():
    assert "defines 2 records: A, B" in refused("struct A { int a; };\nstruct B { int b; };", None)
    assert "defines 0 records" in refused("\n", None)


def test_files_that_are_none(tmp_path):
    binary = tmp_path / "binary.h"
    binary.write_bytes(bytes(range(256)))
    assert "is no text" in refused(binary)
    assert "is a directory" in refused(tmp_path)
    assert "cannot read" in refused(tmp_path / "missing.h")
    assert "no ABI" in refused("struct A { int a; };\n", abi="vax-vms")
    assert "language 'd'" in refused("struct A { int a; };\n", language="d")
    assert "no macro's name" in refused("struct A { int a; };\n", defines={"A B": 1})


def test_code_pages_and_marks(tmp_path):
    header = tmp_path / "old.h"
    header.write_bytes("/* Größe */\nstruct A { int a; };\n".encode("cp1252"))
    assert from_header(header, "A", abi="x86_64-linux").name == "A"
    header.write_bytes("struct A { int a; };\n".encode("utf-16"))
    assert from_header(header, "A", abi="x86_64-linux").name == "A"
    header.write_bytes(b"\xef\xbb\xbfstruct A { int a; };\r\n")
    assert from_header(header, "A", abi="x86_64-linux").name == "A"


def test_cpp_standard_headers_where_there_are_none():
    message = refused("#include <regex>\nstruct A { std::regex s; };\n", abi="aarch64-windows")
    assert "'regex' file not found" in message
    assert "this machine has none for aarch64-windows" in message


@pytest.mark.parametrize(
    "member", ["std::string", "std::vector<int>", "std::map<int, std::string>", "std::unique_ptr<int>"]
)
def test_containers_are_named_as_the_pointers_they_are(member):
    text = f"#include <string>\n#include <vector>\n#include <map>\n#include <memory>\nstruct A {{ {member} s; }};\nstruct B {{ int b; }};\n"
    message = refused(text)
    assert f"{member.partition('<')[0]} holds a pointer to memory of the process that made it" in message
    assert from_header(text, "B", abi="x86_64-linux").name == "B"


ASSERTS = """
struct A { long a; };
_Static_assert(sizeof(struct A) == 4, "A is 4 bytes");
typedef char A_is_small[sizeof(struct A) == 4 ? 1 : -1];
"""


def test_a_failed_assertion_is_told_beside_the_layout_that_came_out():
    record = from_header(ASSERTS, "A", abi="x86_64-linux")
    assert lay_out(record, ABIS["x86_64-linux"]).size == 8
    first, second = [note for note in record.origin.notes if "an assertion fails" in note]
    assert first.startswith("header.h:3: on x86_64-linux an assertion fails: ")
    assert "A is 4 bytes" in first
    assert "header.h:4" in second
    assert from_header(ASSERTS, "A", abi="i686-linux").origin.notes == ()


def test_a_header_that_asks_for_windows_macros_gets_the_way_out():
    text = "#if !defined(_AMD64_) && !defined(_X86_)\n#error no architecture\n#endif\nstruct A { int a; };\n"
    message = refused(text, abi="riscv64-linux")
    assert "it asks for _AMD64_, _X86_" in message
    assert "with -D" in message
    record = from_header("#include <windows.h>\n" + text, "A", abi="x86_64-windows")
    assert any("defined _AMD64_" in note for note in record.origin.notes)


def test_headers_that_include_each_other_are_read(tmp_path):
    (tmp_path / "a.h").write_text('#pragma once\n#include "b.h"\nstruct A { struct B *b; int n; };\n')
    (tmp_path / "b.h").write_text('#pragma once\n#include "a.h"\nstruct B { struct A *a; };\n')
    assert lay_out(from_header(tmp_path / "a.h", "A", abi="x86_64-linux"), ABIS["x86_64-linux"]).size == 16


def test_reading_in_the_other_language_is_said():
    record = from_header("namespace n {\nstruct A { int a; };\n}\n", "A", abi="x86_64-linux")
    assert any("it was read as C++, because it is not C: header.h:1" in note for note in record.origin.notes)
    said = from_header("namespace n {\nstruct A { int a; };\n}\n", "A", abi="x86_64-linux", language="c++")
    assert said.origin.notes == ()


TIMES = "#include <time.h>\n#include <sys/types.h>\nstruct A { time_t t; off_t o; };\n"


@pytest.mark.parametrize(
    ("abi", "defines", "size"),
    [
        ("i686-linux", {}, 8),
        ("i686-linux", {"_TIME_BITS": 64, "_FILE_OFFSET_BITS": 64}, 16),
        ("armv7-linux-gnueabihf", {"_TIME_BITS": 64, "_FILE_OFFSET_BITS": 64}, 16),
        ("i686-windows", {}, 16),
        ("i686-windows", {"_USE_32BIT_TIME_T": None}, 8),
        ("x86_64-linux", {"_TIME_BITS": 64}, 16),
    ],
)
def test_macros_that_widen_times_and_offsets(abi, defines, size):
    assert lay_out(from_header(TIMES, "A", abi=abi, defines=defines), ABIS[abi]).size == size


def test_atomics():
    text = "#include <stdatomic.h>\nstruct A { char c; atomic_int a; _Atomic(long long) b; atomic_bool d; };\n"
    layout = lay_out(from_header(text, "A", abi="i686-linux"), ABIS["i686-linux"])
    assert [member.offset for member in layout.members] == [0, 4, 8, 16]
    assert (layout.size, layout.align) == (24, 8)


def test_gcc_only_byte_order():
    assert "scalar_storage_order" in refused(
        'struct A { int a; } __attribute__((scalar_storage_order("big-endian")));\n'
    )


def test_attributes_that_clang_does_not_know_are_noted():
    record = from_header("struct __attribute__((frobnicate)) A { int a; };\n", "A", abi="x86_64-linux")
    assert any("frobnicate" in note for note in record.origin.notes)


def test_ten_thousand_fields():
    text = "struct A {\n" + "".join(f"  char c{number}; int i{number};\n" for number in range(5000)) + "};\n"
    start = time.monotonic()
    record = from_header(text, "A", abi="x86_64-linux")
    assert len(record.fields) == 10_000
    assert lay_out(record, ABIS["x86_64-linux"]).size == 40_000
    assert time.monotonic() - start < 60


@pytest.mark.parametrize(
    "text",
    [
        "struct A { int a[" + "(" * 5000 + "1" + ")" * 5000 + "]; };\n",
        "".join(f"struct S{number} {{ " for number in range(300)) + "int a; " + "} m; " * 299 + "};\n",
        "constexpr int f() { int i = 0; while (true) i++; return i; }\nstruct A { int a[f()]; };\n",
        '#include "header.h"\nstruct A { int a; };\n',
    ],
    ids=["parentheses", "nesting", "endless constexpr", "includes itself"],
)
def test_bombs(text):
    refused(text)


def test_a_deadline(monkeypatch):
    monkeypatch.setattr(clang_run, "DEADLINE", 0.001)
    assert "has not read it within" in refused("struct A { int a; };\n")


def test_without_libclang(monkeypatch, tmp_path):
    """The worker of a Python that has no libclang-ng: `-I -S` leaves site-packages out."""
    launcher = tmp_path / "python"
    launcher.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "$@"\n')
    launcher.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(launcher))
    with pytest.raises(MissingError, match="libclang-ng") as caught:
        from_header("struct A { int a; };\n", "A", abi="x86_64-linux")
    assert caught.value.add == "pip install 'samebytes[clang]'"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_headers(headers, data):
    text = (
        headers / data.draw(st.sampled_from(["frame_statistics.h", "bits_and_tails.h", "truck_telemetry.hpp"]))
    ).read_text()
    start = data.draw(st.integers(0, len(text)))
    end = min(len(text), start + data.draw(st.integers(0, 40)))
    damaged = text[:start] + data.draw(st.text(max_size=8)) + text[end:] + "\n"
    with contextlib.suppress(LayoutError):
        found = header_records(damaged, abi="x86_64-linux")
        assert all(isinstance(record, Record) for record in found.values())
