"""Tests of benchmarks/scale/costs.py."""

from __future__ import annotations

import pytest

from benchmarks.scale.costs import READINGS, ByWorkers, read_costs
from benchmarks.scale.measured import Measurements


def test_the_committed_figures_give_costs() -> None:
    """Every cost follows from a committed report, is above zero, and a heavier reading leaves fewer streams."""
    measurements = Measurements.read()
    costs = read_costs(measurements)
    small, auto, large = (costs.streams_a_core[each] for each in READINGS)
    assert small > auto > large > 0
    assert auto == pytest.approx(measurements.value("capacity", "whip/vp8_640x480_30/streams_a_core"))
    numbers = {
        name: getattr(costs, name) for name in costs.__slots__ if name not in ("streams_a_core", "load", "cameras")
    }
    assert [name for name, number in numbers.items() if number <= 0] == []


def test_deliveries_are_the_difference_of_two_measurements() -> None:
    """A message to one gateway costs its reception and a delivery, one to five gateways four deliveries more."""
    measurements = Measurements.read()
    costs = read_costs(measurements)
    one, five = (measurements.value("broker", f"moments/to_{n}_gateways/broker_cpu_a_message") for n in (1, 5))
    assert costs.routed_in_us + costs.routed_out_us == pytest.approx(one)
    assert costs.routed_in_us + 5 * costs.routed_out_us == pytest.approx(five)


def test_a_line_passes_its_measurements() -> None:
    """The cost that grows with the workers is the measured one at both numbers of workers, and never below zero."""
    line = ByWorkers.through((100, 20.0), (1000, 110.0))
    assert [line.us(workers) for workers in (100, 1000)] == pytest.approx([20.0, 110.0])
    assert ByWorkers.through((100, 10.0), (1000, 200.0)).us(0) == 0
