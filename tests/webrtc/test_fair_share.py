"""webrtc/fair_share.py: whose turn it is, in virtual CPU time."""

from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from streamsign.webrtc.fair_share import ROUND_S, FairShare


class Threads:
    """One thread's executor whose work runs when it is asked to, and a clock that the work advances."""

    def __init__(self) -> None:
        self.queue: list[object] = []
        self.spent_s = 0.0

    def submit(self, work: object, /) -> None:
        """Queue."""
        self.queue.append(work)

    def run_one(self) -> None:
        """Run what was queued first."""
        self.queue.pop(0)()  # type: ignore[operator]


def _served(costs: dict[str, float], turns: int) -> tuple[Counter[str], Counter[str]]:
    """Turns and CPU seconds of cameras that always want another turn of their cost."""
    threads = Threads()
    share = FairShare(threads, 1, lambda: threads.spent_s)  # type: ignore[arg-type]
    took, spent = Counter[str](), Counter[str]()

    def ask(camera: str) -> None:
        def work() -> None:
            threads.spent_s += costs[camera]
            took[camera] += 1
            spent[camera] += int(1000 * costs[camera])
            ask(camera)

        share.of(camera).submit(work)

    for camera in costs:
        ask(camera)
    while took.total() < turns:
        threads.run_one()
    return took, spent


def test_equal_cameras_take_turns() -> None:
    """With equal costs the numbers of turns differ by at most one."""
    took, _ = _served({"a": 0.01, "b": 0.01, "c": 0.01}, 100)
    assert max(took.values()) - min(took.values()) <= 1


def test_costly_cameras_get_no_more_time_than_others() -> None:
    """Four cameras whose turns cost ten times as much leave three others as much CPU time as they have themselves."""
    costs = {f"huge{number}": 0.1 for number in range(4)} | {f"phone{number}": 0.01 for number in range(3)}
    took, spent = _served(costs, 1000)
    assert max(spent.values()) - min(spent.values()) <= 110
    assert min(took[f"phone{number}"] for number in range(3)) >= 9 * max(took[f"huge{number}"] for number in range(4))


def test_who_was_away_does_not_catch_up() -> None:
    """A camera that asked for nothing for long has its next turn first, and then takes turns like the others."""
    threads = Threads()
    share = FairShare(threads, 1, lambda: threads.spent_s)  # type: ignore[arg-type]
    took: list[str] = []

    def ask(camera: str, times: int) -> None:
        def work() -> None:
            threads.spent_s += 0.01
            took.append(camera)
            if times > 1:
                ask(camera, times - 1)

        share.submit(camera, work)

    ask("busy", 60)
    while len(took) < 40:
        threads.run_one()
    ask("back", 10)
    while threads.queue:
        threads.run_one()
    assert took[40:60].count("back") == 10
    assert share.statistics().waiting == 0
    assert share.statistics().turns == 70


def test_other_work_waits_for_the_end_of_a_round() -> None:
    """A thread takes turn after turn until its time is over; then what else waits for the thread comes first."""
    threads = Threads()
    share = FairShare(threads, 1, lambda: threads.spent_s)  # type: ignore[arg-type]
    done: list[str] = []

    def turn(camera: str) -> None:
        threads.spent_s += 0.4 * ROUND_S
        done.append(camera)

    for number in range(5):
        share.submit(str(number), lambda number=number: turn(str(number)))  # type: ignore[misc]
    threads.submit(lambda: done.append("other"))
    while threads.queue:
        threads.run_one()
    assert done == ["0", "1", "2", "other", "3", "4"]
    assert share.statistics().waiting == 0


def test_a_turn_that_fails_ends_its_round_only() -> None:
    """The error reaches the executor, and the next camera has its turn."""
    threads = Threads()
    share = FairShare(threads, 1, lambda: threads.spent_s)  # type: ignore[arg-type]
    done: list[str] = []

    def fail() -> None:
        raise ValueError("a piece of work that fails")

    share.submit("a", fail)
    share.submit("b", lambda: done.append("b"))
    with pytest.raises(ValueError, match="fails"):
        threads.run_one()
    threads.run_one()
    share.submit("a", lambda: done.append("a"))
    threads.run_one()
    assert done == ["b", "a"]


def test_real_threads_run_everything_once() -> None:
    """Two threads, forty cameras: each piece of work runs, no more than two at a time, also after one that failed."""
    ran, at_once, most = Counter[int](), [0], [0]
    lock, done = threading.Lock(), threading.Semaphore(0)
    with ThreadPoolExecutor(2) as executor:
        share = FairShare(executor, 2)

        def work(number: int) -> None:
            with lock:
                at_once[0] += 1
                most[0] = max(most[0], at_once[0])
            ran[number] += 1
            with lock:
                at_once[0] -= 1
            done.release()
            if number == 7:
                raise ValueError("a piece of work that fails")

        for number in range(40):
            share.of(str(number)).submit(lambda number=number: work(number))  # type: ignore[misc]
        for _ in range(40):
            assert done.acquire(timeout=30)
    assert ran == Counter(range(40))
    assert most[0] <= 2
