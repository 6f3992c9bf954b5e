"""Protocol between a benchmark and a receiver in another process, which may be in another environment.

JSON lines: an offer in, the answer out; then an empty line in, ``[[drawn ticks, seen seconds], …]`` out. Needs nothing
except numpy, so that peers' programs can use it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import timecode

SeenFrames = list[tuple[int, float]]
"""Clock reading of each decoded picture (:data:`BROKEN` without one) and its time of decoding, Unix seconds."""

BROKEN = -1

Answer = Callable[[str, SeenFrames], Awaitable[tuple[str, Callable[[], Awaitable[None]]]]]
"""(offer SDP, list of frames) → answer SDP and a function that closes the connection."""


def note(seen: SeenFrames, luma: NDArray[np.uint8]) -> None:
    """Store the time code and the time of a decoded picture, (height, width) uint8."""
    seen_s = time.time()
    ticks = timecode.read(luma)
    seen.append((BROKEN if ticks is None else ticks, seen_s))


def serve(answer: Answer) -> None:
    """Answer one offer from standard input, and print the frames at the end."""
    asyncio.run(_serve(answer))


async def _serve(answer: Answer) -> None:
    seen: SeenFrames = []
    # Output of libraries must not mix with the lines.
    out, sys.stdout = sys.stdout, sys.stderr

    def say(what: Any) -> None:
        out.write(json.dumps(what) + "\n")
        out.flush()

    offer = json.loads(await asyncio.to_thread(sys.stdin.readline))
    sdp, close = await answer(offer, seen)
    say(sdp)
    await asyncio.to_thread(sys.stdin.readline)
    say(seen)
    with contextlib.suppress(asyncio.TimeoutError):
        await asyncio.wait_for(close(), 2)
