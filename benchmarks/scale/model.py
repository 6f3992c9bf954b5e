"""What a number of rooms asks of each part of one cluster: rates, cores, memory and bandwidth."""

from __future__ import annotations

import math
from dataclasses import dataclass

from benchmarks.scale.costs import Costs, Reading
from benchmarks.scale.demand import Demand
from benchmarks.scale.erlang import servers_for

MAX_EVENTS = 2_000
"""Events that the stream keeps of a room, as the embedded log does."""

ERLANG_UP_TO = 20_000
"""Rooms up to which places are computed with Erlang's formula; with more, the reserve is below a percent."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one cluster needs for a number of rooms. Cores are CPU time a second, before the planned utilization.

    Attributes:
        rooms: rooms with a live camera.
        places: cameras for which the workers have room, so that few offers are refused.
        workers: worker processes, one a core.
        gateways: gateway processes, one a core.
        gateways_a_room: gateways that have a room open, on average.
        broker_cores: CPU time of NATS: storing, routing and registry.
        relay_mb_s: Mb/s that the TURN relays receive; they send as much.
        media_mb_s: Mb/s that the workers receive.
        viewer_kb_s: kB/s sent to one viewer.
        stored_a_s: events a second stored in the captions stream.
        puts_a_s: registry puts a second.
        moments_in_a_s, moments_out_a_s: partials and statuses into and out of NATS.
        announced_a_s: announcements of load delivered to all workers.
        worker_mb, gateway_mb: memory of all cameras and viewers, without that of the processes themselves.
        broker_mb: memory of the stream's subjects.
        disk_gb: captions kept, when each room has reached the most events that are kept.
    """

    rooms: int
    places: int
    workers: int
    gateways: int
    gateways_a_room: float
    broker_cores: float
    relay_mb_s: float
    media_mb_s: float
    viewer_kb_s: float
    stored_a_s: float
    puts_a_s: float
    moments_in_a_s: float
    moments_out_a_s: float
    announced_a_s: float
    worker_mb: float
    gateway_mb: float
    broker_mb: float
    disk_gb: float

    @property
    def cores(self) -> int:
        """Cores of workers, gateways and NATS; without the relays."""
        return self.workers + self.gateways + math.ceil(self.broker_cores)


def places_for(rooms: int, most_refused: float) -> int:
    """Cameras that the workers must have room for, so that at most a share ``most_refused`` of the offers is refused."""
    return servers_for(rooms, most_refused) if rooms <= ERLANG_UP_TO else rooms


def sessions_a_worker(demand: Demand, costs: Costs, reading: Reading) -> int:
    """Cameras that a worker process takes on its core, as planned; at least one."""
    return max(1, math.floor(demand.utilization * costs.streams_a_core(reading, demand.frames_a_s)))


def gateways_of_a_room(gateways: int, viewers: float) -> float:
    """Mean number of gateways that a room is open at, when each of its viewers connects to any gateway."""
    return gateways * (1 - (1 - 1 / gateways) ** viewers) if gateways > 1 else min(1.0, viewers)


def gateway_cpu(rooms: int, gateways: int, demand: Demand, costs: Costs) -> float:
    """CPU time a second that one gateway needs, in cores."""
    kept_a_s = demand.letters_a_s + demand.pauses_a_s
    moments_a_s = demand.frames_a_s + 1 / demand.heartbeat_s
    open_rooms = rooms * gateways_of_a_room(gateways, demand.viewers_a_room) / gateways
    viewers = rooms * demand.viewers_a_room / gateways
    sent_us = viewers * (kept_a_s + moments_a_s) * costs.delivery_us
    received_us = open_rooms * (kept_a_s + moments_a_s) * costs.received_us
    watched_us = rooms / demand.heartbeat_s * costs.watched_us
    return (sent_us + received_us + watched_us) / 1e6


def gateways_for(rooms: int, demand: Demand, costs: Costs) -> int | None:
    """The fewest gateways whose cores are used as planned; None if no number is enough.

    More gateways share the viewers, but each watches all cameras.
    """
    if rooms / demand.heartbeat_s * costs.watched_us / 1e6 >= demand.utilization:
        return None
    low, high = 0, 1
    while gateway_cpu(rooms, high, demand, costs) > demand.utilization:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if gateway_cpu(rooms, middle, demand, costs) > demand.utilization:
            low = middle
        else:
            high = middle
    return high


def needs(rooms: int, demand: Demand, costs: Costs, reading: Reading) -> Needs | None:
    """What one cluster needs for a number of rooms; None if no number of gateways is enough.

    Args:
        rooms: rooms with a live camera, at the peak; 1 or more.
        demand: what people do.
        costs: what was measured.
        reading: which networks read.
    """
    gateways = gateways_for(rooms, demand, costs)
    if gateways is None:
        return None
    places = places_for(rooms, demand.most_refused)
    workers = math.ceil(places / sessions_a_worker(demand, costs, reading))
    kept_a_s = demand.letters_a_s + demand.pauses_a_s
    moments_a_s = demand.frames_a_s + 1 / demand.heartbeat_s
    at_gateways = gateways_of_a_room(gateways, demand.viewers_a_room)
    stored, puts = rooms * kept_a_s, rooms / demand.heartbeat_s
    moments_in, moments_out = rooms * moments_a_s, rooms * moments_a_s * at_gateways
    announced = workers * workers / demand.announce_s
    republished, watched = stored * at_gateways, puts * gateways
    delivered = moments_out + announced + republished + watched
    routed_us = costs.routed_in_us * (moments_in + workers / demand.announce_s) + costs.routed_out_us * delivered
    broker_us = stored * costs.publish_us + puts * costs.put_cpu_us + routed_us
    return Needs(
        rooms=rooms,
        places=places,
        workers=workers,
        gateways=gateways,
        gateways_a_room=at_gateways,
        broker_cores=broker_us / 1e6,
        relay_mb_s=rooms * demand.relayed * demand.stream_mb_s,
        media_mb_s=rooms * demand.stream_mb_s,
        viewer_kb_s=(kept_a_s * costs.letter_bytes + moments_a_s * costs.partial_bytes) / 1000,
        stored_a_s=stored,
        puts_a_s=puts,
        moments_in_a_s=moments_in,
        moments_out_a_s=moments_out,
        announced_a_s=announced,
        worker_mb=rooms * costs.camera_kb / 1000,
        gateway_mb=rooms * demand.viewers_a_room * costs.viewer_kb / 1000,
        broker_mb=rooms * costs.room_kb / 1000,
        disk_gb=rooms * MAX_EVENTS * costs.letter_bytes / 1e9,
    )
