"""benchmarks/cluster_parts.py: a part that does not start."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.cluster_parts import ClusterParts, cluster_parts
from streamsign.errors import StreamsignError
from tests.nats_server import needs_nats


@needs_nats
def test_a_part_that_does_not_start_is_an_error_with_its_log(tmp_path: Path) -> None:
    """The error shows the last lines of the log, and no process stays behind."""
    started: list[ClusterParts] = []
    with pytest.raises(StreamsignError, match="no-such-model"), cluster_parts(tmp_path, model="no-such-model") as parts:
        started.append(parts)
    assert started == []
