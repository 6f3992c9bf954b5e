"""server/http/turns.py: requests that take turns."""

from __future__ import annotations

import asyncio
import threading

import pytest

from streamsign.server.http.problems import Problem
from streamsign.server.http.turns import ComputeTurns


async def test_one_answer_is_computed_at_a_time() -> None:
    """Of many requests one is computed at a time, in the order in which they came."""
    turns, now, most, order = ComputeTurns(), 0, 0, list[int]()
    lock = threading.Lock()

    def work(number: int) -> int:
        nonlocal now, most
        with lock:
            now, most = now + 1, max(most, now + 1)
        order.append(number)
        with lock:
            now -= 1
        return number

    answers = await asyncio.gather(*(turns.compute(lambda number=number: work(number)) for number in range(20)))  # type: ignore[misc]
    assert answers == order == list(range(20))
    assert most == 1


async def test_one_more_than_may_wait_is_refused() -> None:
    """With as many waiting as may wait, the next is answered 503, and one that is given up leaves its place."""
    turns, release = ComputeTurns(max_waiting=2), threading.Event()
    first = asyncio.ensure_future(turns.compute(release.wait))
    await asyncio.sleep(0)
    waiting = [asyncio.ensure_future(turns.compute(lambda: 1)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Problem) as refused:
        await turns.compute(lambda: 1)
    assert (refused.value.status_code, refused.value.reason) == (503, "busy")
    waiting[0].cancel()
    await asyncio.sleep(0)
    third = asyncio.ensure_future(turns.compute(lambda: 3))
    await asyncio.sleep(0)
    release.set()
    assert tuple(await asyncio.gather(first, waiting[1], third)) == (True, 1, 3)


async def test_a_given_up_computation_holds_its_turn_until_it_ends() -> None:
    """A thread cannot be stopped: the next one waits for it, and gets its turn after an error as well."""
    turns, release, ended = ComputeTurns(), threading.Event(), list[str]()

    def work() -> None:
        release.wait()
        ended.append("first")
        raise ValueError

    first = asyncio.ensure_future(turns.compute(work))
    await asyncio.sleep(0.05)
    first.cancel()
    second = asyncio.ensure_future(turns.compute(lambda: ended.append("second")))
    await asyncio.sleep(0.05)
    assert not ended
    release.set()
    await second
    assert ended == ["first", "second"]
    assert turns.waiting == 0
