"""docs/images.md keeps its word: its commands print what it says, and an image is as it describes it."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import sys
import tomllib

import pytest
from image_cases import IMAGES, ROOT

PAGE = (ROOT / "docs" / "images.md").read_text("utf-8")
CONSOLE = re.search(r"^```console\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def parts_of_console():
    assert CONSOLE is not None
    for part in re.split(r"^\$ ", CONSOLE[1], flags=re.MULTILINE)[1:]:
        command, *expected = part.splitlines()
        yield command, expected


@pytest.mark.skipif(sys.platform != "linux", reason="the page shows a Linux machine")
@pytest.mark.parametrize(("command", "expected"), list(parts_of_console()))
def test_a_command_prints_what_the_page_says(samebytes, command, expected):
    done = samebytes(*shlex.split(command)[1:], folder=ROOT)
    assert done.status == 0, done.err
    lines = iter(done.out.splitlines())
    for wanted in expected:
        pattern = ".*".join(map(re.escape, wanted.split("…")))
        assert wanted == "…" or any(re.fullmatch(pattern, line) for line in lines), f"{wanted!r} is not in\n{done.out}"


def keys_of_page():
    return set(re.findall(r"`([a-z0-9.]+)`", "".join(re.findall(r"^\| (`.*?) \|", PAGE, re.MULTILINE))))


@pytest.mark.parametrize("path", sorted(IMAGES.glob("*.image")), ids=lambda path: path.stem)
def test_an_image_can_be_read_with_nothing_but_the_page(path):
    first, header, data = path.read_bytes().split(b"\n", 2)
    tree = json.loads(header)
    assert first == b"samebytes image 1"
    assert (tree["bytes"], tree["sha256"]) == (len(data), hashlib.sha256(data).hexdigest())
    layout = tree.pop("layout")
    assert layout["type"] in tomllib.loads(layout["toml"])["record"]
    keys = {*tree, *(f"layout.{key}" for key in layout)}
    assert keys <= keys_of_page()
