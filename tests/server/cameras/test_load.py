"""The server's load."""

from __future__ import annotations

import pytest

from streamsign.server.cameras.load import ServerLoad, available_cores


def test_the_larger_of_cpu_share_and_busy_share_is_the_load() -> None:
    """Half of four cores, or sessions that spend nine tenths of their time on frames."""
    used = iter([10.0, 12.0, 12.0])
    load = ServerLoad(lambda: next(used), cores=4)
    assert load.update({"a": 0.0, "b": 0.0}, 0.0) is None
    assert load.update({"a": 0.1, "b": 0.1}, 1.0) == pytest.approx(0.5)
    assert load.update({"a": 1.0, "b": 1.0, "new": 50.0}, 2.0) == pytest.approx(0.9)


def test_without_sessions_the_process_counts() -> None:
    """An idle server has no load, and the same time again gives none."""
    load = ServerLoad(lambda: 1.0, cores=1)
    assert load.update({}, 0.0) is None
    assert load.update({}, 1.0) == 0.0
    assert load.update({}, 1.0) is None
    assert available_cores() >= 1
