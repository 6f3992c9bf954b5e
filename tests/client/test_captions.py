"""client/captions.py against a real websockets server that serves a real room."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.typing import Subprotocol

from streamsign.captions.events import Hello, Letter
from streamsign.captions.hub import Room
from streamsign.client import captions as client
from streamsign.client.captions import RoomAddress, room_address, watch
from streamsign.errors import ConnectionFailed
from streamsign.recognition.events import Commit

TOKEN = "view-token_1"


class _Service:
    """A room on a port; closes each connection after ``letters_each`` letters when that is set."""

    def __init__(self) -> None:
        self.room = Room("main", "celov", ["C", "E"], clock=lambda: 1.0)
        self.letters_each = 0
        self.code = 1011
        self.queries: list[dict[str, list[str]]] = []

    def sign(self, letters: str) -> None:
        for letter in letters:
            self.room.publish_letter("a", Commit(letter, 0.9, 1.0, 1.5))

    async def handle(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        offered = connection.request.headers.get("Sec-WebSocket-Protocol", "")
        if f"token.{TOKEN}" not in offered:
            await connection.close(4401, "a view token is needed.")
            return
        query = parse_qs(urlsplit(connection.request.path).query)
        self.queries.append(query)
        after = int(query["after"][0]) if "after" in query else None
        sent = 0
        async with self.room.subscribe(after, query.get("log_id", [None])[0]) as viewer:
            async for event in viewer:
                await connection.send(event.model_dump_json())
                sent += isinstance(event, Letter)
                if sent and sent == self.letters_each:
                    await connection.close(self.code, "gone")
                    return


@contextlib.asynccontextmanager
async def _serving() -> AsyncIterator[tuple[_Service, str]]:
    service = _Service()
    server: Server
    async with serve(service.handle, "127.0.0.1", 0, subprotocols=[Subprotocol("streamsign.v2")]) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield service, f"http://127.0.0.1:{port}/view/main#token={TOKEN}"
        service.room.close()


@pytest.fixture(autouse=True)
def _quick_to_return(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_LONGEST_DELAY_S", 0.01)


async def _letters(url: str, count: int, **options: int) -> list[Letter]:
    letters: list[Letter] = []
    async with contextlib.aclosing(watch(url, **options)) as events:  # type: ignore[arg-type]
        async for event in events:
            if isinstance(event, Letter):
                letters.append(event)
                if len(letters) == count:
                    break
    return letters


@pytest.mark.parametrize(
    ("link", "address"),
    [
        ("http://localhost:8080", RoomAddress("ws://localhost:8080/captions/main", None)),
        ("https://10.0.0.2:8443/view/hall#token=T", RoomAddress("wss://10.0.0.2:8443/captions/hall", "T")),
        ("wss://host/captions/hall", RoomAddress("wss://host/captions/hall", None)),
        ("ws://[::1]:8080/", RoomAddress("ws://[::1]:8080/captions/main", None)),
    ],
)
def test_any_link_leads_to_the_captions(link: str, address: RoomAddress) -> None:
    """Host page, viewer link and caption address all name the same socket."""
    assert room_address(link) == address


@pytest.mark.parametrize("link", ["", "host:8080", "ftp://host", "http://", "http://h/other", "http://h:99999/"])
def test_a_link_that_is_none_is_told(link: str) -> None:
    """The message shows what links look like."""
    with pytest.raises(ConnectionFailed) as reported:
        room_address(link)
    assert "captions/ROOM" in reported.value.next_step


def test_a_bad_link_does_not_print_its_token() -> None:
    """Tokens stay out of messages."""
    with pytest.raises(ConnectionFailed) as reported:
        room_address("http://host/other#token=secret")
    assert "secret" not in str(reported.value)


async def test_a_watcher_gets_the_log_and_what_follows() -> None:
    """The greeting comes first, then letters from before and after the connection."""
    async with _serving() as (service, url):
        service.sign("CE")
        seen = []
        async with contextlib.aclosing(watch(url)) as events:
            async for event in events:
                seen.append(event)
                if len(seen) == 3:
                    service.sign("C")
                if len(seen) == 4:
                    break
    assert isinstance(seen[0], Hello)
    assert [event.letter for event in seen[1:] if isinstance(event, Letter)] == ["C", "E", "C"]


@pytest.mark.parametrize("code", [1000, 1011, 1012])
async def test_a_lost_connection_is_resumed_without_loss(code: int) -> None:
    """However often the server hangs up, every letter is seen once, in order."""
    async with _serving() as (service, url):
        service.letters_each, service.code = 2, code
        service.sign("CECEC")
        letters = await _letters(url, 5)
    assert [letter.seq for letter in letters] == [1, 2, 3, 4, 5]
    assert service.queries[1:] == [{"after": [n], "log_id": [service.room.log.log_id]} for n in "24"]


async def test_after_skips_what_is_known() -> None:
    """A watcher who names the last number gets what follows."""
    async with _serving() as (service, url):
        service.sign("CEC")
        assert [letter.seq for letter in await _letters(url, 1, after=2)] == [3]


async def test_without_reconnect_the_end_is_the_end() -> None:
    """A watcher who does not come back just stops."""
    async with _serving() as (service, url):
        service.letters_each = 1
        service.sign("CE")
        events = [event async for event in watch(url, reconnect=False)]
    assert len(events) == 2


async def test_a_refused_token_is_told_and_not_tried_again() -> None:
    """A wrong token fails at once with the way to get a right one, and is not shown."""
    async with _serving() as (service, url):
        with pytest.raises(ConnectionFailed, match=r"refused the token: a view token is needed\.\n") as reported:
            await anext(watch(url, token="wrong-one"))
    assert "STREAMSIGN_VIEW_TOKEN" in reported.value.next_step
    assert "wrong-one" not in str(reported.value)
    assert service.queries == []


async def test_a_server_that_is_not_there_is_told() -> None:
    """A closed port is an error with a next step."""
    async with _serving() as (_, url):
        pass
    with pytest.raises(ConnectionFailed, match="cannot be reached") as reported:
        await anext(watch(url))
    assert "streamsign serve" in reported.value.next_step


async def test_a_server_that_went_is_given_up_after_the_attempts() -> None:
    """Reconnecting ends with the reason of the last attempt."""
    async with _serving() as (service, url):
        service.letters_each = 1
        service.sign("C")
        events = watch(url, attempts=2)
        await anext(events)
        await anext(events)
    with pytest.raises(ConnectionFailed):
        await anext(events)


async def test_a_stranger_who_answers_is_told() -> None:
    """A websocket server that speaks something else is named as such."""

    async def chat(connection: ServerConnection) -> None:
        await connection.send(json.dumps({"type": "chat"}))

    async with serve(chat, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(ConnectionFailed, match="not a streamsign event"):
            await anext(watch(f"ws://127.0.0.1:{port}"))
