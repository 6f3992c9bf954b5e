"""The data channels on which a camera's page receives its room's events, chooses the hand and shows its picture."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

from aiortc import RTCDataChannel
from pydantic import BaseModel, ValidationError

from streamsign.captions.events import MAX_LOOK_SDP, Choose, Hand, Look, Move, Quality, camera_adapter
from streamsign.captions.room import CaptionRoom
from streamsign.recognition.track import HandChoice
from streamsign.webrtc.outline import Outline
from streamsign.webrtc.pace import Pace

MAX_BUFFERED_BYTES = 65_536
"""Bytes waiting in a channel above which no event is added: the room's log holds what the camera has not received."""

LOOK_S = 5.0
"""Seconds that a camera's page has to answer with a connection for its picture."""

MESSAGES_PER_S, MESSAGES_AT_ONCE = 50.0, 200.0
MAX_MESSAGE_CHARS = 4096
"""Messages of a camera's page that are read: further and longer ones are ignored, except the answer to a look."""

_POLL_S = 0.05


class EventChannels:
    """The event channels of one camera.

    Args:
        room: whose events are sent.
        choose: called when the page chooses another hand.
    """

    def __init__(self, room: CaptionRoom, choose: Callable[[HandChoice], None]) -> None:
        self._room = room
        self._choose = choose
        self._channels: set[RTCDataChannel] = set()
        self._outline = Outline()
        self._looks: dict[int, asyncio.Future[str]] = {}
        self._looked = 0
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

    def ask(self, wish: Quality | Move) -> bool:
        """Ask the camera for another quality, or to move. Return False if no channel is open."""
        ready = [each for each in self._channels if each.readyState == "open"]
        _send(ready, wish)
        return bool(ready)

    async def look(self, offer: str) -> str:
        """Ask the camera's page for its picture: the SDP answer to an SDP offer of another browser.

        Raises:
            TimeoutError: the page does not answer within :data:`LOOK_S`, or the camera has none.
        """
        self._looked += 1
        number = self._looked
        answer: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        self._looks[number] = answer
        try:
            async with asyncio.timeout(LOOK_S):
                while not self.open:  # the camera is still connecting  # noqa: ASYNC110 - aiortc has no event for it
                    await asyncio.sleep(_POLL_S)
                _send([each for each in self._channels if each.readyState == "open"], Look(id=number, sdp=offer))
                return await answer
        finally:
            del self._looks[number]

    def _take(self, text: str | bytes) -> None:
        longest = 2 * MAX_LOOK_SDP if self._looks else MAX_MESSAGE_CHARS  # JSON escapes the ends of the SDP's lines
        if len(text) > longest or self._pace.wait_s(time.monotonic()) > 0:
            return
        with contextlib.suppress(ValidationError):  # unknown messages are ignored, as those of viewers are
            message = camera_adapter.validate_json(text)
            if isinstance(message, Choose):
                self._choose(message.hand)
            elif (looking := self._looks.get(message.id)) is not None and not looking.done():
                looking.set_result(message.sdp)


def _send(channels: list[RTCDataChannel], message: BaseModel) -> None:
    for channel in channels:
        channel.send(message.model_dump_json())
