"""Records from debug information: what a compiler wrote down is what the header says, on every machine and DWARF version."""

from __future__ import annotations

import shutil
import subprocess

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, lay_out
from samebytes.layout.importers import binary_records, from_binary, from_header

pytestmark = pytest.mark.usefixtures("needs_dwarf")

COMPILERS = {
    "x86_64-linux": "gcc",
    "i686-linux": "i686-linux-gnu-gcc",
    "aarch64-linux": "aarch64-linux-gnu-gcc",
    "armv7-linux-gnueabihf": "arm-linux-gnueabihf-gcc",
    "s390x-linux": "s390x-linux-gnu-gcc",
    "riscv64-linux": "riscv64-linux-gnu-gcc",
    "powerpc64-linux": "powerpc64-linux-gnu-gcc",
    "powerpc64le-linux": "powerpc64le-linux-gnu-gcc",
    "x86_64-windows-gnu": "x86_64-w64-mingw32-gcc",
    "i686-windows-gnu": "i686-w64-mingw32-gcc",
}
RECORDS = {"bits_and_tails.h": ("flags", "wire", "tail"), "mumble_link.h": ("LinkedMem",)}


def shape(record, abi):
    """Size and every leaf, without names of kinds: debug information tells `unsigned int`, the header `uint32_t`."""
    layout = lay_out(record, abi)
    return layout.size, [(*leaf[:3], *leaf[4:], leaf.kind.family) for leaf in layout.leaves]


def program(compiled, path, names, compiler, *flags, ending=".o"):
    """An object or library that uses those structs."""
    uses = "".join(f"struct {name} v{number};\n" for number, name in enumerate(names))
    return compiled(f'#include "{path}"\n{uses}', compiler, "-g", *flags, ending=ending)


@pytest.mark.usefixtures("needs_clang")
@pytest.mark.parametrize("version", [2, 5])
@pytest.mark.parametrize(
    ("abi", "linked"),
    [(abi, linked) for abi in COMPILERS for linked in (False, True) if (abi, linked) != ("riscv64-linux", False)],
)  # RISC-V objects: see test_objects_it_cannot_relocate
def test_as_the_header_says(headers, shims, compiled, abi, version, linked):
    for file, names in RECORDS.items():
        flags = ["-ffreestanding", "-nostdlib", "-isystem", str(shims / "libc"), f"-gdwarf-{version}"]
        flags.append("-shared" if linked else "-c")
        built = program(compiled, headers / file, names, COMPILERS[abi], *flags)
        for name in names:
            record = from_binary(built, name)
            assert shape(record, ABIS[abi]) == shape(from_header(headers / file, name, abi=abi), ABIS[abi])
            assert f"DWARF {version}" in record.origin.tool


def test_objects_it_cannot_relocate(headers, shims, compiled):
    flags = ["-c", "-ffreestanding", "-isystem", str(shims / "libc")]
    built = program(compiled, headers / "mumble_link.h", ["LinkedMem"], "riscv64-linux-gnu-gcc", *flags)
    with pytest.raises(LayoutError, match="link it"):
        from_binary(built, "LinkedMem")


CPP = """
#include <stdint.h>
namespace game {
struct Empty {};
struct Base : Empty { Base(); int32_t a; char b; };
enum class Phase : uint16_t { Off, On = 7 };
struct Derived : Base { char c; Phase phase; bool ready; static int count; };
struct Hidden { virtual void f(); int a; };
template <class T> struct Box { T t[3]; };
union Either { float f; uint8_t raw[6]; struct { short x, y; }; };
struct __attribute__((packed)) Wire { char tag; Box<double> box; wchar_t name[4]; char16_t units[2]; Either either; };
struct alignas(32) Wide { long double l; void *p; int &r; };
typedef struct { int inner; } Alias;
}
using namespace game;
Base::Base() {} void Hidden::f() {}
Derived d; Hidden h; Wire w; Alias a; Wide *wide; char use[sizeof(Wide)];
"""


@pytest.fixture
def cpp(compiled):
    return compiled(CPP, "g++", "-g", "-c", language="c++")


def test_cpp(cpp):
    abi = ABIS["x86_64-linux"]
    derived = lay_out(from_binary(cpp, "game::Derived"), abi)
    assert derived.size == 12
    assert {leaf.path: leaf.offset for leaf in derived.leaves} == {"a": 0, "b": 4, "c": 5, "phase": 6, "ready": 8}
    phase = from_binary(cpp, "Derived").named("phase").type
    assert phase.base.name == "u16"
    assert dict(phase.values) == {"Off": 0, "On": 7}
    wire = lay_out(from_binary(cpp, "Wire"), abi)
    assert wire.size == 1 + 24 + 16 + 4 + 8
    assert wire.by_path["box.t[2]"].offset == 17
    assert wire.by_path["either.y"].offset == 1 + 24 + 16 + 4 + 2
    assert lay_out(from_binary(cpp, "Alias"), abi).size == 4
    assert lay_out(from_binary(cpp, "Wide"), abi).align == 32


def test_hidden_pointers_are_refused(cpp):
    with pytest.raises(LayoutError, match="hidden pointer"):
        from_binary(cpp, "Hidden")
    assert "Hidden" in "".join(binary_records(cpp).refused)


def test_names_that_are_not_there(cpp):
    with pytest.raises(LayoutError, match=r"no record Nothing.*game::Derived"):
        from_binary(cpp, "Nothing")


def test_two_different_records_of_one_name(compiled):
    text = "namespace a { struct S { int x; } s; } namespace b { struct S { char y; } s; }"
    built = compiled(text, "g++", "-g", "-c", language="c++")
    with pytest.raises(LayoutError, match=r"more than one S.*full name"):
        from_binary(built, "S")
    assert [part.name for part in from_binary(built, "b::S").fields] == ["y"]


@pytest.mark.parametrize("compiler", ["gcc", "x86_64-w64-mingw32-gcc"])
def test_without_debug_information(compiled, compiler):
    built = compiled("struct S { int x; } s;", compiler, "-c")
    with pytest.raises(LayoutError, match="build it with -g"):
        from_binary(built, "S")


def test_split_debug_information(compiled):
    built = compiled("struct S { int x; } s;", "gcc", "-g", "-gsplit-dwarf", "-c")
    with pytest.raises(LayoutError, match="-gsplit-dwarf"):
        from_binary(built, "S")


def test_compressed_debug_information(compiled):
    built = compiled("struct S { int x; char y[3]; } s;", "gcc", "-g", "-gz", "-c")
    assert lay_out(from_binary(built, "S"), ABIS["x86_64-linux"]).size == 8


def test_type_units(compiled):
    text = "struct T { int x; }; struct S { struct T t[2]; char y[3]; } s;"
    flags = ["-g", "-gdwarf-4", "-fdebug-types-section"]
    built = compiled(text, "gcc", "-shared", *flags, ending=".so")
    assert lay_out(from_binary(built, "S"), ABIS["x86_64-linux"]).size == 12


@pytest.mark.parametrize(("flag", "words"), [("-c", "link it"), ("-shared", "without -fdebug-types-section")])
def test_type_units_it_cannot_find(compiled, flag, words):
    text = "struct T { int x; }; struct S { struct T t[2]; char y[3]; } s;"
    built = compiled(text, "gcc", flag, "-g", "-gdwarf-5", "-fdebug-types-section", ending=".so")
    with pytest.raises(LayoutError, match=words):
        from_binary(built, "S")


def test_rust(tmp_path):
    if shutil.which("rustc") is None:
        pytest.skip("rustc is not installed")
    source = tmp_path / "shared.rs"
    source.write_text(
        "#[repr(C)] pub struct Wheel { pub slip: f32, pub on: bool }\n"
        "#[repr(u8)] #[derive(Clone, Copy)] pub enum Gear { N, R = 9 }\n"
        "#[repr(C, packed)] pub struct Telemetry { pub tick: u8, pub wheels: [Wheel; 4], pub gear: Gear, pub size: usize, pub c: char }\n"
        "pub enum Data { A(u32), B(f64) }\n"
        "#[no_mangle] pub static T: Option<&'static Telemetry> = None;\n"
        "#[no_mangle] pub fn f(t: Telemetry, d: &Data) -> usize { match d { Data::A(_) => t.size, Data::B(_) => 1 } }\n"
    )
    subprocess.run(
        ["rustc", "-g", "--crate-type=cdylib", "-o", str(tmp_path / "lib.so"), str(source)],
        check=True,
        timeout=120,
        capture_output=True,
    )
    record = from_binary(tmp_path / "lib.so", "shared::Telemetry")
    layout = lay_out(record, ABIS["x86_64-linux"])
    assert layout.size == 1 + 4 * 8 + 1 + 8 + 4
    assert layout.by_path["wheels[3].on"].offset == 1 + 28
    assert record.origin.language == "rust"
    with pytest.raises(LayoutError, match="enum with data"):
        from_binary(tmp_path / "lib.so", "shared::Data")


def test_nim(tmp_path):
    if shutil.which("nim") is None:
        pytest.skip("nim is not installed")
    source = tmp_path / "shared.nim"
    source.write_text(
        "type\n  Gear = enum neutral, reverse\n"
        "  Wheel {.bycopy.} = object\n    slip: float32\n    on: bool\n"
        "  Telemetry {.packed.} = object\n    tick: uint8\n    wheels: array[4, Wheel]\n    gear: Gear\n    speed: float\n"
        "var shared: Telemetry\nshared.tick = 1\necho shared.tick\n"
    )
    target = tmp_path / "shared"
    subprocess.run(
        [
            "nim",
            "c",
            "--hints:off",
            "--debugger:native",
            f"--nimcache:{tmp_path / 'cache'}",
            f"-o:{target}",
            str(source),
        ],
        check=True,
        timeout=300,
        capture_output=True,
    )
    layout = lay_out(from_binary(target, "Telemetry"), ABIS["x86_64-linux"])
    assert layout.size == 1 + 32 + 1 + 8
    assert layout.by_path["wheels[1].on"].offset == 13


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_files(compiled, data):
    built = compiled("struct S { int x; char y[3]; union { int a : 3; float b; }; } s;", "gcc", "-g", "-c")
    image = bytearray(built.read_bytes())
    for _ in range(data.draw(st.integers(1, 20))):
        image[data.draw(st.integers(0, len(image) - 1))] = data.draw(st.integers(0, 255))
    built.write_bytes(image[: data.draw(st.integers(1, len(image)))])
    try:
        from_binary(built, "S")
    except LayoutError as error:
        assert error.message  # noqa: PT017 - any other exception is the failure
