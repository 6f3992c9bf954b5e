"""Features of a hand's path that distinguish a drawn J or Z from other movement.

Lengths are in hand sizes (mean of the box's longer side over the span), so that they depend neither on the distance to
the camera nor on the frame rate. A mirrored path has the same features: left and right hands and mirrored cameras are
read alike.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]

POINTS = 13
"""Points to which a path is resampled, evenly in time."""

SHAPE_FEATURES = (
    "start_share",
    "middle_share",
    "end_share",
    "none",
    "other_middle",
    "other_end",
    "other_sure",
    "turned",
)
"""Mean share of the letters that the drawn letter starts from, in the first 3, the middle 5 and the last 3 points; mean
share of no letter after the start; how surely another letter is held at rest, in the middle and at the end; 1 if
two frames in a row show another letter for certain; and the most that two points in a row after the start look like the
turned hand."""

FEATURES = (
    "span", "log_length", "height", "net_across", "net_down", "stroke", "stroke_down", "last_stroke_back",
    "first_down", "second_down", "third_down", "drop", "rise", "across_after_drop", "turn",
    "aspect_middle", "aspect_end", "log_height_middle", "log_height_end", "speed_end", "speed_most",
    "speed_before", "calm", "early", "late", "burst",
    *SHAPE_FEATURES,
)  # fmt: skip
"""Names of the features, in order:

- span: seconds; log_length: log of the path's length plus 0.1;
- height: of the path's extent; net_across, net_down: from its start to its end, across without sign;
- stroke: the shortest of three alternating horizontal strokes, at most 0.6; stroke_down: how far the second one goes
  down; last_stroke_back: how far the path has returned from the end of the third;
- first_down, second_down, third_down: down over length of the thirds of the path's length;
- drop, rise: from the start to the lowest point, and from there to the end; across_after_drop: horizontal part of the
  latter; turn: sum of the turns, weighted with the length of their sides, over the path's length;
- aspect_…, log_height_…: log of the box's width over its height, and of its height, in the middle and at the end, less
  that at the start;
- early, late: shares of the path's length in the first and the last third of the time; burst: the greatest share of it
  within BURST_S, in which a hand goes from one letter to the next;
- speed_end, speed_most: hand sizes a second; speed_before: over the BEFORE_S before the span, at most 3; calm: the
  least speed within the span over the mean one.
"""

BEFORE_S = 0.15
"""How long before a span its features look: the hand rests in the first shape."""

BURST_S = 0.2
"""How long a hand takes from one letter to the next, about."""

_LONGEST_STROKE = 0.6
_MOST_BEFORE = 3.0
_RESTING = 0.8  # hand sizes a second at which a frame counts 1/e as rest


class HandPath(NamedTuple):
    """A followed hand, one row a frame.

    Attributes:
        at_s: (frames,) seconds, increasing.
        x, y, width, height: (frames,) center and sides of its box, pixels.
        none: (frames,) probability of no letter.
    """

    at_s: Vector
    x: Vector
    y: Vector
    width: Vector
    height: Vector
    none: Vector


SURE = 0.85
"""Probability from which a frame shows a letter for certain."""


class ShapesSeen(NamedTuple):
    """What the classifier reads of a followed hand, as seen from one drawn letter; one row a frame.

    Attributes:
        start: (frames,) probability of the letters that the drawn letter starts from.
        other: (frames,) highest probability of another letter, except those that it passes.
        sure: (frames,) whether this frame and the one before show the same other letter for certain.
        turned: (frames,) probability of the hand of the drawn letter, turned about its forearm; 0 where it is unknown.
    """

    start: Vector
    other: Vector
    sure: NDArray[np.bool_]
    turned: Vector


class TurnedHand(NamedTuple):
    """A logistic model of a frame's log-probabilities: whether it shows the hand of a drawn letter that has turned.

    Attributes:
        weights: (1 + letters,) nats a nat, none first.
        bias: nats.
    """

    weights: Vector
    bias: float


LEAST_SHARE = 1e-3
"""Lower probabilities count as this one."""


def log_shares(evidence: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log-probabilities, the input of :class:`TurnedHand`."""
    return np.asarray(np.log(np.maximum(evidence, LEAST_SHARE)))


def shapes_seen(
    evidence: NDArray[np.float64],
    starts: NDArray[np.intp],
    passes: NDArray[np.intp],
    turned: TurnedHand | None = None,
) -> ShapesSeen:
    """Separate the letters that a drawn letter starts from, and those that its shape resembles on the way.

    Args:
        evidence: (frames, 1 + letters) probabilities, none first.
        starts: places of the former in a row.
        passes: and of the latter.
        turned: recognizes the turned hand; None if the drawn letter has no such evidence.
    """
    others = np.ones(evidence.shape[1], bool)
    others[np.concatenate([[0], starts, passes]).astype(np.intp)] = False
    seen = np.where(others, evidence, 0.0)
    other, which = seen.max(axis=1), seen.argmax(axis=1)
    certain = other >= SURE
    again = certain[1:] & certain[:-1] & (which[1:] == which[:-1])
    start = evidence[:, starts].sum(axis=1)
    if turned is None:
        shown = np.zeros(len(evidence))
    else:
        # A hand that is tilted, but not turned, resembles both.
        shown = (1 - start) / (1 + np.exp(-(log_shares(evidence) @ turned.weights + turned.bias)))
    return ShapesSeen(start, other, np.concatenate([[False], again]), shown)


def path_features(path: HandPath, seen: ShapesSeen, end_s: Vector, span_s: Vector) -> NDArray[np.float64]:
    """Features of several spans of a path.

    Args:
        path: at least two frames.
        seen: on the path.
        end_s: (spans,) where each span ends, seconds.
        span_s: (spans,) how long each is, seconds, above 0.

    Returns:
        (spans, features), see :data:`FEATURES`.
    """
    times = end_s[:, None] + span_s[:, None] * np.linspace(-1.0, 0.0, POINTS)

    def at_times(values: Vector) -> NDArray[np.float64]:
        return np.interp(times, path.at_s, values)

    width, height = at_times(path.width), at_times(path.height)
    size = np.maximum(width, height).mean(axis=1, keepdims=True)
    x, y = at_times(path.x) / size, at_times(path.y) / size
    aspect, log_height = np.log(width / height), np.log(height)
    sides_x, sides_y = np.diff(x, axis=1), np.diff(y, axis=1)
    sides = np.hypot(sides_x, sides_y)
    length = sides.sum(axis=1) + 1e-6
    step_s = span_s / (POINTS - 1)
    shares, other, none = at_times(seen.start), at_times(seen.other), at_times(path.none)
    turned = at_times(seen.turned)
    speeds = sides / step_s[:, None]
    before_s = end_s - span_s - BEFORE_S
    before = np.hypot(
        x[:, 0] - np.interp(before_s, path.at_s, path.x) / size[:, 0],
        y[:, 0] - np.interp(before_s, path.at_s, path.y) / size[:, 0],
    )
    # A point's speed is the slower one of its two sides.
    slower = np.minimum(speeds[:, :-1], speeds[:, 1:])
    held = np.minimum(other[:, 1:-2], other[:, 2:-1]) * np.exp(-speeds[:, 1:-1] / _RESTING)
    last_held = np.minimum(other[:, -2], other[:, -1]) * np.exp(-speeds[:, -1] / _RESTING)
    lowest = np.argmax(y, axis=1)
    rows = np.arange(len(x))
    bottom_x, bottom_y = x[rows, lowest], y[rows, lowest]

    def since_start(values: NDArray[np.float64], first: int, last: int) -> Vector:
        return np.asarray(values[:, first:last].mean(axis=1) - values[:, :2].mean(axis=1))

    return np.column_stack(
        [
            span_s,
            np.log(length + 0.1),
            np.ptp(y, axis=1),
            np.abs(x[:, -1] - x[:, 0]),
            y[:, -1] - y[:, 0],
            *_zigzag(x, y),
            *_thirds_down(y, sides, length),
            bottom_y - y[:, 0],
            bottom_y - y[:, -1],
            np.abs(x[:, -1] - bottom_x),
            _turn(sides_x, sides_y, sides, length),
            since_start(aspect, 5, 8),
            since_start(aspect, -3, POINTS),
            since_start(log_height, 5, 8),
            since_start(log_height, -3, POINTS),
            sides[:, -2:].sum(axis=1) / (2 * step_s),
            speeds.max(axis=1),
            np.minimum(before / BEFORE_S, _MOST_BEFORE),
            slower[:, 1:-1].min(axis=1) / (speeds.mean(axis=1) + 1e-6),
            sides[:, :4].sum(axis=1) / length,
            sides[:, -4:].sum(axis=1) / length,
            _burst(sides, step_s) / length,
            shares[:, :3].mean(axis=1),
            shares[:, 4:9].mean(axis=1),
            shares[:, -3:].mean(axis=1),
            none[:, 3:].mean(axis=1),
            held[:, 1:7].max(axis=1),
            np.maximum(held[:, 7:].max(axis=1), last_held),
            _any_within(seen.sure, path.at_s, end_s - span_s, end_s),
            np.minimum(turned[:, 3:-1], turned[:, 4:]).max(axis=1),
        ]
    )


def _zigzag(x: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Vector, Vector, Vector]:
    """The shortest of three alternating strokes, how far the second goes down, and how far the third has returned."""
    rows, order = np.arange(len(x)), np.arange(POINTS)
    found = []
    for side in (1.0, -1.0):
        away = side * (x - x[:, :1])
        first = np.argmax(away[:, : POINTS - 4], axis=1)
        after = np.where(order > first[:, None], away, np.inf)
        second = np.argmin(after[:, : POINTS - 1], axis=1)
        after = np.where(order >= second[:, None], away, -np.inf)
        third = np.argmax(after, axis=1)
        there, back, again = away[rows, first], away[rows, second], away[rows, third]
        shortest = np.minimum(there, np.minimum(there - back, again - back))
        found.append((shortest, y[rows, second] - y[rows, first], again - away[:, -1]))
    (one, one_down, one_back), (other, other_down, other_back) = found
    left = other > one
    stroke = np.clip(np.maximum(one, other), 0.0, _LONGEST_STROKE)
    none = stroke == 0
    down, returned = np.where(left, other_down, one_down), np.where(left, other_back, one_back)
    return stroke, np.where(none, 0.0, down), np.where(none, 0.0, returned)


def _thirds_down(y: NDArray[np.float64], sides: NDArray[np.float64], length: Vector) -> list[Vector]:
    """How far each third of the path's length goes down, over that length."""
    run = np.concatenate([np.zeros((len(y), 1)), np.cumsum(sides, axis=1)], axis=1) / length[:, None]
    heights = [y[:, 0]]
    rows = np.arange(len(y))
    for share in (1 / 3, 2 / 3):
        after = np.minimum(np.argmax(run >= share, axis=1), POINTS - 1)
        before = np.maximum(after - 1, 0)
        low, high = run[rows, before], run[rows, after]
        part = np.clip((share - low) / np.maximum(high - low, 1e-9), 0.0, 1.0)
        heights.append(y[rows, before] + part * (y[rows, after] - y[rows, before]))
    heights.append(y[:, -1])
    return [3 * (later - earlier) / length for earlier, later in itertools.pairwise(heights)]


def _turn(
    sides_x: NDArray[np.float64], sides_y: NDArray[np.float64], sides: NDArray[np.float64], length: Vector
) -> Vector:
    """Radians by which the path turns in one sense, each turn weighted with its shorter side, over the length."""
    cross = sides_x[:, :-1] * sides_y[:, 1:] - sides_y[:, :-1] * sides_x[:, 1:]
    dot = sides_x[:, :-1] * sides_x[:, 1:] + sides_y[:, :-1] * sides_y[:, 1:]
    turns = np.arctan2(cross, dot + 1e-9) * np.minimum(sides[:, :-1], sides[:, 1:])
    return np.asarray(np.abs(turns.sum(axis=1)) / length)


def _burst(sides: NDArray[np.float64], step_s: Vector) -> Vector:
    """Length of the longest part of the path within BURST_S."""
    run = np.concatenate([np.zeros((len(sides), 1)), np.cumsum(sides, axis=1)], axis=1)
    later = np.minimum(np.arange(POINTS) + (BURST_S / step_s)[:, None], POINTS - 1)
    low = later.astype(np.intp)
    high = np.minimum(low + 1, POINTS - 1)
    rows = np.arange(len(run))[:, None]
    after = run[rows, low] + (later - low) * (run[rows, high] - run[rows, low])
    return np.asarray((after - run).max(axis=1))


def _any_within(marked: NDArray[np.bool_], at_s: Vector, start_s: Vector, end_s: Vector) -> Vector:
    """1 for spans with a marked frame, else 0."""
    count = np.concatenate([[0], np.cumsum(marked)])
    first, last = np.searchsorted(at_s, start_s, "left"), np.searchsorted(at_s, end_s, "right")
    return np.asarray(count[last] > count[np.minimum(first, last)], np.float64)
