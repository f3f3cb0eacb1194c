"""The images that are kept, and the record that is in the trucks' ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from samebytes.checks.images.file import Image
from samebytes.layout import Layout, encode

ROOT = Path(__file__).resolve().parents[2]
IMAGES = ROOT / "fixtures" / "images"

TRUCK = {
    "Running": True,
    "Revision": 7,
    "SimulatedTime": 123456789012345,
    "RenderTime": 1,
    "Place": {"X": 1.5, "Y": -2.25, "Z": 1e9, "Heading": 0.5, "Pitch": -0.125, "Roll": 0.0},
    "Gear": -1,
    "GearCount": 12,
    "EngineSpeed": 1450.5,
    "Fuel": pytest.approx(0.1),
    "WheelTurn": [0.25, -0.25, pytest.approx(1.45), 0.0, 0.0, pytest.approx(1e-3)],
    "Lights": [True, False, False, False, False, False, True],
    "Trailer": "steel coils",
    "Income": -42,
}
"""What tests/images/records.h says, as the images' fields must read for ever."""


def image_of(layout: Layout, data: bytes | None = None, **parts: object) -> Image:
    """An image of some bytes; without any, of a record of zeros and empty texts."""
    if data is None:
        data = encode(layout, {leaf.path: "" if leaf.variable else 0 for leaf in layout.leaves})
    return Image(
        **{
            "name": "Made", "realm": "linux", "layout": layout, "offset": 0, "size": 4096, "exact": False, "data": data,
            "captured": "2026-01-02T03:04:05Z", "host": {"system": "linux", "machine": "x86_64"}, "producer": ("p",),
            **parts,
        }
    )  # fmt: skip
