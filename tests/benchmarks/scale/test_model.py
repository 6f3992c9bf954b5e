"""Tests of benchmarks/scale/model.py."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.scale.demand import Demand
from benchmarks.scale.erlang import blocked
from benchmarks.scale.model import (
    gateway_cpu,
    gateways_for,
    gateways_of_a_room,
    needs,
    places_for,
    sessions_a_worker,
    watch_cpu,
)
from tests.benchmarks.scale.figures import COSTS

DEMAND = Demand()


def test_a_thousand_rooms_by_hand() -> None:
    """The rates of 1,000 rooms are those that the assumptions give when multiplied by hand."""
    found = needs(1000, DEMAND, COSTS, "auto")
    assert found is not None
    assert sessions_a_worker(DEMAND, COSTS, "auto") == 8  # 0.8 of 10
    assert found.stored_a_s == pytest.approx(1200)
    assert found.relay_mb_s == pytest.approx(300)
    assert found.viewer_kb_s == pytest.approx(1.2 * 2 + 30.5 * 0.25)
    assert found.workers == -(-places_for(1000, DEMAND) // 8)
    loads, lists = 2 * found.workers, found.workers / 2
    assert found.announced_a_s == pytest.approx(loads * (found.workers + found.gateways) + lists * found.gateways)
    assert found.moments_a_s == pytest.approx(1000 * 30.5 * found.gateways_a_room)
    assert found.cores >= found.workers + found.gateways
    assert found.disk_gb == pytest.approx(1000 * 2000 * 2000 / 1e9)


@given(st.integers(1, 5000))
def test_offers_find_a_place_as_planned(rooms: int) -> None:
    """The planned places refuse at most the share of offers that is allowed, and one place less refuses more."""
    places = places_for(rooms, DEMAND)
    assert blocked(places, rooms) <= DEMAND.most_refused < blocked(places - 1, rooms)


@given(st.integers(1, 30_000), st.integers(1, 1000))
def test_the_fewest_gateways_are_the_fewest(rooms: int, workers: int) -> None:
    """The number of gateways found keeps to the planned use of a core, and one less does not."""
    found = gateways_for(rooms, workers, DEMAND, COSTS)
    assert found is not None
    assert gateway_cpu(rooms, workers, found, DEMAND, COSTS) <= DEMAND.utilization
    assert found == 1 or gateway_cpu(rooms, workers, found - 1, DEMAND, COSTS) > DEMAND.utilization


def test_more_gateways_do_not_help_where_each_knows_all() -> None:
    """With workers whose announcements fill a gateway's core, no number of gateways is enough, and needs says so."""
    workers = next(count for count in range(1, 10_000) if watch_cpu(count, DEMAND, COSTS) >= DEMAND.utilization)
    assert gateways_for(1000, workers - 1, DEMAND, COSTS) is not None
    assert gateways_for(1000, workers, DEMAND, COSTS) is None
    assert needs(10 * workers, DEMAND, COSTS, "auto") is None


@given(st.integers(1, 1000), st.floats(0, 50))
def test_a_room_is_open_at_no_more_gateways_than_it_has_viewers(gateways: int, viewers: float) -> None:
    """The mean number of gateways is at most that of the gateways, and of the viewers from one viewer on."""
    found = gateways_of_a_room(gateways, viewers)
    assert 0 <= found <= gateways + 1e-9
    assert found <= max(1.0, viewers) + 1e-9


def test_a_slow_reading_still_takes_a_camera() -> None:
    """A worker takes one camera even where a core reads less than one as planned."""
    assert sessions_a_worker(DEMAND.model_copy(update={"frames_a_s": 600.0}), COSTS, "large") == 1
