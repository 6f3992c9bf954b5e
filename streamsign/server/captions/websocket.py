"""The captions websocket: Hello, what was missed, then the present; and what viewers who measure report back."""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import time
from collections import Counter
from functools import partial
from weakref import WeakKeyDictionary

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from streamsign.captions.events import Hello, KeptEvent, Letter, Moment
from streamsign.captions.protocol import (
    BAD_QUERY,
    NO_SUCH_ROOM,
    SUBPROTOCOL,
    TOO_BIG,
    TOO_MANY,
    TRY_AGAIN,
    UNAUTHORIZED,
)
from streamsign.captions.room import CaptionRoom, LogUnavailable
from streamsign.captions.rooms import CaptionRooms, TooManyRooms
from streamsign.captions.subscription import Subscription
from streamsign.server.captions.encoded import EncodedEvents, text_frame
from streamsign.server.captions.frames import frames_of
from streamsign.server.captions.places import has_place, is_owners
from streamsign.server.captions.reports import ViewerReports
from streamsign.server.grants.access import Access
from streamsign.server.grants.guesses import Guesses
from streamsign.server.grants.holds import Holds
from streamsign.server.metrics.collector import Metrics
from streamsign.settings import Settings
from streamsign.state.grants import Grant, Right
from streamsign.webrtc.pace import Pace

AUTH_TIMEOUT_S = 5.0

MAX_AUTH_CHARS = 4096
"""Longest first message; a token has some 100 characters. Anybody may send it, so nothing longer is parsed."""

BURST_S = 4.0
"""Seconds' worth of messages that a viewer may send at once. It reports each letter it painted, and answers pings."""

MAX_WAITING, MAX_WAITING_PER_ADDRESS = 512, 64
"""Connections that have not shown a token yet, in all and from one address (close code 4429)."""

_waiting: Counter[str] = Counter()
_encoded: WeakKeyDictionary[CaptionRoom, EncodedEvents] = WeakKeyDictionary()


async def serve_captions(
    socket: WebSocket,
    name: str,
    *,
    rooms: CaptionRooms,
    access: Access,
    guesses: Guesses,
    holds: Holds,
    metrics: Metrics,
    settings: Settings,
) -> None:
    """Serve one viewer until either side closes, or its grant ends."""
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    try:
        grant = await _admit(socket, offered, name, access, guesses)
        if isinstance(grant, tuple):
            await socket.close(*grant)
            return
        if not has_place(rooms, name, settings.max_viewers, grant):
            await socket.close(TOO_MANY, "The server has as many viewers as it allows; try again later.")
            return
        try:
            room = await rooms.get(name, to_watch=not is_owners(grant))
        except TooManyRooms:
            await socket.close(TOO_MANY, "The server has as many rooms as it allows.")
            return
        except LogUnavailable:
            await socket.close(TRY_AGAIN, "The room's captions cannot be loaded now; try again in some seconds.")
            return
        except ValueError:
            await socket.close(NO_SUCH_ROOM, "A room's name is 1 to 64 letters, digits, - or _.")
            return
        after = socket.query_params.get("after")
        if after is not None and not (after.isascii() and after.isdigit() and len(after) <= 15):
            await socket.close(BAD_QUERY, "after must be the number of an event, 0 or more.")
            return
        async with room.subscribe(None if after is None else int(after), socket.query_params.get("log_id")) as events:
            metrics.viewers.inc()
            try:
                with holds.hold(grant, partial(events.close, code=UNAUTHORIZED)):
                    reports = ViewerReports(metrics.observe, metrics.tracing(room))
                    await _serve(socket, events, reports, room, settings.messages_per_s)
            finally:
                metrics.viewers.dec()
        if socket.application_state is WebSocketState.CONNECTED and events.closed_reason:
            await socket.close(events.closed_code, events.closed_reason)
    except (WebSocketDisconnect, RuntimeError):  # gone in the middle of a send; starlette raises either
        return


async def _serve(
    socket: WebSocket, events: Subscription, reports: ViewerReports, room: CaptionRoom, messages_per_s: float
) -> None:
    greeted = asyncio.Event()
    clock, protocol = room.clock, frames_of(socket)
    encoded = _encoded.setdefault(room, EncodedEvents())
    measures = socket.query_params.get("reports") == "1"

    def shared_frame(event: Hello | KeptEvent | Moment) -> bytes:
        """The frame of an event for viewers that do not report."""
        sent_s = None
        if isinstance(event, Letter):
            now_s = clock()
            sent_s = now_s if reports.sent(event, now_s) else None
        return encoded.frame(event, sent_s)

    async def send() -> None:
        async for event in events:
            if isinstance(event, Hello):  # another one follows when the text is deleted
                reports.greeted(event.last_seq)
            if measures and isinstance(event, Letter):
                await protocol.send_frame(text_frame(reports.sending(event, clock()).model_dump_json()))
            else:
                await protocol.send_frame(shared_frame(event))
            greeted.set()

    def at_once(event: KeptEvent | Moment) -> bool:  # a thousand turns of tasks take longer than a thousand writes
        if not protocol.can_send:
            return False
        protocol.send_now(shared_frame(event))
        return True

    async def listen() -> None:  # most viewers say nothing; reading notices that they left
        pace = Pace(messages_per_s, at_once=BURST_S * messages_per_s)
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            if pace.wait_s(time.monotonic()) > 0:
                await socket.close(TOO_MANY, f"A viewer may send {messages_per_s:.0f} messages a second.")
                return
            reports.heard(message.get("text") or "", clock())

    async def ask() -> None:
        await greeted.wait()
        while True:
            await socket.send_text(reports.ping(clock()).model_dump_json())
            await asyncio.sleep(reports.pause_s)

    if not measures:
        events.at_once = at_once
    tasks = [asyncio.ensure_future(send()), asyncio.ensure_future(listen())]
    if measures:
        tasks.append(asyncio.ensure_future(ask()))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


_Refusal = tuple[int, str]
_ENDED: _Refusal = (UNAUTHORIZED, "This link has expired, or was revoked; open a new link.")
_WRONG: _Refusal = (UNAUTHORIZED, "The view token is missing or wrong; open the viewer link again.")


async def _admit(
    socket: WebSocket, offered: list[str], room: str, access: Access, guesses: Guesses
) -> Grant | _Refusal | None:
    """The grant of a viewer, None for the view token; close code and reason if the viewer is refused."""
    shown = [entry.removeprefix("token.") for entry in offered if entry.startswith("token.")]
    token = shown[0] if shown else access.caller(socket)
    if token is not None:
        return await _judged(socket, token, room, access, guesses)
    address = socket.client.host if socket.client else ""
    if _waiting.total() >= MAX_WAITING or _waiting[address] >= MAX_WAITING_PER_ADDRESS:
        return TOO_MANY, "Too many connections wait for their token; try again later."
    _waiting[address] += 1
    try:
        return await _ask_for_token(socket, room, access, guesses)
    finally:
        _waiting[address] -= 1
        if not _waiting[address]:
            del _waiting[address]


async def _ask_for_token(socket: WebSocket, room: str, access: Access, guesses: Guesses) -> Grant | _Refusal | None:
    with contextlib.suppress(asyncio.TimeoutError, ValueError, KeyError, RecursionError):
        text = await asyncio.wait_for(socket.receive_text(), AUTH_TIMEOUT_S)
        if len(text) > MAX_AUTH_CHARS:
            return TOO_BIG, f"The first message may have {MAX_AUTH_CHARS} characters."
        message = json.loads(text)
        if isinstance(message, dict) and message.get("type") == "auth":
            token = str(message["token"])
            return await _judged(socket, token, room, access, guesses)
    return _WRONG


async def _judged(
    socket: WebSocket, token: str, room: str, access: Access, guesses: Guesses
) -> Grant | _Refusal | None:
    """The grant of a token that allows viewing; else a refusal, with a wait after many wrong tokens."""
    grant = access.grant(token)  # read once: it may end at any time
    if access.is_fixed(token, Right.VIEW) if grant is None else grant.allows(Right.VIEW, room):
        return grant
    if access.has_ended(token):
        return _ENDED
    wait_s = await guesses.wrong(socket.client.host if socket.client else "") if access.is_guess(token) else 0.0
    # The same code: a page must not try a wrong token again and again.
    return (UNAUTHORIZED, f"Too many wrong tokens; try again in {math.ceil(wait_s)} s.") if wait_s else _WRONG
