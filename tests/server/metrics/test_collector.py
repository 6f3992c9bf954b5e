"""What the server measures."""

from __future__ import annotations

import json

import pytest
from prometheus_client.parser import text_string_to_metric_families

from streamsign import __version__
from streamsign.captions.ledger import SPANS, STAGES
from streamsign.server.metrics.collector import MEASURED, Metrics
from streamsign.server.metrics.histogram import WINDOW_S


class _Clock:
    now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


def test_every_stage_of_a_ledger_is_measured() -> None:
    """Each stage and span has its percentiles from the start, null and out of 0 until it is observed."""
    latency = json.loads(json.dumps(Metrics().latency()))
    assert list(latency["recent"]) == list(latency["since_start"]) == [stage.name for stage in (*STAGES, *SPANS)]
    assert latency["recent"]["paint"] == {"p50": None, "p95": None, "p99": None, "n": 0}


def test_percentiles_of_the_window_and_of_all_time() -> None:
    """Percentiles come from the observed times; the window drops old ones, the total does not."""
    clock = _Clock()
    metrics = Metrics(clock)
    for milliseconds in range(1, 101):
        metrics.observe("total", float(milliseconds))
    before = json.loads(json.dumps(metrics.latency()))
    assert before["recent"]["total"] == before["since_start"]["total"]
    assert before["recent"]["total"]["n"] == 100
    for name, expected_ms in (("p50", 50), ("p95", 95), ("p99", 99)):
        assert before["recent"]["total"][name] == pytest.approx(expected_ms, rel=0.006)
    clock.now_s = 2 * before["window_s"]
    after = json.loads(json.dumps(metrics.latency()))
    assert after["recent"]["total"]["n"] == 0
    assert after["since_start"] == before["since_start"]


def test_what_was_observed_is_counted_at_its_time_however_late_it_is_read() -> None:
    """Observations that nobody asked for in the window are in no window, and all of more than a batch are counted."""
    clock = _Clock()
    metrics = Metrics(clock)
    for _ in range(5000):
        metrics.observe("decode", 2.0)
    clock.now_s = 2 * WINDOW_S
    metrics.observe("decode", 4.0)
    latency = json.loads(json.dumps(metrics.latency()))
    assert latency["recent"]["decode"]["n"] == 1
    assert latency["since_start"]["decode"]["n"] == 5001


def test_prometheus_reads_the_exposition() -> None:
    """Letters and frames are counted, and each stage is a histogram whose buckets grow to its count."""
    metrics = Metrics()
    for milliseconds in (0.5, 20.0, 30_000.0):
        metrics.observe("total", milliseconds)
    metrics.observe("letter", 5.0)
    text = metrics.exposition().decode()
    assert "streamsign_frames_total 3.0" in text
    assert "streamsign_letters_total 1.0" in text
    families = {family.name: family for family in text_string_to_metric_families(text)}
    stages = families["streamsign_stage_seconds"]
    assert stages.type == "histogram"
    total = [sample for sample in stages.samples if sample.labels["stage"] == "total"]
    buckets = {float(sample.labels["le"]): sample.value for sample in total if sample.name.endswith("_bucket")}
    assert list(buckets.values()) == sorted(buckets.values())
    assert (buckets[2**-10], buckets[2**-5], buckets[16.0], buckets[float("inf")]) == (1, 2, 2, 3)
    assert [sample.value for sample in total if sample.name.endswith("_count")] == [3]
    assert [sample.value for sample in total if sample.name.endswith("_sum")] == pytest.approx([30.0205])
    assert {sample.labels["stage"] for sample in stages.samples} == set(MEASURED)


def test_reads_are_counted_by_network_with_the_readers_time() -> None:
    """Frames that the classifier read, readings of the reader and their seconds, and the share of small cameras."""
    metrics = Metrics()
    for _ in range(4):
        metrics.observe("classify", 0.2)
    metrics.observe("reader", 3.0)
    metrics.reader_sessions(4, 1)
    text = metrics.exposition().decode()
    assert 'streamsign_reads_total{network="small"} 4.0' in text
    assert 'streamsign_reads_total{network="large"} 1.0' in text
    assert "streamsign_reader_seconds_sum 0.003" in text
    assert "streamsign_reader_sessions 4.0" in text
    assert "streamsign_small_network_sessions 1.0" in text
    assert "streamsign_small_network_share 0.25" in text
    metrics.reader_sessions(0, 0)
    assert "streamsign_small_network_share 0.0" in metrics.exposition().decode()


def test_cameras_are_counted_by_state_at_each_exposition() -> None:
    """States, admission and the release come with their labels; a state without cameras is 0."""
    metrics = Metrics()
    states = {"live": 2}
    metrics.camera_states = lambda: states
    metrics.max_sessions.set(32)
    first = metrics.exposition().decode()
    assert 'streamsign_cameras{state="live"} 2.0' in first
    assert 'streamsign_cameras{state="stalled"} 0.0' in first
    assert "streamsign_admits 1.0" in first
    assert "streamsign_max_sessions 32.0" in first
    assert f'streamsign_info{{release="{__version__}"}} 1.0' in first
    states["live"], metrics.admits = 0, lambda: False
    second = metrics.exposition().decode()
    assert 'streamsign_cameras{state="live"} 0.0' in second
    assert "streamsign_admits 0.0" in second


def test_the_process_is_measured() -> None:
    """Processor time, memory and descriptors of this process are among the metrics."""
    text = Metrics().exposition().decode()
    for name in ("process_cpu_seconds_total", "process_resident_memory_bytes", "process_open_fds", "process_max_fds"):
        assert f"\n{name} " in text


def test_an_unknown_stage_is_a_mistake() -> None:
    """A stage that is not declared is an error."""
    with pytest.raises(KeyError):
        Metrics().observe("lunch", 1.0)


def test_two_servers_do_not_share_counters() -> None:
    """Each server has its own registry, so a second one in a process starts at nothing."""
    first, second = Metrics(), Metrics()
    first.observe("letter", 1.0)
    assert "streamsign_letters_total 0.0" in second.exposition().decode()
