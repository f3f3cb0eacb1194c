"""Headers of shared memory as people write them, on the ABIs they are used on."""

from __future__ import annotations

import pickle

import pytest

from samebytes.errors import LayoutError
from samebytes.layout import ABIS, lay_out
from samebytes.layout.importers import from_header, header_records, load, notes_of

pytestmark = pytest.mark.usefixtures("needs_clang")

ON = ("x86_64-windows", "x86_64-linux", "i686-linux", "i686-windows-gnu")
SIZES = {
    ("mumble_link.h", "LinkedMem"): (5460, 10580, 10580, 5460),
    ("race_state.hpp", "Vec3"): (24, 24, 24, 24),
    ("race_state.hpp", "VehicleTelemetry"): (536, 544, 536, 536),
    ("race_state.hpp", "TelemetryBuffer"): (68628, 69664, 68628, 68628),
    ("race_pages.h", "PagePhysics"): (76, 76, 76, 76),
    ("race_pages.h", "PageGraphics"): (876, 1000, 1000, 876),
    ("telemetry_ring.h", "ring_varHeader"): (80, 80, 80, 80),
    ("telemetry_ring.h", "ring_header"): (76, 76, 76, 76),
    ("telemetry_ring.h", "ring_diskSubHeader"): (24, 24, 20, 24),
    ("hardware_monitor.h", "MONITOR_HEADER"): (24, 24, 24, 24),
    ("hardware_monitor.h", "MONITOR_ENTRY"): (536, 536, 536, 536),
    ("sensor_table.h", "SENSORS_READING_ELEMENT"): (300, 300, 300, 300),
    ("sensor_table.h", "SENSORS_SHARED_MEM2"): (24, 24, 24, 24),
    ("frame_statistics.h", "FRAME_SHARED_MEMORY"): (112696, 112696, 111672, 112696),
    ("frame_statistics.h", "FRAME_APP_ENTRY"): (296, 296, 292, 296),
    ("gpu_records.h", "GPU_SH_MEM"): (200204, 200204, 200204, 200204),
    ("core_temperatures.h", "CORE_TEMPERATURES"): (2672, 2672, 2672, 2672),
    ("simulator_messages.h", "SIMULATOR_RECV_EVENT"): (20, 20, 20, 20),
    ("simulator_messages.h", "SIMULATOR_RECV_FILENAME"): (312, 312, 312, 312),
    ("truck_telemetry.hpp", "truck::v2::telemetry"): (448, 448, 448, 448),
    ("truck_telemetry.hpp", "short_list"): (12, 12, 12, 12),
    ("bits_and_tails.h", "flags"): (12, 8, 8, 12),
    ("bits_and_tails.h", "wire"): (25, 25, 21, 25),
    ("bits_and_tails.h", "tail"): (128, 128, 128, 128),
}


@pytest.mark.parametrize("place", range(4), ids=ON)
@pytest.mark.parametrize(("file", "name"), list(SIZES))
def test_sizes(headers, file, name, place):
    abi = ON[place]
    assert lay_out(from_header(headers / file, name, abi=abi), ABIS[abi]).size == SIZES[file, name][place]


def test_offsets_of_linked_mem(headers):
    for abi, offsets in (
        ("x86_64-windows", {"name[255]": 554, "identity": 592, "context_len": 1104, "description": 1364}),
        ("x86_64-linux", {"name[255]": 1064, "identity": 1104, "context_len": 2128, "description": 2388}),
    ):
        found = lay_out(from_header(headers / "mumble_link.h", "LinkedMem", abi=abi), ABIS[abi]).by_path
        assert {name: found[name if name in found else f"{name}[0]"].offset for name in offsets} == offsets
        assert found["name[0]"].kind.name == "wchar"


def test_listing_leaves_out_what_cannot_be_shared(headers):
    found = header_records(headers / "race_state.hpp", abi="x86_64-windows")
    assert list(found) == ["Vec3", "Wheel", "VehicleTelemetry", "MappedBufferHeader", "TelemetryBuffer"]
    assert list(found.refused) == ["Plugin"]
    assert "virtual" in found.refused["Plugin"]


def test_a_record_has_the_name_people_use(headers):
    assert list(header_records(headers / "core_temperatures.h", abi="x86_64-windows")) == ["core_temperatures"]
    assert (
        from_header(headers / "core_temperatures.h", "CORE_TEMPERATURES", abi="x86_64-linux").name
        == "CORE_TEMPERATURES"
    )
    names = list(header_records(headers / "sensor_table.h", abi="x86_64-windows"))
    assert names == ["SENSORS_READING_ELEMENT", "SENSORS_SHARED_MEM2"]


def test_a_base_class_gives_its_fields_directly(headers):
    record = from_header(headers / "simulator_messages.h", "SIMULATOR_RECV_FILENAME", abi="x86_64-windows")
    found = {leaf.path: leaf.offset for leaf in lay_out(record, ABIS["x86_64-windows"]).leaves}
    assert (found["dwSize"], found["uGroupID"], found["szFileName[0]"], found["rgData[0]"]) == (0, 12, 20, 308)


def test_anonymous_members_are_reached_directly(headers):
    record = from_header(headers / "frame_statistics.h", "FRAME_APP_ENTRY", abi="x86_64-windows")
    found = lay_out(record, ABIS["x86_64-windows"]).by_path
    assert found["dwColor"].offset == found["r"].offset == 288
    assert (found["dwBatch"].offset, found["dwBatch"].bit, found["dwBatch"].bits) == (292, 1, 3)


def test_kinds_are_what_the_author_wrote(headers):
    record = from_header(headers / "bits_and_tails.h", "tail", abi="x86_64-linux")
    kinds = {part.name: part.type.name for part in record.fields}
    assert kinds["length"] == "size"
    assert kinds["when"] == "time"
    assert kinds["precise"] == "longdouble"
    assert kinds["next"] == kinds["callback"] == "pointer"
    assert record.named("cells").counts == (3, 4)
    assert record.named("samples").flexible
    assert record.named("lane").align == 32
    frame = from_header(headers / "frame_statistics.h", "FRAME_APP_ENTRY", abi="x86_64-windows")
    assert frame.named("bCapture").type.name == "bool32"
    assert frame.named("dwFlags").type.name == "u32"


def test_enums_keep_their_values(headers):
    record = from_header(headers / "truck_telemetry.hpp", "telemetry", abi="x86_64-linux")
    which = record.named("which").type
    assert which.base.name == "u32"
    assert dict(which.values)["america"] == 2


def test_text_is_text(headers):
    record = from_header(headers / "mumble_link.h", "LinkedMem", abi="x86_64-linux")
    assert record.named("name").chars is not None
    assert record.named("context").chars is None


def test_origin_says_who_read_it(headers):
    origin = from_header(headers / "mumble_link.h", "LinkedMem", abi="s390x-linux").origin
    assert origin.language == "c"
    assert origin.source.endswith("mumble_link.h:8")
    assert "libclang" in origin.tool
    assert "s390x-ibm-linux-gnu" in origin.tool


def test_windows_types_on_linux_are_named_as_an_assumption(headers):
    linux = from_header(headers / "gpu_records.h", "GPU_SH_MEM", abi="x86_64-linux")
    assert any("<windows.h> does not exist on x86_64-linux" in note for note in notes_of(linux))
    windows = from_header(headers / "gpu_records.h", "GPU_SH_MEM", abi="x86_64-windows")
    assert not any("does not exist" in note for note in notes_of(windows))


def test_a_header_that_expects_windows_h_says_so(headers):
    record = from_header(headers / "hardware_monitor.h", "MONITOR_HEADER", abi="x86_64-windows")
    assert any("put in front" in note for note in notes_of(record))


def test_records_travel_between_processes(headers):
    record = from_header(headers / "truck_telemetry.hpp", "telemetry", abi="x86_64-linux")
    again = pickle.loads(pickle.dumps(record))
    assert again == record
    assert again.origin == record.origin


@pytest.mark.parametrize("abi", list(ABIS))
@pytest.mark.parametrize(
    "file", ["bits_and_tails.h", "truck_telemetry.hpp", "simulator_messages.h", "telemetry_ring.h"]
)
def test_every_abi_reads_self_contained_headers(headers, file, abi):
    found = header_records(headers / file, abi=abi)
    assert not found.refused
    assert all(lay_out(record, ABIS[abi]).size for record in found.values())


def test_defines_and_includes(tmp_path):
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "base.h").write_text("#pragma once\nstruct Base { short a[WIDE]; };\n")
    header = tmp_path / "top.h"
    header.write_text("#include <base.h>\nstruct Top { struct Base b; char c; };\n")
    record = from_header(header, "Top", abi="x86_64-linux", include=[tmp_path / "deep"], defines={"WIDE": 5})
    assert lay_out(record, ABIS["x86_64-linux"]).size == 12
    with pytest.raises(LayoutError, match=r"top\.h:1: 'base\.h' file not found.*include="):
        from_header(header, "Top", abi="x86_64-linux")


def test_windows_macros_decide():
    text = "#include <windows.h>\nstruct S {\n#ifdef _AMD64_\nLONGLONG wide;\n#else\nLONG narrow;\n#endif\n};\n"
    assert [part.name for part in from_header(text, "S", abi="x86_64-windows").fields] == ["wide"]
    assert [part.name for part in from_header(text, "S", abi="i686-windows").fields] == ["narrow"]


@pytest.mark.parametrize("unicode", [True, False])
def test_tchar(unicode):
    text = "#include <tchar.h>\nstruct S { TCHAR name[10]; };\n"
    record = from_header(text, "S", abi="x86_64-windows", defines={"UNICODE": None} if unicode else {})
    assert lay_out(record, ABIS["x86_64-windows"]).size == (20 if unicode else 10)


def test_language_can_be_said():
    text = "struct S { };\n"
    assert lay_out(from_header(text, abi="x86_64-linux"), ABIS["x86_64-linux"]).size == 0
    assert lay_out(from_header(text, abi="x86_64-linux", language="c++"), ABIS["x86_64-linux"]).size == 1


@pytest.mark.parametrize(
    ("lines", "pack"),
    [
        ("#pragma pack(2)", 2),
        ("#pragma pack(push, 4)", 4),
        ("#pragma pack(push, name, 1)", 1),
        ("#pragma pack(push, 1)\n#pragma pack(pop)", None),
        ("#pragma pack(push)\n#pragma pack(2)", 2),
        ("#pragma pack(push, 1)\n#pragma pack(push, 2)\n#pragma pack(pop)", 1),
        ('_Pragma("pack(push, 1)")', 1),
        ("#include <pshpack2.h>", 2),
        ("#include <pshpack1.h>\n#include <poppack.h>", None),
        ('#define P _Pragma("pack(1)")\nP', 1),
        ("#pragma pack(1)\n#pragma pack()", None),
    ],
)
def test_packs(lines, pack):
    record = from_header(f"{lines}\nstruct S {{ char a; double b; short c; }};\n", "S", abi="x86_64-linux")
    assert record.pack == pack


def test_tail_padding_of_a_base_is_reused_where_the_abi_says_so():
    text = "struct B { B(); int a; char b; };\nstruct D : B { char c; };\n"
    sizes = [lay_out(from_header(text, "D", abi=abi), ABIS[abi]).size for abi in ("x86_64-linux", "x86_64-windows")]
    assert sizes == [8, 12]


def test_templates_through_a_typedef():
    text = "template <class T, int N> struct Box { T items[N]; int used; };\nusing Doubles = Box<double, 3>;\n"
    record = from_header(text, "Doubles", abi="i686-windows")
    assert record.name == "Doubles"
    assert lay_out(record, ABIS["i686-windows"]).size == 32
    with pytest.raises(LayoutError, match="is a template"):
        from_header(text, "Box", abi="x86_64-linux")


def test_a_record_of_an_included_header(tmp_path):
    (tmp_path / "base.h").write_text("struct Base { int a; }; typedef struct { char b; } Other;\n")
    header = tmp_path / "top.h"
    header.write_text('#include "base.h"\nstruct Top { struct Base base; };\n')
    assert list(header_records(header, abi="x86_64-linux")) == ["Top"]
    assert from_header(header, "Base", abi="x86_64-linux").names == ("a",)
    assert from_header(header, "Other", abi="x86_64-linux").names == ("b",)


def test_load_picks_by_name(headers):
    assert [record.name for record in load(headers / "race_pages.h", "PageGraphics", abi="x86_64-windows")] == [
        "PageGraphics"
    ]
    assert len(load(headers / "race_pages.h", abi="x86_64-windows")) == 2


ATTRIBUTES = """
#define LINE __attribute__((aligned(64)))
typedef unsigned loose __attribute__((aligned(1)));
struct S {
    char a; LINE char b; loose c; unsigned d:3 __attribute__((aligned(8)));
    double e __attribute__((packed)); short f __attribute__((packed, aligned(4)));
} __attribute__((aligned(2*64)));
"""


@pytest.mark.parametrize(
    ("abi", "offsets"),
    [("x86_64-linux", (0, 64, 65, 72, 73, 84)), ("x86_64-windows", (0, 64, 68, 72, 76, 84))],
)
def test_attributes_of_fields_and_typedefs_are_kept_not_pinned(abi, offsets):
    record = from_header(ATTRIBUTES, "S", abi=abi)
    layout = lay_out(record, ABIS[abi])
    assert tuple(member.offset for member in layout.members) == offsets
    assert (layout.size, layout.align) == (128, 128)
    assert not record.pinned
    assert [part.align for part in record.fields] == [None, 64, None, 8, None, 4]
    assert [part.packed for part in record.fields] == [False] * 4 + [True] * 2
    assert record.fields[2].type_align == 1


def test_a_header_that_compilers_of_an_abi_read_differently_has_gccs_numbers_and_says_so():
    text = (
        "#pragma pack(push, 2)\nstruct S { unsigned a:3; unsigned :0; } __attribute__((packed));\n#pragma pack(pop)\n"
    )
    layout = lay_out(from_header(text, "S", abi="x86_64-windows-gnu"), ABIS["x86_64-windows-gnu"])
    assert (layout.size, layout.align) == (4, 2)
    assert layout.disputed == ("S: compilers of x86_64-windows-gnu differ: aligned to 2 for GCC, to 4 for clang",)
