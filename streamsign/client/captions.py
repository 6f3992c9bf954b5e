"""Receive the captions of a room from another program: ``async for event in watch(url)``."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

from pydantic import ValidationError
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI
from websockets.typing import Subprotocol

from streamsign.captions.events import Hello, KeptEvent, Moment, event_adapter
from streamsign.captions.protocol import SUBPROTOCOL, UNAUTHORIZED
from streamsign.client.tls import tls_context, untrusted
from streamsign.errors import ConnectionFailed
from streamsign.state.grants import Right
from streamsign.state.local import local_grant

_FIRST_DELAY_S = 0.2
_LONGEST_DELAY_S = 10.0


@dataclass(frozen=True, slots=True)
class RoomAddress:
    """Where a room's captions are.

    Attributes:
        url: ``ws://`` or ``wss://`` address without query or fragment.
        token: view token that came with the link, None when there was none.
    """

    url: str
    token: str | None


def room_address(link: str) -> RoomAddress:
    """The caption address behind any link streamsign shows.

    Takes ``http(s)://host:port`` (room ``main``), ``…/view/ROOM#token=TOKEN`` and ``ws(s)://…/captions/ROOM``.

    Raises:
        ConnectionFailed: the link is none of these.
    """
    mistake = ConnectionFailed(
        f"'{link.partition('#')[0]}' is not the address of a streamsign room.",
        "Give http://HOST:PORT, a viewer link as the host page shows it, or ws://HOST:PORT/captions/ROOM.",
    )
    try:
        parts = urlsplit(link.strip())
        _ = parts.port
    except ValueError as error:
        raise mistake from error
    scheme = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}.get(parts.scheme)
    if scheme is None or not parts.hostname:
        raise mistake
    fragment = parse_qs(parts.fragment)
    match parts.path.strip("/").split("/"):
        case [""]:
            room = "main"
        case ["view" | "captions", room] if room:
            pass
        case _:
            raise mistake
    token = fragment.get("token", [None])[0]
    return RoomAddress(urlunsplit((scheme, parts.netloc, f"/captions/{room}", "", "")), token)


async def watch(
    url: str,
    *,
    token: str | None = None,
    after: int | None = None,
    log_id: str | None = None,
    reconnect: bool = True,
    attempts: int = 10,
    ca_file: Path | None = None,
    insecure: bool = False,
    state_dir: Path | None = None,
) -> AsyncGenerator[Hello | KeptEvent | Moment, None]:
    """Yield a room's events as they happen, over as many connections as it takes.

    Every connection begins with a Hello, then what was missed; no letter is yielded twice or left out unless the
    Hello says that the log starts over.

    Args:
        url: any link :func:`room_address` takes.
        token: view token; the one in the link when None. Without either, a program on the server's own computer signs
            one for each connection with the key in the state folder.
        state_dir: that server's state folder; the one of ``streamsign serve`` when None.
        after: number of the last event already known, None to get the log from its start.
        log_id: the log that number belongs to.
        reconnect: whether to come back after a lost connection.
        attempts: connections in a row that may fail before giving up, waiting longer each time (10 s at most).
        ca_file: certificate of the authority that signed the server's certificate, as PEM.
        insecure: accept any certificate; what is read could then come from, or be seen by, anybody on the network.

    Raises:
        ConnectionFailed: the first connection failed, too many failed in a row, or the token was refused.
    """
    address = room_address(url)
    token = token or address.token
    tls = tls_context(ca_file, insecure) if address.url.startswith("wss:") else None
    failed = 0
    connected_before = False
    room = address.url.rpartition("/")[2]
    while True:
        shown = token or local_grant(address.url, (Right.VIEW,), room, state_dir=state_dir)
        try:
            async with connect(
                _with_place(address.url, after, log_id),
                subprotocols=[Subprotocol(SUBPROTOCOL), Subprotocol(f"token.{shown}")] if shown else None,
                ssl=tls,
                proxy=None,  # rooms are on this computer or the LAN
            ) as connection:
                async for event in _events(connection, address.url):
                    failed, connected_before = 0, True
                    if isinstance(event, Hello):
                        log_id = event.log_id
                        after = after if event.replay == "resume" else None
                    elif isinstance(event, KeptEvent):
                        after = event.seq
                    yield event
            lost = ConnectionFailed(f"{address.url} closed the connection.", "Restart the server, then watch again.")
        except (OSError, InvalidHandshake, InvalidURI, ConnectionClosed) as error:
            lost = _explained(error, address.url)
            if isinstance(error, ConnectionClosed) and error.rcvd is not None and error.rcvd.code == UNAUTHORIZED:
                raise lost from error
            lost.__cause__ = error
        failed += 1
        if not connected_before or failed > attempts:
            raise lost
        if not reconnect:
            return
        # Full jitter keeps many viewers of one restarted server apart.
        await asyncio.sleep(min(_LONGEST_DELAY_S, _FIRST_DELAY_S * 2**failed) * random.uniform(0.5, 1))  # noqa: S311


async def _events(connection: ClientConnection, url: str) -> AsyncGenerator[Hello | KeptEvent | Moment, None]:
    while True:
        try:
            message = await connection.recv()
        except ConnectionClosed as closed:
            if closed.rcvd is not None and closed.rcvd.code in (1000, 1001):
                return
            raise
        try:
            yield event_adapter.validate_json(message)
        except ValidationError as error:
            raise ConnectionFailed(
                f"{url} sent a message that is not a streamsign event: {message[:80]!r}.",
                "Check the address, and that client and server are of the same version.",
            ) from error


def _with_place(url: str, after: int | None, log_id: str | None) -> str:
    place = {"after": after, "log_id": log_id if after is not None else None}
    query = urlencode({name: value for name, value in place.items() if value is not None})
    return f"{url}?{query}" if query else url


def _explained(error: Exception, url: str) -> ConnectionFailed:
    next_step = "Use the viewer link from the host page, or set STREAMSIGN_VIEW_TOKEN."
    if isinstance(error, ConnectionClosed):
        if error.rcvd is not None and error.rcvd.code == UNAUTHORIZED:
            reason = error.rcvd.reason.removesuffix(".") or "no reason given"
            return ConnectionFailed(f"{url} refused the token: {reason}.", next_step)
        return ConnectionFailed(f"The connection to {url} was lost: {error}.", "Check the network and the server.")
    if isinstance(error, InvalidStatus) and error.response.status_code in (401, 403):
        return ConnectionFailed(f"{url} refused the connection ({error.response.status_code}).", next_step)
    if (mistrust := untrusted(url, error)) is not None:
        return mistrust
    if isinstance(error, InvalidHandshake):
        return ConnectionFailed(f"{url} does not answer as a streamsign server: {error}.", "Check address and port.")
    return ConnectionFailed(
        f"{url} cannot be reached: {error or type(error).__name__}.",
        "Start the server with `streamsign serve`, and check address, port and firewall.",
    )
