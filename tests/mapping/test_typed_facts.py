"""Facts 70 to 80: typed access, arrays, streams at their end."""

from __future__ import annotations

import decimal
import io
import math
import struct
import threading

import pytest

from samebytes import errors
from samebytes.mapping import MemoryMappedFile

SIZES = {
    "int8": (1, -7),
    "uint8": (1, 200),
    "int16": (2, -7000),
    "uint16": (2, 60000),
    "int32": (4, -7000000),
    "uint32": (4, 4000000000),
    "int64": (8, -(2**63)),
    "uint64": (8, 2**64 - 1),
    "float32": (4, 1.5),
    "float64": (8, math.pi),
    "bool": (1, True),
    "char": (2, "中"),
    "decimal": (16, decimal.Decimal("-79228162514264337593543950335")),
}
every_type = pytest.mark.parametrize("kind", SIZES)


@pytest.fixture
def view():
    with MemoryMappedFile.create_new(None, 4096) as created, created.create_view_accessor() as one:
        yield one


def access(view, kind):
    size, value = SIZES[kind]
    return getattr(view, f"read_{kind}"), getattr(view, f"write_{kind}"), size, value


@every_type
def test_fact_70_a_value_ends_inside_the_view(view, kind):
    read, write, size, value = access(view, kind)
    for position in range(4096 - size + 1, 4096):
        with pytest.raises(errors.OverrunError):
            read(position)
        with pytest.raises(errors.OverrunError):
            write(position, value)
    write(4096 - size, value)
    assert read(4096 - size) == value
    assert issubclass(errors.OverrunError, ValueError)


@every_type
@pytest.mark.parametrize("position", [4096, 4097, 2**63, 2**70, -1, -4, -4096, -(2**70)])
def test_facts_71_72_a_value_begins_inside_the_view(view, kind, position):
    read, write, _, value = access(view, kind)
    with pytest.raises(IndexError):
        read(position)
    with pytest.raises(IndexError):
        write(position, value)
    assert view.read_bytes(0, 4096) == bytes(4096)


@every_type
def test_fact_73_values_need_no_alignment(view, kind):
    read, write, size, value = access(view, kind)
    for position in range(1, 17):
        write(position, value)
        assert read(position) == value
        assert view.read_bytes(position + size, 8) == bytes(8)
        view.write_bytes(0, bytes(64))


def test_fact_73_values_are_little_endian(view):
    view.write_int32(1, 0x01020304)
    view.write_float64(8, 1.45)
    assert view.read_bytes(0, 16) == b"\0\4\3\2\1\0\0\0" + struct.pack("<d", 1.45)


@pytest.mark.parametrize("byte", [1, 2, 128, 255])
def test_fact_74_any_byte_but_zero_is_true(view, byte):
    view.write_uint8(0, byte)
    assert view.read_bool(0) is True
    view.write_bool(0, byte)
    assert view.read_uint8(0) == 1
    view.write_bool(0, [])
    assert view.read_bool(0) is False


def test_fact_75_a_char_is_one_utf16_unit(view):
    view.write_char(0, "ÿ")
    view.write_char(2, "\ud83d")
    assert view.read_bytes(0, 4) == b"\xff\0\x3d\xd8"
    assert view.read_char(2) == "\ud83d"
    for wrong in ("😀", "", "ab"):
        with pytest.raises(ValueError, match="UTF-16"):
            view.write_char(0, wrong)


@pytest.mark.parametrize("flags", [1, 0x7F00, 29 << 16, 0xFF0000, 0x40000000])
def test_fact_76_a_decimal_with_bad_flags_is_refused(view, flags):
    view.write_array(0, "uint32", [1, 0, 0, flags])
    with pytest.raises(ValueError, match="flags"):
        view.read_decimal(0)


@pytest.mark.parametrize(
    ("text", "stored"),
    [
        ("1.45", "91000000 00000000 00000000 00000200"),
        ("-1.45", "91000000 00000000 00000000 00000280"),
        ("79228162514264337593543950335", "ffffffff ffffffff ffffffff 00000000"),
        ("1E-28", "01000000 00000000 00000000 00001c00"),
        ("0", "00000000 00000000 00000000 00000000"),
        ("-0.0", "00000000 00000000 00000000 00000180"),
        ("1E3", "e8030000 00000000 00000000 00000000"),
        ("18446744073709551616", "00000000 00000000 01000000 00000000"),
    ],
)
def test_fact_76_a_decimal_is_stored_as_dotnet_does(view, text, stored):
    view.write_decimal(0, decimal.Decimal(text))
    assert view.read_bytes(0, 16) == bytes.fromhex(stored)
    assert view.read_decimal(0) == decimal.Decimal(text)


@pytest.mark.parametrize("text", ["79228162514264337593543950336", "1E-29", "1E29", "NaN", "Infinity", "1E999999"])
def test_fact_76_what_does_not_fit_a_decimal_is_refused(view, text):
    with pytest.raises(ValueError, match="decimal"):
        view.write_decimal(0, decimal.Decimal(text))
    assert view.read_bytes(0, 16) == bytes(16)


@pytest.mark.parametrize(("size", "stride"), [(1, 1), (2, 2), (3, 4), (4, 4), (5, 8), (6, 8), (8, 8), (9, 12)])
def test_fact_77_dotnet_spaces_its_arrays(view, size, stride):
    codec = struct.Struct(f"{size}s")
    rows = [(bytes([number] * size),) for number in (1, 2, 3)]
    view.write_array(0, codec, rows, net_stride=True)
    assert view.read_bytes(0, 3 * stride) == b"".join(row[0].ljust(stride, b"\0") for row in rows)
    assert view.read_array(0, codec, 3, net_stride=True) == rows
    view.write_array(0, codec, rows)
    assert view.read_bytes(0, 3 * size) == b"".join(row[0] for row in rows)
    assert view.read_array(0, codec, 3) == rows


def test_fact_78_reading_beyond_the_end_reads_fewer(view):
    view.write_array(4084, "int32", [1, 2, 3])
    assert view.read_array(4084, "int32", 10) == [1, 2, 3]
    assert view.read_array(4085, "int32", 10) == [131072 // 65536 << 24, 3 << 24]
    assert view.read_array(4094, "int32", 10) == []
    with pytest.raises(ValueError, match="negative"):
        view.read_array(0, "int32", -1)


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("position", [4096, 4097, -4])
def test_fact_78_an_array_begins_inside_the_view(view, position, count):
    with pytest.raises(errors.PositionError):
        view.read_array(position, "int32", count)
    with pytest.raises(errors.PositionError):
        view.write_array(position, "int32", [0] * count)


def test_fact_78_no_items_have_a_place_inside_the_view(view):
    view.write_array(4095, "int32", [])
    assert view.read_array(4095, "int32", 0) == []


def test_fact_78_writing_beyond_the_end_writes_nothing(view):
    with pytest.raises(errors.OverrunError):
        view.write_array(4084, "int32", [1, 2, 3, 4])
    assert view.read_bytes(4084, 12) == bytes(12)


def test_fact_78_a_type_must_be_known(view):
    with pytest.raises(ValueError, match="int24"):
        view.read_array(0, "int24", 1)


@pytest.mark.parametrize(
    ("kind", "value"), [("int8", 128), ("uint8", -1), ("int32", 2**31), ("uint64", 2**64), ("float32", 1e39)]
)
def test_a_value_fits_its_type(view, kind, value):
    with pytest.raises(errors.LayoutError, match="fit"):
        getattr(view, f"write_{kind}")(0, value)
    assert view.read_bytes(0, 8) == bytes(8)


def test_records_are_read_and_written_by_codecs(view):
    codec = struct.Struct("<i2xd")
    view.write_struct(3, codec, -1, 2.5)
    assert view.read_struct(3, codec) == (-1, 2.5)
    with pytest.raises(errors.OverrunError):
        view.read_struct(4090, codec)
    with pytest.raises(IndexError):
        view.write_struct(-1, codec, 1, 1.0)


def test_bytes_are_copied_in_and_out(view):
    view.write_bytes(4090, bytearray(b"abcdef"))
    view.write_bytes(4096, b"")
    target = bytearray(4)
    view.read_into(4091, target)
    assert (view.read_bytes(4090, 6), target, view.read_bytes(4096, 0)) == (b"abcdef", b"bcde", b"")
    for wrong in (
        lambda: view.read_bytes(4090, 7),
        lambda: view.write_bytes(4091, b"abcdef"),
        lambda: view.read_bytes(0, -1),
    ):
        with pytest.raises(errors.OverrunError):
            wrong()


def test_fact_80_a_stream_ends_where_its_view_does():
    with MemoryMappedFile.create_new(None, 4096) as created, created.create_view_stream(0, 10) as stream:
        stream.seek(10)
        assert (stream.read(1), stream.read(), stream.readinto(bytearray(3))) == (b"", b"", 0)
        stream.seek(8)
        with pytest.raises(ValueError, match="beyond"):
            stream.write(b"abc")
        assert (stream.tell(), stream.read()) == (8, b"\0\0")
        with pytest.raises(io.UnsupportedOperation):
            stream.truncate(5)
        stream.seek(100)
        assert stream.read() == b""


def test_a_reader_never_meets_another_threads_failed_close(view):
    """A close() that is refused must not disturb who reads at the same time."""
    window, failures, stop = view.memoryview(), [], threading.Event()

    def read():
        while not stop.is_set():
            try:
                assert view.read_int32(0) == 0
            except Exception as error:
                failures.append(error)

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    for _ in range(2000):
        with pytest.raises(BufferError):
            view.close()
    stop.set()
    for reader in readers:
        reader.join()
    window.release()
    assert failures == []
