"""The same session, link and room from many requests at once, on a real server."""

from __future__ import annotations

import asyncio
from collections import Counter

from streamsign.state.grants import Right
from tests.server.conftest import Running

AT_ONCE = 12


async def test_one_of_many_deletions_ends_a_session(running: Running, offer: str) -> None:
    """Candidates and deletions of one session at once: it is closed once, and nothing is left of it."""
    opened = await running.http.post("/whip", content=offer, headers=running.auth)
    assert opened.status_code == 201
    where = opened.headers["location"]
    trickle = {**running.auth, "Content-Type": "application/trickle-ice-sdpfrag", "If-Match": opened.headers["etag"]}
    candidate = "a=candidate:1 1 udp 1 192.0.2.1 5000 typ host\r\n"

    async def patch() -> int:
        return (await running.http.patch(where, content=candidate, headers=trickle)).status_code

    async def delete() -> int:
        return (await running.http.delete(where, headers=running.auth)).status_code

    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(each() for _ in range(AT_ONCE) for each in (patch, delete)))
    patched, deleted = Counter(answers[::2]), Counter(answers[1::2])
    assert set(patched) <= {204, 404}
    assert set(deleted) <= {200, 204, 404}
    assert len(running.cameras) == 0


async def test_one_of_many_revocations_revokes_a_link(running: Running) -> None:
    """Twelve revocations at once: one succeeds, the others find no link, and the link opens nothing."""
    made = (await running.http.post("/api/links", json={"kind": "view"})).json()
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(running.http.delete(f"/api/links/{made['id']}") for _ in range(AT_ONCE)))
    assert Counter(answer.status_code for answer in answers) == {204: 1, 404: AT_ONCE - 1}
    assert not running.server.access.allows(made["token"], Right.VIEW, "main")


async def test_one_of_many_writers_writes(running: Running) -> None:
    """Twelve editors that saw the same text write at once: one succeeds, the others are asked to read again."""
    bodies = [{"action": "write", "text": f"TEXT{chr(65 + number)}", "before": ""} for number in range(AT_ONCE)]
    async with asyncio.timeout(60):
        answers = await asyncio.gather(*(running.http.post("/rooms/main/edits", json=body) for body in bodies))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: AT_ONCE - 1}
    (written,) = (answer.json()["text"] for answer in answers if answer.status_code == 200)
    assert (await running.server.rooms.get("main")).text == written
