"""The runs of docs/scale.md: placement, sizes, failures, peaks and a day."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator

from benchmarks.scale.costs import Costs, Reading
from benchmarks.scale.demand import Demand
from benchmarks.scale.model import sessions_a_worker, workers_for
from benchmarks.scale.outcome import Group
from benchmarks.scale.placement import Policy
from benchmarks.scale.scenario import BURST_S, DAY_SHARES, HOUR_S, Scenario

CELL_ROOMS = 2_000
"""Rooms of one cell, where more rooms are divided among several clusters."""

MILLION = 1_000_000
LESSONS = 0.5
DAY_ROOMS = 2_000
"""Rooms at the peak of the day that is simulated; a day of more is a multiple of it."""

CRASH_EVERY_S = 86_400.0
SEED = 26


def cell_sizes(rooms: int, cells: int, seed: int) -> list[int]:
    """Rooms of each cell, ascending, when each room's cell is drawn by a hash of its name."""
    draw, sizes = random.Random(seed), [0] * cells
    for _ in range(rooms):
        sizes[draw.randrange(cells)] += 1
    return sorted(sizes)


class Scenarios:
    """Builds scenarios with as many workers as the model plans.

    Args:
        demand: assumptions.
        costs: measured.
        reading: which networks read.
    """

    def __init__(self, demand: Demand, costs: Costs, reading: Reading) -> None:
        self._demand = demand
        self._costs = costs
        self._reading: Reading = reading
        self.places = sessions_a_worker(demand, costs, reading)

    def scenario(self, name: str, rooms: int, **given: object) -> Scenario:
        """A scenario with the planned workers, and gateways that take all offers of a lesson's beginning."""
        demand = self._demand
        workers = workers_for(rooms, demand, self._costs, self._reading)
        offers = rooms / BURST_S * Scenario.model_fields["offer_cpu_s"].default / demand.utilization
        values: dict[str, object] = {
            "name": name,
            "rooms": rooms,
            "workers": workers,
            "places": self.places,
            "gateways": max(2, math.ceil(offers)),
            "session_s": demand.session_s,
            "connect_cpu_s": self._costs.connect_ms / 1000,
            "leader_s": self._costs.leader_s,
            "letters_a_s": demand.letters_a_s,
            "machine_workers": demand.machine_cores,
        }
        return Scenario.model_validate(values | given)

    def placement(self) -> Iterator[Scenario]:
        """The same rooms under three rules, and the group's with announcements that arrive later."""
        rooms = CELL_ROOMS
        yield self.scenario("random worker below its limit", rooms, policy=Policy.RANDOM)
        yield self.scenario("least loaded, known at once", rooms, policy=Policy.LEAST)
        for after_ms in (2, 50, 500):
            yield self.scenario(f"queue group, known after {after_ms} ms", rooms, known_after_s=after_ms / 1000)
        for after_ms in (2, 500):
            name = f"queue group that allows one more, known after {after_ms} ms"
            yield self.scenario(name, rooms, slack=1, known_after_s=after_ms / 1000)

    def sizes(self) -> Iterator[Scenario]:
        """One cluster of 100 to 100,000 rooms, half of them lessons; then two cells of a million."""
        for rooms in (100, 1_000, 10_000, 100_000):
            yield self.scenario(f"{rooms:,} rooms in one cluster", rooms, lessons=LESSONS)
        planned = self.scenario("planned", 1_000).workers
        yield self.scenario("1,150 rooms where 1,000 were planned", 1_150, lessons=LESSONS, workers=planned)
        sizes = cell_sizes(MILLION, MILLION // CELL_ROOMS, SEED)
        planned = self.scenario("planned", sizes[-1]).workers
        for which, rooms in (("the median", sizes[len(sizes) // 2]), ("the fullest", sizes[-1])):
            name = f"{which} of {len(sizes)} cells of a million rooms ({rooms:,})"
            yield self.scenario(name, rooms, lessons=LESSONS, workers=planned)

    def failures(self) -> Iterator[Scenario]:
        """A cell at its peak, with one kind of failure each."""
        at_s = 1.5 * HOUR_S
        yield self.scenario("workers crash, each once a day", CELL_ROOMS, lessons=LESSONS, crash_every_s=CRASH_EVERY_S)
        yield self.scenario("a machine of 16 workers is lost", CELL_ROOMS, machine_lost_s=at_s)
        yield self.scenario("rolling upgrade of every machine", CELL_ROOMS, upgrade_s=HOUR_S)
        yield self.scenario("the leading NATS server is lost", CELL_ROOMS, broker_lost_s=at_s)
        yield self.scenario(
            "the leading NATS server is lost in a lesson's first minutes",
            CELL_ROOMS,
            lessons=LESSONS,
            broker_lost_s=HOUR_S + BURST_S / 2,
        )

    def day(self) -> Scenario:
        """A day of schools and offices in one time zone."""
        by_hour = tuple(float(share) for share in DAY_SHARES)
        return self.scenario(
            f"a day of {DAY_ROOMS:,} rooms at the peak",
            DAY_ROOMS,
            lessons=LESSONS,
            by_hour=by_hour,
            lasts_s=24 * HOUR_S,
            settled_s=0.0,
        )

    def all(self) -> Iterator[tuple[Group, Scenario]]:
        """Every scenario with its table of the document."""
        yield from (("placement", each) for each in self.placement())
        yield from (("sizes", each) for each in self.sizes())
        yield from (("failures", each) for each in self.failures())
        yield "day", self.day()
