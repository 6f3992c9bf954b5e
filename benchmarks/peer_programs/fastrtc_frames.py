"""FastRTC with a frame handler as in its documentation: ``Stream(modality="video", mode="send")``.

    python -m benchmarks.peer_programs.fastrtc_frames

It starts only with a data channel, which its page and the sender open.
"""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import Awaitable, Callable
from typing import Any

from benchmarks.exchange import SeenFrames, note, serve

WEBRTC_ID = "bench"


async def answer(offer: str, seen: SeenFrames) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Answer through the stream's handler of offers, without the public STUN server."""
    fastrtc: Any = importlib.import_module("fastrtc")

    def handle(picture: Any, _none: object = None) -> Any:
        note(seen, picture[:, :, 1])

    stream = fastrtc.Stream(
        handle, modality="video", mode="send", server_rtc_configuration={"iceServers": []}, verbose=False
    )
    body = importlib.import_module("fastrtc.stream").Body(sdp=offer, type="offer", webrtc_id=WEBRTC_ID)
    answered = await stream.offer(body)

    async def begin() -> None:
        # Frames go to the handler once the page has sent the stream's inputs.
        while WEBRTC_ID not in stream.connections or not stream.connections[WEBRTC_ID]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        stream.set_input(WEBRTC_ID, WEBRTC_ID)

    beginning = asyncio.create_task(begin())

    async def close() -> None:
        beginning.cancel()
        await stream.pcs[WEBRTC_ID].close()

    return answered["sdp"], close


if __name__ == "__main__":
    serve(answer)
