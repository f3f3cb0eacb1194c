"""The model against C compilers and libclang, on random structs.

`SAMEBYTES_ORACLE_COUNT` sets how many per oracle; `samebytes fuzz --count 10000` is the long run.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from samebytes.layout import ABIS, KINDS, Field, Record, abi_named, lay_out
from samebytes.layout.fuzz import clangs
from samebytes.layout.fuzz import comparing as run
from samebytes.layout.fuzz.c_source import declarations
from samebytes.layout.fuzz.comparing import compare
from samebytes.layout.fuzz.compilers import COMPILERS, available
from samebytes.layout.fuzz.structs import OPTIONS, number_of, numbers, struct_of
from samebytes.layout.rules import lay_out_as

COUNT = int(os.environ.get("SAMEBYTES_ORACLE_COUNT", "300"))
PRESENT = {compiler.command for compiler in available()}


def first_ones(result):
    """The least structs that differ, as C."""
    return [
        (result.differences[number], declarations([struct_of(number)])) for number in sorted(result.differences)[:4]
    ]


@pytest.mark.parametrize("compiler", COMPILERS, ids=lambda compiler: compiler.command)
def test_a_compiler_agrees_about_every_struct(compiler):
    if compiler.command not in PRESENT:
        pytest.skip(f"there is no {compiler.command} here")
    result = compare(compiler, seed=1, count=COUNT)
    assert result.compared == COUNT
    assert not result.differences, first_ones(result)


@pytest.mark.parametrize("abi", [name for name, abi in ABIS.items() if abi.triple])
def test_libclang_agrees_about_every_struct(abi):
    pytest.importorskip("clang.cindex", reason="libclang-ng is not installed")
    result = compare(clangs.Clang(abi), seed=2, count=COUNT)
    assert result.compared == COUNT
    assert not result.differences, first_ones(result)


def test_a_wrong_model_is_noticed(monkeypatch):
    if "gcc" not in PRESENT:
        pytest.skip("there is no gcc here")
    wrong = replace(abi_named("x86_64-linux"), eight=4)
    monkeypatch.setattr(run, "abi_named", lambda _name: wrong)
    result = compare(COMPILERS[0], seed=1, count=200)
    assert result.differences
    assert "the model says" in result.differences[min(result.differences)]


def test_where_compilers_of_an_abi_part_both_are_told():
    record = Record("R", (Field("a", KINDS["u8"], bits=3), Field("b", KINDS["u32"], bits=7)), union=True, align=2)
    layout = lay_out(record, abi_named("x86_64-windows-gnu"))
    assert layout.disputed == ("R: compilers of x86_64-windows-gnu differ: aligned to 4 for GCC, to 2 for clang",)
    assert lay_out_as(record, layout.abi, "clang").align == 2
    assert not lay_out(record, abi_named("x86_64-linux")).disputed


def test_compilers_of_an_abi_agree_about_records_without_bit_fields_and_aligned_typedefs():
    records = [struct_of(number) for number in numbers(3, 600)]
    plain = [one for one in records if "128" not in str(one) and not any(map(disputable, fields_of(one)))]
    assert len(plain) > 100
    assert not any(lay_out(record, abi).disputed for record in plain for abi in ABIS.values())


def disputable(part):
    return part.bits is not None or part.type_align


def fields_of(record):
    for part in record.fields:
        yield part
        if isinstance(part.type, Record):
            yield from fields_of(part.type)


@pytest.mark.parametrize("seed", [1, 2])
def test_every_struct_has_its_number(seed):
    for number in numbers(seed, 1500):
        assert number_of(struct_of(number)) == number


def test_small_numbers_are_small_structs():
    assert len(struct_of(0).fields) == 1
    assert all(len(struct_of(number).fields) <= 2 for number in range(10 * len(OPTIONS)))
