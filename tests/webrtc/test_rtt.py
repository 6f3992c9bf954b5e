"""webrtc/rtt.py: round trips of a real ICE connection on this computer."""

from __future__ import annotations

import asyncio

import aioice

from streamsign.webrtc.rtt import measure_round_trips


async def test_round_trips_are_told_until_the_connection_ends() -> None:
    """The first measures come at once and are short on one computer; a closed connection ends the measuring."""
    ours, theirs = aioice.Connection(ice_controlling=True), aioice.Connection(ice_controlling=False)
    for one in (ours, theirs):
        await one.gather_candidates()
    for one, other in ((ours, theirs), (theirs, ours)):
        for candidate in other.local_candidates:
            await one.add_remote_candidate(candidate)
        await one.add_remote_candidate(None)
        one.remote_username, one.remote_password = other.local_username, other.local_password
    await asyncio.gather(ours.connect(), theirs.connect())
    reported: list[float] = []
    second = asyncio.Event()

    def tell(seconds: float) -> None:
        reported.append(seconds)
        if len(reported) == 2:
            second.set()

    measuring = asyncio.ensure_future(measure_round_trips(ours, tell))
    await asyncio.wait_for(second.wait(), 20)
    assert all(0 < seconds < 5 for seconds in reported)
    await asyncio.gather(ours.close(), theirs.close())
    await asyncio.wait_for(measuring, 20)
