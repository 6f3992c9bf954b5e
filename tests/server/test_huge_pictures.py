"""Four cameras with huge pictures beside three healthy ones, on a real server with one recognition thread."""

from __future__ import annotations

import asyncio
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest

from benchmarks.film import EncodedFilm, encode_film, encode_pictures
from benchmarks.phone import CameraTrack, Phone
from streamsign.captions.events import Status
from streamsign.demo.signer import DemoSigner
from streamsign.settings import read_settings
from streamsign.webrtc.decoder import MAX_PIXELS
from tests.server.conftest import serving

SENDING_S = 6.0
CLOSE_AFTER_S = 3.0


@pytest.fixture
def one_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    """All cameras share one recognition thread."""
    monkeypatch.setattr("streamsign.server.parts.available_cores", lambda *_: 1)


def _huge(width: int, height: int, fps: int) -> EncodedFilm:
    """A film of few pictures, magnified, at a frame rate that they were not made for: they take as long to decode."""
    signer = DemoSigner("L", fps=2, width=width // 4, height=height // 4)
    small = [signer.render(number / 2) for number in range(signer.frame_count)]
    film = encode_pictures([np.asarray(cv2.resize(each, (width, height)), np.uint8) for each in small], 2, 500_000)
    return EncodedFilm(film.frames, film.keys, width, height, fps)


@pytest.mark.real_time
@pytest.mark.usefixtures("one_thread")
async def test_healthy_cameras_are_read_beside_huge_ones(tmp_path: Path) -> None:
    """The healthy ones go on being read and none is closed; pictures above the limit are not decoded at all."""
    healthy = encode_film(640, 480, 10, 300_000, word="LO")
    large = _huge(1920, 1200, 60)
    too_large = _huge(2048, 1200, 30)
    assert too_large.width * too_large.height > MAX_PIXELS >= large.width * large.height
    settings = read_settings(state_dir=tmp_path, close_after_s=CLOSE_AFTER_S, stall_after_s=2.0)
    async with serving(settings) as running, httpx.AsyncClient() as http:
        token = running.server.access.publish_token
        films = [("huge", large)] * 2 + [("huge", too_large)] * 2 + [(f"phone{number}", healthy) for number in range(3)]
        phones = [
            Phone(http, running.url, token, room, CameraTrack(film, number), channels=room != "huge")
            for number, (room, film) in enumerate(films)
        ]
        seen: dict[str, list[Status]] = {f"phone{number}": [] for number in range(3)}

        async def watch(room: str) -> None:
            async with (await running.server.rooms.get(room)).subscribe() as events:
                async for event in events:
                    if isinstance(event, Status):
                        seen[room].append(event)

        watching = [asyncio.ensure_future(watch(room)) for room in seen]
        try:
            for phone in phones:
                await phone.connect()
            sessions = {camera.session.room.name: camera.session for camera in running.cameras}
            counts: dict[str, list[int]] = {room: [] for room in seen}
            for _ in range(int(SENDING_S)):
                await asyncio.sleep(1)
                for room in seen:
                    counts[room].append(sessions[room]._reader.statistics().frames)
            states = {room: {status.state for status in statuses} for room, statuses in seen.items()}
        finally:
            await asyncio.gather(*(phone.hang_up() for phone in phones))
            for task in watching:
                task.cancel()
            await asyncio.gather(*watching, return_exceptions=True)
    assert all("closed" not in each for each in states.values()), states
    for room, frames in counts.items():
        assert np.all(np.diff(frames[1:]) > 0), (room, frames)
