"""benchmarks/soak.py: counts of leaks, the slope of memory, and a run against a real server."""

from __future__ import annotations

import pytest

from benchmarks import soak
from benchmarks.server import Census
from benchmarks.soak import Looks
from streamsign.errors import StreamsignError

pytestmark = pytest.mark.real_time


def census(resident_kb: int, *, tasks: int = 3, threads: dict[str, int] | None = None, sockets: int = 2) -> Census:
    """A count of a server's resources."""
    return Census(
        tasks={"Server.serve": tasks},
        threads={"MainThread": 1, "asyncio": 1} | (threads or {}),
        fds={"socket": sockets},
        objects={"CameraSession": 0},
        cameras=0,
        resident_kb=resident_kb,
    )


def looks(*taken: Census) -> Looks:
    """Counts ten cycles apart."""
    made = Looks()
    for number, each in enumerate(taken):
        made.add(10 * number, each)
    return made


def test_resources_that_increase_are_leaks() -> None:
    """Tasks, threads and files that increase are counted and named; threads of bounded pools are not."""
    pools = {"asyncio": 6, "AnyIO worker thread": 3}
    made = looks(census(1000), census(1000, tasks=5, threads={"video-decoder": 2} | pools, sockets=1))
    figures = {line.case: line.p50 for line in made.rows()}
    assert (figures["leaked/tasks"], figures["leaked/threads"], figures["leaked/fds"]) == (2, 2, 0)
    assert made.words() == [
        "leaked tasks: Server.serve × 2 in 10 cycles",
        "leaked threads: video-decoder × 2 in 10 cycles",
    ]


def test_the_slope_is_not_moved_by_a_single_jump() -> None:
    """Memory that grows by 20 kB a cycle has a slope of 20 although one count is an outlier."""
    growing = looks(*(census(1000 + 200 * step + (9000 if step == 3 else 0)) for step in range(8)))
    figures = {line.case: line for line in growing.rows()}
    assert figures["memory/slope_a_cycle"].p50 == pytest.approx(20)
    assert figures["memory/growth"].p50 == 1400
    shrinking = {line.case: line for line in looks(census(900), census(800)).rows()}
    assert shrinking["memory/slope_a_cycle"].p50 == -10
    assert shrinking["memory/growth"].p50 == 0


def test_one_cycle_has_no_slope() -> None:
    """Fewer than two cycles raise an error that names the option."""
    with pytest.raises(StreamsignError, match="--cycles"):
        soak.run(full=False, model="celov", cycles=1)


def test_a_real_server_keeps_nothing_of_disconnected_phones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Phones that delete their session, close or fall silent leave no task, thread, file, object or camera."""
    monkeypatch.setattr(soak, "WARM_UP_CYCLES", 3)
    monkeypatch.setattr(soak, "COUNTS", 1)
    monkeypatch.setattr(soak, "_READ_FRAMES_S", 0.0)
    report = soak.run(full=False, model="celov", cycles=3)
    leaked = {line.case: line.p50 for line in report.rows if line.case.startswith("leaked/")}
    assert leaked == dict.fromkeys(
        ("leaked/tasks", "leaked/threads", "leaked/fds", "leaked/objects", "leaked/cameras"), 0
    )
    assert report.remarks == ["nothing leaked"]
