"""cli/meeting.py: lines reach a meeting's caption address, in order, each once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
import uvicorn
from fastapi import FastAPI, Request, Response

from streamsign.cli import meeting
from streamsign.cli.meeting import MeetingCaptions
from streamsign.errors import ConnectionFailed
from tests.server.conftest import listening


@asynccontextmanager
async def _meeting(
    status: Callable[[int], int], last_taken: int = 0
) -> AsyncIterator[tuple[str, list[tuple[str, str, str]]]]:
    """A caption address; what it took, and how it answers its n-th request."""
    app, taken, asked = FastAPI(), list[tuple[str, str, str]](), [0]

    @app.post("/closedcaption")
    async def caption(request: Request) -> Response:
        asked[0] += 1
        code = status(asked[0])
        if code == 200:
            query = request.query_params
            assert query["id"] == "7"
            taken.append((query["seq"], query["lang"], (await request.body()).decode()))
        return Response(status_code=code)

    @app.get("/closedcaption/seq")
    async def seq() -> Response:
        return Response(str(last_taken)) if last_taken else Response(status_code=404)

    async with listening(uvicorn.Config(app, lifespan="off", log_config=None)) as address:
        yield f"http://{address}/closedcaption?id=7", taken


async def test_lines_are_taken_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A meeting that fails sometimes still gets every line, with increasing numbers and the language."""
    monkeypatch.setattr(meeting, "FIRST_DELAY_S", 0.01)
    async with _meeting(lambda number: 503 if number % 2 else 200) as (url, taken):
        captions = MeetingCaptions(url, "id-ID", 41)
        sending = asyncio.ensure_future(captions.run())
        captions.add(["LOVE", "COOL ÉÈ"])
        await captions.drain(20)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert taken == [("42", "id-ID", "LOVE"), ("43", "id-ID", "COOL ÉÈ")]


async def test_a_refusal_is_said_and_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A meeting that has not started answers 400: the line waits with its number, and both changes are logged."""
    monkeypatch.setattr(meeting, "FIRST_DELAY_S", 0.01)
    notes: list[str] = []
    async with _meeting(lambda number: 400 if number < 4 else 200) as (url, taken):
        captions = MeetingCaptions(url, "en-US", 0, notes.append)
        sending = asyncio.ensure_future(captions.run())
        captions.add(["LOVE"])
        await captions.drain(20)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert taken == [("1", "en-US", "LOVE")]
    assert ["400" in notes[0], "again" in notes[1], len(notes)] == [True, True, 2]
    assert "id=7" not in "".join(notes)


async def test_numbers_go_on_where_the_meeting_is() -> None:
    """A meeting that reports its last number gets the next one."""
    async with _meeting(lambda _: 200, last_taken=41) as (url, taken):
        captions = MeetingCaptions(url, "en-US", 1_700_000_000)
        sending = asyncio.ensure_future(captions.run())
        captions.add(["C"])
        await captions.drain(20)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert taken == [("42", "en-US", "C")]


async def test_too_many_lines_are_joined(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a silent meeting makes wait stays few lines, and not one is lost."""
    monkeypatch.setattr(meeting, "MAX_WAITING", 2)
    async with _meeting(lambda _: 200) as (url, taken):
        captions = MeetingCaptions(url, "en-US", 0)
        captions.add(["C", "E", "L", "O"])
        sending = asyncio.ensure_future(captions.run())
        await captions.drain(20)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert [text for _, _, text in taken] == ["C", "E\nL\nO"]


def test_what_is_no_address_is_said() -> None:
    """Before anything is watched."""
    with pytest.raises(ConnectionFailed, match="caption address"):
        MeetingCaptions("meeting 7", "en-US", 0)
