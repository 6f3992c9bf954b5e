"""What the server measures: a histogram of every stage between lens and screen, counters and gauges."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, Summary, generate_latest
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from streamsign import __version__
from streamsign.captions.events import Letter
from streamsign.captions.ledger import SPANS, STAGES
from streamsign.captions.room import CaptionRoom
from streamsign.server.metrics.histogram import WINDOW_S, DurationHistogram

if TYPE_CHECKING:
    from streamsign.server.metrics.traces import LetterTraces

MEASURED = tuple(stage.name for stage in (*STAGES, *SPANS))
"""Stages and spans of a :class:`~streamsign.captions.ledger.Ledger` that are counted. Those up to "publish" come from
every frame, those after it from every letter and viewer."""

_AT_ONCE = 1024
"""Observations that are counted together: those of a hundred frames."""

STATES = ("connecting", "live", "stalled")
"""States of a connected camera, as its room's viewers receive them."""


@dataclass(frozen=True, slots=True)
class ClusterHealth:
    """The connection of a gateway or worker to NATS.

    Attributes:
        connected: whether it is connected.
        waiting: changes of captions that NATS has not stored yet.
        retries: times that NATS did not answer a message of captions.
        conflicts: times that another process wrote first.
        lost: changes that were refused because too many waited, or that still waited when their room was closed.
        offers: answers of workers to offers, by kind.
        workers_ended: workers that ended, by how: drained, or gone without notice.
        sessions_begun: sessions of this worker, by what they continue.
    """

    connected: bool
    waiting: int
    retries: int = 0
    conflicts: int = 0
    lost: int = 0
    offers: Mapping[str, int] = field(default_factory=dict)
    workers_ended: Mapping[str, int] = field(default_factory=dict)
    sessions_begun: Mapping[str, int] = field(default_factory=dict)

    def families(self) -> Iterator[Metric]:
        """The metrics of a process in a cluster."""
        yield GaugeMetricFamily(
            "streamsign_nats_connected", "1 while the process is connected to NATS", float(self.connected)
        )
        yield GaugeMetricFamily(
            "streamsign_captions_waiting", "Changes of captions that NATS has not stored yet", self.waiting
        )
        yield CounterMetricFamily(
            "streamsign_captions_retries", "Messages of captions that NATS did not answer", self.retries
        )
        yield CounterMetricFamily(
            "streamsign_captions_conflicts", "Messages of captions before which another process wrote", self.conflicts
        )
        yield CounterMetricFamily("streamsign_captions_lost", "Changes of captions that were not stored", self.lost)
        for name, about, label, counts in (
            ("streamsign_offers", "Offers sent to workers", "answer", self.offers),
            ("streamsign_workers_ended", "Workers that ended", "how", self.workers_ended),
            ("streamsign_sessions_begun", "Sessions that a worker began", "how", self.sessions_begun),
        ):
            family = CounterMetricFamily(name, about, labels=[label])
            for value, count in counts.items():
                family.add_metric([value], count)
            yield family


class Metrics(Collector):
    """Stage times, counters and gauges of one server. Used from the event loop only.

    Args:
        clock: seconds, never decreasing.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.registry = CollectorRegistry()
        self._clock = clock
        self._histograms = {name: DurationHistogram() for name in MEASURED}
        self._observed: list[tuple[str, float, float]] = []
        self._letters = Counter("streamsign_letters", "Letters published", registry=self.registry)
        self.frames_replaced: Callable[[], int] = lambda: 0
        """Frames that a newer one replaced, of all cameras so far; asked at each exposition."""
        self.camera_states: Callable[[], Mapping[str, int]] = dict
        """How many cameras are connecting, live and stalled; asked at each exposition."""
        self.cluster: Callable[[], ClusterHealth] | None = None
        """The connection to NATS of a process in a cluster; asked at each exposition."""
        self.admits: Callable[[], bool] = lambda: True
        """Whether the processor has room for one more camera; asked at each exposition."""
        self.sessions = Gauge("streamsign_sessions", "Cameras connected", registry=self.registry)
        self._reader = Summary("streamsign_reader_seconds", "Time of a reading by the reader", registry=self.registry)
        self._readings = 0
        self._with_reader = Gauge(
            "streamsign_reader_sessions", "Cameras whose model has a reader", registry=self.registry
        )
        self._on_small = Gauge(
            "streamsign_small_network_sessions",
            "Cameras with a reader that read with the classifier alone because of the load",
            registry=self.registry,
        )
        self._small_share = Gauge(
            "streamsign_small_network_share", "Their share of the cameras with a reader", registry=self.registry
        )
        self.max_sessions = Gauge("streamsign_max_sessions", "Cameras that may connect", registry=self.registry)
        self.viewers = Gauge("streamsign_viewers", "Viewers connected", registry=self.registry)
        self.requests = Counter(
            "streamsign_requests",
            "HTTP requests answered, by the template of their route",
            ["method", "route", "status"],
            registry=self.registry,
        )
        self.websockets_closed = Counter(
            "streamsign_websockets_closed", "Websockets closed, by close code", ["code"], registry=self.registry
        )
        Gauge("streamsign_info", "1, with the release that runs", ["release"], registry=self.registry).labels(
            __version__
        ).set(1)
        ProcessCollector(registry=self.registry)
        self.traces: LetterTraces | None = None
        """Exports a trace of each letter that is sent to a viewer."""
        self.registry.register(self)

    def observe(self, stage: str, milliseconds: float) -> None:
        """Note one stage's time for one frame or letter.

        "letter" counts a letter. "reader" is a reading by the reader, whose time is part of the stage "filter".

        Raises:
            KeyError: the stage is unknown.
        """
        if stage == "letter":
            self._letters.inc()
            return
        if stage == "reader":
            self._readings += 1
            self._reader.observe(milliseconds / 1000)
            return
        if stage not in self._histograms:
            raise KeyError(stage)
        # Many together take less time: the code and the counts are in the processor's caches then.
        self._observed.append((stage, milliseconds, self._clock()))
        if len(self._observed) >= _AT_ONCE:
            self._count()

    def _count(self) -> None:
        """Count what was observed since the last call."""
        for stage, milliseconds, at_s in self._observed:
            self._histograms[stage].observe(milliseconds / 1000, at_s)
        self._observed.clear()

    @property
    def _stages(self) -> dict[str, DurationHistogram]:
        """Histograms of all that was observed."""
        self._count()
        return self._histograms

    def tracing(self, room: CaptionRoom) -> Callable[[Letter], None] | None:
        """A function that exports the stages of a letter of a room, or None if letters are not traced."""
        traces = self.traces
        return None if traces is None else lambda letter: traces.letter(room.name, room.log.log_id, letter)

    def reader_sessions(self, count: int, on_small: int) -> None:
        """Note how many cameras have a reader, and how many of them read with the classifier alone."""
        self._with_reader.set(count)
        self._on_small.set(on_small)
        self._small_share.set(on_small / count if count else 0.0)

    def latency(self) -> dict[str, object]:
        """What /api/latency says: p50, p95, p99 in milliseconds and their n, null while n is 0.

        ``recent`` is over the last ``window_s`` seconds, ``since_start`` over all time; both by stage.
        """
        now_s, stages = self._clock(), self._stages
        return {
            "window_s": WINDOW_S,
            "recent": {name: asdict(stage.recent(now_s)) for name, stage in stages.items()},
            "since_start": {name: asdict(stage.since_start()) for name, stage in stages.items()},
        }

    def collect(self) -> Iterator[Metric]:
        """Frames, cameras and stages as Prometheus reads them; called by the registry."""
        stages = self._stages
        yield CounterMetricFamily("streamsign_frames", "Frames read", stages["total"].count)
        reads = CounterMetricFamily("streamsign_reads", "Frames with a hand read by each network", labels=["network"])
        reads.add_metric(["small"], stages["classify"].count)
        reads.add_metric(["large"], self._readings)
        yield reads
        yield CounterMetricFamily(
            "streamsign_frames_replaced", "Frames replaced by a newer one", self.frames_replaced()
        )
        cameras = GaugeMetricFamily("streamsign_cameras", "Cameras by the state of their connection", labels=["state"])
        states = self.camera_states()
        for state in STATES:
            cameras.add_metric([state], states.get(state, 0))
        yield cameras
        yield GaugeMetricFamily(
            "streamsign_admits", "1 while the processor has room for one more camera", float(self.admits())
        )
        if self.cluster is not None:
            yield from self.cluster().families()
        family = HistogramMetricFamily(
            "streamsign_stage_seconds", "Time a frame or letter spends in a stage", labels=["stage"]
        )
        for name, stage in stages.items():
            buckets = [(str(bound), float(count)) for bound, count in stage.cumulative()]
            family.add_metric([name], [*buckets, ("+Inf", float(stage.count))], stage.sum_s)
        yield family

    def exposition(self) -> bytes:
        """The Prometheus text format."""
        return generate_latest(self.registry)
