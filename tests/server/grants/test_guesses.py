"""server/grants/guesses.py: wrong secrets make their address wait, in virtual time and on a real server."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from httpx import ASGITransport, AsyncClient
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from streamsign.server.app import create_app
from streamsign.server.grants.guesses import EXPIRE_AFTER_S, FREE_GUESSES, LONGEST_WAIT_S, MAX_ADDRESSES, Guesses
from streamsign.state.grants import PHONE, Right
from tests.server.conftest import Running


async def test_waits_double_and_are_forgotten() -> None:
    """The first ones are free, each later one waits twice as long, and ten quiet minutes reset the count."""
    now = [0.0]
    guesses = Guesses(clock=lambda: now[0])
    assert [await guesses.wrong("192.0.2.1") for _ in range(FREE_GUESSES)] == [0.0] * FREE_GUESSES
    waits = []
    for _ in range(9):
        waits.append(await guesses.wrong("192.0.2.1"))
        assert await guesses.wrong("192.0.2.1") == waits[-1]  # within the wait: not counted
        now[0] += waits[-1]
    assert waits == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, *[LONGEST_WAIT_S] * 3]
    assert guesses.wait_s("192.0.2.2") == 0.0
    now[0] += EXPIRE_AFTER_S
    assert await guesses.wrong("192.0.2.1") == 0.0


async def test_addresses_are_bounded_and_networks_count_as_one() -> None:
    """A host cannot use its many IPv6 addresses, and no number of addresses takes more memory than the limit."""
    guesses = Guesses(clock=lambda: 0.0)
    for number in range(FREE_GUESSES):
        await guesses.wrong(f"2001:db8::{number:x}")
    assert await guesses.wrong("2001:db8::ffff") > 0
    assert guesses.wait_s("2001:db8:0:1::1") == 0.0
    for number in range(2 * MAX_ADDRESSES):
        await guesses.wrong(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}")
    assert len(guesses._here.entries()) == MAX_ADDRESSES


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("POST", "/pair", {"code": "guess"}, 404),
        ("POST", "/api/login", {"key": "guess"}, 401),
        ("GET", "/rooms/main/transcript.txt", None, 401),
        ("GET", "/api/host", None, 403),
        ("GET", "/api/models", None, 403),
        ("POST", "/rooms/main/edits", {"action": "space"}, 401),
        ("DELETE", "/whip/any", None, 401),
    ],
)
async def test_guessing_is_answered_429(
    running: Running, method: str, path: str, body: dict[str, str] | None, status: int
) -> None:
    """After the free ones a wrong secret is answered 429 with Retry-After; a valid token works meanwhile."""
    async with running.stranger() as http:
        wrong = {} if body and ("code" in body or "key" in body) else {"Authorization": "Bearer guess"}
        answers = [await http.request(method, path, json=body, headers=wrong) for _ in range(FREE_GUESSES + 1)]
        assert [answer.status_code for answer in answers] == [status] * FREE_GUESSES + [429]
        assert answers[-1].headers["retry-after"] == "1"
        assert answers[-1].json()["reason"] == "too_many_guesses"
        right = {"Authorization": f"Bearer {running.server.access.view_token}"}
        assert (await http.get("/rooms/main/transcript.txt", headers=right)).status_code == 200


async def test_what_was_valid_once_is_no_guess(running: Running) -> None:
    """A phone that comes back with an expired session, or a link for another purpose, does not make anybody wait."""
    grants = running.server.access.grants
    expired, other = grants.make(PHONE, "main", -1), grants.make((Right.PUBLISH,), "main", 60)
    async with running.stranger() as http:
        for token in (expired, other) * FREE_GUESSES:
            answer = await http.get("/rooms/main/words", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 401


async def test_other_computers_wait_even_with_the_right_code(running: Running) -> None:
    """While an address of the network has to wait, its codes are not looked at; this computer's, a proxy's, are."""
    guesses, codes = running.server.guesses, running.server.codes
    for _ in range(FREE_GUESSES + 1):
        await guesses.wrong("192.0.2.1")
        await guesses.wrong("127.0.0.1")
    code = (await codes.current("main")).code
    from_network = ASGITransport(create_app(running.server.settings, running.server), client=("192.0.2.1", 5000))
    async with AsyncClient(transport=from_network, base_url="http://a") as http:
        assert (await http.post("/pair", json={"code": code})).status_code == 429
    assert (await running.http.post("/pair", json={"code": code})).status_code == 200


async def test_a_viewer_that_guesses_is_told_to_wait(running: Running) -> None:
    """Wrong tokens of websockets count as those of requests do; the code makes pages stop."""
    url = running.url.replace("http", "ws") + "/captions/main"
    codes, reasons = [], []
    for _ in range(FREE_GUESSES + 1):
        async with connect(url, subprotocols=[Subprotocol("streamsign.v2"), Subprotocol("token.guess")]) as viewer:
            async with asyncio.timeout(20):
                with contextlib.suppress(ConnectionClosed):
                    await viewer.recv()
            codes.append(viewer.close_code)
            reasons.append(viewer.close_reason or "")
    assert codes == [4401] * (FREE_GUESSES + 1)
    assert ["try again in 1 s" in reason for reason in reasons] == [False] * FREE_GUESSES + [True]


async def test_a_page_without_a_token_does_not_guess(running: Running) -> None:
    """An empty token, as a caption page without a token sends, is refused at once."""
    url = running.url.replace("http", "ws") + "/captions/main"
    for _ in range(FREE_GUESSES + 1):
        async with connect(url) as viewer, asyncio.timeout(20):
            await viewer.send('{"type": "auth", "token": ""}')
            with contextlib.suppress(ConnectionClosed):
                await viewer.recv()
        assert viewer.close_code == 4401
    assert await running.server.guesses.wrong("127.0.0.1") == 0.0
