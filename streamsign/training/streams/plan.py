"""Plans a stream: held shapes, transitions and their times. Seeded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from streamsign.training.streams.record import TrueLetter

TRANSITION_SHARE = (0.3, 0.5)
"""Share of a letter's period that its transition takes."""

EXPOSURE_S = (1 / 60, 1 / 15)
"""Shutter times of webcams and phones indoors, from good to poor light."""

PATH = (0.5, 1.0)
"""Least length of a transition's path, hand widths."""

SLIDE, BOUNCE = (0.35, 0.55), (0.25, 0.4)
"""Range of the slide to the side or the bounce down between two equal letters, hand sizes: 5–8 and 3.5–5.5 cm for a
hand of 14 cm, the mean over the letters. An estimate, not a measurement."""

DOUBLE_S = (0.15, 0.25)
"""Duration of a slide or a bounce at every spelling rate."""

RELEASE_S = 0.2
"""Least time to release a letter and form it again: two movements."""

PASSING = 0.2
"""Share of transitions with another shape in between."""

AWAY = ""
"""Name of the shape of a hand outside the picture."""


class Path(StrEnum):
    """How the hand moves from one held shape to the next."""

    CROSS = "cross"
    SLIDE = "slide"
    BOUNCE = "bounce"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class HeldShape:
    """A held shape: a letter, the name of another picture, or :data:`AWAY`.

    Attributes:
        shape: what is held.
        start_s, end_s: when.
        since_s: start of its burst; a double continues the burst of the letter before it.
        seek: position in the burst at that time, 0–1.
        aside: distance from its natural place, hand sizes.
        move: how the hand got here.
        via: shape in the transition, or none.
        swing: size of the detour in the transition: hand widths, or hand sizes of a bounce.
    """

    shape: str
    start_s: float
    end_s: float
    since_s: float = 0.0
    seek: float = 0.0
    aside: float = 0.0
    move: Path = Path.CROSS
    via: str = AWAY
    swing: float = 0.0


@dataclass(frozen=True, slots=True)
class StreamPlan:
    """A stream: shapes in order, the times of its frames, and the exposure time."""

    held: tuple[HeldShape, ...]
    times: tuple[float, ...]
    exposure_s: float
    truth: tuple[TrueLetter, ...]


def frame_times(
    length_s: float, fps: float, rng: np.random.Generator, jitter: float = 0.0, drops: float = 0.0
) -> tuple[float, ...]:
    """Times of a camera's frames from 0 on.

    Args:
        length_s: of the stream.
        fps: nominal rate.
        rng: decides.
        jitter: largest deviation over the interval, below 0.5.
        drops: share of missing frames.
    """
    numbers = np.arange(round(length_s * fps))
    uneven = rng.uniform(-jitter, jitter, len(numbers))
    kept = rng.random(len(numbers)) >= drops
    kept[:1] = True
    return tuple(np.maximum(0.0, (numbers + uneven) / fps)[kept].tolist())


def spell(
    word: Sequence[str],
    rate: float,
    rng: np.random.Generator,
    *,
    fps: float = 30,
    jitter: float = 0.0,
    drops: float = 0.0,
    passing: Sequence[str] = (),
    labeled: bool = True,
) -> StreamPlan:
    """A word, from the time the hand enters the view to the time it leaves.

    Args:
        word: shapes in order.
        rate: letters a second, transitions counted.
        rng: decides.
        fps: of the camera; this and the next two as in :func:`frame_times`.
        jitter: of its frames.
        drops: of them.
        passing: shapes that may appear in transitions.
        labeled: whether the shapes are letters to be read.
    """
    period = 1 / rate
    held = [HeldShape(AWAY, 0.0, float(rng.uniform(0.5, 0.9)))]
    aside = 0.0
    for number, shape in enumerate(word):
        before = held[-1]
        move_s = period * float(rng.uniform(*TRANSITION_SHARE))
        hold_s = period - move_s
        move, via, swing = Path.CROSS, AWAY, float(rng.uniform(*PATH))
        if number == 0:
            move_s = max(move_s, float(rng.uniform(0.25, 0.45)))
        elif shape == word[number - 1]:
            move = list(Path)[1 + int(rng.integers(3))]
            move_s = max(move_s, RELEASE_S) if move is Path.RELEASE else float(rng.uniform(*DOUBLE_S))
            if move is Path.SLIDE:
                aside += float(rng.uniform(*SLIDE))
            elif move is Path.BOUNCE:
                swing = float(rng.uniform(*BOUNCE))
            elif passing:
                via = str(rng.choice(passing))
        else:
            aside = 0.0
            if passing and rng.random() < PASSING:
                via = str(rng.choice(passing))
        start_s = before.end_s + move_s
        seek, since_s = float(rng.random()), start_s
        if move is not Path.CROSS:
            seek, since_s = before.seek, before.since_s
        held.append(HeldShape(shape, start_s, start_s + hold_s, since_s, seek, aside, move, via, swing))
    left_s = held[-1].end_s + float(rng.uniform(0.25, 0.45))
    held.append(HeldShape(AWAY, left_s, left_s + float(rng.uniform(0.6, 0.9))))
    times = frame_times(held[-1].end_s, fps, rng, jitter, drops)
    exposure_s = float(np.exp(rng.uniform(*np.log(EXPOSURE_S))))
    truth = (
        tuple(TrueLetter(letter=each.shape, start_s=each.start_s, end_s=each.end_s) for each in held[1:-1])
        if labeled
        else ()
    )
    return StreamPlan(tuple(held), times, exposure_s, truth)
