"""The CMake module: a build that fails at the field that is wrong, and a test that tells why."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.skipif(shutil.which("cmake") is None, reason="no cmake"),
    pytest.mark.skipif(sys.platform != "linux", reason="builds for Linux"),
]
SAMEBYTES = Path(sys.executable).with_name("samebytes")
LISTS = """\
cmake_minimum_required(VERSION 3.18)
project(car C)
enable_testing()
execute_process(COMMAND ${SAMEBYTES_COMMAND} cmake --dir OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE)
list(APPEND CMAKE_MODULE_PATH "${found}")
include(Samebytes)
add_executable(sim main.c)
"""
CALL = "samebytes_check(sim LAYOUT car.toml TYPE CarState IN car.h PROJECT samebytes.toml OPTIONS --realm linux)\n"
HEADER = "#include <stdint.h>\nstruct CarState { double speed; uint16_t rpm; int8_t gear; };\n"
TRUTH = """\
[record.CarState]
fields = [{ name = "speed", type = "f64" }, { name = "rpm", type = "u16" }, { name = "gear", type = "i8" }]
"""
PROJECT = '[layout.CarState]\ntoml = "car.toml"\n\n[declaration.sim]\nsource = "car.h"\n'


def run(folder: Path, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300, check=False
    )


def written(folder: Path, call: str = CALL) -> None:
    files = {"CMakeLists.txt": LISTS + call, "car.h": HEADER, "car.toml": TRUTH, "samebytes.toml": PROJECT}
    files["main.c"] = '#include "car.h"\nint main(void) { return 0; }\n'
    for name, text in files.items():
        (folder / name).write_text(text)


def configured(folder: Path, compiler: str) -> subprocess.CompletedProcess[str]:
    options = [f"-DCMAKE_C_COMPILER={compiler}", f"-DSAMEBYTES_COMMAND={SAMEBYTES}"]
    return run(folder, "cmake", "-S", ".", "-B", "out", *options)


@pytest.mark.parametrize("compiler", ["gcc", "clang"])
def test_the_build_fails_at_the_field_and_the_test_says_why(compiler, tmp_path):
    if shutil.which(compiler) is None:
        pytest.skip(f"no {compiler}")
    written(tmp_path)
    done = configured(tmp_path, compiler)
    assert done.returncode == 0, done.stdout
    done = run(tmp_path, "cmake", "--build", "out")
    assert done.returncode == 0, done.stdout
    done = run(tmp_path, "ctest", "--test-dir", "out", "--output-on-failure")
    assert done.returncode == 0, done.stdout
    (tmp_path / "car.h").write_text(HEADER.replace("int8_t gear", "uint8_t gear"))
    done = run(tmp_path, "cmake", "--build", "out")
    assert done.returncode != 0
    (line,) = {int(one) for one in re.findall(r"sim_CarState_check\.c:(\d+):\d+: error", done.stdout)}
    asserts = (tmp_path / "out" / "samebytes" / "sim_CarState_check.c").read_text().splitlines()
    assert "CarState.gear: no signed integer" in asserts[line - 1]
    done = run(tmp_path, "ctest", "--test-dir", "out", "--output-on-failure")
    assert done.returncode != 0
    assert re.search(r"`gear` declared as .*unsigned", done.stdout), done.stdout


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("samebytes_check(sim)\n", "LAYOUT with TYPE, or PROJECT, is needed"),
        ("samebytes_check(simm LAYOUT car.toml TYPE CarState)\n", "no target of that"),
        ("samebytes_check(sim LAYOUT car.toml)\n", "which record?"),
        ("samebytes_check(sim LAYUOT car.toml)\n", "unknown: LAYUOT;car.toml"),
    ],
)
def test_a_wrong_call_is_told_when_configuring(call, said, tmp_path):
    written(tmp_path, call)
    done = configured(tmp_path, "gcc")
    assert done.returncode != 0
    assert said in " ".join(done.stdout.split())
