"""How a benchmark talks with a receiver in another process, which may be another program in another environment.

JSON lines: an offer in, the answer out; then an empty line in, ``[[drawn ticks, seen seconds], …]`` out. Needs nothing
but numpy, so that peers' programs can use it.
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
"""Clock reading of each decoded picture (:data:`BROKEN` without one) and when it was seen, seconds since the epoch."""

BROKEN = -1

Answer = Callable[[str, SeenFrames], Awaitable[tuple[str, Callable[[], Awaitable[None]]]]]
"""(offer SDP, where to note frames) → answer SDP and how to close the connection."""


def note(seen: SeenFrames, luma: NDArray[np.uint8]) -> None:
    """Write down what a decoded picture says and when it was seen; (height, width) uint8."""
    seen_s = time.time()
    ticks = timecode.read(luma)
    seen.append((BROKEN if ticks is None else ticks, seen_s))


def serve(answer: Answer) -> None:
    """Answer the one offer that comes on standard input, and say at its end what was seen."""
    asyncio.run(_serve(answer))


async def _serve(answer: Answer) -> None:
    seen: SeenFrames = []
    # What libraries print must not get between the lines.
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
