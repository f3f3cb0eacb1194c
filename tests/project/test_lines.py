"""Lines of keys: every way in which TOML writes one."""

from __future__ import annotations

import tomllib

import pytest

from samebytes.checks.project.key_lines import key_lines

TEXT = '''\
# a comment = [not a table]
realms = ["linux",
  # "nothing"
  "windows"]
"quoted key".'other' = 1

[layout.CarState]
header = """
[layout.Fake]
x = 1
"""
define = [ "A=1", 'B={"' ]

[producer."odd name"]
command = ["./sim", "-x"]
expect.speed = { min = 0, max = 500 }
expect.packet.within = 2.0
ready = { inner = { version = 3 }, other = [1, { deep = 2 }] }
date = 2020-01-01T00:00:00Z

[[peer]]
name = "one"
[peer.inner]
key = 1
[[peer]]
name = "two"
  [[peer.list]]
  value = "]"
'''
LINES = {
    ("realms",): 2,
    ("realms", 0): 2,
    ("realms", 1): 4,
    ("quoted key", "other"): 5,
    ("layout",): 7,
    ("layout", "CarState"): 7,
    ("layout", "CarState", "header"): 8,
    ("layout", "CarState", "define", 1): 12,
    ("producer", "odd name"): 14,
    ("producer", "odd name", "command", 0): 15,
    ("producer", "odd name", "expect"): 16,
    ("producer", "odd name", "expect", "speed", "max"): 16,
    ("producer", "odd name", "expect", "packet", "within"): 17,
    ("producer", "odd name", "ready", "inner", "version"): 18,
    ("producer", "odd name", "ready", "other", 1, "deep"): 18,
    ("producer", "odd name", "date"): 19,
    ("peer", 0): 21,
    ("peer", 0, "name"): 22,
    ("peer", 0, "inner", "key"): 24,
    ("peer", 1): 25,
    ("peer", 1, "name"): 26,
    ("peer", 1, "list", 0, "value"): 28,
}


def test_every_key_has_the_line_on_which_it_stands():
    found = key_lines(TEXT)
    assert {path: found.get(path) for path in LINES} == LINES


def test_nothing_is_found_that_is_not_there_and_nothing_is_missed():
    assert set(key_lines(TEXT)) == set(paths_in(tomllib.loads(TEXT)))


@pytest.mark.parametrize(
    "text",
    ["", "#", "a=1", "a = ''", 'a = "\\""', "a = '''x''''", 'a = """"quoted""""', "a = []", "a = {}", "[a]\n[b]", "a = [[1, 2], [3]]",
     "a = { b = [ { c = 1 } ] }", '"" = 1', "a.b.c = 1\na.b.d = 2", "[ a . b ]\nc=1 # x", "a = [\n1, # one ]\n2,\n]"],
)  # fmt: skip
def test_small_texts(text):
    assert set(key_lines(text)) == set(paths_in(tomllib.loads(text)))


def paths_in(value, path=()):
    yield path
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from paths_in(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from paths_in(inner, (*path, index))
