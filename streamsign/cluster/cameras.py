"""The cameras of a cluster, as a gateway sees them: offered to workers, listed by them, and found by their keys."""

from __future__ import annotations

import asyncio
import logging
import re
import secrets
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import partial

from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.errors import Error, NoRespondersError

from streamsign.cluster.camera_messages import (
    CAMERAS,
    CAMERAS_NOW,
    END,
    OFFERS,
    SPARE_OFFERS,
    WORKERS,
    Answer,
    CameraList,
    CameraReply,
    CameraRequest,
    End,
    Load,
    Offer,
    SentGrant,
    SentIceServer,
    worker_subject,
)
from streamsign.cluster.claims import Claims
from streamsign.cluster.connection import end, reason
from streamsign.cluster.messages import read
from streamsign.cluster.placement import FORGET_S as HEARD_S
from streamsign.cluster.placement import least_loaded, no_answer, no_place
from streamsign.cluster.read_sessions import ReadSessions
from streamsign.errors import OfferError
from streamsign.recognition.model import Model
from streamsign.server.cameras.pool import (
    SENDS_AGAIN,
    TAKEN_OVER,
    CameraOffer,
    CameraPool,
    FoundCamera,
    LiveCamera,
    OpenedCamera,
    beyond_limit,
)
from streamsign.server.grants.holds import Holds
from streamsign.server.http.problems import Problem
from streamsign.settings import Settings
from streamsign.state.grants import Grant
from streamsign.webrtc.event_channels import LOOK_S
from streamsign.webrtc.ice import IceServers

logger = logging.getLogger(__name__)

ANSWER_S = 1.75
"""Wait for the answer of one worker. Two of them may be asked, and the phone page gives up an offer after 4 s."""

TRIES = 6
"""Requests with which an offer is sent to workers before it is rejected."""

TRY_AGAIN_S = 0.03
"""Pause between two of them: the workers announce their loads meanwhile."""

OPERATION_S = 2.0
"""Wait for a worker's answer about one of its cameras."""

FORGET_S = 6.0
"""Time after which the cameras of a worker that lists none are forgotten: three lists."""

_KEY = re.compile(r"([0-9a-f]{8})\.[A-Za-z0-9_-]{16,64}")


@dataclass(eq=False)
class RemoteCamera(LiveCamera):
    """A camera that a worker reads. ``held`` ends it with its grant."""

    worker: str
    session: str
    room: str
    grant: Grant | None
    held: ExitStack = field(default_factory=ExitStack)

    @property
    def session_id(self) -> str:
        """See :class:`LiveCamera`."""
        return self.session

    @property
    def room_name(self) -> str:
        """See :class:`LiveCamera`."""
        return self.room


class RemoteCameras(CameraPool):
    """Hands cameras to workers, and knows which of them reads what.

    Args:
        settings: the limits.
        client: connection to NATS.
        model: which the workers read with.
        holds: end cameras with their grants.
        claims: order the offers for one room.

    Attributes:
        offers: counts of the workers' answers to offers: "open", "elsewhere" and "refused"; "none" where a worker did
            not answer in time, and "nobody" where none asked for offers. An offer may be sent several times.
        workers_ended: counts of the workers that ended: "drained", or "gone" without notice.
    """

    def __init__(self, settings: Settings, client: Client, model: Model, holds: Holds, claims: Claims) -> None:
        self.model = model
        secret = settings.turn_secret.get_secret_value() if settings.turn_secret else None
        self.ice = IceServers(settings.ice_servers, secret)
        self._settings = settings
        self._client = client
        self._holds = holds
        self._claims = claims
        self._cameras: dict[str, RemoteCamera] = {}
        self._loads: dict[str, tuple[Load, float]] = {}
        self._lists: dict[str, tuple[frozenset[str], float]] = {}
        """The sessions that each worker listed last, and when."""
        self._read = ReadSessions()
        self._on_end: dict[str, Callable[[], None]] = {}
        self.offers = Counter(dict.fromkeys(("open", "elsewhere", "refused", "none", "nobody"), 0))
        self.workers_ended = Counter({"drained": 0, "gone": 0})
        self._ending: set[asyncio.Task[None]] = set()
        self._forgetting: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to hear of workers and their cameras."""
        await self._client.subscribe(CAMERAS, cb=self._heard_cameras)
        await self._client.subscribe(WORKERS, cb=self._heard_load)
        await self._client.publish(CAMERAS_NOW)
        await self._client.flush()
        self._forgetting = asyncio.ensure_future(self._forget_silent())

    def __iter__(self) -> Iterator[RemoteCamera]:
        """See :class:`CameraPool`."""
        return iter(list(self._cameras.values()))

    def __len__(self) -> int:
        """See :class:`CameraPool`."""
        return len(self._cameras)

    async def publish(self, offer: CameraOffer) -> OpenedCamera:
        """See :meth:`CameraPool.publish`."""
        async with self._alone(offer):
            claimed = [camera for camera in offer.claim() if not (offer.moving and camera.session_id == offer.former)]
            device = None if offer.grant is None else offer.grant.holder
            replaced = beyond_limit(self, device, self._settings.sessions_per_device)
            known = self._cameras.get(offer.former) if offer.moving else None
            # Its worker ends it: a caller that may send to one room must not end a camera of another one.
            former = known if known is not None and known.room == offer.room else None
            session = secrets.token_hex(4)
            continues, until_s = self._read.continued(offer.former)
            ice_servers = self.ice.for_session(session)
            sent = Offer(
                session=session,
                room=offer.room,
                sdp=offer.sdp,
                grant=None if offer.grant is None else SentGrant.of(offer.grant),
                expires=offer.expires,
                ice_servers=[SentIceServer.of(server) for server in ice_servers],
                former="" if former is None else former.session,
                former_worker="" if former is None else former.worker,
                continues=continues,
                continues_until_s=until_s,
            )
            self._on_end[session] = offer.on_end  # before a worker lists it, because it may end at once
            try:
                answer = await self._place(sent)
            except BaseException:
                self._on_end.pop(session, None)
                raise
        await self.end_all([camera for camera in replaced if camera is not former], SENDS_AGAIN)
        await self.end_all(claimed, TAKEN_OVER)
        return OpenedCamera(answer.sdp, answer.key, answer.etag, session, ice_servers)

    @asynccontextmanager
    async def _alone(self, offer: CameraOffer) -> AsyncIterator[None]:
        """Let no other offer that asks for it enter the room in the block."""
        if not offer.exclusive:
            yield
            return
        async with self._claims.hold(offer.room):
            yield

    async def _place(self, offer: Offer) -> Answer:
        """The answer of the first worker that takes a camera.

        Raises:
            OfferError: the offer cannot be answered.
            Problem: no worker takes it.
        """
        problem: Problem | None = None
        silent = False
        self._require_nats()
        # To the least loaded worker. To any that has a place where none counts as that, because one was lost, and where
        # so many cameras arrive together that others were faster each time.
        subject = OFFERS
        for attempt in range(TRIES):
            try:
                sent = await self._client.request(subject, offer.encoded(), ANSWER_S)
            except NoRespondersError:
                if subject == SPARE_OFFERS:
                    await asyncio.sleep(TRY_AGAIN_S)
                subject = OFFERS if subject == SPARE_OFFERS else SPARE_OFFERS
                self.offers["nobody"] += 1
                continue
            except (Error, TimeoutError) as error:
                self.offers["none"] += 1
                logger.warning("Worker did not answer an offer session=%s: %s", offer.session, reason(error))
                await self._client.publish(END, End(session=offer.session, reason=TAKEN_OVER).encoded())
                worker = "" if silent else least_loaded(self._fresh_loads(HEARD_S))
                problem, silent = no_answer(), True
                if not worker:
                    break
                subject = worker_subject(worker, "offer")
                continue
            answer = read(Answer, sent.data) or Answer(status="elsewhere")
            self.offers[answer.status] += 1
            if answer.status == "open" and not answer.is_to(offer):
                logger.error("A worker answered for another session or room session=%s", offer.session)
                await self._client.publish(END, End(session=offer.session, reason=TAKEN_OVER).encoded())
                continue
            if answer.status == "open":
                logger.info("Session placed session=%s room=%s attempts=%d", offer.session, offer.room, attempt + 1)
                return answer
            if answer.problem is not None:
                problem = answer.problem.problem()
                if answer.status == "refused":
                    if problem.reason == "bad_offer":
                        raise OfferError(problem.detail, problem.next_step)
                    raise problem
            await asyncio.sleep(TRY_AGAIN_S)
            subject = SPARE_OFFERS if attempt + 1 >= TRIES // 2 else OFFERS
        raise problem or no_place(self._fresh_loads())

    def _require_nats(self) -> None:
        if not self._client.is_connected:  # the client would send it later
            raise Problem(
                503, "nats_away", "NATS does not answer.", "Wait until NATS runs again.", {"Retry-After": "1"}
            )

    def _fresh_loads(self, within_s: float = FORGET_S / 2) -> list[Load]:
        now_s = time.monotonic()
        return [load for load, at_s in self._loads.values() if now_s - at_s < within_s]

    @property
    def workers(self) -> int:
        """Workers that run."""
        return len(self._fresh_loads())

    # One camera

    async def lookup(self, key: str) -> FoundCamera | None:
        """See :meth:`CameraPool.lookup`.

        Raises:
            Problem: 503, NATS does not answer: whether the camera is connected is not known.
        """
        self._require_nats()
        reply = await self._ask("camera", CameraRequest(key=key))
        return None if reply is None else FoundCamera(reply.room, reply.etag, frozenset(reply.ice_ufrags))

    async def add_candidates(self, key: str, candidates: Sequence[tuple[str, str]]) -> None:
        """See :meth:`CameraPool.add_candidates`."""
        reply = await self._ask("candidates", CameraRequest(key=key, candidates=list(candidates)))
        if reply is not None and reply.problem is not None:
            raise OfferError(reply.problem.detail, reply.problem.next_step)

    async def end(self, key: str) -> None:
        """See :meth:`CameraPool.end`."""
        await self._ask("end", CameraRequest(key=key))

    async def end_all(self, cameras: Iterable[LiveCamera], reason: str) -> None:
        """See :meth:`CameraPool.end_all`."""
        named = [self._cameras[each.session_id] for each in cameras if each.session_id in self._cameras]
        requests = (self._ask("end", CameraRequest(session=each.session, reason=reason), each.worker) for each in named)
        await asyncio.gather(*requests)

    async def look(self, session: str, sdp: str) -> str | None:
        """See :meth:`CameraPool.look`."""
        camera = self._cameras.get(session)
        if camera is None:
            return None
        request = CameraRequest(session=session, sdp=sdp)
        reply = await self._ask("look", request, camera.worker, LOOK_S + OPERATION_S)
        if reply is not None and not reply.sdp:
            raise TimeoutError
        return None if reply is None else reply.sdp

    async def _ask(
        self, operation: str, request: CameraRequest, worker: str = "", wait_s: float = OPERATION_S
    ) -> CameraReply | None:
        """A worker's reply about one of its cameras; None if the camera has ended, or the worker does not answer."""
        if not worker:
            named = _KEY.fullmatch(request.key)
            if named is None:
                return None
            worker = named[1]
        try:
            sent = await self._client.request(worker_subject(worker, operation), request.encoded(), wait_s)
        except NoRespondersError:
            return None
        except (Error, TimeoutError) as error:
            logger.warning("Worker does not answer worker=%s operation=%s: %s", worker, operation, reason(error))
            return None
        reply = read(CameraReply, sent.data)
        return reply if reply is not None and reply.found else None

    # The list of cameras

    async def _heard_load(self, message: Msg) -> None:
        load = read(Load, message.data)
        if load is not None:
            self._loads[load.worker] = load, time.monotonic()

    async def _heard_cameras(self, message: Msg) -> None:
        listed = read(CameraList, message.data)
        if listed is None:
            return
        before, _ = self._lists.get(listed.worker, (frozenset[str](), 0.0))
        there = frozenset(each.session for each in listed.cameras)
        self._lists[listed.worker] = there, time.monotonic()
        self._forget(listed.worker, before - there)
        for each in listed.cameras:
            self._read.heard(each)
            if each.session not in self._cameras:
                grant = None if each.grant is None else each.grant.grant()
                camera = self._cameras[each.session] = RemoteCamera(listed.worker, each.session, each.room, grant)
                close = partial(self._end_one, camera)
                camera.held.enter_context(self._holds.hold(grant, close, expires=False))  # its worker knows when

    def _forget(self, worker: str, sessions: Iterable[str]) -> None:
        """Forget sessions that a worker no longer has."""
        for session in sessions:
            camera = self._cameras.get(session)
            if camera is not None and camera.worker == worker:
                del self._cameras[session]
                camera.held.close()
                self._on_end.pop(session, lambda: None)()

    async def _forget_silent(self) -> None:
        """Forget the cameras of workers that no longer send a list."""
        while True:
            await asyncio.sleep(FORGET_S / 4)
            now_s = time.monotonic()
            if not self._client.is_connected:  # no worker can be heard
                self._lists = {worker: (sessions, now_s) for worker, (sessions, _) in self._lists.items()}
            for worker in [worker for worker, (_, at_s) in self._lists.items() if now_s - at_s > FORGET_S]:
                sessions, _ = self._lists.pop(worker)
                load, _ = self._loads.pop(worker, (None, 0.0))
                drained = load is not None and load.draining
                self.workers_ended["drained" if drained else "gone"] += 1
                if not drained:
                    logger.warning("Worker is gone worker=%s", worker)
                self._forget(worker, sessions)

    def _end_one(self, camera: RemoteCamera, reason: str) -> None:
        task = asyncio.ensure_future(self.end_all([camera], reason))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    # CameraPool

    def has_source(self, room: str) -> bool:
        """See :meth:`CameraPool.has_source`. Gateways fetch no network cameras."""
        return False

    async def ended(self) -> None:
        """See :meth:`CameraPool.ended`."""
        await asyncio.gather(*self._ending)

    async def close_all(self) -> None:
        """See :meth:`CameraPool.close_all`. The workers continue to read."""
        await end(self._forgetting)
        await self.ended()
        for camera in self:
            camera.held.close()
