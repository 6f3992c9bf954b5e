"""Workers and the cameras of a gateway in one event loop, on a real NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from numpy.typing import NDArray
from pydantic import SecretStr

from streamsign.client.clip import ClipTrack
from streamsign.cluster.cameras import RemoteCameras
from streamsign.cluster.claims import Claims
from streamsign.cluster.connection import NatsAddress, close, connect
from streamsign.cluster.open_rooms import open_rooms
from streamsign.cluster.worker import Worker
from streamsign.recognition.model import Model, load_model
from streamsign.server.cameras.pool import CameraOffer, OpenedCamera
from streamsign.server.grants.holds import Holds
from streamsign.settings import Settings
from streamsign.state.grants import Grant
from tests.nats_server import until

GENEROUS_S = 30.0


@lru_cache
def model() -> Model:
    """The five letters."""
    return load_model("celov")


def settings(nats: str, folder: Path, **given: object) -> Settings:
    """Settings of a gateway or a worker."""
    values: dict[str, object] = {"nats": nats, "state_dir": folder, "max_cpu": 1.0, **given}
    return Settings(**values)  # type: ignore[arg-type]


@asynccontextmanager
async def worker(given: Settings) -> AsyncIterator[Worker]:
    """A worker that runs in the block."""
    client = await connect(NatsAddress.of(given), "worker")
    found = Worker(given, client, model(), await open_rooms(given, client, model()), 1)
    await found.start()
    try:
        yield found
    finally:
        await found.close()
        await close(client)


@dataclass
class Gateway:
    """What a gateway has of the cameras, and the grants that were revoked."""

    cameras: RemoteCameras
    holds: Holds
    revoked: set[str]


@asynccontextmanager
async def gateway(given: Settings) -> AsyncIterator[Gateway]:
    """The cameras of a gateway that runs in the block."""
    client = await connect(NatsAddress(given.nats or SecretStr("")), "gateway")
    revoked: set[str] = set()
    holds = Holds(lambda grant: grant.holder in revoked)
    cameras = RemoteCameras(given, client, model(), holds, Claims(client))
    await cameras.start()
    try:
        yield Gateway(cameras, holds, revoked)
    finally:
        await cameras.close_all()
        holds.close()
        await close(client)


class _Wall:
    fps = 5.0

    def __len__(self) -> int:
        return 10_000

    def picture(self, number: int) -> NDArray[np.uint8]:
        return np.full((48, 64, 3), number % 200, np.uint8)


class Phone:
    """A camera that sends little."""

    def __init__(self) -> None:
        self.peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
        self.peer.addTrack(ClipTrack(_Wall()))
        self.moves = asyncio.Event()
        self.peer.createDataChannel("letters").on("message", self._take)

    def _take(self, text: str) -> None:
        if text == '{"type":"move"}':
            self.moves.set()

    async def offer(self) -> str:
        """Its offer."""
        await self.peer.setLocalDescription(await self.peer.createOffer())
        return str(self.peer.localDescription.sdp)

    async def answered(self, opened: OpenedCamera) -> None:
        """Take the answer, and wait until media can flow."""
        await self.peer.setRemoteDescription(RTCSessionDescription(opened.sdp, "answer"))
        async with asyncio.timeout(GENEROUS_S):
            while self.peer.connectionState != "connected":  # noqa: ASYNC110 - aiortc has an event, with no end
                await asyncio.sleep(0.02)


@asynccontextmanager
async def phones(count: int) -> AsyncIterator[list[Phone]]:
    """Cameras that are closed at the end of the block."""
    async with AsyncExitStack() as stack:
        made = [Phone() for _ in range(count)]
        for each in made:
            stack.push_async_callback(each.peer.close)
        yield made


@asynccontextmanager
async def one_camera(given: Settings) -> AsyncIterator[tuple[Worker, Gateway, Phone, OpenedCamera]]:
    """A worker, a gateway that knows its only camera, the phone that sends it, and what the phone received."""
    async with worker(given) as there, gateway(given) as one, phones(1) as (phone,):
        opened = await publish(one, phone)
        await phone.answered(opened)
        await until(lambda: len(one.cameras) == 1)
        yield there, one, phone, opened


async def publish(at: Gateway, phone: Phone, room: str = "main", grant: Grant | None = None) -> OpenedCamera:
    """Offer a camera at a gateway."""
    return await at.cameras.publish(CameraOffer(await phone.offer(), room, grant))
