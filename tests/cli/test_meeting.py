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
from streamsign.server.run import bind


@asynccontextmanager
async def _meeting(status: Callable[[int], int]) -> AsyncIterator[tuple[str, list[tuple[str, str, str]]]]:
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

    bound = bind("127.0.0.1", 0, "--port")
    server = uvicorn.Server(uvicorn.Config(app, lifespan="off", log_config=None))
    task = asyncio.ensure_future(server._serve([bound]))
    try:
        yield f"http://127.0.0.1:{bound.getsockname()[1]}/closedcaption?id=7", taken
    finally:
        server.should_exit = True
        await task


async def test_lines_are_taken_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    """A meeting that fails now and then gets every line all the same, with growing numbers and the language."""
    monkeypatch.setattr(meeting, "FIRST_DELAY_S", 0.01)
    async with _meeting(lambda number: 503 if number % 2 else 200) as (url, taken):
        captions = MeetingCaptions(url, "id-ID", 41)
        sending = asyncio.ensure_future(captions.run())
        captions.add(["LOVE", "COOL ÉÈ"])
        await captions.drain(20)
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
    assert taken == [("42", "id-ID", "LOVE"), ("43", "id-ID", "COOL ÉÈ")]


async def test_a_refusal_is_said() -> None:
    """An address of a meeting that has ended is an error with the next step."""
    async with _meeting(lambda _: 403) as (url, _):
        captions = MeetingCaptions(url, "en-US", 0)
        captions.add(["LOVE"])
        with pytest.raises(ConnectionFailed, match="403"):
            await asyncio.wait_for(captions.run(), 20)


def test_what_is_no_address_is_said() -> None:
    """Before anything is watched."""
    with pytest.raises(ConnectionFailed, match="caption address"):
        MeetingCaptions("meeting 7", "en-US", 0)
