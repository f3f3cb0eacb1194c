"""The lab: work gets through Ctrl-C, everything that was started ends, what is missing is said each time."""

from __future__ import annotations

import _thread
import sys
import threading
import time

import pytest

from samebytes.errors import MissingError, StartError
from samebytes.peers.lab import Lab
from samebytes.peers.realms import Availability, NativeRealm

SLEEP = (sys.executable, "-c", "import time; time.sleep(600)")


class Absent(NativeRealm):
    """A realm that this machine lacks."""

    def __init__(self):
        super().__init__()
        self.looked = 0

    def availability(self):
        self.looked += 1
        return Availability(False, "no such thing", "apt-get install thing")


def test_work_is_done_side_by_side_and_its_first_failure_is_raised():
    both = threading.Barrier(2, timeout=30)

    def fail():
        both.wait()
        raise ValueError("the first")

    done = []
    with Lab() as lab, pytest.raises(ValueError, match="the first"):
        lab.do(fail, lambda: done.append(both.wait()))
    assert len(done) == 1


def test_ctrl_c_gets_through_and_ends_what_the_work_waits_for(tmp_path):
    site, seen = None, []

    def work():
        child = site.launch(SLEEP, {}, tmp_path)
        _thread.interrupt_main()
        seen.append(child.wait(60))
        site.end(child)

    with Lab() as lab:
        site = lab.prepared(lab.realms[0].name)
        began = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            lab.do(work)
        assert time.monotonic() - began < 30
        assert lab.stopped
        assert len(seen) == 1
        assert seen[0] != 0
        with pytest.raises(StartError, match="this run is ending"):
            lab.run(SLEEP, seconds=5)


def test_what_is_kept_is_made_once_and_closed_before_its_folder_goes(tmp_path):
    class Kept:
        made = 0

        def __init__(self, lab, name):
            Kept.made += 1
            self.folder, self.name = lab.folder(name), name

        def close(self):
            (tmp_path / f"{self.name}-closed").write_text(str(self.folder.is_dir()), "utf-8")

    with Lab() as lab:
        kept = lab.keep(Kept, lab, "one")
        assert lab.keep(Kept, lab, "one") is kept
        assert lab.keep(Kept, lab, "two") is not kept
        folder = kept.folder
        (folder / "inside").write_text("x", "utf-8")
    assert Kept.made == 2
    assert not folder.exists()
    assert (tmp_path / "one-closed").read_text("utf-8") == (tmp_path / "two-closed").read_text("utf-8") == "True"


def test_a_realm_that_is_missing_is_so_each_time_and_looked_for_once():
    realm = Absent()
    lab = Lab(realms=[realm])
    for _ in range(2):
        with pytest.raises(MissingError, match="no such thing") as raised:
            lab.prepared(realm.name)
        assert raised.value.add == "apt-get install thing"
    assert realm.looked == 1
    with pytest.raises(MissingError, match="cannot run on this system"):
        lab.prepared("plan9")


def test_everything_ends_with_the_lab(tmp_path):
    with Lab() as lab:
        site = lab.prepared(lab.realms[0].name)
        child = site.launch(SLEEP, {}, tmp_path)
        assert child.poll() is None
    assert child.poll() is not None
    site.end(child)  # its pipes are its owner's
