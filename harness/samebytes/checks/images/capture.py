"""A snapshot of a running program's segment as an image."""

from __future__ import annotations

import platform
from datetime import UTC, datetime

from samebytes.checks.attach.snapshot import Snapshot
from samebytes.checks.images.file import Image
from samebytes.errors import UsageError
from samebytes.layout import Layout

__all__ = ["captured"]


def captured(shot: Snapshot, layout: Layout, offset: int) -> Image:
    """Return the image of a snapshot of the whole segment. UsageError when the record does not end inside it.

    Zeros behind the record are not kept: its size says how many there were.
    """
    end = offset + layout.size
    if len(shot.data) < end:
        raise UsageError(
            f"{layout.record.name} ends at {end} on {layout.abi.name}, {shot.name!r} at {len(shot.data)}: no image of a part",
            hint="samebytes attach without --save says which ABI would fit",
        )
    data = shot.data[:end] + shot.data[end:].rstrip(b"\0")
    return Image(
        name=shot.name,
        realm=shot.realm,
        layout=layout,
        offset=offset,
        size=shot.size,
        exact=shot.exact,
        data=data,
        captured=datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        host={"system": platform.system().lower(), "machine": platform.machine()},
        producer=tuple(dict.fromkeys(holder.partition("(")[2].rstrip(")") for holder in shot.holders)),
    )
