"""The cameras connected now: made from offers, found by their secret URL, closed together."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from concurrent.futures import Executor
from dataclasses import dataclass

from streamsign.captions.hub import Room
from streamsign.recognition.model import Model
from streamsign.recognition.recognizer import Recognizer
from streamsign.server.memory import give_memory_back
from streamsign.server.metrics.collector import Metrics
from streamsign.settings import Settings
from streamsign.webrtc.ice import IceServer, IceServers
from streamsign.webrtc.session import CameraSession

SETTLE_S = 2.0
"""After a camera has gone its memory is given back to the system; several that go together are one work."""

_URL_BYTES = 24  # 192 random bits: the URL is as good as a key (RFC 9725, section 5)


@dataclass(frozen=True, slots=True)
class Camera:
    """A WHIP session: its secret path segment, its entity tag, and its ICE servers.

    ``device`` is the paired device that sends, None for who sends with the publish token.
    """

    key: str
    etag: str
    session: CameraSession
    ice_servers: tuple[IceServer, ...]
    device: str | None = None


class Cameras:
    """All camera sessions of a server, at most ``settings.max_sessions``.

    Attributes:
        model: reads the letters of cameras to come; :meth:`read_with` changes it.
        ice: STUN and TURN servers with credentials for a session.
    """

    def __init__(self, settings: Settings, model: Model, executor: Executor, metrics: Metrics) -> None:
        self._settings = settings
        self.model = model
        self._executor = executor
        self._metrics = metrics
        self._by_key: dict[str, Camera] = {}
        self.ice = IceServers(
            settings.ice_servers, settings.turn_secret.get_secret_value() if settings.turn_secret else None
        )
        self._opening = 0
        self._settling: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def full(self) -> bool:
        """Whether one more camera is one too many."""
        return len(self._by_key) + self._opening >= self._settings.max_sessions

    def __iter__(self) -> Iterator[Camera]:
        return iter(list(self._by_key.values()))

    async def read_with(self, model: Model) -> None:
        """Read every camera with another model, those here and those to come.

        Raises:
            ModelError: it cannot be used; nothing has changed then.
        """
        await self._new_recognizer(model)
        self.model = model
        for camera in self:
            camera.session.read_with(await self._new_recognizer(model))

    async def open(self, offer: str, room: Room, device: str | None = None) -> tuple[Camera, str]:
        """Answer an offer of a paired device, if it is one; the camera and the SDP answer.

        Raises:
            OfferError: the offer cannot be answered.
        """
        self._opening += 1
        try:
            model = self.model
            recognizer = await self._new_recognizer(model)
            session_id = secrets.token_hex(4)
            ice_servers = self.ice.for_session(session_id)
            session = CameraSession(
                session_id,
                room,
                recognizer,
                self._executor,
                ice_servers=ice_servers,
                advertise_address=self._settings.advertise_address,
                stall_after_s=self._settings.stall_after_s,
                close_after_s=self._settings.close_after_s,
                observe=self._metrics.observe,
                on_closed=self._forget,
            )
            answer = await session.answer(offer)
        finally:
            self._opening -= 1
        camera = Camera(
            secrets.token_urlsafe(_URL_BYTES),
            f'"{secrets.token_hex(8)}"',
            session,
            ice_servers,
            device,
        )
        self._by_key[camera.key] = camera
        if self.model is not model:  # changed while the offer was answered
            session.read_with(await self._new_recognizer(self.model))
        self._metrics.sessions.set(len(self))
        return camera, answer

    async def _new_recognizer(self, model: Model) -> Recognizer:
        # Opening a graph reads a file and allocates: not on the loop. Not as the job's result: the two futures of a job
        # stay behind in a cycle, and would keep the graphs until a collection.
        made: list[Recognizer] = []

        def make() -> None:
            made.append(Recognizer(model, framing=self._settings.framing, hand=self._settings.hand))

        await asyncio.get_running_loop().run_in_executor(self._executor, make)
        return made.pop()

    def find(self, key: str) -> Camera | None:
        """The camera with that path segment, while it is connected."""
        return self._by_key.get(key)

    async def close_all(self) -> None:
        """End every session."""
        await asyncio.gather(*(camera.session.close("The server is stopping.") for camera in self._by_key.values()))
        if self._settling is not None:
            self._settling.cancel()

    def _forget(self, session: CameraSession) -> None:
        for key, camera in list(self._by_key.items()):
            if camera.session is session:
                del self._by_key[key]
        self._metrics.frames_replaced.inc(session.frames_replaced)
        self._metrics.sessions.set(len(self))
        if self._settling is None:
            self._settling = asyncio.get_running_loop().call_later(SETTLE_S, self._settle)

    def _settle(self) -> None:
        self._settling = None
        self._executor.submit(give_memory_back)
