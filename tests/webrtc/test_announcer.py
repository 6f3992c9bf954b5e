"""webrtc/announcer.py in a real room."""

from __future__ import annotations

import asyncio

from streamsign.captions.events import Status
from streamsign.captions.hub import Room
from streamsign.webrtc.announcer import Announcer


async def test_a_status_is_published_when_it_changes() -> None:
    """Each state comes with a sentence; the same state with the same sentence comes once."""
    room = Room("main", "celov", ["L"], clock=lambda: 5.0)
    announcer = Announcer(room, "s1")
    begun = [announcer.begun]
    published: list[Status] = []
    async with room.subscribe() as events:
        assert (await anext(events)).type == "hello"
        for state, detail in (("connecting", ""), ("live", ""), ("live", ""), ("stalled", ""), ("stalled", "Why.")):
            announcer.publish(state, detail)  # type: ignore[arg-type]
            next_event = asyncio.ensure_future(anext(events))
            await asyncio.sleep(0)
            if next_event.done() and isinstance(event := next_event.result(), Status):
                published.append(event)
            next_event.cancel()
    room.close()
    begun.append(announcer.begun)
    assert begun == [False, True]
    assert [status.state for status in published] == ["connecting", "live", "stalled", "stalled"]
    assert all(status.detail for status in published)
    assert published[-1] == Status(session="s1", state="stalled", detail="Why.", at_s=5.0)
