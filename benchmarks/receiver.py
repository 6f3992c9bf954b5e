"""The receiving end of the webrtc and loss benchmarks, in a process of its own: answers one offer, times every frame.

Speaks JSON lines: an offer in, the answer out; then an empty line in, ``[[drawn ticks, seen seconds], …]`` out.

    python -m benchmarks.receiver SUBJECT
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import sys
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import av
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from benchmarks import timecode
from benchmarks.report import Subject
from streamsign.captions.hub import Room
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.model import load_model
from streamsign.recognition.recognizer import Recognizer
from streamsign.sources.file import luma_of
from streamsign.webrtc.session import CameraSession

MODEL_VARIABLE = "STREAMSIGN_MODEL"
"""Names the model of our recogniser to the child process."""

Seen = list[tuple[int, float]]
"""Clock reading of each decoded picture (:data:`BROKEN` without one) and when it was seen, seconds since the epoch."""

BROKEN = -1


def note(seen: Seen, luma: Luma) -> None:
    """Write down what a decoded picture says and when it was seen."""
    seen_s = time.time()
    ticks = timecode.read(luma)
    seen.append((BROKEN if ticks is None else ticks, seen_s))


async def answer_stock(offer: str, seen: Seen) -> tuple[str, Callable[[], Awaitable[None]]]:
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
    """Reads letters as always, and first writes down the time code: seconds are taken where recognition begins."""

    seen: Seen

    def feed(self, luma: Luma, at_s: float, **options: Any) -> list[Reading | Commit]:
        note(self.seen, luma)
        return super().feed(luma, at_s, **options)


async def answer_ours(offer: str, seen: Seen) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Receive with the server's own session: its track, its latest-frame slot, its recogniser thread."""
    recognizer = _TimeCodeRecognizer(load_model(os.environ.get(MODEL_VARIABLE, "celov")))
    recognizer.seen = seen
    room = Room("bench", recognizer.model_name, recognizer.letters)
    session = CameraSession("bench", room, recognizer, ThreadPoolExecutor(1), observe=lambda _stage, _ms: None)
    return await session.answer(offer), session.close


Answer = Callable[[str, Seen], Awaitable[tuple[str, Callable[[], Awaitable[None]]]]]
"""(offer SDP, where to note frames) → answer SDP and how to close the connection."""

RECEIVERS: dict[Subject, Answer] = {"ours": answer_ours, "stock": answer_stock}
"""Receive paths that can be timed."""


async def _serve(answer: Answer) -> None:
    seen: Seen = []
    offer = json.loads(await asyncio.to_thread(sys.stdin.readline))
    sdp, close = await answer(offer, seen)
    sys.stdout.write(json.dumps(sdp) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)
    sys.stdout.write(json.dumps(seen) + "\n")
    sys.stdout.flush()
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(close(), 2)


if __name__ == "__main__":
    asyncio.run(_serve(RECEIVERS["ours" if sys.argv[1] == "ours" else "stock"]))
