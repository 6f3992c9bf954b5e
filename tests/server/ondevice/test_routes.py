"""server/ondevice/routes.py: parameters and graphs for cameras, the runtime for their browsers."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
import tracemalloc
from pathlib import Path

import httpx
import pytest

from streamsign.recognition.framing import Framing
from streamsign.server.ondevice import letters, routes, runtime
from streamsign.settings import read_settings
from tests.collection.pictures import collect
from tests.server.conftest import Running, serving


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with files of the runtime, which is used in place of the user's."""
    found = tmp_path / "litert"
    found.mkdir()
    for name in runtime.FILES:
        (found / f"{name}.gz").write_bytes(gzip.compress(f"// {name}".encode()))
    monkeypatch.setattr(runtime, "runtime_folder", lambda: found)
    return found


@pytest.mark.usefixtures("folder")
async def test_a_camera_gets_parameters_and_graphs(running: Running) -> None:
    """The publish token opens them; every graph that is named is there, and may be kept for ever."""
    document = (await running.http.get("/on-device", headers=running.auth)).json()
    assert document["states"] == ["none", "C", "E", "L", "O", "V"]
    for graph in document["graphs"].values():
        answer = await running.http.get(f"/on-device/graphs/{graph['sha256']}", headers=running.auth)
        assert (answer.status_code, len(answer.content)) == (200, graph["bytes"])
        assert "immutable" in answer.headers["cache-control"]
    missing = await running.http.get(f"/on-device/graphs/{'0' * 64}", headers=running.auth)
    assert (missing.status_code, missing.json()["reason"]) == (404, "no_such_graph")


@pytest.mark.usefixtures("folder")
async def test_strangers_get_neither(running: Running) -> None:
    """Without a token, or with the view token, both are 401."""
    async with running.stranger() as http:
        for headers in ({}, {"Authorization": f"Bearer {running.server.access.view_token}"}):
            for path in ("/on-device", f"/on-device/graphs/{'0' * 64}"):
                assert (await http.get(path, headers=headers)).status_code == 401


async def test_without_the_runtime_the_command_is_named(
    running: Running, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The answer is 503 with what to run."""
    monkeypatch.setattr(runtime, "runtime_folder", lambda: tmp_path / "none")
    answer = await running.http.get("/on-device", headers=running.auth)
    assert (answer.status_code, answer.json()["reason"]) == (503, "no_runtime")
    assert runtime.COMMAND in answer.json()["next_step"]
    assert answer.json()["next_step"] == routes.RUN_COMMAND


@pytest.mark.usefixtures("folder")
async def test_the_runtime_comes_compressed_or_not(running: Running) -> None:
    """Each file has its media type and may be kept; other names and versions are 404."""
    place = f"/on-device/runtime/{runtime.VERSION}"
    async with running.stranger() as http:
        for encoding, sent in (("gzip", "gzip"), ("identity", None)):
            answer = await http.get(f"{place}/litert_wasm_internal.wasm", headers={"Accept-Encoding": encoding})
            assert (answer.text, answer.headers.get("content-encoding")) == ("// litert_wasm_internal.wasm", sent)
            assert answer.headers["content-type"] == "application/wasm"
            assert "immutable" in answer.headers["cache-control"]
        assert (await http.get(f"{place}/index.js")).headers["content-type"].startswith("text/javascript")
        for path in (f"{place}/other.js", "/on-device/runtime/0.0.1/index.js"):
            assert (await http.get(path)).status_code == 404


async def test_strangers_that_do_not_read_the_runtime_fill_no_memory(running: Running, folder: Path) -> None:
    """Of a large file only pieces are held for each connection, compressed or not."""
    large = 32 * 1024 * 1024
    (folder / "index.js.gz").write_bytes(gzip.compress(bytes(large), 1))
    place, open_connections = f"/on-device/runtime/{runtime.VERSION}/index.js", []
    tracemalloc.start()
    try:
        for _ in range(8):
            reader, writer = await asyncio.open_connection("127.0.0.1", int(running.url.rpartition(":")[2]), limit=1024)
            writer.write(f"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert await reader.readline() == b"HTTP/1.1 200 OK\r\n"
            open_connections.append(writer)
        await asyncio.sleep(0.2)
        assert tracemalloc.get_traced_memory()[1] < large
    finally:
        tracemalloc.stop()
        for writer in open_connections:
            writer.transport.abort()


@pytest.mark.usefixtures("folder")
async def test_a_fixed_framing_is_read_by_the_server(tmp_path: Path) -> None:
    """A server that reads the guide box offers nothing to phones."""
    async with serving(read_settings(state_dir=tmp_path / "state", framing=Framing.BOX)) as running:
        answer = await running.http.get("/on-device", headers=running.auth)
    assert (answer.status_code, answer.json()["reason"]) == (503, "fixed_framing")


@pytest.mark.usefixtures("folder")
async def test_an_adapted_room_comes_with_its_corrections(running: Running) -> None:
    """Graphs and numbers lie at the addresses that are named, and the answer to letters names the adaptation."""
    collect(running.server.settings.collection_folder, {"V": "L", "C": "C"}, 9)
    put = await running.http.put("/api/rooms/main/adaptation", json={"signer": "s-1"}, timeout=60)
    assert put.status_code == 200, put.text
    plain = (await running.http.get("/on-device?room=den", headers=running.auth)).json()
    assert (plain["adapted"], plain["corrections"]) == ("", {})
    document = (await running.http.get("/on-device", headers=running.auth)).json()
    assert set(document["corrections"]) == {"model", "reader"}
    for name, correction in document["corrections"].items():
        for sha256 in (correction["sha256"], document["graphs"][name]["sha256"]):
            file = await running.http.get(f"/on-device/graphs/{sha256}", headers=running.auth)
            assert hashlib.sha256(file.content).hexdigest() == sha256
        assert document["graphs"][name] != plain["graphs"][name]
    answer = await running.http.post("/on-device/letters", headers=_bearer(running), json=_sent(events=[]))
    assert answer.json()["adapted"] == document["adapted"] != ""


def _sent(**more: object) -> dict[str, object]:
    event: dict[str, object] = {"type": "letter", "letter": "L", "confidence": 0.9}
    event |= {"started_s": time.time() - 0.5, "captured_s": time.time()}
    return {"session": "0123456789abcdef", "events": [event]} | more


async def test_letters_of_a_phone_enter_its_room(running: Running) -> None:
    """With the publish token they are text; a stranger, and a body that is too long, are refused."""
    answer = await running.http.post("/on-device/letters", params={"room": "r"}, json=_sent(), headers=_bearer(running))
    assert (answer.status_code, answer.json()["text"], answer.json()["taken"]) == (200, "L", 1)
    assert (await running.server.rooms.get("r")).text == "L"
    async with running.stranger() as http:
        assert (await http.post("/on-device/letters", json=_sent())).status_code == 401
    long = _sent(events=[_sent()["events"]] * 100)
    answer = await running.http.post("/on-device/letters", json=long, headers=_bearer(running))
    assert answer.status_code == 422


async def test_a_second_phone_is_asked(running: Running) -> None:
    """While another phone reads into the room a new one is refused, or takes over if it says so."""
    assert (await _send(running, "0" * 16, "refuse")).status_code == 200
    refused = await _send(running, "1" * 16, "refuse")
    assert (refused.status_code, refused.json()["reason"]) == (409, "occupied")
    assert (await _send(running, "1" * 16, "replace")).status_code == 200
    assert running.server.readers.is_reading("main", "1" * 16)
    assert not running.server.readers.is_reading("main", "0" * 16)


async def test_too_many_letters_are_answered_429(running: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The answer says what to do."""
    monkeypatch.setattr(letters, "LETTERS_AT_ONCE", 1)
    monkeypatch.setattr(letters, "LETTERS_PER_S", 1e-3)
    answers = [await _send(running, "0" * 16, "allow") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 429, 429]
    assert answers[1].json()["reason"] == "too_fast"


async def _send(running: Running, session: str, others: str) -> httpx.Response:
    """A letter of a phone's session."""
    sent = _sent(session=session)
    return await running.http.post("/on-device/letters", params={"others": others}, json=sent, headers=_bearer(running))


def _bearer(running: Running) -> dict[str, str]:
    return {"Authorization": running.auth["Authorization"]}
