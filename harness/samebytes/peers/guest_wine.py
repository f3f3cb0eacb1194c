"""The Wine prefix in which somebody else's programs run: we are a guest there, start nothing that stays and end nothing of theirs."""

from __future__ import annotations

import os
from pathlib import Path

from samebytes.errors import UsageError
from samebytes.peers.build_once import Lock
from samebytes.peers.realms import Say
from samebytes.peers.windows_python import make_python
from samebytes.peers.wine import WineRealm
from samebytes.peers.wine_loader import Wine
from samebytes.peers.wine_prefix import NOTHING, quietly, users_of

__all__ = ["GuestWine", "prefix_in_use"]

_ANSWER_SECONDS = 20.0
_BEGIN_SECONDS = 90.0


def prefix_in_use() -> Path:
    """Return the prefix that `wine` uses here: $WINEPREFIX, or `.wine` in the user's home (Wine's own rule)."""
    chosen = os.environ.get("WINEPREFIX")
    return Path(chosen).absolute() if chosen else Path.home() / ".wine"


class GuestWine(WineRealm):
    """The user's own prefix. Named sections are seen only by programs of the same prefix.

    `begin`: let it begin to run if nothing runs in it; its server ends by itself some seconds after the last program.
    """

    def __init__(self, begin: bool = False) -> None:
        super().__init__()
        self._begin = begin
        self._users: Lock | None = None

    def prepare(self, say: Say) -> None:
        """Fetch CPython for Windows once. UsageError where no Windows program runs in the prefix; MissingError without Wine."""
        with self._preparing:
            wine, prefix = self._wine(), prefix_in_use()
            # Without a server there is no program, hence no segment.
            if not _serves(wine, prefix) and not (self._begin and _begun(wine, prefix)):
                raise UsageError(
                    f"no Windows program runs in the Wine prefix {prefix}",
                    hint="start the producer, or set WINEPREFIX to the prefix in which it runs",
                )
            self._share(prefix)
            self._reaper.start()
            self._prefix = prefix
            self._home = make_python(self._processes, say)

    def _share(self, prefix: Path) -> None:
        """Take a share in the prefix if it is that of samebytes' own runs, which ends with the last of them."""
        users = users_of(prefix)
        if users.is_file():
            self._users = Lock(users)
            self._users.acquire(shared=True)

    def close(self) -> None:
        """End what we started; the prefix goes on."""
        super().close()
        if self._users is not None:
            self._users.release()


def _serves(wine: Wine, prefix: Path) -> bool:
    """Return whether a server runs for it: signal 0 asks, and ends nothing (wineserver(1), -k)."""
    return _made(prefix) and quietly(wine, prefix, wine.server, "-k0", seconds=_ANSWER_SECONDS)


def _begun(wine: Wine, prefix: Path) -> bool:
    """Run a program that does nothing: the services that start with a prefix's first one inherit its streams, not those of ours."""
    return _made(prefix) and quietly(wine, prefix, wine.loader, *NOTHING, seconds=_BEGIN_SECONDS)


def _made(prefix: Path) -> bool:
    return (prefix / "system.reg").is_file()
