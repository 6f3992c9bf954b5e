"""Rooms and events for tests."""

from __future__ import annotations

import asyncio
from typing import Literal

from streamsign.captions.events import Event, Partial, Status
from streamsign.captions.hub import Room
from streamsign.captions.ledger import Ledger
from streamsign.captions.log import CaptionLog
from streamsign.captions.room import CaptionRoom
from streamsign.captions.subscription import Subscription
from streamsign.recognition.events import Commit


def make_room(max_behind: int = 256, max_events: int = 2000) -> Room:
    """A room whose clock stands at 1 s."""
    log = CaptionLog("main", lambda: 1.0, max_events=max_events)
    return Room("main", "celov", ["C", "E", "L"], clock=lambda: 1.0, log=log, max_behind=max_behind)


def sign(room: CaptionRoom, letters: str) -> None:
    """Publish letters as one camera does."""
    for letter in letters:
        room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5), Ledger(decoded_s=0.997))


def partial(session: str = "a", letter: str = "C", at_s: float = 1.0) -> Partial:
    """A camera's partial."""
    return Partial(session=session, letter=letter, confidence=0.5, alternatives=[], sharpness=1, captured_s=at_s)


def status(state: Literal["connecting", "live", "stalled", "closed"], session: str = "a") -> Status:
    """A camera's status."""
    return Status(session=session, state=state, at_s=1.0)


async def drain(viewer: Subscription, most: int = 10_000) -> list[Event]:
    """What a viewer can have without waiting."""
    events: list[Event] = []
    while len(events) < most:
        next_event = asyncio.ensure_future(anext(viewer, None))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        if not next_event.done():
            next_event.cancel()
            break
        event = next_event.result()
        if event is None:
            break
        events.append(event)
    return events
