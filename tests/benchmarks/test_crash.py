"""benchmarks/crash.py: letters of a server that is killed repeatedly."""

from __future__ import annotations

import pytest

from benchmarks.crash import crash

pytestmark = pytest.mark.real_time


async def test_kill_9_loses_and_doubles_nothing() -> None:
    """Killed twice while letters flow: every viewer has each letter once, in order, of one log."""
    found = await crash(2, seed=1)
    assert (found.lost, found.duplicated, found.reordered) == (0, 0, 0)
    assert found.letters >= 2
