"""server/confirmed/routes.py: over a real camera session, with the demo signer as the phone."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from streamsign.demo.video import Film
from streamsign.state.grants import PHONE
from tests.films import rendered
from tests.server.conftest import Running
from tests.server.filmed_phone import filmed_phone

pytestmark = pytest.mark.real_time

WORD = "LOVE" * 6


@pytest.fixture(scope="module")
def film() -> Film:
    """The demo signer spells a word with six of each letter."""
    return rendered(WORD, fps=15, width=320, height=240)


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def _word_read(running: Running) -> str:
    """The newest word, when it has three letters or more."""
    room = await running.server.rooms.get("main")
    async with asyncio.timeout(60):
        while len(word := room.text.split(" ")[-1]) < 3:  # noqa: ASYNC110 - as a page sees it
            await asyncio.sleep(0.1)
    return word


async def test_confirmed_words_count_after_consent_and_leave_no_file(
    running: Running, film: Film, tmp_path: Path
) -> None:
    """Without consent nothing is kept; with it a chosen word's letters are, in memory only, until it is withdrawn."""
    async with filmed_phone(running, film, 5) as (phone, key):
        before = _files(tmp_path)
        address = f"/api/confirmed/{key}"
        assert (await phone.get(address)).json()["reason"] == "no_consent"
        assert (await phone.put(f"{address}/adaptation")).json()["reason"] == "no_consent"
        assert (await phone.post(f"{address}/consent", json={"agreed": False})).status_code == 422
        given = await phone.post(f"{address}/consent", json={"agreed": True})
        assert given.status_code == 201
        assert (given.json()["letters"], given.json()["ready"]) == ({}, False)
        word = await _word_read(running)
        edit = {"action": "replace", "word": word, "instead": word, "space": True}
        assert (await phone.post("/rooms/main/edits", json=edit)).status_code == 200
        kept = (await phone.get(address)).json()
        assert set(kept["letters"]) <= set(word)
        assert len(kept["letters"]) >= 2
        few = await phone.put(f"{address}/adaptation")
        assert (few.status_code, few.json()["reason"]) == (409, "adaptation_refused")
        undone = await phone.post("/rooms/main/edits", json={"action": "undo"})
        assert undone.json()["text"].endswith(word)
        assert (await phone.get(address)).json()["letters"] == {}
        assert (await phone.delete(f"{address}/consent")).status_code == 204
        assert (await phone.delete(f"{address}/consent")).status_code == 404
        assert {path.name for path in _files(tmp_path) - before} <= {"captions.sqlite3-wal", "captions.sqlite3-shm"}


async def test_enough_letters_adapt_the_room_and_it_reverts(running: Running, film: Film) -> None:
    """The page of the phone adapts its room and reads as before again."""
    async with filmed_phone(running, film, 5) as (phone, key):
        address = f"/api/confirmed/{key}"
        assert (await phone.post(f"{address}/consent", json={"agreed": True})).status_code == 201
        learner = running.server.learners.get(key)
        assert learner is not None
        async with asyncio.timeout(200):
            while not (await phone.get(address)).json()["ready"]:
                word = await _word_read(running)
                edit = {"action": "replace", "word": word, "instead": word, "space": True}
                await phone.post("/rooms/main/edits", json=edit)
        made = await phone.put(f"{address}/adaptation")
        assert made.status_code == 200, made.text
        assert made.json()["signer"] == learner.signer
        assert made.json()["held_out"]["wrong_after"] <= made.json()["held_out"]["wrong_before"]
        assert (await phone.get("/api/rooms/main/adaptation")).json() == made.json()
        assert (await phone.delete("/api/rooms/main/adaptation")).status_code == 204
        assert (await phone.get("/api/rooms/main/adaptation")).json() is None


async def test_others_are_refused(running: Running, film: Film) -> None:
    """Who may not edit the room's text, a phone of another room, and a session that has ended."""
    async with filmed_phone(running, film, 5) as (phone, key):
        address = f"/api/confirmed/{key}"
        publisher = {"Authorization": f"Bearer {running.server.access.publish_token}"}
        assert (await phone.get(address, headers=publisher)).status_code == 401
        other = running.server.access.grants.make(PHONE, "den", 600)
        assert (await phone.get(address, headers={"Authorization": f"Bearer {other}"})).status_code == 403
        assert (await phone.get("/api/confirmed/gone")).json()["reason"] == "no_such_session"
        den = {"Authorization": f"Bearer {other}"}
        assert (await phone.get("/api/rooms/main/adaptation", headers=den)).status_code == 403


async def test_a_consent_ends_after_its_session(running: Running, film: Film) -> None:
    """A page that stops sends both ends without waiting: the letters are dropped in either order."""
    async with filmed_phone(running, film, 5) as (phone, key):
        assert (await phone.post(f"/api/confirmed/{key}/consent", json={"agreed": True})).status_code == 201
        assert (await phone.delete(f"/whip/{key}")).status_code == 200
        assert len(running.server.learners) == 1
        assert (await phone.delete(f"/api/confirmed/{key}/consent")).status_code == 204
        assert len(running.server.learners) == 0
