"""tests/virtual_time.py: timers take no time, and threads take theirs."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.virtual_time import in_virtual_time


@in_virtual_time
async def test_an_hour_passes_at_once() -> None:
    """Timers ring in their order, at their times on the loop's clock."""
    loop, rung = asyncio.get_running_loop(), list[tuple[str, float]]()
    began_s = time.monotonic()
    loop.call_later(3600, lambda: rung.append(("late", loop.time())))
    loop.call_later(60, lambda: rung.append(("early", loop.time())))
    await asyncio.sleep(3600.5)
    assert rung == [("early", 60.0), ("late", 3600.0)]
    assert loop.time() == 3600.5
    assert time.monotonic() - began_s < 60


@in_virtual_time
async def test_a_timeout_ends_what_never_comes() -> None:
    """An event that nobody sets is given up at the timeout."""
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.Event().wait(), 100)
    assert asyncio.get_running_loop().time() == 100.0


@in_virtual_time
async def test_a_thread_is_waited_for() -> None:
    """The timeout of what a thread computes does not jump past it."""
    async with asyncio.timeout(30):
        assert await asyncio.to_thread(lambda: time.sleep(0.05) or "done") == "done"  # type: ignore[func-returns-value]
    assert asyncio.get_running_loop().time() < 30
