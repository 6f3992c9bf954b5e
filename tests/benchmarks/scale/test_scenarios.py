"""Tests of benchmarks/scale/scenarios.py."""

from __future__ import annotations

from benchmarks.scale.demand import Demand
from benchmarks.scale.scenarios import MILLION, Scenarios, cell_sizes
from tests.benchmarks.scale.figures import COSTS


def test_cells_hold_all_rooms() -> None:
    """A hash deals every room to one cell, the same each time, and no two cells of a million are far apart."""
    sizes = cell_sizes(MILLION // 10, 20, seed=1)
    assert sum(sizes) == MILLION // 10
    assert sizes == cell_sizes(MILLION // 10, 20, seed=1)
    assert sizes[-1] / sizes[0] < 1.1


def test_scenarios_have_the_planned_workers() -> None:
    """Each scenario has places for its rooms, except the one that shows too few, and another name than the others."""
    groups = list(Scenarios(Demand(), COSTS, "auto").all())
    assert {group for group, _ in groups} == {"placement", "sizes", "failures", "day"}
    names = [each.name for _, each in groups]
    assert len(set(names)) == len(names)
    for _, each in groups:
        enough = each.workers * each.places >= each.rooms
        assert enough != ("where 1,000 were planned" in each.name), each.name
