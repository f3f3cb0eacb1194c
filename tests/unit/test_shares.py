"""Pairs divide the values among them: nobody is spared one, and a mistake in one value is found wherever it is."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from samebytes.checks.data.batch import cases_of
from samebytes.checks.data.shares import share
from samebytes.checks.lifecycle.cells import PARTNERS, fewer
from samebytes.checks.requests.kind import Cell
from samebytes.layout import lay_out
from samebytes.peers.pool import CONSUMER, PRODUCER

sys.path.insert(0, str(Path(__file__).parent))
from planting import ABI, SEED, Mistake, World, exchange, judged, records

PEERS = ["a", "b", "c", "d", "e"]
ALONE = {name: [name] for name in PEERS}
EVERY = records(3, 4)
LAYOUTS = {name: lay_out(record, ABI) for name, record in EVERY.items()}
VALUES = [
    (name, leaf.path, case.values.values[leaf.path])
    for name, layout in LAYOUTS.items()
    for case in cases_of(layout, SEED)
    for leaf in layout.leaves
]


@pytest.mark.parametrize(
    "faces", [ALONE, {"a": ["a.library", "a.program"], "b": ["b"], "c": ["c"]}], ids=["one", "two"]
)
def test_every_face_stores_and_loads_every_value_of_every_leaf(faces):
    world = World(LAYOUTS)
    found, left = exchange(world, faces, EVERY)
    assert all(result.green for result in found.values())
    assert left > 0
    for face, role in itertools.product(itertools.chain(*faces.values()), (PRODUCER, CONSUMER)):
        assert [one for one in VALUES if not world.done[face, role, *one]] == []


def test_a_mistake_in_one_value_is_red_in_every_cell_of_who_makes_it_and_in_no_other():
    wanted, red, left = judged(30, PEERS, seed=11)
    assert red == wanted
    assert len(wanted) == 30 * len(PEERS)
    assert left > 1000


def test_a_pair_alone_exchanges_everything():
    found, left = exchange(World(LAYOUTS), {"a": ["a"]}, EVERY)
    assert left == 0
    assert {result.program: result.cases for result in found.values()} == {
        name: len(cases_of(layout, SEED)) for name, layout in LAYOUTS.items()
    }
    assert not any(result.shared or result.coverage for result in found.values())


def test_full_leaves_nothing_to_others():
    found, left = exchange(World(LAYOUTS), ALONE, EVERY, full=True)
    assert left == 0
    assert all(result.cases == len(cases_of(LAYOUTS[result.program], SEED)) for result in found.values())


def test_a_cell_says_how_much_of_how_much_it_tried():
    found, left = exchange(World(LAYOUTS), ALONE, EVERY)
    shared = [result for result in found.values() if result.shared]
    total = {name: len(cases_of(layout, SEED)) for name, layout in LAYOUTS.items()}
    assert sum(total[result.program] - result.cases for result in shared) == left
    for result in shared:
        [run] = result.runs
        assert (run.of, run.cases) == (total[result.program], result.cases)
        words = f"{run.cases} of {run.of} sets of values; {result.producer} has stored, and {result.consumer} loaded,"
        assert result.coverage == f"{words} all of them"


def test_a_conversation_that_breaks_costs_nobody_else_a_value():
    world = World(LAYOUTS, crashing={("b", PRODUCER, "R1")})
    found, _ = exchange(world, ALONE, EVERY)
    assert {key for key, result in found.items() if not result.green} == {f"b/{other}/R1/linux/data" for other in PEERS}
    for face, role in itertools.product(PEERS, (PRODUCER, CONSUMER)):
        missing = [one for one in VALUES if not world.done[face, role, *one]]
        assert {name for name, *_ in missing} == ({"R1"} if (face, role) == ("b", PRODUCER) else set())


def test_what_goes_wrong_in_a_share_is_tried_again_with_everything():
    """A consumer that is wrong with one producer alone has had everything right with another one before."""
    layout = LAYOUTS["R0"]
    world = World(LAYOUTS)
    leaf = layout.leaves[0]
    graffiti = cases_of(layout, SEED)[0].values.values[leaf.path]
    once = Mistake("a", CONSUMER, "R0", leaf.path, graffiti)
    handled = World.handled

    def later(self, peer, record, path, bits):
        if (peer.name, peer.role, record) == ("a", CONSUMER, "R0") and self.done["a", CONSUMER, "R0", path, bits] == 1:
            self.mistakes["a", CONSUMER, "R0"] = once  # from the second time on
        return handled(self, peer, record, path, bits)

    world.handled = later.__get__(world)
    found, _ = exchange(world, ALONE, EVERY)
    red = [result for result in found.values() if not result.green]
    assert len(red) == len(PEERS) - 1
    for result in red:
        assert sum(run.cases for run in result.runs if run.values == "graffiti") == 1
        agreed = next(run for run in result.runs if run.cases > 1)
        assert agreed.cases >= len(cases_of(layout, SEED)) - 2


def test_the_cost_of_values_grows_with_the_faces():
    """All stores of twice the peers are not four times as many: graffiti alone is stored for each pair."""
    spent = {}
    for number in (4, 8):
        world = World(LAYOUTS)
        exchange(world, {f"p{place}": [f"p{place}"] for place in range(number)}, EVERY)
        spent[number] = sum(times for (_, role, *_), times in world.done.items() if role == PRODUCER)
    assert spent[8] < 2.6 * spent[4]


@pytest.mark.parametrize(("values", "of"), [(29, 6), (29, 12), (3, 8), (1, 5), (24, 24)])
def test_shares_are_of_one_size_and_leave_nothing_out(values, of):
    every = list(range(values))
    shares = [share(every, number, of) for number in range(of)]
    assert {len(one) for one in shares} == {-(-values // of)}
    assert set(itertools.chain(*shares)) == set(every)


def scenario_cells(peers, scenarios):
    subjects = [SimpleNamespace(alone=number == 0) for number in range(scenarios)]
    return [
        Cell("lifecycle", a, b, f"s{number}", "linux", subject, (a, b))
        for a in peers
        for b in peers
        for number, subject in enumerate(subjects)
        if a == b or not subject.alone
    ]


def test_up_to_four_peers_play_every_scenario_with_each_other():
    cells = scenario_cells(PEERS[:PARTNERS], 9)
    assert fewer(cells) == cells


@pytest.mark.parametrize("number", [5, 8, 13])
def test_more_peers_play_every_scenario_in_either_part_with_as_many_others(number):
    peers = [f"p{place}" for place in range(number)]
    cells = scenario_cells(peers, 30)
    chosen = fewer(cells)
    for peer, scenario in itertools.product(peers, (f"s{place}" for place in range(1, 30))):
        assert sum((cell.producer, cell.program) == (peer, scenario) for cell in chosen) == PARTNERS
        assert sum((cell.consumer, cell.program) == (peer, scenario) for cell in chosen) == PARTNERS
    assert {(cell.producer, cell.consumer) for cell in chosen} == set(itertools.product(peers, peers))
    assert {cell.producer for cell in chosen if cell.program == "s0"} == set(peers)
