"""A room's captions for other programs: files to download, and a WebVTT stream that grows."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from enum import StrEnum

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse

from streamsign.captions.events import Edit, Hello, KeptEvent, Letter
from streamsign.captions.formats import event_s, to_jsonl, to_srt, to_text, to_vtt, vtt_block
from streamsign.captions.hub import Room, Rooms
from streamsign.captions.live import LiveCues
from streamsign.server.grants.access import Access
from streamsign.server.problems import problem
from streamsign.state.grants import Right

TICK_S = 0.25
"""How often a stream looks whether a cue has ended."""

QUIET_S = 15.0
"""Silence after which a stream says a comment, so that no proxy takes it for dead."""


class Kind(StrEnum):
    """A file's form, and its extension."""

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


def feed_router(rooms: Rooms, access: Access) -> APIRouter:
    """The routes /rooms/{room}/transcript.* and /rooms/{room}/live.vtt.

    Args:
        rooms: the rooms of the server.
        access: says who may watch which.
    """
    router = APIRouter()

    def opened(request: Request, name: str) -> Room | Response:
        if not access.may(request, Right.VIEW, name):
            return problem(
                401,
                "unauthorized",
                "The view token is missing or wrong.",
                "Send it as a bearer token, or as the password in the URL: https://viewer:TOKEN@….",
                {"WWW-Authenticate": 'Basic realm="captions"'},
            )
        try:
            return rooms.get(name)
        except ValueError as error:
            return problem(404, "no_such_room", f"{error}.", "Take the room's name from the host page.")

    @router.get("/rooms/{name}/transcript.{kind}")
    async def transcript(request: Request, name: str, kind: Kind, zero_s: float | None = Query(None)) -> Response:
        """All that is kept of a room as a file; the Unix time ``zero_s`` is 0 in it, else the first letter's."""
        room = opened(request, name)
        if isinstance(room, Response):
            return room
        _, events = room.log.after()
        start_s = zero_s if zero_s is not None else _first_s(events)
        match kind:
            case Kind.TEXT:
                content = to_text(events)
            case Kind.JSONL:
                content = to_jsonl(events)
            case Kind.VTT:
                content = to_vtt(events, start_s=start_s)
            case Kind.SRT:
                content = to_srt(events, start_s=start_s)
        headers = {"Content-Disposition": f'attachment; filename="{name}.{kind}"'}
        return Response(content, headers={**headers, "Content-Type": MEDIA_TYPES[kind]})

    @router.get("/rooms/{name}/live.vtt")
    async def live(request: Request, name: str, zero_s: float | None = Query(None)) -> Response:
        """What is signed from now on, as cues that are sent when they end; ``zero_s`` as for files, else now."""
        room = opened(request, name)
        if isinstance(room, Response):
            return room
        start_s = zero_s if zero_s is not None else room.clock()
        return StreamingResponse(_follow(room, start_s), media_type="text/vtt")

    return router


async def _follow(room: Room, start_s: float) -> AsyncIterator[str]:
    yield "WEBVTT\n\n"
    cues = LiveCues(start_s)
    said_s = room.clock()
    async with room.subscribe(room.log.last_seq, room.log.log_id) as subscription:
        waiting = asyncio.ensure_future(anext(subscription, None))
        try:
            while True:
                done, _ = await asyncio.wait([waiting], timeout=TICK_S)
                now_s = room.clock()
                ended = cues.tick(now_s)
                if done:
                    event = waiting.result()
                    if event is None:  # closed: the server is stopping, or this reader fell too far behind
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
                    yield "NOTE still here\n\n"
                    said_s = now_s
        finally:
            waiting.cancel()


def _first_s(events: list[KeptEvent]) -> float:
    return event_s(events[0]) if events else 0.0
