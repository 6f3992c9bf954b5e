"""A worker: reads the cameras that gateways offer it, and writes their letters to the log of the cluster."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error

from streamsign.captions.rooms import CaptionRooms
from streamsign.cluster.camera_messages import (
    CAMERAS,
    CAMERAS_NOW,
    END,
    OFFERS,
    QUEUE,
    SPARE_OFFERS,
    WORKERS,
    Answer,
    CameraList,
    CameraRequest,
    End,
    HandedOver,
    ListedCamera,
    Load,
    Offer,
    SentGrant,
    SentProblem,
    worker_subject,
)
from streamsign.cluster.connection import end
from streamsign.cluster.handover import SessionWriter
from streamsign.cluster.messages import Message, read
from streamsign.cluster.operations import HAND_OVER_S, MOVED, CameraOperations
from streamsign.cluster.placement import Placement
from streamsign.errors import OfferError
from streamsign.recognition.model import Model
from streamsign.server.cameras.camera import Camera
from streamsign.server.cameras.registry import Cameras
from streamsign.server.grants.holds import Holds
from streamsign.server.http.problems import Problem
from streamsign.server.metrics.collector import Metrics
from streamsign.server.rooms.names import room_named
from streamsign.settings import Settings
from streamsign.webrtc.session import CameraSession

logger = logging.getLogger(__name__)

ANNOUNCE_EVERY_S = 0.5
"""How often a worker announces its load."""

LIST_EVERY_S = 2.0
"""How often it announces its cameras."""

ASK_EVERY_S = 1.0
"""How often a worker that drains asks its cameras to move."""

AWAY_S = 3.0
"""Time without NATS after which a worker that drains ends its cameras: they cannot move without it."""

DRAINED = "The worker stopped."
"""Reason with which a camera ends."""


class Worker:
    """Reads cameras of a cluster.

    Args:
        settings: the limits and how cameras are read.
        client: connection to NATS.
        model: reads the letters.
        rooms: the rooms of the cluster.
        threads: that read frames.

    Attributes:
        name: random, new for each process.
        metrics: what it measures.
        draining: whether it takes no more cameras and asks those it has to move.
        begun: counts of its sessions: "new" ones, "moved" ones, and "again" for cameras that have connected again.
    """

    def __init__(self, settings: Settings, client: Client, model: Model, rooms: CaptionRooms, threads: int) -> None:
        self.name = secrets.token_hex(4)
        self.metrics = Metrics()
        self.draining = False
        self.begun = Counter({"new": 0, "moved": 0, "again": 0})
        self._settings = settings
        self._client = client
        self._rooms = rooms
        self._executor = ThreadPoolExecutor(threads, "recognition")
        self._holds = Holds(lambda _: False)  # gateways know what is revoked, and end the camera
        self.cameras = Cameras(
            settings, model, rooms, self._executor, threads, self.metrics, self._holds, f"{self.name}."
        )
        self.cameras.on_end = self._changed
        self._placement = Placement(self.name)
        self._accepted: set[str] = set()
        self._writers: dict[str, SessionWriter] = {}
        self._operations = CameraOperations(self.cameras, self._writers)
        self._groups: dict[str, Subscription] = {}
        self._joining = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._announcing: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to take cameras; NATS sends it offers when this returns."""
        await self._client.subscribe(worker_subject(self.name, "*"), cb=self._beside(self._operate))
        await self._client.subscribe(END, cb=self._beside(self._end))
        await self._client.subscribe(CAMERAS_NOW, cb=self._beside(self._announce_on_request))
        await self._client.subscribe(WORKERS, cb=self._heard)
        await self._client.publish(CAMERAS_NOW)
        await self._send_load()
        await self._client.flush()
        self._announcing = asyncio.ensure_future(self._announce_often())
        logger.info("Worker started worker=%s", self.name)

    @property
    def sessions(self) -> int:
        """Its cameras, those whose offers it answers included."""
        return len({camera.session_id for camera in self.cameras} | self._accepted)

    @property
    def takes(self) -> bool:
        """Whether it may take one more camera."""
        return not self.draining and self.sessions < self._settings.max_sessions and self.cameras.admission.open

    async def drain(self, limit_s: float) -> None:
        """Take no more cameras, and let those that are here move to other workers.

        Cameras that cannot be asked end at once: they connect again. So do all that are here after ``limit_s``, or when
        NATS has been out of reach for :data:`AWAY_S`.
        """
        self.draining = True
        self._changed()
        logger.info("Worker drains worker=%s cameras=%d", self.name, len(self.cameras))
        until_s = time.monotonic() + limit_s
        asked: set[str] = set()
        while self.sessions and time.monotonic() < until_s and self._rooms.away_s < AWAY_S:
            for camera in self.cameras:
                state = camera.session.state
                if camera.session.ask_to_move():
                    asked.add(camera.session_id)
                elif camera.session_id not in asked and state == "live":
                    self._start(camera.session.close(DRAINED))
            await asyncio.sleep(ASK_EVERY_S if asked else 0.1)
        await self.cameras.end_all(self.cameras, DRAINED)

    async def close(self) -> None:
        """Stop. Cameras that are still here end."""
        self.draining = True
        await end(self._announcing)
        await self._join()
        self._holds.close()
        await self.cameras.close_all()
        await self._announce()
        for writer in self._writers.values():
            writer.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)
        await self._rooms.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    # Load

    def _changed(self) -> None:
        for session in self._writers.keys() - {camera.session_id for camera in self.cameras} - self._accepted:
            self._writers.pop(session).close()
        self._start(self._announce())

    async def _announce_often(self) -> None:
        listed_s = 0.0
        while True:
            now_s = time.monotonic()
            if now_s - listed_s >= LIST_EVERY_S:
                listed_s = now_s
                await self._send(CAMERAS, self._list())
            await self._send_load()
            await asyncio.sleep(ANNOUNCE_EVERY_S)

    async def _announce(self) -> None:
        await self._send(CAMERAS, self._list())
        await self._send_load()

    async def _send_load(self) -> None:
        load = Load(
            worker=self.name,
            sessions=self.sessions,
            max_sessions=self._settings.max_sessions,
            takes=self.takes,
            draining=self.draining,
        )
        await self._send(WORKERS, load)
        await self._join()

    def _list(self) -> CameraList:
        return CameraList(worker=self.name, cameras=[self._listed(camera) for camera in self.cameras])

    def _listed(self, camera: Camera) -> ListedCamera:
        grant = None if camera.grant is None else SentGrant.of(camera.grant)
        writer = self._writers.get(camera.session_id)
        captured_s = 0.0 if writer is None else writer.captured_s
        return ListedCamera(
            session=camera.session_id,
            room=camera.room_name,
            grant=grant,
            captured_s=captured_s,
            continues=camera.session.room.continuity.former_of(camera.session_id),
        )

    async def _heard(self, message: Msg) -> None:
        load = read(Load, message.data)
        if load is not None and load.worker != self.name:
            self._placement.heard(load, time.monotonic())
            await self._join()

    async def _announce_on_request(self, _: Msg) -> None:
        await self._announce()

    async def _join(self) -> None:
        """Be in the queue groups that this worker should be in."""
        async with self._joining:
            wanted: set[str] = set()
            if not self._client.is_closed:
                wanted = {subject for subject in (SPARE_OFFERS, OFFERS) if self._may_take(subject)}
            for subject in wanted - self._groups.keys():
                answer = self._beside(partial(self._answer, subject))
                self._groups[subject] = await self._client.subscribe(subject, queue=QUEUE, cb=answer)
            for subject in self._groups.keys() - wanted:
                # Drained, not unsubscribed: an offer may be on its way, and is answered with "elsewhere".
                self._start(self._leave(self._groups.pop(subject)))

    async def _leave(self, group: Subscription) -> None:
        if not self._client.is_closed:
            with contextlib.suppress(Error):  # NATS is away, and forgets the group by itself
                await group.drain()  # type: ignore[no-untyped-call]

    # Offers

    async def _answer(self, subject: str, message: Msg) -> None:
        offer = read(Offer, message.data)
        if offer is None or not self._may_take(subject):
            answer = Answer(status="elsewhere")
        else:
            self._accepted.add(offer.session)
            self._start(self._send_load())
            try:
                answer = await self._open(offer)
            finally:
                self._accepted.discard(offer.session)
            await self._announce()
        await self._reply(message, answer)

    def _may_take(self, subject: str) -> bool:
        """Whether this worker takes an offer on a subject; those on :data:`OFFERS` are for the least loaded ones."""
        return self.takes and (subject != OFFERS or self._placement.is_next(self.sessions, time.monotonic()))

    async def _open(self, offer: Offer) -> Answer:
        grant = None if offer.grant is None else offer.grant.grant()
        try:
            self.cameras.require_place(None if grant is None else grant.holder)
            room = await room_named(self._rooms, offer.room)
            camera, sdp = await self.cameras.open(
                offer.sdp,
                room,
                grant,
                expires=offer.expires,
                session_id=offer.session,
                ice_servers=tuple(each.server() for each in offer.ice_servers),
                before=partial(self._write, offer),
                limited=False,
            )
        except OfferError as error:
            return Answer(status="refused", problem=SentProblem.of(Problem.of(400, "bad_offer", error)))
        except Problem as problem:
            return Answer(status="elsewhere", problem=SentProblem.of(problem))
        self.begun["moved" if offer.former else "again" if offer.continues else "new"] += 1
        logger.info(
            "Session opened session=%s room=%s former=%s gateway_release=%s",
            offer.session,
            offer.room,
            offer.former or offer.continues or "-",
            offer.release,
        )
        return Answer(
            status="open",
            sdp=sdp,
            key=camera.key,
            etag=camera.etag,
            session=camera.session_id,
            room=camera.room_name,
        )

    def _write(self, offer: Offer, session: CameraSession) -> None:
        former = partial(self._end_former, offer) if offer.former and offer.former_worker else None
        session.room.continuity.follow(offer.session, offer.continues, offer.continues_until_s)
        writer = SessionWriter(session.room, offer.session, offer.former, former)
        self._writers[offer.session] = writer
        session.write_to(writer)

    async def _end_former(self, offer: Offer) -> HandedOver | None:
        subject = worker_subject(offer.former_worker, "hand-over")
        try:
            sent = await self._client.request(subject, CameraRequest(session=offer.former).encoded(), HAND_OVER_S)
        except (Error, TimeoutError) as error:
            logger.warning(
                "Former session does not answer session=%s former=%s: %s", offer.session, offer.former, error
            )
            await self._send(END, End(session=offer.former, reason=MOVED))
            return None
        return read(HandedOver, sent.data)

    # Operations of one camera

    async def _operate(self, message: Msg) -> None:
        operation = message.subject.rpartition(".")[2]
        if operation == "offer":  # of a gateway to which another worker did not answer
            await self._answer(message.subject, message)
        elif (request := read(CameraRequest, message.data)) is not None:
            await self._reply(message, await self._operations.operate(operation, request))

    async def _end(self, message: Msg) -> None:
        if (request := read(End, message.data)) is not None:
            await self._operations.end(request)

    # NATS

    def _beside(self, handle: Callable[[Msg], Coroutine[Any, Any, None]]) -> Callable[[Msg], Coroutine[Any, Any, None]]:
        """A callback that handles each message in a task of its own: one that takes long must not hold up the next."""

        async def take(message: Msg) -> None:
            self._start(handle(message))

        return take

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            logger.error("Worker failed on a message worker=%s", self.name, exc_info=error)

    async def _reply(self, message: Msg, answer: Message) -> None:
        if message.reply:
            await self._send(message.reply, answer)

    async def _send(self, subject: str, message: Message) -> None:
        try:
            await self._client.publish(subject, message.encoded())
        except Error as error:  # NATS is away for long, or the worker ends
            logger.debug("Not sent subject=%s: %s", subject, error)
