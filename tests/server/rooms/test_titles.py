"""server/rooms/titles.py: names for rooms, in a file and over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.captions.rooms import MAX_ROOMS
from streamsign.server.rooms.titles import Titles, titles_file
from tests.server.conftest import Running


async def test_a_title_survives_a_restart_and_an_empty_one_removes_it(tmp_path: Path) -> None:
    """Without a title a room is called by its name; the file is for its owner only."""
    file = tmp_path / "rooms.json"
    titles = Titles(titles_file(file))
    assert titles.of("left") == "left"
    await titles.give("left", "Ana's table")
    assert Titles(titles_file(file)).of("left") == "Ana's table"
    assert file.stat().st_mode & 0o777 == 0o600
    for none in ("", "left"):
        await titles.give("left", "again")
        await titles.give("left", none)
        assert (Titles(titles_file(file)).of("left"), Titles(titles_file(file)).rooms()) == ("left", set())


async def test_titles_do_not_pile_up(tmp_path: Path) -> None:
    """Of more titles than there may be rooms the oldest is dropped."""
    file = tmp_path / "rooms.json"
    rooms = ",".join(f'"r{number}": "t{number}"' for number in range(MAX_ROOMS))
    file.write_text(f"{{{rooms}}}")
    titles = Titles(titles_file(file))
    await titles.give("new", "newest")
    assert (titles.of("r0"), titles.of("r1"), titles.of("new")) == ("r0", "t1", "newest")


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"left": 1}', b'{"no room": "a"}', b'{"left": "' + b"a" * 41 + b'"}']
)
async def test_a_damaged_file_counts_as_an_empty_one(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says so, and a new title replaces the file."""
    file = tmp_path / "rooms.json"
    file.write_bytes(content)
    titles = Titles(titles_file(file))
    assert titles.of("left") == "left"
    assert "cannot be read" in caplog.text
    await titles.give("left", "a")
    assert Titles(titles_file(file)).of("left") == "a"


async def test_a_renamed_room_keeps_its_address_and_its_links(running: Running) -> None:
    """Its owner names it; host, list, devices and viewers receive the name; its viewers' token stays valid."""
    code = (await running.server.codes.wait("left", None, 0.1)).code
    await running.http.post("/pair", json={"code": code})
    token = (await running.http.get("/api/host?room=left")).json()["view_token"]
    viewer = {"Authorization": f"Bearer {token}"}
    async with running.stranger() as http:
        assert (await http.get("/rooms/left/title", headers=viewer)).json() == {"title": "left"}
        assert (await running.http.put("/rooms/left/title", json={"title": " Ana's table "})).status_code == 204
        assert (await http.get("/rooms/left/title", headers=viewer)).json() == {"title": "Ana's table"}
        assert (await http.put("/rooms/left/title", json={"title": "a"}, headers=viewer)).status_code == 403
    assert (await running.http.get("/api/host?room=left")).json()["title"] == "Ana's table"
    assert [(room["name"], room["title"]) for room in (await running.http.get("/api/rooms")).json()] == [
        ("left", "Ana's table")
    ]
    (device,) = (await running.http.get("/api/devices")).json()
    assert (device["room"], device["room_title"]) == ("left", "Ana's table")
    for title in ("a" * 41, 1):
        assert (await running.http.put("/rooms/left/title", json={"title": title})).status_code == 422
    assert (await running.http.put("/rooms/no%20room/title", json={"title": "a"})).status_code == 404


async def test_a_title_that_cannot_be_stored_is_reported(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """A full disk is answered with 507, and the name is there until the next start."""

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("streamsign.state.folder.write_private", full)
    answer = await running.http.put("/rooms/left/title", json={"title": "a"})
    assert (answer.status_code, answer.json()["next_step"][:15]) == (507, "Free some space")
    assert running.server.titles.of("left") == "a"
