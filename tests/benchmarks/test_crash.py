"""benchmarks/crash.py: a server that is killed while letters flow loses none."""

from __future__ import annotations

import pytest

from benchmarks.crash import crash

pytestmark = pytest.mark.real_time


async def test_kill_9_loses_and_doubles_nothing() -> None:
    """Killed three times while letters flow: every viewer has each letter once, in order, of one log."""
    found = await crash(3, seed=1)
    assert (found.lost, found.duplicated, found.reordered) == (0, 0, 0)
    assert found.letters >= 3
