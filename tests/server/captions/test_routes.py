"""Word help and the list of rooms over HTTP, on a real server."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import httpx
import pytest

from streamsign.captions.events import KeptEvent
from streamsign.captions.hub import Room
from streamsign.captions.log import CaptionLog
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause
from streamsign.settings import read_settings
from tests.server.conftest import Running, serving


async def _sign(running: Running, *letters: tuple[tuple[str, float], ...]) -> None:
    for alternatives in letters:
        commit = Commit(alternatives[0][0], alternatives[0][1], 1.0, 1.5, alternatives)
        (await running.server.rooms.get("main")).publish_letter("a", commit)


async def test_names_and_own_words_are_suggested(running: Running) -> None:
    """PRIY is completed to a name, and QUXLE to a word of the server's own list."""
    async with httpx.AsyncClient(base_url=running.url, headers=running.owner) as http:
        await _sign(running, *(((letter, 0.98),) for letter in "PRIY"))
        assert (await http.get("/rooms/main/words")).json()["words"][0]["word"] == "PRIYA"
        (await running.server.rooms.get("main")).log.edit("clear")
        running.server.own_words = ("QUXLEY",)
        await _sign(running, *(((letter, 0.98),) for letter in "QUXLE"))
        assert (await http.get("/rooms/main/words")).json()["words"][0]["word"] == "QUXLEY"


async def test_a_suggestion_changes_nothing_until_it_is_taken(running: Running) -> None:
    """LCVE suggests LOVE; the text stays until somebody takes it, and then every viewer's text is LOVE."""
    await _sign(running, (("L", 0.98),), (("C", 0.6), ("O", 0.39)), (("V", 0.98),), (("E", 0.98),))
    async with httpx.AsyncClient(base_url=running.url, headers=running.owner) as http:
        found = (await http.get("/rooms/main/words")).json()
        assert (found["read"], found["words"][0]["word"], found["uncertain"]) == ("LCVE", "LOVE", True)
        assert 0 < found["certainty"] < 0.8
        assert (await running.server.rooms.get("main")).text == "LCVE"
        taken = await http.post("/rooms/main/edits", json={"action": "replace", "word": "love", "instead": "LCVE"})
        assert taken.json()["text"] == (await running.server.rooms.get("main")).text == "LOVE"
        assert all(each["word"] != "LOVE" for each in (await http.get("/rooms/main/words?lang=id")).json()["words"])
        spaced = {"action": "replace", "word": "love", "instead": "LOVE", "space": True}
        assert (await http.post("/rooms/main/edits", json=spaced)).json()["text"] == "LOVE "
        assert (await http.post("/rooms/main/edits", json={"action": "clear", "space": True})).status_code == 422


async def test_a_word_that_changed_meanwhile_is_not_replaced(running: Running) -> None:
    """A letter between the suggestion and the tap is not lost."""
    await _sign(running, (("C", 0.98),), (("O", 0.98),))
    async with httpx.AsyncClient(base_url=running.url, headers=running.owner) as http:
        late = await http.post("/rooms/main/edits", json={"action": "replace", "word": "COOL", "instead": "C"})
    assert late.status_code == 409
    assert (await running.server.rooms.get("main")).text == "CO"


@pytest.mark.parametrize(
    "edit", [{"action": "write", "text": "NO", "before": "C"}, {"action": "replace", "word": "NO", "instead": "C"}]
)
async def test_a_letter_on_its_way_to_the_disk_is_not_lost(running: Running, edit: dict[str, str]) -> None:
    """A letter that no viewer has seen yet counts as a change of the text."""
    room = await running.server.rooms.get("main")
    waiting: list[KeptEvent] = []
    room.log = CaptionLog("main", store=waiting.append)
    await _sign(running, (("C", 0.98),))
    room.log.publish_through(1)
    await _sign(running, (("O", 0.98),))
    assert (await running.http.post("/rooms/main/edits", json=edit)).status_code == 409
    assert [event.text for event in waiting] == ["C", "CO"]


async def test_a_word_that_a_pause_ended_gets_no_second_space(running: Running) -> None:
    """Also where the pause is on its way to the disk."""
    room = await running.server.rooms.get("main")
    assert isinstance(room, Room)
    waiting: asyncio.Queue[KeptEvent] = asyncio.Queue()
    room.log = CaptionLog("main", store=waiting.put_nowait)
    await _sign(running, (("C", 0.98),))
    room.log.append_pause("a", Pause("word", 1.5, 2.5))
    taken = {"action": "replace", "word": "SEE", "instead": "C", "space": True}
    answer = asyncio.ensure_future(running.http.post("/rooms/main/edits", json=taken))
    newest = [await asyncio.wait_for(waiting.get(), 5) for _ in range(3)][-1]
    room._stored(newest, room.log.log_id, None)
    assert (await answer).json()["text"] == "SEE "


async def test_what_cannot_be_asked_is_told(running: Running) -> None:
    """Another language, a room that cannot be, a replacement without a word or with one that is none."""
    async with httpx.AsyncClient(base_url=running.url, headers=running.owner) as http:
        assert "en, id" in (await http.get("/rooms/main/words?lang=xx")).json()["next_step"]
        assert (await http.get("/rooms/no%20room/words")).status_code == 404
        for body in ({"action": "replace"}, {"action": "space", "word": "A"}, {"action": "replace", "word": "A B"}):
            assert (await http.post("/rooms/main/edits", json=body)).status_code == 422


async def test_edits_change_the_text(running: Running) -> None:
    """An edit is answered with the new text; who shows no token, or one that only views, is refused."""
    assert (await running.http.post("/rooms/main/edits", json={"action": "space"})).json()["text"] == ""
    async with running.stranger() as http:
        viewer = {"Authorization": f"Bearer {running.server.access.view_token}"}
        for headers in ({}, viewer):
            assert (await http.post("/rooms/main/edits", json={"action": "clear"}, headers=headers)).status_code == 401


async def test_the_pauses_of_a_room_can_be_chosen(running: Running) -> None:
    """They apply to that room alone, and a viewer cannot set them; what is not given stays."""
    chosen = {"word_s": 0.6, "sentence_s": 0.0}
    assert (await running.http.get("/rooms/main/pauses")).json() == {"word_s": 1.0, "sentence_s": 4.0}
    assert (await running.http.put("/rooms/main/pauses", json=chosen)).json() == chosen
    assert (await running.http.get("/rooms/main/pauses")).json() == chosen
    assert (await running.http.get("/rooms/other/pauses")).json()["word_s"] == 1.0
    for wrong in (-1, True, "0.6"):
        assert (await running.http.put("/rooms/main/pauses", json={"word_s": wrong})).status_code == 422
    async with running.stranger() as http:
        viewer = {"Authorization": f"Bearer {running.server.access.view_token}"}
        assert (await http.put("/rooms/main/pauses", json=chosen, headers=viewer)).status_code == 401
    assert (await running.http.put("/rooms/main/pauses", json={"sentence_s": 9})).json() == chosen | {"sentence_s": 9}
    assert (await running.server.rooms.get("main")).pauses.word_s == 0.6


async def test_contradictory_pauses_are_refused(running: Running) -> None:
    """Also if only one is given, which contradicts the other one in force; nothing changes."""
    for body in ({"word_s": 5}, {"sentence_s": 0.5}, {"word_s": 3, "sentence_s": 2}):
        refused = await running.http.put("/rooms/main/pauses", json=body)
        assert (refused.status_code, refused.json()["reason"]) == (422, "invalid_request")
        [error] = refused.json()["errors"]
        assert error["where"] == "body.sentence_s"
        assert error["detail"].startswith("a sentence would end after")
    assert (await running.http.get("/rooms/main/pauses")).json() == {"word_s": 1.0, "sentence_s": 4.0}


async def test_rooms_are_listed_with_their_history_after_a_restart(tmp_path: Path) -> None:
    """The room written in last is first; one whose text was deleted is gone, on disk too."""
    settings = read_settings(state_dir=tmp_path, keep_log=True)
    async with serving(settings) as running:
        for name in ("first", "second", "deleted"):
            room = await running.server.rooms.get(name)
            await room.edit("space")
            await asyncio.sleep(0.01)
        assert [each["name"] for each in (await running.http.get("/api/rooms")).json()] == [
            "deleted",
            "second",
            "first",
        ]
        assert (await running.http.delete("/rooms/deleted/text")).status_code == 204
    async with serving(settings) as running:
        listed = (await running.http.get("/api/rooms")).json()
        assert [(each["name"], each["cameras"], each["viewers"]) for each in listed] == [
            ("second", 0, 0),
            ("first", 0, 0),
        ]
        assert abs(listed[0]["changed_s"] - time.time()) < 600
        assert len((await running.http.get("/rooms/first/transcript.jsonl")).text.splitlines()) == 1
