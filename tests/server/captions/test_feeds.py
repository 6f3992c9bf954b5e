"""server/captions/feeds.py: a room's captions as files and as a stream that grows."""

from __future__ import annotations

import asyncio
import json
import threading
from typing import Any

import pytest

from streamsign.captions.events import event_adapter
from streamsign.recognition.events import Commit
from streamsign.server.captions import routes
from streamsign.server.captions.feeds import transcript
from tests.server.conftest import Running


async def _sign(running: Running, word: str, at_s: float) -> None:
    room = await running.server.rooms.get("stage")
    for number, letter in enumerate(word):
        room.publish_letter("a", Commit(letter, 0.9, at_s + number - 0.2, at_s + number))


@pytest.mark.parametrize(
    ("kind", "begins"),
    [
        ("txt", "LOVE\n"),
        ("vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:06.000\nLOVE\n"),
        ("srt", "1\n00:00:00,000 --> 00:00:06,000\nLOVE\n"),
    ],
)
async def test_the_transcript_comes_as_a_file(running: Running, kind: str, begins: str) -> None:
    """Times count from the first letter; the name is the room's."""
    await _sign(running, "LOVE", 1_800_000_000.0)
    answer = await running.http.get(f"/rooms/stage/transcript.{kind}")
    assert answer.text.startswith(begins)
    assert answer.headers["content-disposition"] == f'attachment; filename="stage.{kind}"'


async def test_cues_are_of_words_letters_or_lines(running: Running) -> None:
    """Without a wish a cue holds a word; by letter each letter begins one; another wish is refused."""
    await _sign(running, "LOVE", 1_800_000_000.0)
    by_letter = (await running.http.get("/rooms/stage/transcript.srt?by=letter")).text
    assert by_letter.startswith("1\n00:00:00,000 --> 00:00:01,000\nL\n")
    assert by_letter.count(" --> ") == 4
    assert (await running.http.get("/rooms/stage/transcript.srt?by=line")).text.count(" --> ") == 1
    assert (await running.http.get("/rooms/stage/transcript.srt?by=page")).status_code == 422


async def test_a_transcript_is_made_beside_the_event_loop(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long transcript delays no frame and no viewer."""
    threads = []

    def made(*given: Any) -> str:
        threads.append(threading.get_ident())
        return transcript(*given)

    monkeypatch.setattr(routes, "transcript", made)
    await _sign(running, "LOVE", 1_800_000_000.0)
    assert (await running.http.get("/rooms/stage/transcript.txt")).text == "LOVE\n"
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_json_lines_are_the_wire_schema(running: Running) -> None:
    """Every line is an event with its time and certainty, as the websocket sends it."""
    await _sign(running, "LO", 1_800_000_000.0)
    lines = (await running.http.get("/rooms/stage/transcript.jsonl")).text.splitlines()
    assert [event_adapter.validate_json(line).type for line in lines] == ["letter", "letter"]
    assert [json.loads(line)["confidence"] for line in lines] == [0.9, 0.9]


async def test_zero_can_be_the_start_of_a_recording(running: Running) -> None:
    """With a recording's own start the cues fit that recording."""
    await _sign(running, "L", 1_800_000_000.0)
    answer = await running.http.get("/rooms/stage/transcript.srt", params={"zero_s": 1_799_999_990})
    assert "00:00:10,000 --> " in answer.text


async def test_an_empty_room_gives_empty_files(running: Running) -> None:
    """Nothing signed is not an error."""
    assert (await running.http.get("/rooms/empty/transcript.vtt")).text == "WEBVTT\n"
    assert (await running.http.get("/rooms/empty/transcript.txt")).text == ""


async def test_strangers_need_the_view_token(running: Running) -> None:
    """A missing token and an invalid room are refused; a token is accepted as bearer and as password in the URL."""
    url = "/rooms/main/transcript.txt"
    token = running.server.access.view_token
    async with running.stranger() as http:
        refused = await http.get(url)
        assert (refused.status_code, refused.json()["reason"]) == (401, "unauthorized")
        assert (await http.get(url, auth=("viewer", token))).status_code == 200
        assert (await http.get(url, auth=("viewer", "wrong"))).status_code == 401
        assert (await http.get(url, headers={"Authorization": "Basic %%%"})).status_code == 401
        assert (await http.get(url, headers={"Authorization": f"Bearer {token}"})).status_code == 200
    assert (await running.http.get("/rooms/no%20room/transcript.txt")).json()["reason"] == "no_such_room"


async def test_a_live_stream_tells_each_change(running: Running) -> None:
    """A follower gets the header at once, then the text as it grows, and an end when the server stops."""
    room = await running.server.rooms.get("stage")
    got = ""
    async with running.http.stream("GET", "/rooms/stage/live.vtt") as stream, asyncio.timeout(20):
        assert stream.headers["content-type"].startswith("text/vtt")
        async for part in stream.aiter_text():
            got += part
            if got == "WEBVTT\n\n":
                room.publish_letter("a", Commit("L", 0.9, room.clock(), room.clock()))
            elif room.text == "L" and got.endswith("\nL\n\n"):
                room.publish_letter("a", Commit("O", 0.9, room.clock(), room.clock()))
            elif got.endswith("\nLO\n\n"):
                room.close()
    assert got.count(" --> ") >= 2
