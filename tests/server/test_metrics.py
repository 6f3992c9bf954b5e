"""What the server measures."""

from __future__ import annotations

from streamsign.server.metrics import Metrics
from streamsign.webrtc.reader import STAGES


def test_percentiles_are_exact_and_everything_is_exposed() -> None:
    """Percentiles come from the observed times, letters and frames are counted, every name is in the exposition."""
    metrics = Metrics()
    assert metrics.latency()["total"]["n"] == 0
    for milliseconds in range(1, 101):
        metrics.observe("total", float(milliseconds))
    metrics.observe("letter", 5.0)
    total = metrics.latency()["total"]
    assert (total["p50"], total["n"]) == (50.5, 100)
    assert 99 <= total["p99"] <= 100
    assert list(metrics.latency()) == list(STAGES)
    text = metrics.exposition().decode()
    assert "streamsign_frames_total 100.0" in text
    assert "streamsign_letters_total 1.0" in text
    assert 'streamsign_stage_seconds_count{stage="total"} 100.0' in text


def test_two_servers_do_not_share_counters() -> None:
    """Each server has its own registry, so a second one in a process starts at nothing."""
    first, second = Metrics(), Metrics()
    first.observe("letter", 1.0)
    assert "streamsign_letters_total 0.0" in second.exposition().decode()
