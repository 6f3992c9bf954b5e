"""The captions websocket: Hello, what was missed, then the present; and what viewers who measure report back."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Callable

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from streamsign.captions.events import Letter
from streamsign.captions.hub import Rooms, Subscription
from streamsign.captions.protocol import BAD_QUERY, BEHIND, NO_SUCH_ROOM, SUBPROTOCOL, UNAUTHORIZED
from streamsign.server.captions.reports import ViewerReports
from streamsign.server.grants.access import Access
from streamsign.server.metrics.collector import Metrics
from streamsign.state.grants import Right

AUTH_TIMEOUT_S = 5.0


async def serve_captions(socket: WebSocket, name: str, *, rooms: Rooms, access: Access, metrics: Metrics) -> None:
    """Serve one viewer until either side closes."""
    offered = socket.scope.get("subprotocols", [])
    await socket.accept(SUBPROTOCOL if SUBPROTOCOL in offered else None)
    try:
        if not await _allowed(socket, offered, name, access):
            await socket.close(UNAUTHORIZED, "The view token is missing or wrong; open the viewer link again.")
            return
        try:
            room = rooms.get(name)
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
                reports = ViewerReports(events.hello.last_seq, metrics.observe)
                await _serve(socket, events, reports, room.clock)
            finally:
                metrics.viewers.dec()
        if socket.application_state is WebSocketState.CONNECTED and events.closed_reason:
            going = events.closed_reason.startswith("The server")
            await socket.close(1001 if going else BEHIND, events.closed_reason)
    except (WebSocketDisconnect, RuntimeError):  # gone in the middle of a send; starlette raises either
        return


async def _serve(socket: WebSocket, events: Subscription, reports: ViewerReports, clock: Callable[[], float]) -> None:
    greeted = asyncio.Event()

    async def send() -> None:
        async for event in events:
            sent = reports.sending(event, clock()) if isinstance(event, Letter) else event
            await socket.send_text(sent.model_dump_json())
            greeted.set()

    async def listen() -> None:  # most viewers say nothing; reading notices that they left
        while (message := await socket.receive())["type"] != "websocket.disconnect":
            reports.heard(message.get("text") or "", clock())

    async def ask() -> None:
        await greeted.wait()
        while True:
            await socket.send_text(reports.ping(clock()).model_dump_json())
            await asyncio.sleep(reports.pause_s)

    tasks = [asyncio.ensure_future(send()), asyncio.ensure_future(listen())]
    if socket.query_params.get("reports") == "1":
        tasks.append(asyncio.ensure_future(ask()))
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _allowed(socket: WebSocket, offered: list[str], room: str, access: Access) -> bool:
    shown = [entry.removeprefix("token.") for entry in offered if entry.startswith("token.")]
    token = shown[0] if shown else access.caller(socket)
    if token is not None:
        return access.allows(token, Right.VIEW, room)
    with contextlib.suppress(asyncio.TimeoutError, ValueError, KeyError):
        message = json.loads(await asyncio.wait_for(socket.receive_text(), AUTH_TIMEOUT_S))
        if isinstance(message, dict) and message.get("type") == "auth":
            return access.allows(str(message["token"]), Right.VIEW, room)
    return False
