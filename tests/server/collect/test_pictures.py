"""server/collect/pictures.py: who sees, deletes, exports and imports what."""

from __future__ import annotations

import errno
import io
import os
import tempfile
import zipfile
from unittest.mock import patch

import httpx
import pytest

from streamsign.collection.archive import export_archive
from streamsign.collection.folder import CollectedHands
from streamsign.server.collect.pictures import MAX_EXPORTS
from streamsign.state.grants import PHONE, Right
from tests.collection.pictures import picture
from tests.server.conftest import Running


def _phone(running: Running, holder: str = "d1", rights: tuple[Right, ...] = PHONE) -> httpx.AsyncClient:
    token = running.server.access.grants.make(rights, "main", 600, holder)
    return httpx.AsyncClient(base_url=running.url, headers={"Authorization": f"Bearer {token}"})


def _fill(running: Running) -> list[str]:
    return running.server.hands.add(
        [picture("A", "s-1"), picture("B", "s-1", seed=1), picture("A", "s-2", device_id="d2", seed=2)]
    )


async def test_the_owner_sees_all_and_a_phone_its_own(running: Running) -> None:
    """Counts, lists and pictures follow who asks; the newest picture comes first."""
    ids = _fill(running)
    everything = (await running.http.get("/api/collect/pictures")).json()
    assert (everything["total"], everything["letters"], everything["signers"]) == (
        3, {"A": 2, "B": 1}, {"s-1": 2, "s-2": 1},
    )  # fmt: skip
    assert [each["id"] for each in everything["pictures"]] == ids[::-1]
    one = (await running.http.get("/api/collect/pictures?letter=A&signer=s-1&limit=1")).json()
    assert [each["id"] for each in one["pictures"]] == [ids[0]]
    assert one["pictures"][0]["prompt"] == "near"
    async with _phone(running) as phone:
        own = (await phone.get("/api/collect/pictures")).json()
        assert [each["id"] for each in own["pictures"]] == [ids[1], ids[0]]
        shown = await phone.get(f"/api/collect/pictures/{ids[0]}.webp")
        assert (shown.status_code, shown.headers["content-type"]) == (200, "image/webp")
        assert (await phone.get(f"/api/collect/pictures/{ids[2]}.webp")).json()["reason"] == "no_such_picture"


async def test_a_phone_deletes_its_own_only(running: Running) -> None:
    """One picture, then all of its own; those of another phone stay."""
    ids = _fill(running)
    async with _phone(running) as phone:
        assert (await phone.delete(f"/api/collect/pictures/{ids[2]}")).status_code == 404
        assert (await phone.delete(f"/api/collect/pictures/{ids[0]}")).status_code == 204
        assert (await phone.delete(f"/api/collect/pictures/{ids[0]}")).status_code == 404
        assert (await phone.delete("/api/collect/pictures")).json() == {"pictures": 1, "adaptations": 0}
    assert [each.taken.id for each in running.server.hands.pictures() if each.taken] == [ids[2]]


async def test_nothing_is_left_when_a_phone_deletes_the_last_pictures(running: Running) -> None:
    """The folder of collected hands is gone from the file system."""
    ids = _fill(running)
    hands = running.server.hands
    hands.delete(lambda each: each.taken is not None and each.taken.id == ids[2])
    assert hands.folder.is_dir()
    async with _phone(running) as phone:
        await phone.delete("/api/collect/pictures")
    assert not hands.folder.exists()


async def test_the_owner_deletes_everything(running: Running) -> None:
    """Nothing is left of the folder."""
    _fill(running)
    folder = running.server.hands.folder
    assert folder.is_dir()
    assert (await running.http.delete("/api/collect/pictures")).json() == {"pictures": 3, "adaptations": 0}
    assert not folder.exists()


async def test_an_archive_goes_out_and_comes_back(running: Running) -> None:
    """A phone exports its own; the owner exports all, and what was deleted returns with an import."""
    _fill(running)
    async with _phone(running, "d2") as phone:
        own = await phone.get("/api/collect/archive")
        assert (await phone.post("/api/collect/archive", content=own.content)).status_code == 403
    with zipfile.ZipFile(io.BytesIO(own.content)) as made:
        assert len(made.namelist()) == 2
    exported = await running.http.get("/api/collect/archive")
    assert exported.headers["content-type"] == "application/zip"
    await running.http.delete("/api/collect/pictures")
    imported = await running.http.post("/api/collect/archive", content=exported.content)
    assert imported.json() == {"pictures": 3}
    assert (await running.http.get("/api/collect/pictures")).json()["total"] == 3


async def test_archives_are_sent_to_few_at_a_time(running: Running) -> None:
    """While :data:`MAX_EXPORTS` archives are sent the next request is answered 503; afterwards it is served."""
    _fill(running)
    sending = [tempfile.TemporaryFile() for _ in range(MAX_EXPORTS)]  # noqa: SIM115 - closed below
    running.server.exports.update(sending)
    refused = await running.http.get("/api/collect/archive")
    assert (refused.status_code, refused.json()["reason"]) == (503, "busy")
    assert int(refused.headers["retry-after"]) > 0
    for file in sending:
        file.close()
    for _ in range(MAX_EXPORTS + 1):
        assert (await running.http.get("/api/collect/archive")).status_code == 200


async def test_a_foreign_archive_is_refused_with_the_reason(running: Running) -> None:
    """Problem details say what it lacks, and nothing is stored."""
    answer = await running.http.post("/api/collect/archive", content=b"not a zip")
    assert (answer.status_code, answer.json()["reason"]) == (409, "collection_unusable")
    assert "not a ZIP file" in answer.json()["detail"]
    assert not running.server.hands.folder.exists()


async def test_viewers_and_the_publish_token_see_nothing(running: Running) -> None:
    """The view token, a link to read and the shared publish token are refused."""
    _fill(running)
    access = running.server.access
    for token in (access.view_token, access.publish_token):
        answer = await running.http.get("/api/collect/pictures", headers={"Authorization": f"Bearer {token}"})
        assert answer.status_code == 401
    async with _phone(running, rights=(Right.VIEW,)) as viewer:
        assert (await viewer.get("/api/collect/archive")).status_code == 401
        assert (await viewer.delete("/api/collect/pictures")).status_code == 401


async def test_a_full_disk_is_answered_clearly(running: Running) -> None:
    """An import that cannot be written is a 507 that says so, and leaves no picture."""
    hands = CollectedHands(running.server.hands.folder.parent / "other")
    hands.add([picture()])
    out = io.BytesIO()
    export_archive(hands, out)
    full = OSError(errno.ENOSPC, "No space left on device")
    with patch.object(os, "fsync", side_effect=full):
        answer = await running.http.post("/api/collect/archive", content=out.getvalue())
    assert (answer.status_code, answer.json()["reason"]) == (507, "not_stored")
    assert "No space left" in answer.json()["detail"]
    assert list(running.server.hands.folder.rglob("*.webp")) == []


@pytest.mark.parametrize("name", ["..%2F..%2Fsession-key", "0123456789ab", "x"])
async def test_only_ids_name_pictures(running: Running, name: str) -> None:
    """No path leads out of the folder."""
    answer = await running.http.get(f"/api/collect/pictures/{name}.webp")
    assert answer.status_code == 404
