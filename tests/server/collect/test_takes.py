"""server/collect/takes.py: over a real camera session, with the demo signer as the phone."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from streamsign.collection.manifest import read_manifest
from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film
from streamsign.server.collect.consents import Consent
from streamsign.settings import read_settings
from streamsign.state.folder import lock
from streamsign.state.grants import HOST_CAMERA, PHONE, Right
from tests.server.conftest import Running, serving
from tests.server.filmed_phone import filmed_phone

pytestmark = pytest.mark.real_time

AGREED = {"agreed": True}


@pytest.fixture(scope="module")
def film() -> Film:
    """The demo signer holds L for long."""
    return make_film(DemoSigner("L", letter_s=15, fps=15, width=320, height=240))


@asynccontextmanager
async def _filmed(running: Running, film: Film) -> AsyncIterator[tuple[httpx.AsyncClient, str]]:
    """A phone whose camera sends: its client, and the address of its recording."""
    async with filmed_phone(running, film, 20) as (phone, key):
        yield phone, f"/api/collect/{key}"


async def _reached(consent: Consent, *, recording: bool) -> None:
    async with asyncio.timeout(20):
        while consent.recording is not recording:  # noqa: ASYNC110 - the take is another task's
            await asyncio.sleep(0.02)


def _files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


async def test_nothing_is_written_without_consent_and_nothing_remains_after_deleting(
    running: Running, film: Film, tmp_path: Path
) -> None:
    """Files differ only between consent and deletion; the pictures in between are of the phone, its room and letter."""
    async with _filmed(running, film) as (phone, address):
        before = _files(tmp_path)
        refused = await phone.post(f"{address}/takes", json={"letter": "L"})
        assert (refused.status_code, refused.json()["reason"]) == (403, "no_consent")
        assert (await phone.post(f"{address}/consent", json={"agreed": False})).status_code == 422
        assert (await phone.post(f"{address}/consent", json={})).status_code == 422
        await asyncio.sleep(1)
        assert _files(tmp_path) == before
        given = await phone.post(f"{address}/consent", json=AGREED)
        assert given.status_code == 201
        assert given.json()["room"] == "main"
        await asyncio.sleep(0.5)
        assert _files(tmp_path) == before
        taken = await phone.post(f"{address}/takes", json={"letter": "L", "prompt": "near", "seconds": 2})
        assert taken.status_code == 200, taken.text
        stored = taken.json()["pictures"]
        assert 1 <= len(stored) <= 8
        pictures = read_manifest(running.server.hands.folder)
        assert [each.taken.id for each in pictures if each.taken] == stored
        assert {each.letter for each in pictures} == {"L"}
        for each in pictures:
            assert each.taken is not None
            assert (each.taken.room, each.taken.device, each.taken.prompt) == ("main", "iPhone Safari", "near")
            assert each.signer == given.json()["signer"]
        assert (await phone.delete(f"{address}/consent")).status_code == 204
        again = await phone.post(f"{address}/takes", json={"letter": "L"})
        assert again.json()["reason"] == "no_consent"
        assert (await phone.delete("/api/collect/pictures")).json() == {"pictures": len(stored), "adaptations": 0}
        await running.http.delete("/api/collect/pictures")
        assert _files(tmp_path) == before


async def test_withdrawing_stops_a_take_and_stores_nothing_of_it(running: Running, film: Film) -> None:
    """The take answers at once; a second take and another phone's token are refused meanwhile."""
    async with _filmed(running, film) as (phone, address):
        await phone.post(f"{address}/consent", json={**AGREED, "signer": "ana"})
        recording = asyncio.ensure_future(phone.post(f"{address}/takes", json={"letter": "L", "seconds": 20}))
        await asyncio.sleep(1)
        second = await phone.post(f"{address}/takes", json={"letter": "L"})
        assert (second.status_code, second.json()["reason"]) == (409, "recording")
        other = running.server.access.grants.make(PHONE, "den", 600)
        headers = {"Authorization": f"Bearer {other}"}
        assert (await phone.delete(f"{address}/consent", headers=headers)).status_code == 403
        assert (await phone.delete(f"{address}/consent")).status_code == 204
        answer = await recording
        assert (answer.status_code, answer.json()["reason"]) == (409, "consent_ended")
        assert (await phone.delete(f"{address}/consent")).status_code == 404
    assert not running.server.hands.folder.exists()


async def test_a_consent_ends_with_the_camera(running: Running, film: Film) -> None:
    """The signer may be another one when the camera returns."""
    async with _filmed(running, film) as (phone, address):
        await phone.post(f"{address}/consent", json=AGREED)
        assert len(running.server.consents) == 1
        [camera] = running.cameras
        await camera.session.close()
        assert len(running.server.consents) == 0
        gone = await phone.post(f"{address}/takes", json={"letter": "L"})
        assert gone.status_code == 404


@pytest.mark.parametrize(("holder", "noted"), [("link-of-main", "main"), (HOST_CAMERA + "link", "den")])
async def test_a_link_notes_pictures_for_its_own_room(running: Running, offer: str, holder: str, noted: str) -> None:
    """Only the owner's camera chooses the room: pictures of another one would change how that room is read."""
    token = running.server.access.grants.make((Right.PUBLISH,), "main", 600, holder)
    headers = {"Authorization": f"Bearer {token}"}
    made = await running.http.post("/whip", content=offer, headers={**headers, "Content-Type": "application/sdp"})
    address = f"/api/collect/{made.headers['location'].rpartition('/')[2]}/consent"
    given = await running.http.post(address, json={**AGREED, "room": "den"}, headers=headers)
    assert given.json()["room"] == noted


async def test_limits_are_answered_clearly(tmp_path: Path, film: Film) -> None:
    """A full collection is a 507 with the number, a letter that no folder can have a 422."""
    few = read_settings(state_dir=tmp_path, max_pictures=1)
    async with serving(few) as running, _filmed(running, film) as (phone, address):
        await phone.post(f"{address}/consent", json=AGREED)
        bad = await phone.post(f"{address}/takes", json={"letter": "../L"})
        assert (bad.status_code, bad.json()["reason"]) == (422, "invalid_letter")
        full = await phone.post(f"{address}/takes", json={"letter": "L", "seconds": 3})
        if full.status_code == 200:  # a single picture was not a repetition
            full = await phone.post(f"{address}/takes", json={"letter": "V", "seconds": 3})
        assert (full.status_code, full.json()["reason"]) == (507, "collection_full")
        assert "of 1." in full.json()["detail"]


async def test_a_server_that_stores_no_pictures_takes_no_consent(tmp_path: Path, film: Film) -> None:
    """With --max-pictures 0 the signer is not asked in vain."""
    few = read_settings(state_dir=tmp_path, max_pictures=0)
    async with serving(few) as running, _filmed(running, film) as (phone, address):
        refused = await phone.post(f"{address}/consent", json=AGREED)
        assert (refused.status_code, refused.json()["reason"]) == (403, "collection_off")


async def test_withdrawing_while_the_pictures_are_written_leaves_none(running: Running, film: Film) -> None:
    """Another program has locked the folder when the consent is withdrawn; then the take is written and deleted."""
    async with _filmed(running, film) as (phone, address):
        assert (await phone.post(f"{address}/consent", json=AGREED)).status_code == 201
        folder = running.server.hands.folder
        folder.mkdir(parents=True)
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            lock(descriptor)
            take = asyncio.ensure_future(phone.post(f"{address}/takes", json={"letter": "L", "seconds": 1}))
            [key] = [camera.key for camera in running.cameras]
            consent = running.server.consents.get(key)
            assert consent is not None
            await _reached(consent, recording=True)
            await _reached(consent, recording=False)
            assert (await phone.delete(f"{address}/consent")).status_code == 204
        finally:
            os.close(descriptor)
        answer = await take
    assert (answer.status_code, answer.json()["reason"]) == (409, "consent_ended")
    assert list(folder.rglob("*.webp")) == []
    assert running.server.hands.pictures() == []
