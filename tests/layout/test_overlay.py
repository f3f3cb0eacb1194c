"""Live records on buffers: reading, writing, neighbours untouched, lifetimes."""

from __future__ import annotations

import struct

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import KINDS, Chars, Enum, Field, Record, Text, abi_named, lay_out

LINUX, BIG = abi_named("x86_64-linux"), abi_named("powerpc64-linux")
WHEEL = Record("Wheel", (Field("slip", KINDS["f32"]), Field("worn", KINDS["bool"])))
COLOUR = Enum("Colour", values=(("RED", 1),), base=KINDS["u16"])
CAR = Record(
    "Car",
    (
        Field("tick", KINDS["u32"]),
        Field("gear", KINDS["i32"], bits=5),
        Field("lights", KINDS["bool"], bits=1),
        Field("far", KINDS["u32"], bits=20),
        Field("name", KINDS["char16"], (4,), chars=Chars("padded")),
        Field("letter", KINDS["char16"]),
        Field("wheels", WHEEL, (3,)),
        Field("grid", KINDS["f64"], (2, 2)),
        Field("win", KINDS["bool32"]),
        Field("colour", COLOUR),
    ),
)


@pytest.fixture(params=[LINUX, BIG], ids=lambda abi: abi.name)
def layout(request):
    return lay_out(CAR, request.param)


def test_writes_are_the_bytes_the_codec_writes(layout):
    buffer = bytearray(layout.size)
    live = layout.overlay(buffer)
    live.tick, live.gear, live.lights, live.far = 7, -3, True, 0xABCDE
    live.name, live.letter, live.win, live.colour = "Ada", "é", True, 1
    live.wheels[1].slip, live.wheels[2].worn = 0.5, True
    live.grid[1][0] = 2.5
    wheels = [{"slip": slip, "worn": worn} for slip, worn in ((0.0, False), (0.5, False), (0.0, True))]
    values = {"tick": 7, "gear": -3, "lights": True, "far": 0xABCDE, "name": "Ada", "letter": "é", "wheels": wheels}
    values |= {"grid": [[0.0, 0.0], [2.5, 0.0]], "win": True, "colour": 1}
    assert layout.codec.decode(buffer) == values
    assert bytes(buffer) == layout.codec.encode(values)


def test_a_write_touches_its_own_bits_only(layout):
    for name, value in (
        ("tick", 0),
        ("gear", 0),
        ("lights", False),
        ("far", 0),
        ("name", ""),
        ("win", False),
        ("letter", "\0"),
    ):
        buffer = bytearray(b"\xff" * layout.size)
        setattr(layout.overlay(buffer), name, value)
        cleared = {i for i, byte in enumerate(buffer) for bit in range(8) if not byte >> bit & 1}
        bits = sum(8 - byte.bit_count() for byte in buffer)
        leaves = [leaf for leaf in layout.leaves if leaf.path.partition("[")[0] == name]
        assert bits == sum(leaf.width * 8 if leaf.bits is None else leaf.bits for leaf in leaves)
        assert cleared <= {leaf.offset + i for leaf in leaves for i in range(leaf.width)}


def test_what_others_write_is_seen(layout):
    buffer = bytearray(layout.size)
    live = layout.overlay(buffer)
    assert live.wheels[0].slip == 0
    at = layout.by_path["wheels[0].slip"].offset
    buffer[at : at + 4] = struct.pack(layout.abi.struct_order + "f", 9.0)
    assert live.wheels[0].slip == 9.0


@pytest.mark.parametrize("value", [16, -17, "x", 1.5])
def test_a_bit_field_refuses_what_does_not_fit(layout, value):
    live = layout.overlay(bytearray(layout.size))
    with pytest.raises(LayoutError, match="does not fit i32"):
        live.gear = value


def test_a_name_that_is_none_is_refused(layout):
    live = layout.overlay(bytearray(layout.size))
    with pytest.raises(AttributeError):
        live.tik = 5


def test_a_small_or_read_only_buffer_is_refused(layout):
    with pytest.raises(LayoutError, match=f"Car needs {layout.size} bytes, 10 are there"):
        layout.overlay(bytearray(10))
    with pytest.raises(LayoutError, match="can be written"):
        layout.overlay(bytes(layout.size))


def test_unions_are_two_readings_of_the_same_bytes():
    either = Record("Either", (Field("i", KINDS["u32"]), Field("f", KINDS["f32"])), union=True)
    layout = lay_out(Record("R", (Field("kind", KINDS["u8"]), Field("", either))), BIG)
    live = layout.overlay(bytearray(layout.size))
    live.f = 1.5
    assert (live.i, live.kind) == (0x3FC00000, 0)


def test_open_arrays_and_text_reach_to_the_end_of_the_buffer():
    flexible = lay_out(Record("R", (Field("n", KINDS["u32"]), Field("d", WHEEL, flexible=True))), LINUX)
    buffer = bytearray(4 + 8 * 3 + 5)
    live = flexible.overlay(buffer)
    assert len(live.d) == 3
    live.d[2].slip = 1.0
    assert flexible.codec.decode(buffer)["d"][2]["slip"] == 1.0
    text = lay_out(Record("R", (Field("n", KINDS["u32"]), Field("t", Text("utf-16", KINDS["i32"])))), LINUX)
    live = text.overlay(bytearray(14))
    live.t = "hey"
    assert live.t == "hey"
    with pytest.raises(LayoutError, match="8 bytes do not fit the 6 there"):
        live.t = "hey!"


def test_numpy_sees_the_same_fields(layout):
    numpy = pytest.importorskip("numpy")
    buffer = bytearray(layout.size * 2)
    live = layout.overlay(memoryview(buffer)[layout.size :])
    live.tick, live.colour, live.grid[1][1] = 9, 1, 2.5
    array = numpy.frombuffer(buffer, layout.dtype)
    assert array.dtype.itemsize == layout.size
    assert array["tick"].tolist() == [0, 9]
    assert array["grid"][1, 1, 1] == 2.5
    array["wheels"][1]["slip"][2] = 4.0
    assert live.wheels[2].slip == 4.0
    assert "gear" not in array.dtype.names


def test_numpy_has_text_where_its_units_are_bytes_or_whole_characters():
    pytest.importorskip("numpy")
    texts = [Field(f"t{unit}", KINDS[f"char{unit}"], (3, 4), chars=Chars()) for unit in (8, 16, 32)]
    dtype = lay_out(Record("R", tuple(texts)), BIG).dtype
    assert [str(dtype[name].base) for name in dtype.names] == ["|S4", ">u2", ">U4"]
    assert [dtype[name].shape for name in dtype.names] == [(3,), (3, 4), (3,)]
