"""Made drawings: stills of the first shape, moved along hooks and zigzags, between other letters of the same signer.

Films of drawn letters show few people, and no letters before and after. A still keeps its shape, so the wrist's turn is
a roll and a change of width here: made drawings show paths, paces and neighbors, and films how the hand looks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture
from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.training.paths.moved import FPS, MovedHand, eased, one_still, picture, stills_of
from streamsign.training.streams.film import Shot

KIND = "drawn, made"

DRAWN_S = (0.35, 1.3)
"""How long a drawing takes, seconds: in films a hook 0.4 to 1.7, a zigzag 0.4 to 3.3."""

Place = NDArray[np.float64]
"""(4,) a row of a :data:`streamsign.training.paths.moved.Path2`."""

Stroke = Callable[[float], Place]
"""From the share of a drawing's time, 0–1, to the hand's place."""

_NEIGHBOR = 0.6  # probability of a letter before, and of one after
_COMES, _LEAVES = 0.5, 0.6  # probability that the hand comes into view, and that it leaves
_TREMBLE = np.array([0.004, 0.004, 0.08, 0.0])


def hook(rng: np.random.Generator) -> Stroke:
    """A J: down, then a curve to one side and up again, while the wrist turns."""
    side = float(rng.choice([-1, 1]))
    down, across, turns_at = rng.uniform(0.25, 1.1), rng.uniform(0.1, 0.7), rng.uniform(0.35, 0.65)
    up, roll = rng.uniform(0, 0.35) * down, rng.uniform(10, 95) * float(rng.choice([1, 1, -0.4]))
    narrow, narrow_after, ease = rng.uniform(-0.35, 0.1), rng.uniform(-0.3, 0.15), rng.uniform(0, 1)

    def place(share: float) -> Place:
        run = (1 - ease) * share + ease * _eased(share)
        curve = _eased((run - turns_at) / (1 - turns_at))
        depth = down * np.sin(min(1.0, run / (turns_at + 0.15)) * np.pi / 2)
        width = narrow * np.sin(np.pi * run) + narrow_after * curve
        return np.array([side * across * curve, depth - up * curve, side * roll * _eased((run - 0.25) / 0.75), width])

    return place


def zigzag(rng: np.random.Generator) -> Stroke:
    """A Z: three strokes, the second one down; the hand may point aside and swing with the strokes."""
    side = float(rng.choice([-1, 1]))
    across, down = rng.uniform(0.25, 1.1), rng.uniform(0.2, 0.9)
    corners = np.array(
        [
            [0.0, 0.0],
            [across, rng.normal(0, 0.08)],
            [across * rng.uniform(-0.2, 0.25), down],
            [across * rng.uniform(0.75, 1.25), down + rng.normal(0, 0.08)],
        ]
    )
    # Longer strokes take longer, though not in proportion.
    lengths = np.maximum(np.hypot(*np.diff(corners, axis=0).T), 0.15) ** rng.uniform(0.3, 1)
    times = np.concatenate([[0.0], np.cumsum(lengths) / lengths.sum()])
    aside, swing, ease, tilt = rng.uniform(-50, 30), rng.uniform(-30, 30), rng.uniform(0.2, 1), rng.uniform(-40, 20)

    def place(share: float) -> Place:
        stroke = min(2, int(np.searchsorted(times, share, side="right")) - 1)
        part = (share - times[stroke]) / (times[stroke + 1] - times[stroke])
        part = (1 - ease) * part + ease * _eased(part)
        x, y = corners[stroke] + (corners[stroke + 1] - corners[stroke]) * part
        return np.array([side * x, y, aside + swing * x / across + tilt * y / down, 0.0])

    return place


STROKES: dict[str, Callable[[np.random.Generator], Stroke]] = {"J": hook, "Z": zigzag}
"""How the letters are drawn."""


class _Segment(NamedTuple):
    """A part of a film: how long, what is seen and where by the share of its time."""

    length_s: float
    looks: Callable[[float], list[tuple[tuple[Luma, Box], float]]]
    place: Stroke


def drawn_hands(
    hands: Path, split: str, starts: Mapping[str, Sequence[str]], count: int, seed: int
) -> Iterator[MovedHand]:
    """Films of made drawings; opens pictures of that split alone.

    Args:
        hands: folder with ``manifest.csv``.
        split: whose hands.
        starts: the letters that each drawn letter starts from; drawn letters not in :data:`STROKES` are left out.
        count: films of each drawn letter.
        seed: decides everything.
    """
    rng = np.random.default_rng(seed)
    by_signer = stills_of(hands, split)
    for drawn, firsts in starts.items():
        if drawn not in STROKES:
            continue
        for _ in range(count):
            first = str(rng.choice(list(firsts)))
            knowing = sorted(signer for signer, known in by_signer.items() if first in known)
            if knowing:
                signer = str(rng.choice(knowing))
                yield _film(signer, by_signer[signer], drawn, first, rng)


def _film(
    signer: str, known: Mapping[str, Sequence[Picture]], drawn: str, first: str, rng: np.random.Generator
) -> MovedHand:
    others = sorted(set(known) - {first})
    around = [bool(others) and rng.random() < _NEIGHBOR for _ in range(2)]
    word = [*([str(rng.choice(others))] if around[0] else []), drawn, *([str(rng.choice(others))] if around[1] else [])]
    segments: list[_Segment] = []
    drawings = []
    still: tuple[Luma, Box] | None = None
    place = np.zeros(4)
    for letter in word:
        stroke = STROKES[drawn](rng) if letter == drawn else None
        here = np.concatenate([rng.normal(0, 0.25, 2), [0.0 if stroke is None else stroke(0.0)[2], 0.0]])
        before, still = still, one_still(known[first if stroke is not None else letter], rng)
        if before is not None:
            segments.append(_change(before, still, place, here, rng))
        elif rng.random() < _COMES:
            segments.append(_way(still, _outside(rng), here, rng.uniform(0.2, 0.45)))
        held_s = rng.uniform(0.12, 0.5) if stroke is None else rng.uniform(0.0, 0.3)
        segments.append(_held(still, here, held_s, rng))
        place = here
        if stroke is not None:
            start_s = sum(each.length_s for each in segments)
            length_s = float(np.exp(rng.uniform(*np.log(DRAWN_S))))
            drawings.append((start_s, start_s + length_s))
            segments.append(_drawn(still, here, stroke, length_s))
            place = segments[-1].place(1.0)
            segments.append(_held(still, place, rng.uniform(0.05, 0.3), rng))
    if still is not None:
        leaves = rng.random() < _LEAVES
        last = _way(still, place, _outside(rng), rng.uniform(0.25, 0.5)) if leaves else _held(still, place, 0.4, rng)
        segments.append(last)
    return MovedHand(signer, KIND, "".join(word), _shots(segments, rng), drawn, tuple(drawings))


def _eased(share: float) -> float:
    return float(eased(np.array(share)))


def _outside(rng: np.random.Generator) -> Place:
    return np.array([rng.normal(0, 0.6), 2.2, rng.uniform(-40, 40), 0.0])


def _way(still: tuple[Luma, Box], start: Place, end: Place, length_s: float) -> _Segment:
    return _Segment(length_s, lambda _: [(still, 1.0)], lambda share: start + (end - start) * _eased(share))


def _change(
    before: tuple[Luma, Box], after: tuple[Luma, Box], start: Place, end: Place, rng: np.random.Generator
) -> _Segment:
    """From one letter to the next, the hand swinging out on the way."""
    swing = rng.uniform(0, 0.3) * float(rng.choice([-1, 1])) * np.array([0.6, 0.8, 0.0, 0.0])
    return _Segment(
        rng.uniform(0.12, 0.35),
        lambda share: [(before, 1.0), (after, float(np.clip(3 * share - 1, 0, 1)))],
        lambda share: start + (end - start) * _eased(share) + swing * np.sin(np.pi * share),
    )


def _held(still: tuple[Luma, Box], place: Place, length_s: float, rng: np.random.Generator) -> _Segment:
    return _Segment(length_s, lambda _: [(still, 1.0)], lambda _: place + rng.normal(0, 1, 4) * _TREMBLE)


def _drawn(still: tuple[Luma, Box], start: Place, stroke: Stroke, length_s: float) -> _Segment:
    first = np.array([0.0, 0.0, stroke(0.0)[2], 0.0])
    return _Segment(length_s, lambda _: [(still, 1.0)], lambda share: start + stroke(share) - first)


def _shots(segments: Sequence[_Segment], rng: np.random.Generator) -> Iterator[Shot]:
    ends = np.cumsum([each.length_s for each in segments])
    shutter = rng.uniform(0.2, 1.0)
    before: Place | None = None
    for number in range(int(ends[-1] * FPS)):
        at_s = number / FPS
        now = min(int(np.searchsorted(ends, at_s, side="right")), len(segments) - 1)
        segment = segments[now]
        share = min(1.0, (at_s - (ends[now] - segment.length_s)) / segment.length_s) if segment.length_s else 1.0
        place = segment.place(share)
        step = np.zeros(4) if before is None else place - before
        yield Shot(picture(segment.looks(share), place, step, rng, shutter), at_s, None)
        before = place
