"""client/whip.py: answers to pings, and the ways a session ends. The whole way of a camera is test_camera.py's."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from aiortc.mediastreams import VideoStreamTrack

from streamsign.captions.events import Event
from streamsign.client.whip import WhipSession, answer_ping, refusal, wait_first
from streamsign.errors import AccessDenied
from streamsign.settings import read_settings
from tests.server.conftest import Running, serving


@pytest.fixture
async def running(tmp_path: Path) -> AsyncIterator[Running]:
    """A real server."""
    async with serving(read_settings(state_dir=tmp_path)) as found:
        yield found


class Channel:
    """A data channel that keeps what is sent."""

    def __init__(self) -> None:
        self.sent: list[str] = []

    def send(self, text: str) -> None:
        """Keep it."""
        self.sent.append(text)


def test_a_ping_is_answered_with_both_times() -> None:
    """The pong has the ping's number, and was sent no earlier than the ping came; anything else gets no answer."""
    channel = Channel()
    for text in ('{"type": "ping", "id": 7}', "not json", '{"type": "status"}', b"\xff"):
        answer_ping(channel, text)
    [pong] = [json.loads(text) for text in channel.sent]
    assert (pong["type"], pong["id"]) == ("pong", 7)
    assert pong["received_s"] <= pong["answered_s"]


async def test_a_session_connects_hears_events_and_leaves(running: Running) -> None:
    """Over the real server it connects and gets the room's events; leaving frees the camera's place at once."""
    heard: asyncio.Queue[Event] = asyncio.Queue()
    token = running.server.access.publish_token
    session = WhipSession(running.http, running.url, token, room="den", on_event=heard.put_nowait)
    track = VideoStreamTrack()
    await session.offer(track)
    assert await session.wait_connected(20)
    async with asyncio.timeout(20):
        assert (await heard.get()).type == "hello"
    assert len(running.cameras) == 1
    await session.leave()
    track.stop()
    assert len(running.cameras) == 0
    assert session.ended.is_set()


async def test_a_session_that_ended_is_known_to_be_gone(running: Running) -> None:
    """The server is asked; before the offer, and while the server does not answer, nothing is known."""
    session = WhipSession(running.http, running.url, running.server.access.publish_token)
    assert not await session.is_gone(5)
    await session.offer(VideoStreamTrack())
    assert not await session.is_gone(5)
    assert not await session.is_gone(0)
    await running.cameras.end_all(running.cameras, "The test ends it.")
    assert await session.is_gone(5)
    await session.leave()


async def test_a_session_that_was_refused_can_be_left(running: Running) -> None:
    """A wrong token raises, and leaving afterwards closes the connection without an error."""
    session = WhipSession(running.http, running.url, "wrong", channels=False)
    track = VideoStreamTrack()
    with pytest.raises(AccessDenied, match="publish token"):
        await session.offer(track)
    await session.leave()
    track.stop()
    assert session.peer.connectionState == "closed"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b'{"title": "Bad Request", "detail": "The offer has no video."}', "The offer has no video."),
        (b"<h1>Bad gateway</h1>\n", "<h1>Bad gateway</h1>"),
        (b"[]", "[]"),
    ],
)
def test_a_refusal_is_read_from_problem_details(body: bytes, text: str) -> None:
    """The detail of a streamsign server is shown, and the body of any other server."""
    assert refusal(httpx.Response(400, content=body)) == text


async def test_a_server_that_is_not_there(running: Running) -> None:
    """The HTTP client's error is the cause, so that callers can distinguish the kinds."""
    session = WhipSession(running.http, "http://127.0.0.1:9", "t")
    track = VideoStreamTrack()
    with pytest.raises(Exception, match="cannot be reached") as error:
        await session.offer(track)
    assert isinstance(error.value.__cause__, httpx.HTTPError)
    await session.leave()
    track.stop()


async def test_waiting_ends_with_either_event_or_the_time() -> None:
    """Each event ends it, and so does the time."""
    one, other = asyncio.Event(), asyncio.Event()
    await wait_first(one, other, timeout_s=0.0)
    other.set()
    await asyncio.wait_for(wait_first(one, other, timeout_s=60), 5)
    other.clear()
    one.set()
    await asyncio.wait_for(wait_first(one, other, timeout_s=60), 5)
