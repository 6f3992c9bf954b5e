"""The usual implementation: aiortc's receiver, bgr24, a fixed box, the classifier on each frame, a k-of-n vote.

python -m benchmarks.peer_programs.aiortc_vote GRAPH.tflite
"""

from __future__ import annotations

import asyncio
import importlib
import sys
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any

import cv2
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCSessionDescription

from benchmarks.exchange import SeenFrames, note, serve

VOTES, WINDOW = 5, 8
BOX_SHARE = 0.6
"""Side of the box the hand is held in, over the picture's height."""


class VotingReader:
    """A letter needs 5 of the last 8 frames."""

    def __init__(self, graph: str) -> None:
        runtime: Any = importlib.import_module("ai_edge_litert.interpreter")
        self._interpreter = runtime.Interpreter(model_path=graph)
        self._interpreter.allocate_tensors()
        self._input = self._interpreter.get_input_details()[0]
        self._output = self._interpreter.get_output_details()[0]["index"]
        self._recent: deque[int] = deque(maxlen=WINDOW)

    def read(self, picture: Any) -> int | None:
        """Number of the letter with enough votes; ``picture`` (height, width, 3) uint8 BGR."""
        height, width = picture.shape[:2]
        side = round(BOX_SHARE * height)
        x, y = (width - side) // 2, (height - side) // 2
        gray = cv2.cvtColor(picture[y : y + side, x : x + side], cv2.COLOR_BGR2GRAY)
        patch = cv2.resize(gray, tuple(self._input["shape"][1:3]), interpolation=cv2.INTER_AREA)
        self._interpreter.set_tensor(self._input["index"], (patch.astype(np.float32) / 255)[None, :, :, None])
        self._interpreter.invoke()
        self._recent.append(int(np.argmax(self._interpreter.get_tensor(self._output)[0])))
        label, votes = Counter(self._recent).most_common(1)[0]
        return label if votes >= VOTES else None


async def answer(offer: str, seen: SeenFrames) -> tuple[str, Callable[[], Awaitable[None]]]:
    """Receive as aiortc's examples do, but for the STUN server, which costs only connection time."""
    peer = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    reader = VotingReader(sys.argv[1])
    consumers: list[asyncio.Task[None]] = []

    async def consume(track: Any) -> None:
        while True:
            picture = (await track.recv()).to_ndarray(format="bgr24")
            note(seen, picture[:, :, 1])
            reader.read(picture)

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


if __name__ == "__main__":
    serve(answer)
