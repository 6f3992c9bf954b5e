"""A real server on a free port of this machine, with the shipped model."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
import uvicorn
from aiortc import RTCConfiguration, RTCPeerConnection
from aiortc.mediastreams import VideoStreamTrack
from fastapi import FastAPI
from websockets.typing import Subprotocol

from streamsign.server.app import create_app
from streamsign.server.cameras.here import cameras_here
from streamsign.server.cameras.registry import Cameras
from streamsign.server.parts import Server, make_server
from streamsign.server.run import bind, listener_config
from streamsign.settings import Settings, read_settings


@dataclass
class Running:
    """A server that answers at ``url``."""

    url: str
    server: Server
    http: httpx.AsyncClient

    @property
    def cameras(self) -> Cameras:
        """Its cameras, which it reads itself."""
        return cameras_here(self.server)

    @property
    def auth(self) -> dict[str, str]:
        """Headers of a camera's offer."""
        return {"Authorization": f"Bearer {self.server.access.publish_token}", "Content-Type": "application/sdp"}

    @property
    def owner(self) -> dict[str, str]:
        """Headers of the person who runs the server; ``http`` sends them where nothing else is given."""
        return {"Authorization": f"Bearer {self.server.access.owner_token()}"}

    @property
    def protocols(self) -> list[Subprotocol]:
        """Websocket subprotocols of a viewer."""
        return [Subprotocol("streamsign.v2"), Subprotocol(f"token.{self.server.access.view_token}")]

    def stranger(self) -> httpx.AsyncClient:
        """A client on this computer that shows no token."""
        return httpx.AsyncClient(base_url=self.url, verify=_TLS)


@asynccontextmanager
async def listening(config: uvicorn.Config) -> AsyncIterator[str]:
    """The address of an application, such as ``127.0.0.1:8080``, that is served in this event loop in the block."""
    bound = bind("127.0.0.1", 0, "--port")
    listener = uvicorn.Server(config)
    task = asyncio.ensure_future(listener._serve([bound]))
    try:
        yield f"127.0.0.1:{bound.getsockname()[1]}"
    finally:
        listener.should_exit = True
        await task


_IDLE: defaultdict[int, list[FastAPI]] = defaultdict(list)
"""Applications that no test uses at present, by the one setting that their middleware keeps."""

_TLS = httpx.create_ssl_context()
"""Every client would read the certificates of all authorities again."""


@contextmanager
def application(settings: Settings, server: Server) -> Iterator[FastAPI]:
    """The application of a server in the block; FastAPI takes longer to make its routes than a test."""
    idle = _IDLE[settings.max_sdp_bytes]
    app = idle.pop() if idle else create_app(settings, server)
    app.state.server = server
    try:
        yield app
    finally:
        idle.append(app)


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Running]:
    """Serve in this event loop until the block ends."""
    server = make_server(settings)
    owner = {"Authorization": f"Bearer {server.access.owner_token()}"}
    with application(settings, server) as app:
        async with (
            listening(listener_config(app, settings)) as address,
            httpx.AsyncClient(base_url=f"http://{address}", headers=owner, verify=_TLS) as http,
        ):
            try:
                yield Running(f"http://{address}", server, http)
            finally:
                await server.close()


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A server with room for two cameras."""
    async with serving(read_settings(state_dir=tmp_path, max_sessions=2)) as found:
        yield found


@pytest.fixture
async def offer() -> AsyncIterator[str]:
    """The offer of a camera."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    peer.addTrack(VideoStreamTrack())
    await peer.setLocalDescription(await peer.createOffer())
    yield peer.localDescription.sdp
    await peer.close()
