"""A producer of a managed name: `managed.py NAME [child|orphan]`. Shares Telemetry's first fields until it is terminated."""

import os
import signal
import struct
import sys
import time

from samebytes.mapping import MemoryMappedFile

stopping = []
signal.signal(signal.SIGTERM, lambda *_: stopping.append(1))
name, behaviour = sys.argv[1], (*sys.argv[2:], "")[0]
with MemoryMappedFile.create_new(name, 48) as shared, shared.create_view_accessor() as view:
    view.write_bytes(0, struct.pack("<IId4fh10sI", 3, 1, 120.5, 1, 2, 3, 4, 5, b"Ada", 99))
    if behaviour == "orphan" and os.fork() == 0:  # gets away into a session of its own, and holds the name
        os.setsid()
        with MemoryMappedFile.open_existing(name):
            time.sleep(600)
    packet = 1
    while not stopping:
        packet += 1
        view.write_uint32(4, packet)
        time.sleep(0.001)
