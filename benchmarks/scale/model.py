"""What a number of rooms asks of each part of one cluster: rates, cores, memory and bandwidth."""

from __future__ import annotations

import math
from bisect import bisect_left
from dataclasses import dataclass

from benchmarks.scale.costs import STREAM_FRAMES_A_S, Costs, Reading
from benchmarks.scale.demand import Demand
from benchmarks.scale.erlang import servers_for
from streamsign.captions.log import MAX_EVENTS

MOST_GATEWAYS = 1 << 40


@dataclass(frozen=True, slots=True)
class Needs:
    """What one cluster needs for a number of rooms. Cores are CPU time a second, before the planned utilization.

    Attributes:
        rooms: rooms with a live camera.
        workers: worker processes, one a core.
        gateways: gateway processes, one a core.
        gateways_a_room: gateways that have a room open, on average.
        broker_cores: CPU time of NATS: storing, routing and registry.
        relay_mb_s: Mb/s that the TURN relays receive; they send as much.
        relay_cores: CPU time of the relays.
        viewer_kb_s: kB/s sent to one viewer.
        stored_a_s: events a second stored in the captions stream.
        moments_a_s: partials and statuses a second that NATS delivers to gateways.
        announced_a_s: loads and lists of cameras a second that NATS delivers to workers and gateways.
        worker_mb, gateway_mb: memory of the cameras and viewers of one process, without that of the process itself.
        broker_mb: memory of the stream's subjects.
        disk_gb: captions kept, when each room has reached the most events that are kept.
    """

    rooms: int
    workers: int
    gateways: int
    gateways_a_room: float
    broker_cores: float
    relay_mb_s: float
    relay_cores: float
    viewer_kb_s: float
    stored_a_s: float
    moments_a_s: float
    announced_a_s: float
    worker_mb: float
    gateway_mb: float
    broker_mb: float
    disk_gb: float

    @property
    def cores(self) -> int:
        """Cores of workers, gateways, NATS and relays."""
        return self.workers + self.gateways + math.ceil(self.broker_cores) + math.ceil(self.relay_cores)


def kept_a_s(demand: Demand) -> float:
    """Events a second and room that are stored."""
    return demand.letters_a_s + demand.pauses_a_s


def moments_a_s(demand: Demand) -> float:
    """Partials and statuses a second and room."""
    return demand.frames_a_s + 1 / demand.heartbeat_s


def sessions_a_worker(demand: Demand, costs: Costs, reading: Reading) -> int:
    """Cameras that a worker process takes on its core, as planned; at least one."""
    streams = costs.streams_a_core[reading] * STREAM_FRAMES_A_S / demand.frames_a_s
    return max(1, math.floor(demand.utilization * streams))


def places_for(rooms: int, demand: Demand) -> int:
    """Cameras that the workers must have room for, so that few offers find no place (Erlang B)."""
    return servers_for(rooms, demand.most_refused)


def gateways_of_a_room(gateways: int, viewers: float) -> float:
    """Mean number of gateways that a room is open at, when each of its viewers connects to any gateway."""
    return gateways * (1 - (1 - 1 / gateways) ** viewers) if gateways > 1 else min(1.0, viewers)


def load_cpu(workers: float, demand: Demand, costs: Costs) -> float:
    """CPU time a second that each worker needs for the loads of the others, in cores."""
    return workers / demand.announce_s * (costs.received_us + costs.load.us(workers)) / 1e6


def watch_cpu(workers: float, demand: Demand, costs: Costs) -> float:
    """CPU time a second that each gateway needs to know all workers and their cameras, in cores."""
    lists_us = workers / demand.heartbeat_s * (costs.received_us + costs.cameras.us(workers))
    return (lists_us + workers / demand.announce_s * costs.received_us) / 1e6


def workers_for(rooms: int, demand: Demand, costs: Costs, reading: Reading) -> int:
    """Worker processes that a number of rooms needs."""
    return math.ceil(places_for(rooms, demand) / sessions_a_worker(demand, costs, reading))


def gateway_cpu(rooms: int, workers: int, gateways: int, demand: Demand, costs: Costs) -> float:
    """CPU time a second that one gateway needs, in cores."""
    open_rooms = rooms * gateways_of_a_room(gateways, demand.viewers_a_room) / gateways
    viewers = rooms * demand.viewers_a_room / gateways
    sent_us = viewers * (kept_a_s(demand) * costs.letter_us + moments_a_s(demand) * costs.partial_us)
    received_us = open_rooms * (kept_a_s(demand) + moments_a_s(demand)) * costs.received_us
    return (sent_us + received_us) / 1e6 + watch_cpu(workers, demand, costs)


def gateways_for(rooms: int, workers: int, demand: Demand, costs: Costs) -> int | None:
    """The fewest gateways whose cores are used as planned; None if no number is enough.

    More gateways share the viewers, but each watches all cameras.
    """
    if watch_cpu(workers, demand, costs) >= demand.utilization:
        return None
    numbers = range(1, MOST_GATEWAYS)
    return numbers[
        bisect_left(
            numbers, True, key=lambda count: gateway_cpu(rooms, workers, count, demand, costs) <= demand.utilization
        )
    ]


def needs(rooms: int, demand: Demand, costs: Costs, reading: Reading) -> Needs | None:
    """What one cluster needs for a number of rooms; None if no number of gateways is enough.

    Args:
        rooms: rooms with a live camera, at the peak; 1 or more.
        demand: what people do.
        costs: what was measured.
        reading: which networks read.
    """
    workers = workers_for(rooms, demand, costs, reading)
    gateways = gateways_for(rooms, workers, demand, costs)
    if gateways is None:
        return None
    at_gateways = gateways_of_a_room(gateways, demand.viewers_a_room)
    stored, moments = rooms * kept_a_s(demand), rooms * moments_a_s(demand)
    loads, lists = workers / demand.announce_s, workers / demand.heartbeat_s
    announced = loads * (workers + gateways) + lists * gateways
    delivered = (moments + stored) * at_gateways + announced
    relay_mb_s = rooms * demand.relayed * demand.stream_mb_s
    stored_us = stored * costs.store_cpu_us
    routed_us = (moments + loads + lists) * costs.routed_in_us + delivered * costs.routed_out_us
    return Needs(
        rooms=rooms,
        workers=workers,
        gateways=gateways,
        gateways_a_room=at_gateways,
        broker_cores=(stored_us + routed_us) / 1e6,
        relay_mb_s=relay_mb_s,
        relay_cores=relay_mb_s * costs.relay_cores_a_mb_s(),
        viewer_kb_s=(kept_a_s(demand) * costs.letter_bytes + moments_a_s(demand) * costs.partial_bytes) / 1000,
        stored_a_s=stored,
        moments_a_s=moments * at_gateways,
        announced_a_s=announced,
        worker_mb=rooms * costs.camera_kb / 1000 / workers,
        gateway_mb=rooms * demand.viewers_a_room * costs.viewer_kb / 1000 / gateways,
        broker_mb=rooms * costs.room_kb / 1000,
        disk_gb=rooms * MAX_EVENTS * costs.letter_bytes / 1e9,
    )
