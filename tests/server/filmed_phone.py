"""A paired phone whose camera sends a film to a running server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from streamsign.client.camera import publish
from streamsign.demo.video import Film
from streamsign.state.grants import PHONE
from tests.server.conftest import Running

_BROWSER = "Mozilla/5.0 (iPhone) Safari"


@asynccontextmanager
async def filmed_phone(running: Running, film: Film, frames: int) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """The phone's client, and the key of its camera's session, of which more than ``frames`` frames were read."""
    device = await running.server.devices.add("main", _BROWSER)
    token = running.server.access.grants.make(PHONE, "main", 600, device.id)
    sending = asyncio.ensure_future(publish(running.url, film, token=token))
    try:
        async with asyncio.timeout(60):
            while not [camera for camera in running.cameras if camera.session.statistics()[1].frames > frames]:
                assert not sending.done()
                await asyncio.sleep(0.05)
        [camera] = running.cameras
        headers = {"Authorization": f"Bearer {token}", "User-Agent": _BROWSER}
        async with httpx.AsyncClient(base_url=running.url, headers=headers, timeout=60) as phone:
            yield phone, camera.key
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
