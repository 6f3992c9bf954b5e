"""Tests of benchmarks/scale/limits.py."""

from __future__ import annotations

import pytest

from benchmarks.scale.costs import read_costs
from benchmarks.scale.demand import Demand
from benchmarks.scale.limits import limits
from benchmarks.scale.measured import Measurements
from benchmarks.scale.scenarios import CELL_ROOMS
from tests.benchmarks.scale.figures import COSTS


def test_limits_by_hand() -> None:
    """The stream, the relays and the disk are exhausted at the rooms that division gives; the list is ascending."""
    found = limits(Demand(), COSTS, "auto")
    rooms = {each.part: each.rooms for each in found}
    assert rooms["the captions stream, one for all rooms"] == pytest.approx(0.8 / (1.2 * 40e-6), abs=1)
    assert rooms["TURN on one machine, its network"] == pytest.approx(8000 / 0.3, abs=1)
    packets_a_s = 0.3e6 / 8 / 1100
    assert rooms["TURN on one machine, its CPU"] == pytest.approx(12.8 / (packets_a_s * 11e-6), abs=1)
    assert rooms["captions on one disk"] == pytest.approx(1000 / 0.004, abs=1)
    assert [each.rooms for each in found] == sorted(each.rooms for each in found)


def test_workers_hear_of_each_other() -> None:
    """Of W workers each takes 2 W loads a second of 60 + 0.1 W µs: a tenth of its core at about 468 workers."""
    (found,) = [each for each in limits(Demand(), COSTS, "auto") if "at each worker" in each.part]
    workers = found.rooms / 8
    assert 2 * workers * (60 + 0.1 * workers) == pytest.approx(0.1e6, rel=1e-3)


def test_a_cell_is_below_every_limit() -> None:
    """By the committed figures a cell of the document breaks no part of its cluster."""
    found = limits(Demand(), read_costs(Measurements.read()), "auto")
    assert found[0].rooms > CELL_ROOMS
