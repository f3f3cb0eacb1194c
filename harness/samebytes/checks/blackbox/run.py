"""One producer, from its start to what it leaves behind: the result of the check `producer`."""

from __future__ import annotations

from samebytes.checks.blackbox.eyes import Eyes
from samebytes.checks.blackbox.producer import Producer
from samebytes.checks.verdict import Result
from samebytes.peers.children import Children
from samebytes.peers.realms import Realm, Say

__all__ = ["run_producer"]


def run_producer(
    producer: Producer, realm: Realm, children: Children, *, eyes: Eyes | None = None, say: Say = lambda _line: None
) -> Result:
    """Start a producer in a prepared realm, watch and judge what it shares, end it (twice: asked to, and killed).

    `eyes` look into that realm's memory; several producers may share them, and whoever made them closes them. Without them they
    are made here. The result has the check `producer`, the consumer `samebytes`, the program's name is the layout's; its runs are
    what was looked at: `record` (start, size, values), `end` (asked to stop), `again` (a second start), `kill`. Nothing that was started here is left.
    Raises UsageError for a path that is no field of the layout, MissingError when nothing can look into the realm.
    """
    raise NotImplementedError
