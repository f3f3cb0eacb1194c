"""What the importer says of the fixture headers is what compilers make of them: GCC's own sizeof and offsetof.

The Windows headers are compiled by mingw with its own <windows.h>: our replacement must mean the same.
"""

from __future__ import annotations

import shutil
import struct
import subprocess

import pytest

from samebytes.layout import ABIS, lay_out
from samebytes.layout.importers import header_records

pytestmark = pytest.mark.usefixtures("needs_clang")

C_HEADERS = ("mumble_link.h", "core_temperatures.h", "bits_and_tails.h")
WINDOWS_C_HEADERS = ("hardware_monitor.h", "sensor_table.h", "gpu_records.h")
CPP_HEADERS = (
    "race_pages.h",
    "truck_telemetry.hpp",
    "race_state.hpp",
    "telemetry_ring.h",
    "frame_statistics.h",
    "simulator_messages.h",
)
COMPILERS = {
    "x86_64-linux": ("gcc", "objcopy"),
    "i686-linux": ("i686-linux-gnu-gcc", "i686-linux-gnu-objcopy"),
    "aarch64-linux": ("aarch64-linux-gnu-gcc", "aarch64-linux-gnu-objcopy"),
    "armv7-linux-gnueabihf": ("arm-linux-gnueabihf-gcc", "arm-linux-gnueabihf-objcopy"),
    "s390x-linux": ("s390x-linux-gnu-gcc", "s390x-linux-gnu-objcopy"),
    "riscv64-linux": ("riscv64-linux-gnu-gcc", "riscv64-linux-gnu-objcopy"),
    "powerpc64-linux": ("powerpc64-linux-gnu-gcc", "powerpc64-linux-gnu-objcopy"),
    "powerpc64le-linux": ("powerpc64le-linux-gnu-gcc", "powerpc64le-linux-gnu-objcopy"),
    "x86_64-windows-gnu": ("x86_64-w64-mingw32-gcc", "x86_64-w64-mingw32-objcopy"),
    "i686-windows-gnu": ("i686-w64-mingw32-gcc", "i686-w64-mingw32-objcopy"),
}


def questions(found):
    """Expressions a compiler answers, and our answers."""
    for name, (record, abi) in found.items():
        layout = lay_out(record, abi)
        yield f"sizeof({name})", layout.size
        for member in layout.members:
            if member.field.name and member.field.bits is None and not member.field.flexible:
                yield f"__builtin_offsetof({name}, {member.field.name})", member.offset


def ask(compiled, path, expressions, abi, compiler, objcopy, *flags, language="c"):
    """The compiler's answers, taken from a section of the object: nothing is run."""
    probe = (
        '__attribute__((section("probe"), used)) extern const unsigned answers[] = {' + ", ".join(expressions) + "};\n"
    )
    probe = probe.replace("extern const", "const" if language == "c" else "extern const")
    text = "#include <stddef.h>\n" * (language == "c") + f'#include "{path}"\n{probe}'
    built = compiled(text, compiler, "-c", *flags, language=language)
    image = built.with_suffix(".bin")
    if shutil.which(objcopy) is None:
        pytest.skip(f"{objcopy} is not installed")
    subprocess.run([objcopy, "-O", "binary", "-j", "probe", str(built), str(image)], check=True, timeout=60)
    return list(struct.unpack(f"{abi.struct_order}{len(expressions)}I", image.read_bytes()[: 4 * len(expressions)]))


def check(compiled, path, abi, compiler, objcopy, *flags, language="c", names=None):
    found = header_records(path, abi=abi)
    assert not {name: why for name, why in found.refused.items() if "hidden pointer" not in why}
    known = {(names or {}).get(name, name): (record, abi) for name, record in found.items()}
    asked = dict(questions(known))
    answers = ask(compiled, path, list(asked), abi, compiler, objcopy, *flags, language=language)
    assert dict(zip(asked, answers, strict=True)) == asked


@pytest.mark.parametrize("abi", list(COMPILERS))
@pytest.mark.parametrize("file", C_HEADERS)
def test_c(headers, shims, compiled, file, abi):
    flags = ["-ffreestanding", "-isystem", str(shims / "libc"), "-std=gnu17"]
    tags = {name: f"struct {name}" for name in ("LinkedMem", "core_temperatures", "flags", "wire", "tail")}
    check(compiled, headers / file, ABIS[abi], *COMPILERS[abi], *flags, names=tags)


@pytest.mark.parametrize("abi", ["x86_64-windows-gnu", "i686-windows-gnu"])
@pytest.mark.parametrize("file", WINDOWS_C_HEADERS)
def test_windows(headers, compiled, file, abi):
    flags = ["-include", "windows.h", "-std=gnu17"]
    check(compiled, headers / file, ABIS[abi], *COMPILERS[abi], *flags)


@pytest.mark.parametrize("file", CPP_HEADERS)
def test_cpp(headers, shims, compiled, file):
    flags = ["-std=gnu++20", "-fno-access-control", "-isystem", str(shims / "windows")]
    names = {"short_list": "truck::short_list"} | {
        name: f"truck::{name}" for name in ("vector3", "placement", "sequence", "telemetry", "empty_tag")
    }
    names |= {f"FRAME_{part}_ENTRY": f"FRAME_SHARED_MEMORY::FRAME_{part}_ENTRY" for part in ("OSD", "APP")}
    abi = ABIS["x86_64-linux"]
    check(compiled, headers / file, abi, "g++", "objcopy", *flags, language="c++", names=names)
