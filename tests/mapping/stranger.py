"""A .NET program that knows nothing of the protocol: opens the segment's file as a FileStream, again and again.

    python stranger.py FOLDER_OF_THE_CSHARP_PEER FILE LOG

It ends when its standard input does. The log is as that of the workers in stress.py.
"""

from __future__ import annotations

import os
import random
import select
import sys
import time
from pathlib import Path

now = time.monotonic_ns


def main() -> None:
    folder, file, log = sys.argv[1:]
    sys.path.insert(0, folder)
    from clr_runtime import load_runtime

    load_runtime(Path(folder, "prebuilt", "SameBytesPeer.dll"))
    from System.IO import FileAccess, FileMode, FileShare, FileStream

    out = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC)
    while not select.select([0], [], [], random.random() * 0.001)[0]:
        once(out, lambda: FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 1))


def once(out: int, opened) -> None:
    os.write(out, f"{now()} 0 try\n".encode())
    try:
        stream = opened()
    except Exception as error:
        # Nothing there, or a peer looks just now whether it is alive.
        kind = type(error).__name__
        known = kind in ("FileNotFoundException", "DirectoryNotFoundException", "IOException")
        os.write(out, f"{now()} 0 {'none' if known else f'BROKEN: {error!r}'}\n".encode())
        return
    inode = os.fstat(int(stream.SafeFileHandle.DangerousGetHandle().ToInt64())).st_ino
    os.write(out, f"{now()} {inode} met\n".encode())
    time.sleep(random.random() * 0.002)
    os.write(out, f"{now()} {inode} leave\n".encode())
    stream.Dispose()
    os.write(out, f"{now()} {inode} left\n".encode())


if __name__ == "__main__":
    main()
