"""A real data channel between two peers of this process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiortc import RTCConfiguration, RTCDataChannel, RTCPeerConnection


@asynccontextmanager
async def channel_pair(label: str) -> AsyncIterator[tuple[RTCDataChannel, RTCDataChannel]]:
    """The end of who opened the channel, and the end of who was offered it."""
    opener, offered = (RTCPeerConnection(RTCConfiguration(iceServers=[])) for _ in range(2))
    arrived: asyncio.Future[RTCDataChannel] = asyncio.get_running_loop().create_future()
    offered.on("datachannel", arrived.set_result)
    channel = opener.createDataChannel(label)
    opened = asyncio.Event()
    channel.on("open", opened.set)
    await opener.setLocalDescription(await opener.createOffer())
    await offered.setRemoteDescription(opener.localDescription)
    await offered.setLocalDescription(await offered.createAnswer())
    await opener.setRemoteDescription(offered.localDescription)
    try:
        async with asyncio.timeout(30):
            await opened.wait()
            yield channel, await arrived
    finally:
        await opener.close()
        await offered.close()
