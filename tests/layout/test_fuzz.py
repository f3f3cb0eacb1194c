"""`samebytes fuzz`: a fault in the rules is found, shrunk to a struct that shows it, and named by that struct's number."""

from __future__ import annotations

import os

import pytest
from faults import FAULTS

from samebytes.cli.main import main
from samebytes.layout import abi
from samebytes.layout.fuzz import clangs, comparing, compilers
from samebytes.layout.fuzz.comparing import compare
from samebytes.layout.fuzz.shrink import shrunk
from samebytes.layout.fuzz.structs import FULL, PLAIN, numbers

GCC = "gcc"
QUICK = (
    "packed on a field is ignored",
    "what a bit-field asks for is ignored",
    "the last unit is cut",
    "Microsoft: what is asked for bows to pack",
)
"""Faults that are hunted in every run: one for each compiler's rules. `SAMEBYTES_FAULTS=all` hunts all."""
HUNTED = tuple(FAULTS) if os.environ.get("SAMEBYTES_FAULTS") == "all" else QUICK


def oracle_named(name):
    if name in abi.ABIS:
        pytest.importorskip("clang.cindex", reason="libclang-ng is not installed")
        return clangs.Clang(name)
    found = [one for one in compilers.available() if one.command == name]
    if not found:
        pytest.skip(f"there is no {name} here")
    return found[0]


def hunted(name, patch, most):
    """The number that found the fault, and what it was shrunk to; None when it was not found."""
    where, plant = FAULTS[name]
    oracle = oracle_named(where)
    plant(patch)
    result = compare(oracle, 1, most)
    if not result.differences:
        return None
    return min(result.differences), shrunk(oracle.grammar.struct_of(min(result.differences), "S0"), oracle), oracle


@pytest.mark.parametrize("name", HUNTED)
def test_a_planted_fault_is_found_and_shrunk(name, monkeypatch):
    found = hunted(name, monkeypatch, 2000)
    assert found is not None
    _, record, oracle = found
    assert len(record.fields) <= 3
    layout = comparing.laid_out(record, oracle)
    assert list(oracle.differences([layout]))


@pytest.mark.parametrize("grammar", [FULL, PLAIN], ids=["full", "plain"])
def test_every_struct_has_its_number_in_every_grammar(grammar):
    for number in numbers(7, 400):
        assert grammar.number_of(grammar.struct_of(number)) == number


def test_the_command_shows_a_struct_and_names_what_is_missing(capsys):
    assert main(["fuzz", "--struct", "20455", "--plain"]) == 0
    assert "struct S {struct S_0 f_0;__UINT8_TYPE__ f_1;};" in capsys.readouterr().out
    assert main(["fuzz", "--only", "no such compiler"]) == 3
    assert "no compiler here has 'no such compiler' in its name" in capsys.readouterr().err


def test_the_command_reports_a_difference_with_the_number_of_the_least_struct(monkeypatch, capsys):
    oracle = oracle_named(GCC)
    monkeypatch.setattr(compilers, "available", lambda: (oracle,))
    FAULTS["packed is ignored"][1](monkeypatch)
    assert main(["fuzz", "--only", oracle.version(), "--count", "200"]) == 1
    said = capsys.readouterr().out
    assert "and so does struct " in said
    assert "the model says" in said
