"""A room's captions for other programs: files to download, and a WebVTT stream that grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter
from streamsign.captions.formats import CueUnit, event_s, to_jsonl, to_srt, to_text, to_vtt, vtt_block
from streamsign.captions.live import LiveCues
from streamsign.captions.room import CaptionRoom

TICK_S = 0.25
"""Interval at which a stream checks whether a cue has ended."""

QUIET_S = 15.0
"""Silence after which a stream sends a comment, so that proxies keep the connection open."""


class Kind(StrEnum):
    """Format of a transcript, and its file extension."""

    TEXT = "txt"
    JSONL = "jsonl"
    VTT = "vtt"
    SRT = "srt"


MEDIA_TYPES = {
    Kind.TEXT: "text/plain; charset=utf-8",
    Kind.JSONL: "application/jsonl",
    Kind.VTT: "text/vtt; charset=utf-8",
    Kind.SRT: "application/x-subrip; charset=utf-8",
}


def transcript(events: Sequence[KeptEvent], kind: Kind, zero_s: float | None, by: CueUnit = CueUnit.LETTER) -> str:
    """A room's captions as a file. Takes a second for a full log of long texts: do not call it in the event loop.

    Args:
        events: what is kept of the room.
        kind: the format.
        zero_s: Unix time that is 0 in the cues; None for the first letter's.
        by: what one cue holds.
    """
    start_s = zero_s if zero_s is not None else _first_s(events)
    match kind:
        case Kind.TEXT:
            return to_text(events)
        case Kind.JSONL:
            return to_jsonl(events)
        case Kind.VTT:
            return to_vtt(events, start_s=start_s, by=by)
        case Kind.SRT:
            return to_srt(events, start_s=start_s, by=by)


async def live_vtt(
    room: CaptionRoom, start_s: float, hold: Callable[[Callable[[str], None]], AbstractContextManager[None]]
) -> AsyncIterator[str]:
    """A room's captions from now on as WebVTT. A cue is yielded when it ends.

    Args:
        room: the room.
        start_s: time on the room's clock that is 0 in the cues.
        hold: given what ends the stream; keeps it under its reader's grant (see ``Holds.hold``).
    """
    yield "WEBVTT\n\n"
    cues = LiveCues(start_s)
    said_s = room.clock()
    async with room.subscribe(room.log.last_seq, room.log.log_id) as subscription:
        with hold(subscription.close):
            waiting = asyncio.ensure_future(anext(subscription, None))
            try:
                while True:
                    done, _ = await asyncio.wait([waiting], timeout=TICK_S)
                    now_s = room.clock()
                    ended = cues.tick(now_s)
                    if done:
                        event = waiting.result()
                        if event is None:  # closed: the server stops, the reader is behind, or its grant ended
                            return
                        if isinstance(event, Hello):
                            ended = cues.change(event.text, now_s) if event.text else []
                        elif isinstance(event, Letter | Edit):
                            ended = [*ended, *cues.change(event.text, max(event_s(event), now_s - TICK_S))]
                        waiting = asyncio.ensure_future(anext(subscription, None))
                    for cue in ended:
                        yield vtt_block(cue) + "\n"
                        said_s = now_s
                    if now_s - said_s >= QUIET_S:
                        yield "NOTE keep-alive\n\n"
                        said_s = now_s
            finally:
                waiting.cancel()


def _first_s(events: Sequence[KeptEvent]) -> float:
    return event_s(events[0]) if events else 0.0
