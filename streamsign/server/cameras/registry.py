"""The cameras connected now: made from offers, found by their secret URL, closed together."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial

from streamsign.captions.room import CaptionRoom
from streamsign.captions.rooms import CaptionRooms
from streamsign.recognition.model import Model
from streamsign.recognition.reader import ReaderMode
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.adaptations.store import RoomAdaptations
from streamsign.server.cameras.admission import Admission, busy, full
from streamsign.server.cameras.camera import Camera
from streamsign.server.cameras.load import ServerLoad
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
from streamsign.server.cameras.reader_budget import ReaderBudget
from streamsign.server.cameras.source import SourceCamera
from streamsign.server.grants.holds import Holds
from streamsign.server.metrics.collector import Metrics
from streamsign.server.process.memory import give_memory_back
from streamsign.server.rooms.names import room_named
from streamsign.settings import Settings
from streamsign.state.grants import HOST_CAMERA, Grant
from streamsign.webrtc.fair_share import FairShare
from streamsign.webrtc.ice import IceServer, IceServers
from streamsign.webrtc.room_camera import RoomCamera
from streamsign.webrtc.session import CameraSession

OWNER_RESERVE = 1
"""Places that paired devices leave for the owner's own camera and programs."""

BALANCE_EVERY_S = 1.0
"""How often it is decided which sessions have the reader, by the load."""

SETTLE_S = 2.0
"""After a camera has gone its memory is given back to the system; several that go together are one work."""

_URL_BYTES = 24  # 192 random bits: the URL is as good as a key (RFC 9725, section 5)


class Cameras(CameraPool):
    """All camera sessions of a server, at most ``settings.max_sessions``.

    Args:
        settings: the limits and how cameras are read.
        model: see below.
        rooms: where letters go.
        executor: runs decoding and recognition.
        threads: how many threads it has.
        metrics: counts sessions and frames.
        holds: ends cameras with their grants.
        key_prefix: begins the secret path segment of each camera.

    Attributes:
        model: reads the letters of cameras to come; :meth:`read_with` changes it.
        adaptations: of the model to the signers of rooms.
        turns: divides the threads between cameras.
        admission: whether the processor has room for one more.
        ice: STUN and TURN servers with credentials for a session.
    """

    def __init__(
        self,
        settings: Settings,
        model: Model,
        rooms: CaptionRooms,
        executor: Executor,
        threads: int,
        metrics: Metrics,
        holds: Holds,
        key_prefix: str = "",
    ) -> None:
        self._settings = settings
        self._rooms = rooms
        self._key_prefix = key_prefix
        self._holds = holds
        self._ending: set[asyncio.Task[None]] = set()
        self.model = model
        self.adaptations = RoomAdaptations(settings.state_dir / "adaptations")
        self._executor = executor
        self.turns = FairShare(executor, threads)
        self._metrics = metrics
        self._by_key: dict[str, Camera] = {}
        self.ice = IceServers(
            settings.ice_servers, settings.turn_secret.get_secret_value() if settings.turn_secret else None
        )
        self._replaced_before = 0
        metrics.frames_replaced = lambda: self.frames_replaced
        metrics.camera_states = lambda: Counter(session.state for session in self.sessions())
        metrics.admits = lambda: self.admission.open
        metrics.max_sessions.set(settings.max_sessions)
        self._opening = 0
        self.on_end: Callable[[], None] = lambda: None
        """Called after each camera that has ended."""
        self._budget = ReaderBudget()
        self._load = ServerLoad(cores=settings.cores)
        self.admission = Admission(settings.max_cpu)
        self._balancing: asyncio.TimerHandle | None = None
        self._sources: list[SourceCamera] = []
        self._settling: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._by_key)

    def full_for(self, device: str | None, replaced: Sequence[LiveCamera] = ()) -> bool:
        """Whether one more camera of a device is one too many. A phone's camera leaves the last place for the owner.

        A camera that replaces others takes no further place.

        Args:
            device: the device, None for the publish token.
            replaced: cameras that the new one replaces, besides those of the same device.
        """
        leaving = len({camera.session_id for camera in [*self._beyond_limit(device), *replaced]})
        limit = self._settings.max_sessions
        if not leaving and device is not None and not device.startswith(HOST_CAMERA):
            limit = max(1, limit - OWNER_RESERVE)
        return self.taken - leaving >= limit

    def busy_for(self, device: str | None, replaced: Sequence[LiveCamera] = ()) -> bool:
        """Whether the processor has no room for a camera of a device; see :meth:`full_for`."""
        return not (self.admission.open or self._beyond_limit(device) or replaced)

    def require_place(self, device: str | None, replaced: Sequence[LiveCamera] = ()) -> None:
        """Check that there is room for a camera; see :meth:`full_for`.

        Raises:
            Problem: 503.
        """
        if self.full_for(device, replaced):
            raise full()
        if self.busy_for(device, replaced):
            raise busy()

    def _beyond_limit(self, device: str | None) -> list[LiveCamera]:
        return beyond_limit(self, device, self._settings.sessions_per_device)

    @property
    def taken(self) -> int:
        """Cameras, those whose offers are being answered included."""
        return len(self._by_key) + self._opening

    def __iter__(self) -> Iterator[Camera]:
        return iter(list(self._by_key.values()))

    @property
    def rooms(self) -> set[str]:
        """Names of the rooms that have a camera."""
        return {session.room.name for session in self.sessions()}

    @property
    def frames_replaced(self) -> int:
        """Frames that a newer one replaced before they were read: those of cameras here and of those that left."""
        return self._replaced_before + sum(session.frames_replaced for session in self.sessions())

    async def read_with(self, model: Model) -> None:
        """Read every camera with another model, those here and those to come.

        Raises:
            ModelError: it cannot be used; nothing has changed then.
        """
        await self._new_recognizer(model, "")
        self.model = model
        for session in self.sessions():
            session.read_with(await self._new_recognizer(model, session.room.name))

    async def read_room_again(self, room: str) -> None:
        """Read the cameras of a room as its adaptation says now."""
        for session in self.sessions():
            if session.room.name == room:
                session.read_with(await self._new_recognizer(self.model, room))

    def has_source(self, room: str) -> bool:
        """Whether the server fetches a network camera into a room."""
        return any(source.room.name == room for source in self._sources)

    async def open_source(self, url: str, room: CaptionRoom) -> None:
        """Fetch a network camera into a room until :meth:`close_all`; it is connected again when it falls silent."""
        recognizer = await self._new_recognizer(self.model, room.name)
        session_id = secrets.token_hex(4)
        source = SourceCamera(
            session_id,
            room,
            recognizer,
            self.turns.of(session_id),
            url,
            observe=self._metrics.observe,
            on_closed=self._forget,
        )
        self._sources.append(source)
        if self._balancing is None:
            self._balance()
        source.start()

    async def publish(self, offer: CameraOffer) -> OpenedCamera:
        """See :meth:`CameraPool.publish`."""
        self.require_place(offer.device, offer.claim())
        room = await room_named(self._rooms, offer.room)
        camera, answer = await self.open(
            offer.sdp,
            room,
            offer.grant,
            offer.claim,
            expires=offer.expires,
            before=lambda session: room.continuity.follow(session.session_id, offer.former),
        )
        camera.held.callback(offer.on_end)
        return OpenedCamera(answer, camera.key, camera.etag, camera.session_id, camera.ice_servers)

    async def open(
        self,
        offer: str,
        room: CaptionRoom,
        grant: Grant | None = None,
        claim: Callable[[], Sequence[LiveCamera]] = tuple,
        *,
        expires: bool = False,
        session_id: str = "",
        ice_servers: tuple[IceServer, ...] | None = None,
        before: Callable[[CameraSession], None] = lambda _: None,
        limited: bool = True,
    ) -> tuple[Camera, str]:
        """Answer an offer; the camera and the SDP answer.

        Args:
            offer: SDP.
            room: where its letters go.
            grant: what admits the camera; it ends when this is revoked. None for the publish token.
            claim: returns the cameras that this one replaces, or raises an error if it may not enter the room. It is
                called in one step with the registration: of two cameras that come at once, the second finds the first.
            expires: whether it also ends when the grant expires.
            session_id: its name; empty for a new one.
            ice_servers: STUN and TURN servers with credentials for this session; None for those of the settings.
            before: called with the session before it reads.
            limited: whether it ends the oldest of too many cameras of its device.

        Raises:
            OfferError: the offer cannot be answered.
        """
        self._opening += 1
        try:
            model = self.model
            recognizer = await self._new_recognizer(model, room.name)
            taken_over = claim()  # no await between this and the registration
            session_id = session_id or secrets.token_hex(4)
            if ice_servers is None:
                ice_servers = self.ice.for_session(session_id)
            session = CameraSession(
                session_id,
                room,
                recognizer,
                self.turns.of(session_id),
                ice_servers=ice_servers,
                advertise_address=self._settings.advertise_address,
                stall_after_s=self._settings.stall_after_s,
                close_after_s=self._settings.close_after_s,
                max_pixels=self._settings.max_pixels,
                max_frame_rate=self._settings.max_frame_rate,
                observe=self._metrics.observe,
                on_closed=self._forget,
            )
        finally:
            self._opening -= 1
        before(session)
        key, etag = self._key_prefix + secrets.token_urlsafe(_URL_BYTES), f'"{secrets.token_hex(8)}"'
        camera = Camera(key, etag, session, ice_servers, grant)
        # Counted from here on, until the session ends: _forget is its only way out.
        replaced = self._beyond_limit(camera.device) if limited else []
        self._by_key[camera.key] = camera
        camera.held.enter_context(self._holds.hold(grant, partial(self._end, session), expires=expires))
        if self._balancing is None:
            self._balance()
        try:
            answer = await session.answer(offer)
            if self.model is not model:  # changed while the offer was answered
                session.read_with(await self._new_recognizer(self.model, room.name))
        except BaseException:
            await session.close("The offer was refused.")
            raise
        await asyncio.gather(self.end_all(replaced, SENDS_AGAIN), self.end_all(taken_over, TAKEN_OVER))
        self._metrics.sessions.set(len(self))
        return camera, answer

    async def _new_recognizer(self, model: Model, room: str) -> Recognizer:
        # Opening a graph reads a file and allocates: not on the loop. Not as the job's result: the two futures of a job
        # stay behind in a cycle, and would keep the graphs until a collection.
        made: list[Recognizer] = []

        def make() -> None:
            settings = self._settings
            own = self.adaptations.model_for(room, model) if room else model
            made.append(Recognizer(own, framing=settings.framing, hand=settings.hand, reader=settings.reader))

        await asyncio.get_running_loop().run_in_executor(self._executor, make)
        return made.pop()

    def _balance(self) -> None:
        """Give the reader to as many sessions as the load allows; again each second while there are cameras."""
        now_s = time.monotonic()
        sessions = [session for session in self.sessions() if session.has_reader]
        load = self._load.update({session.session_id: session.busy_s(now_s) for session in sessions}, now_s)
        self.admission.update(self._load.cpu, now_s)
        if self._settings.reader is ReaderMode.AUTO and load is not None:
            self._budget.update([session.session_id for session in sessions], load, now_s)
        small = self._budget.small
        for session in sessions:
            session.use_reader(session.session_id not in small)
        self._metrics.reader_sessions(len(sessions), sum(session.session_id in small for session in sessions))
        if self.sessions():
            self._balancing = asyncio.get_running_loop().call_later(BALANCE_EVERY_S, self._balance)
        else:
            self._balancing = None
            self.admission.reset()

    def _end(self, session: RoomCamera, reason: str) -> None:
        task = asyncio.ensure_future(session.close(reason))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)

    async def ended(self) -> None:
        """Wait until the cameras whose grants have ended are closed."""
        await asyncio.gather(*self._ending)

    def find(self, key: str) -> Camera | None:
        """The camera with that path segment, while it is connected."""
        return self._by_key.get(key)

    async def lookup(self, key: str) -> FoundCamera | None:
        """See :meth:`CameraPool.lookup`."""
        camera = self.find(key)
        return None if camera is None else FoundCamera(camera.room_name, camera.etag, camera.session.ice_ufrags)

    async def add_candidates(self, key: str, candidates: Sequence[tuple[str, str]]) -> None:
        """See :meth:`CameraPool.add_candidates`."""
        if (camera := self.find(key)) is not None:
            await camera.session.add_candidates(candidates)

    async def end(self, key: str) -> None:
        """See :meth:`CameraPool.end`."""
        if (camera := self.find(key)) is not None:
            await camera.session.close()

    async def end_all(self, cameras: Iterable[LiveCamera], reason: str) -> None:
        """See :meth:`CameraPool.end_all`."""
        sessions = [self.session(camera.session_id) for camera in cameras]
        await asyncio.gather(*(session.close(reason) for session in sessions if session is not None))

    async def look(self, session: str, sdp: str) -> str | None:
        """See :meth:`CameraPool.look`."""
        found = self.session(session)
        return None if found is None else await found.look(sdp)

    def session(self, session_id: str) -> CameraSession | None:
        """The session of that name, while it is connected."""
        return next((camera.session for camera in self if camera.session_id == session_id), None)

    async def close_all(self) -> None:
        """End every session."""
        await asyncio.gather(*(session.close("The server is stopping.") for session in self.sessions()))
        for timer in (self._settling, self._balancing):
            if timer is not None:
                timer.cancel()

    def sessions(self) -> list[RoomCamera]:
        """Every camera: those that send to the server, and network cameras."""
        return [*(camera.session for camera in self), *self._sources]

    def _forget(self, session: RoomCamera) -> None:
        self._sources = [source for source in self._sources if source is not session]
        for key, camera in list(self._by_key.items()):
            if camera.session is session:
                del self._by_key[key]
                camera.held.close()
        self._replaced_before += session.frames_replaced
        self._metrics.sessions.set(len(self))
        self.on_end()
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE_S, self._settle)

    def _settle(self) -> None:
        self._settling = None
        self._executor.submit(give_memory_back)
