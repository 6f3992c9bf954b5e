"""Our receiver or aiortc's in a separate process: answers one offer, times every frame.

    python -m benchmarks.receiver SUBJECT

speaks as :mod:`benchmarks.exchange` says.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from benchmarks.exchange import Answer, SeenFrames, note, serve
from benchmarks.report import Subject
from streamsign.captions.hub import Room
from streamsign.luma import luma_of
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.model import load_model
from streamsign.recognition.pauses import Pause
from streamsign.recognition.recognizer import Recognizer
from streamsign.webrtc.session import CameraSession

MODEL_VARIABLE = "STREAMSIGN_MODEL"
"""Names the model of our recognizer to the child process."""


async def answer_stock(offer: str, seen: SeenFrames) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Receive as aiortc's examples do, but for the STUN server, which costs only connection time."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    consumers: list[asyncio.Task[None]] = []

    async def consume(track: Any) -> None:
        while True:
            frame: av.VideoFrame = await track.recv()
            note(seen, luma_of(frame)[0])

    def on_track(track: Any) -> None:
        consumers.append(asyncio.create_task(consume(track)))

    peer.on("track", on_track)
    await peer.setRemoteDescription(RTCSessionDescription(offer, "offer"))
    await peer.setLocalDescription(await peer.createAnswer())

    async def close() -> None:
        for consumer in consumers:
            consumer.cancel()
        await peer.close()

    return peer.localDescription.sdp, close


class _TimeCodeRecognizer(Recognizer):
    """Stores the time code and the time at which recognition begins, and reads letters."""

    seen: SeenFrames

    def feed(self, luma: Luma, at_s: float, **options: Any) -> list[Reading | Commit | Pause]:
        note(self.seen, luma)
        return super().feed(luma, at_s, **options)


async def answer_ours(offer: str, seen: SeenFrames) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Receive with the server's own session: its track, its latest-frame slot, its recognizer thread."""
    recognizer = _TimeCodeRecognizer(load_model(os.environ.get(MODEL_VARIABLE, "celov")))
    recognizer.seen = seen
    room = Room("bench", recognizer.model_name, recognizer.letters)
    session = CameraSession("bench", room, recognizer, ThreadPoolExecutor(1), observe=lambda _stage, _ms: None)
    return await session.answer(offer), session.close


RECEIVERS: dict[Subject, Answer] = {"ours": answer_ours, "stock": answer_stock}
"""Receive paths that can be timed."""


if __name__ == "__main__":
    serve(RECEIVERS["ours" if sys.argv[1] == "ours" else "stock"])
