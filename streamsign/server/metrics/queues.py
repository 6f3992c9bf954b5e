"""GET /debug/queues: the statistics of every queue, to find where a delay comes from."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Depends

from streamsign.captions.store import StoreStatistics
from streamsign.captions.subscription import RoomStatistics, SubscriptionStatistics
from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.guards import require_owner
from streamsign.server.http.problems import problems
from streamsign.server.parts import Parts
from streamsign.webrtc.fair_share import FairShareStatistics
from streamsign.webrtc.intake import IntakeStatistics
from streamsign.webrtc.reader import ReaderStatistics

router = APIRouter(tags=["monitoring"])

SLOWEST = 10
"""Viewers of a room that are listed."""


@dataclass(frozen=True, slots=True)
class CameraQueues:
    """One camera: its public name, its room, and what waits between its socket and its letters."""

    session: str
    room: str
    intake: IntakeStatistics
    reader: ReaderStatistics


@dataclass(frozen=True, slots=True)
class RoomQueues:
    """One room, what of it waits for the durable log, and its viewers that are furthest behind."""

    room: str
    waiting: int
    counts: RoomStatistics
    slowest: list[SubscriptionStatistics]


@dataclass(frozen=True, slots=True)
class Queues:
    """Every queue of the server.

    Attributes:
        turns: cameras that wait for a recognition thread; null where workers read them.
        admits: whether the processor has room for one more camera.
        cameras: the connected ones.
        rooms: those in memory.
        log: events on their way to the disk; null without a caption log.
        codes: pairing codes that are stored, valid or not.
    """

    turns: FairShareStatistics | None
    admits: bool
    cameras: list[CameraQueues]
    rooms: list[RoomQueues]
    log: StoreStatistics | None
    codes: int


@router.get("/debug/queues", dependencies=[Depends(require_owner)], responses=problems(403))
async def get_queues(parts: Parts) -> Queues:
    """Get the statistics of every queue. Only for the person who runs streamsign."""
    here = parts.cameras if isinstance(parts.cameras, Cameras) else None
    cameras = [
        CameraQueues(session.session_id, session.room.name, *session.statistics())
        for session in (here.sessions() if here is not None else [])
    ]
    rooms = [
        RoomQueues(room.name, room.waiting, room.statistics(), room.slowest(SLOWEST)) for room in parts.rooms.all()
    ]
    log = parts.store.statistics() if parts.store is not None else None
    turns, admits = (None, True) if here is None else (here.turns.statistics(), here.admission.open)
    return Queues(turns, admits, cameras, rooms, log, len(parts.codes))
