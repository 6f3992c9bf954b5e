"""What the server measures: Prometheus histograms for long times, exact percentiles over the last frames for now."""

from __future__ import annotations

from collections import deque

import numpy as np
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from streamsign.webrtc.reader import STAGES

_WINDOW = 2048
_BUCKETS = (0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)


class Metrics:
    """Stage times, counters and gauges of one server. Used from the event loop only."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._stages = Histogram(
            "streamsign_stage_seconds", "Time a frame spends in a stage", ["stage"], registry=self.registry,
            buckets=_BUCKETS,
        )  # fmt: skip
        self._frames = Counter("streamsign_frames", "Frames read", registry=self.registry)
        self._letters = Counter("streamsign_letters", "Letters published", registry=self.registry)
        self.frames_replaced = Counter(
            "streamsign_frames_skipped", "Frames replaced by a newer one", registry=self.registry
        )
        self.sessions = Gauge("streamsign_sessions", "Cameras connected", registry=self.registry)
        self.viewers = Gauge("streamsign_viewers", "Viewers connected", registry=self.registry)
        self._window: dict[str, deque[float]] = {stage: deque(maxlen=_WINDOW) for stage in STAGES}

    def observe(self, stage: str, milliseconds: float) -> None:
        """Note one stage's time for one frame; the stage "letter" counts a letter."""
        if stage == "letter":
            self._letters.inc()
            return
        self._stages.labels(stage).observe(milliseconds / 1000)
        self._window[stage].append(milliseconds)
        if stage == "total":
            self._frames.inc()

    def latency(self) -> dict[str, dict[str, float]]:
        """Exact p50, p95, p99 in milliseconds and the number n they come from, over the last frames, per stage."""
        answer = {}
        for stage, times in self._window.items():
            p50, p95, p99 = np.percentile(times, [50, 95, 99]) if times else (0.0, 0.0, 0.0)
            answer[stage] = {"p50": float(p50), "p95": float(p95), "p99": float(p99), "n": len(times)}
        return answer

    def exposition(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
