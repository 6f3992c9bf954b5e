"""benchmarks/cluster_parts.py: a part that does not start, and parts of an earlier release."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest

from benchmarks.cluster_parts import ClusterParts, cluster_parts
from benchmarks.nats_server import nats_servers
from streamsign.errors import StreamsignError
from tests.nats_server import needs_nats


@needs_nats
def test_a_part_that_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    """The error shows the last lines of the log, and no process stays behind."""
    started: list[ClusterParts] = []
    with pytest.raises(StreamsignError, match="no-such-model"), cluster_parts(tmp_path, model="no-such-model") as parts:
        started.append(parts)
    assert started == []


@needs_nats
def test_the_first_gateway_and_worker_run_the_earlier_release(tmp_path: Path) -> None:
    """With an earlier release, every second part runs that package, and the others run this one."""
    earlier = tmp_path / "earlier"
    (earlier / "streamsign").mkdir(parents=True)
    (earlier / "streamsign" / "__init__.py").touch()
    (earlier / "streamsign" / "__main__.py").write_text("import sys; print('earlier', *sys.argv[1:])")
    with nats_servers() as (nats,), closing(ClusterParts(tmp_path, nats, {"model": "none"}, earlier)) as parts:
        for _ in range(3):
            parts.worker(wait=False).child.wait(60)
        logs = [part.log.read_text() for part in parts.workers]
        parts.gateway(wait=False).child.wait(60)
    assert [log == "earlier worker\n" for log in logs] == [True, False, True]
    assert parts.gateways[0].log.read_text() == "earlier gateway\n"
