"""The project's limits on benchmark results, with the measured values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.report import Measure, Report, Row, Subject

Quantile = Literal["p50", "p95", "p99"]


@dataclass(frozen=True, slots=True)
class Target:
    """A limit on one percentile of ours.

    Attributes:
        benchmark: name of the report.
        case: name of its case; one ending in ``*`` stands for the worst of all that begin so.
        quantile: which percentile.
        limit: greatest allowed value.
        what: description.
        at_least: the percentile must not be below the limit, instead of not above it.
        below: compare the difference between this subject and ours in the same case, instead of ours.
        over: compare the ratio of ours to this subject in the same case, instead of ours.
    """

    benchmark: str
    case: str
    quantile: Quantile
    limit: float
    what: str
    at_least: bool = False
    below: Subject | None = None
    over: Subject | None = None


@dataclass(frozen=True, slots=True)
class Bar:
    """A limit with the measured value."""

    benchmark: str
    what: str
    unit: Measure
    measured: float
    wanted: float
    at_least: bool

    @property
    def met(self) -> bool:
        """Whether the limit is met."""
        return self.measured >= self.wanted if self.at_least else self.measured <= self.wanted


TARGETS = (
    Target("inference", "classify_96x96", "p50", 1.3, "a patch read, over the compute floor of the core", over="floor"),
    Target("pipeline", "frame_640x480/total", "p50", 1000, "decoded frame of 640×480 → events, p50"),
    Target("pipeline", "frame_640x480/total", "p95", 2000, "the same, p95"),
    Target("tracking", "still_hand/off_center", "p50", 1, "a still hand's box off its mean, of the hand's size"),
    Target("tracking", "moving_hand_*/lag", "p50", 1, "frames that the box is behind a moving hand"),
    Target(
        "peers", "hand/640x480/cpu", "p50", 0.1, "CPU time of a frame, over MediaPipe Hands'", over="mediapipe_hands"
    ),
    Target(
        "peers",
        "captions/640x480/cpu_a_second",
        "p50",
        0.125,
        "CPU time of a second, frames to letters with the reader, over MediaPipe Hands'",
        over="mediapipe_hands",
    ),
    Target("webrtc", "draw_to_decoded/vp8_640x480_30", "p50", 14, "drawn → decoded, VP8 640×480 at 30 fps, p50"),
    Target("webrtc", "draw_to_decoded/vp8_640x480_30", "p95", 20, "the same, p95 (aim)"),
    Target(
        "webrtc",
        "draw_to_decoded/vp8_640x480_30",
        "p50",
        25,
        "how far the p50 is below stock's",
        at_least=True,
        below="stock",
    ),
    Target("webrtc", "draw_to_decoded/vp8_320x240_15", "p50", 9, "drawn → decoded, VP8 320×240 at 15 fps, p50"),
    Target("webrtc", "letter/total", "p95", 8, "decoded frame → letter on its way to the viewers, p95"),
    Target(
        "first_letter", "phone/first_letter_on_the_host", "p50", 1000, "phone page opened → first letter on the host"
    ),
    Target("loss", "packet_and_nack_lost/*/longest_freeze", "p50", 350, "longest gap, one packet and its NACK lost"),
    Target("loss", "packet_and_nack_lost/*/broken", "p99", 0, "broken pictures, one packet and its NACK lost"),
    Target("loss", "loss_2%_rtt_20/frame_delay", "p99", 150, "frame delay, 2 % loss at 20 ms, p99"),
    Target(
        "capacity", "whip/vp8_640x480_30/streams_a_core", "p50", 14, "streams a core, 640×480 at 30 fps", at_least=True
    ),
    Target(
        "capacity", "whip/vp8_320x240_15/streams_a_core", "p50", 38, "streams a core, 320×240 at 15 fps", at_least=True
    ),
    Target("overload", "*/age_when_read", "p95", 2000 / 30, "age of a frame when read, recognizer slowed 10 ×, p95"),
    Target("overload", "*/memory_growth", "p50", 2_000, "growth of memory meanwhile"),
    Target(
        "audience", "letter/1000_viewers_one_stuck_one_slow", "p99", 50, "letter published → read by 1,000 viewers, p99"
    ),
    Target(
        "arrivals",
        "frame_to_event/*",
        "p50",
        1.3,
        "frame → event while 200 cameras arrive at 20 places, over before",
        over="floor",
    ),
    Target(
        "workers",
        "*/streams",
        "p50",
        1.7,
        "streams in time of two worker processes, over one's",
        at_least=True,
        over="floor",
    ),
    Target(
        "gateway",
        "letter/1000_viewers_50_rooms",
        "p99",
        50,
        "letter published → read by 1,000 viewers of 50 rooms, p99",
    ),
    Target("soak", "leaked/tasks", "p50", 0, "leaked tasks"),
    Target("soak", "leaked/threads", "p50", 0, "leaked threads"),
    Target("soak", "leaked/fds", "p50", 0, "leaked file descriptors"),
    Target("soak", "memory/growth", "p50", 10_000, "growth of memory after the warm-up"),
)
"""The project's limits; those of missing benchmarks and cases are left out."""


def judged(report: Report) -> Iterator[Bar]:
    """The limits with a value in a report."""
    for target in TARGETS:
        if target.benchmark == report.name and (figures := list(_figures(target, report.rows))):
            worst = min(figures, key=_value) if target.at_least else max(figures, key=_value)
            yield Bar(report.name, target.what, worst[1], worst[0], target.limit, target.at_least)


def unmeasured(report: Report) -> list[Target]:
    """The limits of a report's benchmark without a value in it."""
    return [target for target in TARGETS if target.benchmark == report.name and not list(_figures(target, report.rows))]


def _value(figure: tuple[float, Measure]) -> float:
    return figure[0]


def _figures(target: Target, rows: Sequence[Row]) -> Iterator[tuple[float, Measure]]:
    begin, star, end = target.case.partition("*")
    other = target.below or target.over
    others = {line.case: getattr(line, target.quantile) for line in rows if line.subject == other}
    for line in rows:
        meant = line.case.startswith(begin) and line.case.endswith(end) if star else line.case == target.case
        if line.subject == "ours" and meant:
            value: float = getattr(line, target.quantile)
            if other is None:
                yield value, line.unit
            elif line.case in others:
                yield (others[line.case] - value, line.unit) if target.below else (value / others[line.case], "×")
