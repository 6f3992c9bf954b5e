"""Tests of benchmarks/cluster.py."""

from __future__ import annotations

import os

import httpx
import pytest

from benchmarks.cluster import cluster
from benchmarks.cores import cores_of
from streamsign.errors import StreamsignError
from streamsign.recognition.model import load_model
from tests.nats_server import needs_nats


@needs_nats
@pytest.mark.real_time
async def test_a_cluster_is_ready_and_counts_frames() -> None:
    """A gateway and a worker answer readiness, no frame has been read yet, and their CPU time is counted."""
    folder = str(load_model("celov").folder.resolve())
    with cluster(folder, worker_cores=(0,), gateway_core=None, broker_core=None) as running:
        async with httpx.AsyncClient() as http:
            assert (await http.get(f"{running.url}/readyz")).status_code == 200
            assert await running.frames_read(http) == 0
        assert running.cpu_s() > 0
        assert running.gateway.cpu_s() > 0


@needs_nats
def test_a_part_that_does_not_start_is_named() -> None:
    """A worker without its model ends, and the error has its output and the command to try alone."""
    with (
        pytest.raises(StreamsignError, match="The worker does not start") as caught,
        cluster("/nonexistent", worker_cores=(0,), gateway_core=None, broker_core=None),
    ):
        pass
    assert "nonexistent" in str(caught.value)
    assert "streamsign worker" in caught.value.next_step


def test_cores_are_dealt_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The measured processes get a core each, the others the next one or none; too few cores are an error."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {5, 3, 4})
    assert cores_of(2) == ((3, 4), 5)
    assert cores_of(3) == ((3, 4, 5), None)
    with pytest.raises(StreamsignError, match="4 cores"):
        cores_of(4)
