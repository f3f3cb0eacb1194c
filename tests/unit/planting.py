"""Peers without processes: they share memory as real ones do, and of one value of one leaf make another, where one was planted.

python tests/unit/planting.py [--mistakes 200] [--peers 8] [--seed 1]     # exit code 1 when one was not found, or one blamed for it
"""

from __future__ import annotations

import argparse
import os
import random
import sys
from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace

from samebytes.checks.data.batch import cases_of
from samebytes.checks.data.compare import leaf_word
from samebytes.checks.data.subjects import _plain
from samebytes.checks.matrix_kinds import data
from samebytes.checks.requests.kind import Cell
from samebytes.checks.requests.realm_run import RealmRun
from samebytes.checks.requests.request import Request
from samebytes.errors import PeerCrashedError, PeerRefusedError
from samebytes.layout import Description, abi_named, decode, lay_out, records_from_tree
from samebytes.peers.pool import CONSUMER, OBSERVER, PRODUCER

ABI = abi_named("x86_64-linux")
KINDS = ("u8", "i8", "bool", "u16", "i16", "u32", "i32", "f32", "u64", "i64", "f64", "char16")
SEED = 7


def records(number: int, seed: int) -> dict:
    """So many records, each of two to five fields of any kind."""
    dice = random.Random(seed)
    tree = {
        f"R{place}": {"fields": [{"name": f"f{at}", "type": dice.choice(KINDS)} for at in range(dice.randrange(2, 6))]}
        for place in range(number)
    }
    return records_from_tree({"record": tree})


@dataclass(frozen=True)
class Mistake:
    """A face that handles one value of one leaf wrong: when it stores it, or when it loads it."""

    face: str
    role: str
    record: str
    leaf: str
    value: int

    def red(self, peers) -> set[str]:
        """The cells that must differ."""
        pairs = [(self.face, other) if self.role == PRODUCER else (other, self.face) for other in peers]
        return {f"{first}/{second}/{self.record}/linux/data" for first, second in pairs}


@dataclass
class World:
    """All memory there is, all layouts, everybody's mistakes, and who has stored and loaded what."""

    layouts: dict
    mistakes: dict = field(default_factory=dict)
    crashing: set = field(default_factory=set)
    """(face, role, record): where the conversation breaks."""
    segments: dict = field(default_factory=dict)
    done: dict = field(default_factory=lambda: defaultdict(int))
    """By (face, role, record, leaf, value): how often."""

    def handled(self, peer, record, leaf, bits):
        self.done[peer.name, peer.role, record, leaf, bits] += 1
        mistake = self.mistakes.get((peer.name, peer.role, record))
        return bits ^ 1 if mistake and (mistake.leaf, mistake.value) == (leaf, bits) else bits


class Peer:
    """One face in one part, with the methods of samebytes.peers.peer.Peer that data cells use."""

    missing = ()

    def __init__(self, world: World, name: str, role: str) -> None:
        self.world, self.name, self.role = world, name, role
        self.hello = SimpleNamespace(
            layouts=tuple(world.layouts), verbs=frozenset(), views=("accessor",), target="none"
        )
        self.process = SimpleNamespace(pid=os.getpid(), alive=True, core_seconds=lambda: 0.0)
        self.held: dict[int, tuple[str, int]] = {}
        self.opened: list[str] = []

    def describe(self, name):
        layout = self.world.layouts[name]
        return Description(layout.size, layout.align, {one.path: (one.offset, one.width) for one in layout.leaves})

    def learn(self, names):
        assert set(names) <= set(self.world.layouts)

    def paths(self, name):
        return tuple(leaf.path for leaf in self.world.layouts[name].leaves)

    def open(self, verb, name, *words):
        if verb != "open_existing":
            self.world.segments[name] = bytearray(-(-int(words[0]) // 4096) * 4096)
        self.opened.append(name)
        return len(self.opened), verb != "open_existing"

    def view(self, map_, _size, _access, _form="accessor", offset=0):
        self.held[len(self.held) + 1] = (self.opened[map_ - 1], offset)
        return len(self.held)

    def absence(self, name):
        return None if name in self.world.segments else PeerRefusedError("not found", kind="not_found")

    def place(self, view, offset):
        name, start = self.held[int(view)]
        return self.world.segments[name], start + int(offset)

    def peek(self, view, offset, count):
        memory, start = self.place(view, offset)
        return bytes(memory[start : start + count])

    def poke(self, view, offset, data):
        memory, start = self.place(view, offset)
        memory[start : start + len(data)] = data

    def store(self, view, offset, record, words):
        if (self.name, self.role, record) in self.world.crashing:
            raise PeerCrashedError(f"{self.name} exited", peer=self.name)
        memory, start = self.place(view, offset)
        layout = self.world.layouts[record]
        for leaf, word in zip(layout.leaves, words, strict=True):
            bits = self.world.handled(self, record, leaf.path, int(word, 16))
            at = start + leaf.offset
            memory[at : at + leaf.width] = bits.to_bytes(leaf.width, "little")

    def load(self, view, offset, record):
        memory, start = self.place(view, offset)
        layout = self.world.layouts[record]
        values = decode(layout, bytes(memory[start : start + layout.size]))
        seen = {leaf: self.world.handled(self, record, leaf.path, values[leaf.path]) for leaf in layout.leaves}
        return [leaf_word(leaf, bits) for leaf, bits in seen.items()]

    def ask_all(self, lines):
        return [self.answer(*line.split()) for line in lines]

    def answer(self, verb, view, *words):
        if verb == "store":
            self.store(view, words[0], words[1], words[2:])
        elif verb == "load":
            return {"leaves": self.load(view, words[0], words[1])}
        elif verb == "close_map":
            self.world.segments.pop(self.opened[int(view) - 1], None)
        return {}


class Pool:
    """The faces in their parts."""

    def __init__(self, world: World) -> None:
        self.world, self.peers = world, {}

    def three(self, first, second, observer):
        wanted = ((first, PRODUCER), (second, CONSUMER), ("observer", observer))
        return tuple(self.peers.setdefault(one, Peer(self.world, *one)) for one in wanted)


def exchange(world: World, faces: dict[str, list[str]], every: dict, full: bool = False):
    """Run every data cell of these peers, which have these faces. Return the results by identity, and the cases that were left."""
    manifests = {peer: SimpleNamespace(abi_in=lambda abi: abi) for peer in faces}
    request = Request(["linux"], ["data"], manifests=manifests, seed=SEED, full=full)
    here = RealmRun(None, "linux", request, None)
    here.observers = (OBSERVER,)
    here._pool = Pool(world)
    run = SimpleNamespace(
        **{name: getattr(here, name) for name in ("pool", "settled", "rates", "request", "observers", "left", "leave")},
        site=SimpleNamespace(realm=SimpleNamespace(abi=ABI.name)), stopped=False, is_stopped=lambda: False,
        faces=lambda peer, _layout: faces[peer], finding=here.finding,
    )  # fmt: skip
    programs = [_plain(record) for record in every.values()]
    cells = [Cell("data", a, b, one.name, "linux", one, (a, b)) for a in faces for b in faces for one in programs]
    found = {}
    data.run(cells, run, lambda finding: found.update({finding.result.identity: finding.result}))
    return found, run.left.get("data", 0)


def plant(number: int, peers: list[str], seed: int) -> tuple[World, dict, list[Mistake]]:
    """Make a world of so many records, with one mistake in each: in a value that every run tries, of one leaf, at one peer."""
    dice = random.Random(seed)
    every = records(number, seed)
    world = World({name: lay_out(record, ABI) for name, record in every.items()})
    for name, layout in world.layouts.items():
        leaf = dice.choice(layout.leaves)
        value = dice.choice([case.values.values[leaf.path] for case in cases_of(layout, SEED)])
        mistake = Mistake(dice.choice(peers), dice.choice((PRODUCER, CONSUMER)), name, leaf.path, value)
        world.mistakes[mistake.face, mistake.role, name] = mistake
    return world, every, list(world.mistakes.values())


def judged(number: int, peers: list[str], seed: int) -> tuple[set[str], set[str], int]:
    """Return the cells that must differ, those that do, and the cases that were left to others."""
    world, every, mistakes = plant(number, peers, seed)
    found, left = exchange(world, {name: [name] for name in peers}, every)
    wanted = {identity for mistake in mistakes for identity in mistake.red(peers)}
    return wanted, {identity for identity, result in found.items() if not result.green}, left


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mistakes", type=int, default=200)
    parser.add_argument("--peers", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    wanted, red, left = judged(given.mistakes, [f"p{number}" for number in range(given.peers)], given.seed)
    print(f"{given.mistakes} mistakes of one value each, {given.peers} peers, {left:,} cases left to other pairs:")
    print(f"{len(wanted)} cells must differ, {len(wanted & red)} do, and {len(red - wanted)} others")
    return 0 if wanted == red else 1


if __name__ == "__main__":
    sys.exit(main())
