"""Facts 70 to 80 with real .NET: typed access, arrays, streams at their end."""

from __future__ import annotations

import pytest

# .NET's word for a type: its size in bytes, a value as .NET and as Python writes it, and samebytes' word.
KINDS = {
    "SByte": (1, "System.SByte(-7)", "-7", "int8"),
    "Byte": (1, "Byte(200)", "200", "uint8"),
    "Int16": (2, "Int16(-7000)", "-7000", "int16"),
    "UInt16": (2, "System.UInt16(60000)", "60000", "uint16"),
    "Int32": (4, "Int32(-7000000)", "-7000000", "int32"),
    "UInt32": (4, "System.UInt32(4000000000)", "4000000000", "uint32"),
    "Int64": (8, "Int64(-(2**63))", "-(2**63)", "int64"),
    "UInt64": (8, "System.UInt64(2**64 - 1)", "2**64 - 1", "uint64"),
    "Single": (4, "System.Single(1.5)", "1.5", "float32"),
    "Double": (8, "System.Double(3.141592653589793)", "3.141592653589793", "float64"),
    "Boolean": (1, "Boolean(True)", "True", "bool"),
    "Char": (2, "Char('中')", "'中'", "char"),
    "Decimal": (16, "Decimal.Parse('-1.45')", "decimal.Decimal('-1.45')", "decimal"),
}
every_type = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture
def view(world, name):
    """4096 bytes that both have as `v`."""
    world.net.run(f"m = new({name!r}, 4096); v = look(m)")
    world.py.run(f"m = join({name!r}); v = look(m)")
    return world


def fail(view, kind: str, position: int):
    """How reading, then writing, a value at that position fails in .NET and in samebytes."""
    _, theirs, ours, word = KINDS[kind]
    yield view.net.fails(f"v.Read{kind}({position})"), view.py.fails(f"v.read_{word}({position})")
    yield view.net.fails(f"v.Write({position}, {theirs})"), view.py.fails(f"v.write_{word}({position}, {ours})")


@pytest.mark.parametrize("kind", [kind for kind, (size, *_) in KINDS.items() if size > 1])
def test_fact_70_a_value_ends_inside_the_view(view, kind):
    for position in {4096 - KINDS[kind][0] + 1, 4095}:
        for theirs, ours in fail(view, kind, position):
            assert theirs.kind == "ArgumentException"
            assert (ours.kind, "ValueError" in ours.kinds) == ("OverrunError", True)


@every_type
@pytest.mark.parametrize("position", [4096, 5000, -1])
def test_facts_71_72_a_value_begins_inside_the_view(view, kind, position):
    for theirs, ours in fail(view, kind, position):
        assert theirs.kind == "ArgumentOutOfRangeException"
        assert (ours.kind, "IndexError" in ours.kinds) == ("PositionError", True)


@every_type
@pytest.mark.parametrize("position", [0, 1, 3, 7])
def test_fact_73_values_need_no_alignment(view, kind, position):
    size, theirs, ours, word = KINDS[kind]
    view.net.run(f"v.Write({position}, {theirs})")
    assert view.py.ask(f"v.read_{word}({position}) == {ours}")
    at = position + size
    view.py.run(f"v.write_{word}({at}, {ours})")
    assert view.net.ask(f"v.Read{kind}({at}) == v.Read{kind}({position})")
    assert view.py.ask(f"v.read_bytes({at}, {size}) == v.read_bytes({position}, {size})")
    assert view.py.ask(f"v.read_bytes({at + size}, 16) == bytes(16)")


@pytest.mark.parametrize("byte", [1, 2, 128, 255])
def test_fact_74_any_byte_but_zero_is_true(view, byte):
    view.net.run(f"v.Write(0, Byte({byte}))")
    assert view.net.ask("v.ReadBoolean(0)") is view.py.ask("v.read_bool(0)") is True
    view.net.run("v.Write(0, Boolean(True))")
    view.py.run(f"v.write_bool(1, {byte})")
    assert view.py.ask("list(v.read_bytes(0, 2))") == [1, 1]


@pytest.mark.parametrize("unit", [0xFF, 0x4E2D, 0xD83D])
def test_fact_75_a_char_is_one_utf16_unit(view, unit):
    view.net.run(f"v.Write(0, Char({chr(unit)!r}))" if unit != 0xD83D else f"v.Write(0, Int32({unit}))")
    assert view.py.ask("[ord(v.read_char(0)), *v.read_bytes(0, 2)]") == [unit, unit & 0xFF, unit >> 8]
    view.py.run(f"v.write_char(2, chr({unit}))")
    assert view.net.ask("v.ReadUInt16(2)") == unit
    if unit != 0xD83D:  # half of a pair is no text that could travel
        assert view.net.ask("str(v.ReadChar(2))") == chr(unit)


@pytest.mark.parametrize("flags", [1, 0x7F00, 29 << 16, 0xFF0000, 0x40000000])
def test_fact_76_a_decimal_with_bad_flags_is_refused(view, flags):
    view.net.run(f"v.Write(12, Int32({flags}))")
    theirs, ours = view.net.fails("v.ReadDecimal(0)"), view.py.fails("v.read_decimal(0)")
    assert theirs.kind == "ArgumentException"
    assert "ValueError" in ours.kinds


@pytest.mark.parametrize(
    "text",
    ["0", "1.45", "-1.45", "79228162514264337593543950335", "0.0000000000000000000000000001", "18446744073709551616"],
)
def test_fact_76_a_decimal_is_stored_as_dotnet_does(view, text):
    view.net.run(f"v.Write(0, Decimal.Parse({text!r}))")
    view.py.run(f"v.write_decimal(16, decimal.Decimal({text!r}))")
    assert view.py.ask("v.read_bytes(0, 16) == v.read_bytes(16, 16)")
    assert view.py.ask(f"v.read_decimal(0) == decimal.Decimal({text!r})")
    assert view.net.ask("v.ReadDecimal(16).ToString()") == text


# A struct of `size` bytes, which no assembly has: made here, with its first field a byte and the given size.
EMIT = """
from System.Reflection import AssemblyName, BindingFlags, FieldAttributes, TypeAttributes
from System.Reflection.Emit import AssemblyBuilder, AssemblyBuilderAccess, PackingSize
kind = AssemblyBuilderAccess.Run
module = AssemblyBuilder.DefineDynamicAssembly(AssemblyName("made"), kind).DefineDynamicModule("made")
look_of = TypeAttributes.Public | TypeAttributes.SequentialLayout | TypeAttributes.Sealed
def struct_of(size):
    made = module.DefineType(f"Of{size}", look_of, clr.GetClrType(System.ValueType), PackingSize.Size1, 0)
    for number in range(size):
        made.DefineField(f"b{number}", clr.GetClrType(Byte), FieldAttributes.Public)
    return made.CreateType()
def filled(kind, size, byte):
    one = System.Activator.CreateInstance(kind)
    for number in range(size):
        kind.GetField(f"b{number}").SetValue(one, Byte(byte))
    return one
def write_array(view, kind, size):
    rows = Array.CreateInstance(kind, 3)
    for index in range(3):
        rows.SetValue(filled(kind, size, index + 1), index)
    generic = view.GetType().GetMethod("WriteArray").MakeGenericMethod(kind)
    generic.Invoke(view, Array[System.Object]([Int64(0), rows, Int32(0), Int32(3)]))
def read_array(view, kind, size):
    rows = Array.CreateInstance(kind, 3)
    generic = view.GetType().GetMethod("ReadArray").MakeGenericMethod(kind)
    count = generic.Invoke(view, Array[System.Object]([Int64(0), rows, Int32(0), Int32(3)]))
    field = kind.GetField(f"b{size - 1}")
    return [int(count), *(int(field.GetValue(rows.GetValue(index))) for index in range(3))]
"""


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (6, 8), (8, 8), (9, 12)])
def test_fact_77_dotnet_spaces_its_arrays(view, size, stride):
    view.net.run(EMIT + f"kind = struct_of({size}); write_array(v, kind, {size})")
    wanted = b"".join(bytes([number] * size).ljust(stride, b"\0") for number in (1, 2, 3))
    assert view.py.ask(f"v.read_bytes(0, {3 * stride}).hex()") == wanted.hex()
    view.py.run(f"c = struct.Struct('{size}s'); rows = [(bytes([n] * {size}),) for n in (1, 2, 3)]")
    assert view.py.ask("v.read_array(0, c, 3, net_stride=True) == rows")
    view.py.run(f"rows = [(bytes([n] * {size}),) for n in (4, 5, 6)]; v.write_array(0, c, rows, net_stride=True)")
    assert view.net.ask(f"read_array(v, kind, {size})") == [3, 4, 5, 6]


def test_fact_78_reading_beyond_the_end_reads_fewer(view):
    view.net.run("r = Array[Int32]([1, 2, 3]); v.WriteArray[Int32](4084, r, 0, 3); r = Array.CreateInstance(Int32, 10)")
    assert view.net.ask("[v.ReadArray[Int32](4084, r, 0, 10), *r]") == [3, 1, 2, 3, *[0] * 7]
    assert view.py.ask("v.read_array(4084, 'int32', 10)") == [1, 2, 3]
    assert view.net.ask("v.ReadArray[Int32](4094, r, 0, 10)") == 0
    assert view.py.ask("v.read_array(4094, 'int32', 10)") == []


@pytest.mark.parametrize("count", [0, 10])
@pytest.mark.parametrize("position", [4096, 4097, -4])
def test_fact_78_an_array_begins_inside_the_view(view, position, count):
    """Even one without items."""
    view.net.run("r = Array.CreateInstance(Int32, 10)")
    for verb in ("Read", "Write"):
        found = view.net.fails(f"v.{verb}Array[Int32]({position}, r, 0, {count})")
        assert found.kind == "ArgumentOutOfRangeException"
    assert "IndexError" in view.py.fails(f"v.read_array({position}, 'int32', {count})").kinds
    assert "IndexError" in view.py.fails(f"v.write_array({position}, 'int32', [0] * {count})").kinds


def test_fact_78_no_items_have_a_place_inside_the_view(view):
    view.net.run("r = Array.CreateInstance(Int32, 10)")
    assert view.net.ask("[v.ReadArray[Int32](4095, r, 0, 0), v.WriteArray[Int32](4095, r, 0, 0)]") == [0, None]
    assert view.py.ask("[v.read_array(4095, 'int32', 0), v.write_array(4095, 'int32', [])]") == [[], None]


def test_fact_78_writing_beyond_the_end_writes_nothing(view):
    view.net.run("r = Array[Int32]([1, 2, 3, 4])")
    assert view.net.fails("v.WriteArray[Int32](4084, r, 0, 4)").kind == "ArgumentException"
    assert "ValueError" in view.py.fails("v.write_array(4084, 'int32', [1, 2, 3, 4])").kinds
    assert view.py.ask("v.read_bytes(4084, 12) == bytes(12)")


def test_fact_79_a_struct_with_references_is_no_bytes(view):
    view.net.run("from System.Collections import DictionaryEntry; r = Array.CreateInstance(DictionaryEntry, 1)")
    for use in ("v.Read[DictionaryEntry](0)", "v.ReadArray[DictionaryEntry](0, r, 0, 1)"):
        found = view.net.fails(use)
        assert (found.kind, "references" in found.message) == ("ArgumentException", True)


def test_fact_80_a_stream_ends_where_its_view_does(view):
    view.net.run("f = getattr(m, 'File', m); s = f.CreateViewStream(0, 10); s.Position = 10")
    view.py.run("s = m.create_view_stream(0, 10); s.seek(10)")
    assert (view.net.ask("s.ReadByte()"), view.py.ask("len(s.read(1))")) == (-1, 0)
    write = (
        view.net.fails("s.Position = 8; s.Write(Array[Byte](b'abc'), 0, 3)"),
        view.py.fails("s.seek(8); s.write(b'abc')"),
    )
    assert (write[0].kind, write[1].kind) == ("NotSupportedException", "OverrunError")
    cut = view.net.fails("s.SetLength(5)"), view.py.fails("s.truncate(5)")
    assert (cut[0].kind, cut[1].kind) == ("NotSupportedException", "UnsupportedOperation")
    assert (view.net.ask("s.Position"), view.py.ask("s.tell()")) == (8, 8)
    assert view.py.ask("s.read() == bytes(2)")
