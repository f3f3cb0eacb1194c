"""Layouts on views of shared memory: views take a codec, and make overlays, without knowing layouts."""

from __future__ import annotations

import struct

import pytest

from samebytes.layout import KINDS, Field, Record, abi_named, lay_out
from samebytes.mapping import MemoryMappedFile

LINUX = abi_named("x86_64-linux")
WHEEL = Record("Wheel", (Field("slip", KINDS["f32"]), Field("worn", KINDS["bool"])))
CAR = Record("Car", (Field("tick", KINDS["u64"]), Field("wheels", WHEEL, (3,))))


def test_a_codec_reads_through_a_view_of_shared_memory():
    codec = lay_out(WHEEL, LINUX).codec
    with MemoryMappedFile.create_new(None, 4096) as shared, shared.create_view_accessor() as view:
        view.write_struct(16, codec, 1.5, True)
        assert view.read_struct(16, codec) == (1.5, True)
        assert view.read_bytes(16, 8) == struct.pack("<f?xxx", 1.5, True)


def test_an_overlay_in_shared_memory():
    layout = lay_out(CAR, LINUX)
    with MemoryMappedFile.create_new(None, 4096) as shared, shared.create_view_accessor() as view:
        live = view.overlay(layout, 64)
        live.wheels[1].slip = 1.5
        assert view.read_float32(64 + layout.by_path["wheels[1].slip"].offset) == 1.5
        with pytest.raises(BufferError):
            view.close()
        del live
