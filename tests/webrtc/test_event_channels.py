"""webrtc/event_channels.py over a real data channel."""

from __future__ import annotations

import asyncio
import json
import time

import pytest

from streamsign.captions.events import Hand, Quality
from streamsign.captions.hub import Room
from streamsign.captions.protocol import LETTERS_CHANNEL
from streamsign.recognition.events import Commit
from streamsign.recognition.framing import Framing
from streamsign.recognition.track import HandChoice
from streamsign.webrtc import event_channels
from streamsign.webrtc.event_channels import EventChannels
from tests.webrtc.channels import channel_pair


async def test_a_camera_receives_events_and_requests_and_chooses_a_hand() -> None:
    """Events, a hand and a quality arrive in order; a choice is passed on, and anything else is ignored."""
    room = Room("main", "celov", ["L"], clock=time.time)
    chosen: list[HandChoice] = []
    channels = EventChannels(room, chosen.append)
    hand = Hand(framing=Framing.AUTO, box=None, hint=None, captured_s=1.0)
    channels.show(hand)
    channels.ask(Quality(max_framerate=15, scale_down=1))
    connected = [channels.connected]
    async with channel_pair(LETTERS_CHANNEL) as (camera, server):
        received: asyncio.Queue[str] = asyncio.Queue()
        camera.on("message", received.put_nowait)
        serving = asyncio.ensure_future(channels.serve(server))
        assert json.loads(await received.get())["type"] == "hello"
        connected.append(channels.connected)
        assert channels.open
        room.publish_letter("s1", Commit("L", 0.9, 1.0, 1.5))
        assert json.loads(await received.get())["letter"] == "L"
        while server.bufferedAmount:  # noqa: ASYNC110 - aiortc has no event for it
            await asyncio.sleep(0.01)
        channels.show(hand)
        while server.bufferedAmount:  # noqa: ASYNC110 - aiortc has no event for it
            await asyncio.sleep(0.01)
        channels.show(hand)  # the same again: not sent
        channels.ask(Quality(max_framerate=15, scale_down=1))
        assert [json.loads(await received.get())["type"] for _ in range(2)] == ["hand", "quality"]
        for text in ("no json", '{"type":"choose","hand":"third"}', '{"type":"choose","hand":"left"}'):
            camera.send(text)
        while not chosen:  # noqa: ASYNC110 - there is no event to await
            await asyncio.sleep(0.01)
        assert chosen == [HandChoice.LEFT]
        room.close()
        await serving
        connected.append(channels.connected)
    assert connected == [False, True, False]


async def test_a_flood_of_messages_is_ignored() -> None:
    """Of a thousand messages at once the burst is read, and a long one is not."""
    chosen: list[HandChoice] = []
    channels = EventChannels(Room("main", "celov", ["L"], clock=time.time), chosen.append)
    channels._take('{"type":"choose","hand":"left"}' + " " * event_channels.MAX_MESSAGE_CHARS)
    assert not chosen
    for _ in range(1000):
        channels._take('{"type":"choose","hand":"left"}')
    assert event_channels.MESSAGES_AT_ONCE <= len(chosen) < 500


async def test_a_camera_that_leaves_while_it_is_behind_ends_its_stream(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent over the closed channel, which would be an error."""
    monkeypatch.setattr(event_channels, "MAX_BUFFERED_BYTES", -1)  # as if the buffer were always full
    room = Room("main", "celov", ["L"], clock=time.time)
    channels = EventChannels(room, lambda _: None)
    async with channel_pair(LETTERS_CHANNEL) as (camera, server):
        serving = asyncio.ensure_future(channels.serve(server))
        await asyncio.sleep(0)
        assert not serving.done()
        camera.close()
        await serving
    assert not channels.connected
