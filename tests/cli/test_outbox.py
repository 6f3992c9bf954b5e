"""cli/outbox.py: what waits to be sent."""

from __future__ import annotations

import asyncio

from streamsign.cli.outbox import Outbox


async def test_draining_waits_for_the_sender() -> None:
    """It returns as soon as the sender says that nothing waits, and at once where nothing was added."""
    outbox = Outbox()
    await outbox.drain(60)
    outbox.put(["a", "b"])
    draining = asyncio.ensure_future(outbox.drain(60))
    await asyncio.sleep(0)
    assert (draining.done(), outbox.added.is_set(), list(outbox.waiting)) == (False, True, ["a", "b"])
    outbox.waiting.clear()
    outbox.empty.set()
    await draining


async def test_draining_ends_without_a_sender() -> None:
    """What cannot be sent does not keep the program from ending."""
    outbox = Outbox()
    outbox.put(["a"])
    await outbox.drain(0.01)
    assert list(outbox.waiting) == ["a"]


async def test_the_oldest_are_dropped_beyond_the_limit() -> None:
    """With a limit the newest texts stay; adding nothing wakes no waiter."""
    outbox = Outbox(2)
    outbox.put([])
    assert not outbox.added.is_set()
    outbox.put(["a", "b", "c"])
    assert list(outbox.waiting) == ["b", "c"]
