"""The limits of one cluster: the number of rooms at which each part reaches its limit, and the next design step."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass

from benchmarks.scale.costs import Costs, Reading
from benchmarks.scale.demand import Demand
from benchmarks.scale.model import kept_a_s, load_cpu, moments_a_s, sessions_a_worker, watch_cpu
from streamsign.captions.log import MAX_EVENTS

ANNOUNCED_SHARE = 0.1
"""Share of a worker's core that announcements of the other workers may take."""

MOST_ROOMS = 1 << 40


@dataclass(frozen=True, slots=True)
class Limit:
    """A part of one cluster that reaches its limit.

    Attributes:
        part: what it is.
        limit: what is exhausted.
        rooms: rooms with a live camera at which it is.
        next_step: the change of the design that moves it.
    """

    part: str
    limit: str
    rooms: int
    next_step: str


def limits(demand: Demand, costs: Costs, reading: Reading) -> list[Limit]:
    """The limits of one cluster, the first to be reached first. One machine each for NATS and for TURN is assumed."""
    sessions = sessions_a_worker(demand, costs, reading)
    link_mb_s = demand.utilization * demand.link_mb_s
    cores, relay_mb_s = demand.utilization * demand.machine_cores, demand.relayed * demand.stream_mb_s
    machine = f"{demand.machine_cores} cores at {100 * demand.utilization:.0f} %"
    link = f"{demand.link_mb_s / 1000:.0f} Gb/s at {100 * demand.utilization:.0f} %"
    more_relays = "More relays: each session's credentials name one relay. Nothing is shared between relays."
    moment_mb = costs.moment_bytes * 8 / 1e6
    delivered_a_room = moments_a_s(demand) * demand.viewers_a_room

    def announced_cores(rooms: float) -> float:
        workers = rooms / sessions
        return workers * workers / demand.announce_s * costs.routed_out_us / 1e6 / cores

    def routing(rooms: float) -> float:
        us = moments_a_s(demand) * costs.routed_in_us + delivered_a_room * costs.routed_out_us
        return rooms * us / 1e6 / cores

    found = [
        Limit(
            "load announcements at each worker",
            f"{100 * ANNOUNCED_SHARE:.0f} % of the worker's core",
            _reached(lambda rooms: load_cpu(rooms / sessions, demand, costs) / ANNOUNCED_SHARE),
            "Keep the least load instead of comparing all; then let an offer ask two workers and take the less loaded.",
        ),
        Limit(
            "load announcements in NATS, workers × workers",
            machine,
            _reached(announced_cores),
            "Announce only when the least load changes: the traffic grows with the workers, not with their square.",
        ),
        Limit(
            "the captions stream, one for all rooms",
            f"one stream's writer at {100 * demand.utilization:.0f} %",
            _reached(lambda rooms: rooms * kept_a_s(demand) * costs.store_us / 1e6 / demand.utilization),
            "Several streams, a room's stream chosen by a hash of its name; each has its own leader.",
        ),
        Limit(
            "moments out of one NATS server, each viewer at another gateway",
            link,
            _reached(lambda rooms: rooms * delivered_a_room * moment_mb / link_mb_s),
            "Route a room's viewers to the same gateway by a hash at the edge; send at most 10 partials a second.",
        ),
        Limit(
            "moments through one NATS server",
            machine,
            _reached(routing),
            "Send at most 10 partials a second; then a NATS server for each cell.",
        ),
        Limit(
            "loads and lists of cameras at each gateway",
            f"{100 * demand.utilization:.0f} % of each gateway's core, without a viewer",
            _reached(lambda rooms: watch_cpu(rooms / sessions, demand, costs) / demand.utilization),
            "Index the cameras by their worker; then read the cameras of the rooms that the gateway has open.",
        ),
        Limit(
            "TURN on one machine, its CPU",
            machine,
            _reached(lambda rooms: rooms * relay_mb_s * costs.relay_cores_a_mb_s() / cores),
            more_relays,
        ),
        Limit(
            "TURN on one machine, its network",
            link,
            _reached(lambda rooms: rooms * relay_mb_s / link_mb_s),
            more_relays,
        ),
        Limit(
            "captions on one disk",
            f"{demand.disk_gb:.0f} GB",
            _reached(lambda rooms: rooms * MAX_EVENTS * costs.letter_bytes / 1e9 / demand.disk_gb),
            "Store the change instead of the whole text in each event, with a snapshot every 100 events.",
        ),
    ]
    return sorted(found, key=lambda each: each.rooms)


def _reached(load: Callable[[float], float]) -> int:
    """The most rooms at which a load that grows with the rooms is at most 1."""
    return bisect_right(range(1, MOST_ROOMS), 1.0, key=load)
