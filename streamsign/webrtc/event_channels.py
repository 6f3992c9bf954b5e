"""The data channels on which a camera's page receives its room's events, and chooses the hand to read."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from aiortc import RTCDataChannel
from pydantic import BaseModel, ValidationError

from streamsign.captions.events import Choose, Hand, Quality
from streamsign.captions.hub import Room
from streamsign.recognition.track import HandChoice
from streamsign.webrtc.outline import Outline
from streamsign.webrtc.pace import Pace

MAX_BUFFERED_BYTES = 65_536
"""Bytes waiting in a channel above which no event is added: the room's log holds what the camera has not received."""

MESSAGES_PER_S, MESSAGES_AT_ONCE = 50.0, 200.0
MAX_MESSAGE_CHARS = 4096
"""Messages of a camera's page that are read: further and longer ones are ignored."""

_POLL_S = 0.05


class EventChannels:
    """The event channels of one camera.

    Args:
        room: whose events are sent.
        choose: called when the page chooses another hand.
    """

    def __init__(self, room: Room, choose: Callable[[HandChoice], None]) -> None:
        self._room = room
        self._choose = choose
        self._channels: set[RTCDataChannel] = set()
        self._outline = Outline()
        self._pace = Pace(MESSAGES_PER_S, MESSAGES_AT_ONCE)

    async def serve(self, channel: RTCDataChannel) -> None:
        """Send the room's events over a channel until it closes or the room closes."""
        channel.on("message", self._take)
        self._channels.add(channel)
        try:
            async with self._room.subscribe() as events:
                async for event in events:
                    while channel.readyState == "open" and channel.bufferedAmount > MAX_BUFFERED_BYTES:  # noqa: ASYNC110
                        await asyncio.sleep(_POLL_S)  # aiortc has no event for it
                    if channel.readyState != "open":  # also: the camera left while it was behind
                        return
                    channel.send(event.model_dump_json())
        finally:
            self._channels.discard(channel)

    @property
    def connected(self) -> bool:
        """Whether the camera has a channel. A publisher such as OBS has none."""
        return bool(self._channels)

    @property
    def open(self) -> bool:
        """Whether a message can be sent now."""
        return any(channel.readyState == "open" for channel in self._channels)

    def show(self, hand: Hand) -> None:
        """Send where the hand is, if that looks different and no message waits; the next frame brings another."""
        free = [each for each in self._channels if each.readyState == "open" and not each.bufferedAmount]
        if free and self._outline.is_news(hand):
            _send(free, hand)

    def ask(self, quality: Quality) -> None:
        """Ask the camera for another quality."""
        _send([each for each in self._channels if each.readyState == "open"], quality)

    def _take(self, text: str | bytes) -> None:
        if len(text) > MAX_MESSAGE_CHARS or self._pace.wait_s(time.monotonic()) > 0:
            return
        with contextlib.suppress(ValidationError):  # unknown messages are ignored, as those of viewers are
            self._choose(Choose.model_validate_json(text).hand)


def _send(channels: list[RTCDataChannel], message: BaseModel) -> None:
    for channel in channels:
        channel.send(message.model_dump_json())
