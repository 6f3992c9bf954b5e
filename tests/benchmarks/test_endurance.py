"""benchmarks/endurance.py: cameras that come and go for long."""

from __future__ import annotations

import pytest

from benchmarks import endurance
from benchmarks.endurance import Endurance, section
from benchmarks.server import Census

pytestmark = pytest.mark.real_time


def _census(resident_kb: int, tasks: int = 3, cameras: int = 2) -> Census:
    return Census(
        tasks={"serve": tasks}, threads={}, fds={"socket": 5}, objects={}, cameras=cameras, resident_kb=resident_kb
    )


def test_growth_counts_after_the_warm_up() -> None:
    """Memory that jumps at the beginning and then grows by 2 MB an hour has a slope of 2."""
    seen = Endurance()
    for minute in range(40):
        seen.look(60 * minute, _census(100_000 + 1000 * min(minute, 9) * 20 + round(2000 * minute / 60)))
    assert seen.slope_mb_an_hour() == pytest.approx(2, abs=0.1)


def test_counts_with_another_number_of_cameras_are_left_out() -> None:
    """Cameras that leave toward the end do not look like memory that shrinks."""
    seen = Endurance()
    for minute in range(40):
        seen.look(60 * minute, _census(100_000 + 100 * minute))
        seen.look(
            60 * minute + 30,
            _census(90_000 - 500 * minute, cameras=1) if minute % 2 else _census(100_050 + 100 * minute),
        )
    assert seen.slope_mb_an_hour() == pytest.approx(6, abs=0.1)


def test_what_is_left_at_the_end_is_named() -> None:
    """A task more than before the cameras came is in the text; a server that is as before has nothing."""
    seen = Endurance()
    seen.look(0, _census(1000))
    seen.look(60, _census(1000))
    seen.idle.add(0, _census(1000))
    seen.idle.add(9, _census(1000))
    assert "| idle at the end, more than idle before | nothing |" in section(1, 2, seen)
    seen.idle.add(9, _census(1000, tasks=4))
    assert seen.leaked() == {"tasks": {"serve": 1}}
    assert "serve" in section(1, 2, seen)


def test_a_real_server_with_cameras_that_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few seconds of it: cameras visit more than once, viewers get readings, and nothing is left."""
    monkeypatch.setattr(endurance, "STAY_S", (0.5, 1.0))
    monkeypatch.setattr(endurance, "LOOK_EVERY_S", 1.0)
    monkeypatch.setattr(endurance, "SETTLE_S", 3.0)
    seen = endurance.run(0.06, 1)
    assert seen.visits >= 2
    assert seen.letters > 0
    assert seen.leaked() == {}
