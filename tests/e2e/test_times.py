"""The times on the wire, from cameras that reach a running server over WebRTC on this computer."""

from __future__ import annotations

import asyncio
import time
from itertools import pairwise

import httpx
import pytest

from streamsign.captions.events import Event, Letter, Partial
from streamsign.client.captions import watch
from streamsign.client.clip import ClipTrack
from streamsign.client.whip import WhipSession
from tests.e2e.desk import Desk
from tests.films import rendered

LINGER_S = 1.0
LONGEST_S = 60


async def _play(desk: Desk, room: str, *, channels: bool) -> tuple[list[Event], float, float]:
    """The demo signer spells in a room; the room's events, and the Unix times between which it was filmed."""
    events: list[Event] = []

    async def follow() -> None:
        async for event in watch(f"{desk.url}/view/{room}", token=desk.view_token):
            events.append(event)  # noqa: PERF401 - the list grows while the film plays

    film = rendered("CEL")
    following = asyncio.ensure_future(follow())
    track = ClipTrack(film)
    async with asyncio.timeout(LONGEST_S), httpx.AsyncClient() as http:
        session = WhipSession(http, desk.url, desk.publish_token, room=room, channels=channels)
        began_s = time.time()
        await session.offer(track)
        assert await session.wait_connected(LONGEST_S)
        await track.ended.wait()
        await asyncio.sleep(LINGER_S)
        track.stop()
        await session.leave()
        ended_s = time.time()  # the track repeats its last picture until it is stopped
    following.cancel()
    await asyncio.gather(following, return_exceptions=True)
    return events, began_s, ended_s


@pytest.mark.parametrize("channels", [True, False])
async def test_captured_decided_published_come_in_this_order(desk: Desk, channels: bool) -> None:
    """Every letter is captured, decided and published in this order, with a clock exchange and without one."""
    events, began_s, ended_s = await _play(desk, f"order-{channels}".lower(), channels=channels)
    letters = [event for event in events if isinstance(event, Letter)]
    assert letters
    for letter in letters:
        decided_s, published_s = letter.ledger.decided_s, letter.ledger.published_s
        assert decided_s is not None
        assert published_s is not None
        assert began_s <= letter.started_s <= letter.captured_s <= decided_s <= published_s <= ended_s
        if letter.ledger.captured_s is not None:  # a sender's reports may contradict each other on a busy computer
            assert channels
            assert letter.ledger.captured_s == pytest.approx(letter.captured_s, abs=1e-5)
        assert letter.stages_ms == letter.ledger.stages_ms()
    partials = [event for event in events if isinstance(event, Partial)]
    assert all(began_s <= partial.captured_s <= ended_s for partial in partials)
    assert all(one.captured_s <= other.captured_s for one, other in pairwise(letters))
