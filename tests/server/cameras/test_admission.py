"""server/cameras/admission.py: when the processor has room for a camera, in virtual time; and the refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.server.cameras.admission import Admission
from streamsign.settings import read_settings
from streamsign.state.grants import PHONE
from tests.server.conftest import serving


def _after(admission: Admission, uses: list[float | None], start_s: float = 0.0) -> list[bool]:
    opened = []
    for second, use in enumerate(uses):
        admission.update(use, start_s + second)
        opened.append(admission.open)
    return opened


def test_a_peak_refuses_nobody_and_a_full_processor_does() -> None:
    """Three seconds over the limit close the door; three seconds well below it open it again."""
    admission = Admission(0.9)
    assert _after(admission, [0.95, 0.95, 0.5, 0.99, None, 0.99, 0.99, 0.99]) == [True] * 8
    assert _after(admission, [0.99, 0.99], 8.0) == [False] * 2
    assert _after(admission, [0.85] * 10, 10.0) == [False] * 10
    assert _after(admission, [0.7, 0.7, 0.7, 0.7], 20.0) == [False, False, False, True]


def test_a_low_limit_admits_again() -> None:
    """The margin is a share of the limit, so that every use below a low one is not within it."""
    admission = Admission(0.05)
    assert _after(admission, [0.5] * 4)[-1] is False
    assert _after(admission, [0.01] * 4, 4.0)[-1] is True


def test_one_switches_it_off_and_the_last_camera_takes_the_load_with_it() -> None:
    """With a limit of 1 every camera is admitted; without cameras nothing is remembered."""
    assert _after(Admission(1.0), [1.0] * 10) == [True] * 10
    admission = Admission(0.5)
    assert _after(admission, [1.0] * 5)[-1] is False
    admission.reset()
    assert admission.open


@pytest.mark.parametrize("sends_already", [False, True])
async def test_a_busy_server_refuses_new_cameras_alone(tmp_path: Path, offer: str, sends_already: bool) -> None:
    """A new camera is answered 503 in words with Retry-After; a device that is replaced costs nothing more."""
    async with serving(read_settings(state_dir=tmp_path, sessions_per_device=1)) as running:
        token = running.server.access.grants.make(PHONE, "main", 60, "phone")
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
        if sends_already:
            assert (await running.http.post("/whip", content=offer, headers=headers)).status_code == 201
        running.cameras.admission.open = False
        answer = await running.http.post("/whip", content=offer, headers=headers)
        if sends_already:
            assert answer.status_code == 201
        else:
            assert (answer.status_code, answer.json()["reason"], answer.headers["retry-after"]) == (503, "busy", "10")
            assert "--max-cpu" in answer.json()["next_step"]
        assert (await running.http.get("/readyz")).status_code == 200
