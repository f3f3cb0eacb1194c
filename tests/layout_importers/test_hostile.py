"""Broken and hostile declarations: a clear line each, in bounded time and memory. `python hostile.py` tries 500."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from samebytes.errors import LayoutError
from samebytes.layout.importers import load, python_file

sys.path.insert(0, str(Path(__file__).parent))
import hostile

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="how much memory a child took is asked of Linux")

SAMPLE = [case for case in hostile.cases(len(hostile.MADE) + 14, 7) if case.what not in hostile.SLOW]


@pytest.mark.parametrize("case", SAMPLE, ids=[case.what for case in SAMPLE])
def test_a_hostile_file_is_one_clear_line(case, tmp_path):
    outcome = hostile.tried(case, tmp_path)
    assert not outcome.wrong


def test_a_python_file_that_loops_is_ended_with_all_that_it_started(tmp_path, monkeypatch):
    monkeypatch.setattr(python_file, "DEADLINE", 1.5)
    started = tmp_path / "started"
    file = tmp_path / "loops.py"
    file.write_text(
        f"import subprocess\np = subprocess.Popen(['sleep', '61'])\nopen({str(started)!r}, 'w').write(str(p.pid))\nwhile True: pass\n"
    )
    with pytest.raises(LayoutError, match="has been running for"):
        load(file)
    assert _gone(int(started.read_text()))


def _gone(pid: int) -> bool:
    """Whether a process that was killed is no more, or a zombie that nobody has waited for yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("ascii").rpartition(")")[2].split()[0] in "ZX"
    except FileNotFoundError:
        return True


def test_a_python_file_that_eats_memory_is_refused(tmp_path):
    file = tmp_path / "eats.py"
    file.write_text("x = [bytearray(1 << 20) for _ in range(1 << 20)]\n")
    with pytest.raises(LayoutError, match=r"MemoryError.*400 MB"):
        load(file)
