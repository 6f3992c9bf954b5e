"""Tests of benchmarks/server.py and benchmarks/cores.py."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from pathlib import Path

import pytest

from benchmarks.cores import cpu_time_s, pinned, two_cores
from benchmarks.server import server, take_census
from streamsign.errors import StreamsignError

linux = pytest.mark.skipif(sys.platform != "linux", reason="the benchmark looks into /proc")


pytestmark = pytest.mark.real_time


class _Thing:
    pass


@linux
async def test_a_census_counts_what_is_alive(tmp_path: Path) -> None:
    """A task, a thread, an open file and an object are counted while they are there, and no longer."""
    before = take_census(0, [_Thing])
    task = asyncio.create_task(asyncio.sleep(60))
    go = threading.Event()
    thread = threading.Thread(target=go.wait, name="counted-7")
    thread.start()
    things = [_Thing(), _Thing()]
    with (tmp_path / "open").open("w"):
        during = take_census(1, [_Thing])
    task.cancel()
    go.set()
    thread.join()
    things.clear()
    await asyncio.gather(task, return_exceptions=True)
    after = take_census(0, [_Thing])
    assert during.tasks["sleep"] == 1
    assert during.threads["counted"] == 1
    assert during.fds[str(tmp_path / "open")] == 1
    assert during.objects == {"_Thing": 2}
    assert during.cameras == 1
    assert during.resident_kb > 1000
    assert (after.tasks, after.threads, after.objects) == (before.tasks, before.threads, {"_Thing": 0})


def test_a_server_that_does_not_start_says_why() -> None:
    """A model that is not there ends the benchmark with the server's own words."""
    with pytest.raises(StreamsignError, match="no-such-model"), server("no-such-model"):
        pass


@linux
def test_a_pinned_process_has_one_core() -> None:
    """Within it one core is allowed, after it all are again; no core changes nothing."""
    before = os.sched_getaffinity(0)
    with pinned(min(before)):
        assert os.sched_getaffinity(0) == {min(before)}
        with pytest.raises(StreamsignError, match="two cores"):
            two_cores()
    with pinned(None):
        assert os.sched_getaffinity(0) == before
    assert cpu_time_s(os.getpid()) > 0
    assert cpu_time_s(2**31 - 1) == 0
