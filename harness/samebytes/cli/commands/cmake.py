"""`samebytes cmake`: where the CMake module is."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import samebytes
from samebytes.printable import printable

__all__ = ["add_to"]

EXAMPLE = """example, in CMakeLists.txt:
  execute_process(COMMAND samebytes cmake --dir OUTPUT_VARIABLE found OUTPUT_STRIP_TRAILING_WHITESPACE)
  list(APPEND CMAKE_MODULE_PATH "${found}")
  include(Samebytes)
  samebytes_check(sim LAYOUT car.toml TYPE CarState IN car.h PROJECT samebytes.toml)
"""


def add_to(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "cmake",
        help="where the CMake module with samebytes_check() is",
        description="Prints the folder of Samebytes.cmake: its samebytes_check() makes a build fail at a field that is wrong.",
        epilog=EXAMPLE,
    )
    parser.add_argument(
        "--dir", action="store_true", help="print the folder, for CMAKE_MODULE_PATH (it does so without, too)"
    )
    parser.set_defaults(run=run)


def run(_options: argparse.Namespace) -> int:
    """Print the folder."""
    print(printable((Path(samebytes.__file__).parent / "cmake").as_posix()))
    return 0
