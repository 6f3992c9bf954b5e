"""Tests of benchmarks/relay.py."""

from __future__ import annotations

import shutil

import pytest

from benchmarks import relay
from streamsign.errors import StreamsignError

pytestmark = pytest.mark.real_time


@pytest.mark.skipif(shutil.which("turnserver") is None, reason="coturn is not installed (apt install coturn)")
def test_packets_pass_a_real_relay() -> None:
    """A short run through coturn has the CPU time of a packet and names coturn's version."""
    # Slower than the benchmark: beside other tests, sockets' buffers would overflow.
    report = relay.run(full=False, model="celov", packets=100, interval_ms=20)
    figures = {line.case: line.p50 for line in report.rows}
    assert figures["bytes/packet"] == relay.PACKET_BYTES
    assert figures["cpu_a_packet"] >= 0
    assert report.versions["coturn"][0].isdigit()


def test_a_missing_relay_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without coturn the error names the command that installs it."""
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(StreamsignError, match="not installed") as caught:
        relay.run(full=False, model="celov", packets=1)
    assert "apt install coturn" in caught.value.next_step
