"""Stills of held letters, moved as hands move that draw nothing: what must not be taken for a J or a Z.

A picture is moved with its surroundings, blurred by its speed. Two pictures of one signer are blended in the middle of
the way from one letter to the next. Made drawings are in :mod:`streamsign.training.paths.made`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.training.streams.film import Shot

WIDTH, HEIGHT, HAND_PX, FPS = 320, 240, 75.0, 30.0

HELD_S = 2.0

PERIODS_S = (0.31, 0.83)
"""Seconds a letter takes where one follows another: 1.2 to 3.2 letters a second."""

_NOISE = 2.0  # gray levels
_BLURRED_PX, _MOMENTS = 1.5, 3

Path2 = NDArray[np.float64]
"""(frames, 4): right and down in hand sizes, roll in degrees, and log of the width over that of the still."""


@dataclass(frozen=True, slots=True)
class MovedHand:
    """A film of one or more held letters.

    Attributes:
        signer: whose hand.
        kind: how it moves.
        word: the letters held or drawn.
        drawn: the letter that is drawn; empty where none is.
        drawings: when, (start, end) in seconds.
    """

    signer: str
    kind: str
    word: str
    shots: Iterator[Shot]
    drawn: str = ""
    drawings: tuple[tuple[float, float], ...] = ()


def moved_hands(hands: Path, split: str, each: Mapping[str, int], seed: int) -> Iterator[MovedHand]:
    """Films of stills, moved; opens pictures of that split alone.

    Args:
        hands: folder with ``manifest.csv``.
        split: val to fit to, test to report on.
        each: films of every kind of movement by letter; words that begin with it are four times as many.
        seed: decides everything.
    """
    rng = np.random.default_rng(seed)
    by_signer = stills_of(hands, split)
    for letter, films in each.items():
        knowing = sorted(signer for signer, known in by_signer.items() if letter in known)
        if not knowing:
            continue
        for kind, movement in MOVEMENTS.items():
            for _ in range(films):
                signer = str(rng.choice(knowing))
                still = one_still(by_signer[signer][letter], rng)
                yield MovedHand(signer, kind, letter, _moved(still, movement(rng), rng))
        for _ in range(4 * films):
            signer = str(rng.choice(knowing))
            others = sorted(set(by_signer[signer]) - {letter})
            if not others:
                continue
            word = [letter, str(rng.choice(others)), *([str(rng.choice(others))] if rng.random() < 0.5 else [])]
            stills = [one_still(by_signer[signer][own], rng) for own in word]
            yield MovedHand(signer, "words", "".join(word), _spelled(stills, rng))


def stills_of(hands: Path, split: str) -> dict[str, dict[str, list[Picture]]]:
    """Pictures of letters with a hand, by signer and letter; names those of one split alone."""
    by_signer: dict[str, dict[str, list[Picture]]] = {}
    for row in read_manifest(hands):
        if row.split == split and row.hand is not None and row.letter and row.letter != "OTHER":
            by_signer.setdefault(row.signer, {}).setdefault(row.letter, []).append(row)
    return by_signer


def one_still(rows: Sequence[Picture], rng: np.random.Generator) -> tuple[Luma, Box]:
    """One of the pictures, and its hand."""
    row = rows[int(rng.integers(len(rows)))]
    if row.hand is None:
        raise ValueError(f"{row.path} has no hand")
    return read_gray(row.path), row.hand


def eased(share: NDArray[np.float64]) -> NDArray[np.float64]:
    """Share of a way at a share of its time, 0–1: a hand starts and stops gently."""
    clipped = np.clip(share, 0.0, 1.0)
    return np.asarray(clipped * clipped * (3 - 2 * clipped))


def _times() -> NDArray[np.float64]:
    return np.arange(0.0, HELD_S, 1 / FPS)


def _path(across: NDArray[np.float64], down: NDArray[np.float64], roll: NDArray[np.float64]) -> Path2:
    return np.stack([across, down, roll, np.zeros(len(across))], 1)


def _drift(rng: np.random.Generator) -> Path2:
    share = eased((_times() - 0.6) / rng.uniform(0.4, 1.2))
    angle, length = rng.uniform(0, 2 * np.pi), rng.uniform(0.2, 0.9)
    return _path(length * np.cos(angle) * share, length * np.sin(angle) * share, rng.uniform(-15, 15) * share)


def _shake(rng: np.random.Generator) -> Path2:
    at_s, angle = _times(), rng.normal(0, 0.5)
    shaken = (at_s > 0.5) & (at_s < 0.5 + rng.uniform(0.5, 1.5))
    swing = rng.uniform(0.06, 0.35) * np.sin(2 * np.pi * rng.uniform(1, 3.2) * (at_s - 0.5)) * shaken
    return _path(swing * np.cos(angle), swing * np.sin(angle), np.zeros(len(at_s)))


def _wander(rng: np.random.Generator) -> Path2:
    at_s = _times()

    def wave(low: float, high: float) -> NDArray[np.float64]:
        turns = rng.uniform(0.3, 1.5) * at_s + rng.random()
        return np.asarray(rng.uniform(low, high) * np.sin(2 * np.pi * turns))

    across, down = (wave(0.03, 0.2) + wave(0.03, 0.2) + wave(0.03, 0.2) for _ in range(2))
    return _path(across, down, wave(0, 12))


def _arrive(rng: np.random.Generator) -> Path2:
    share = 1 - eased((_times() - 0.3) / rng.uniform(0.25, 0.6))
    return _far(share, rng)


def _leave(rng: np.random.Generator) -> Path2:
    return _far(eased((_times() - 0.9) / rng.uniform(0.25, 0.7)), rng)


def _far(share: NDArray[np.float64], rng: np.random.Generator) -> Path2:
    angle, swing = rng.uniform(-0.9, 0.9), rng.uniform(-0.4, 0.4) * np.sin(np.pi * share)
    return _path(3 * np.sin(angle) * share + swing, 3 * np.cos(angle) * share, rng.uniform(-40, 40) * share)


def _double(rng: np.random.Generator) -> Path2:
    at_s, length_s = _times(), rng.uniform(0.15, 0.25)
    path = np.zeros((len(at_s), 4))
    share = eased((at_s - 0.8) / length_s)
    if rng.random() < 0.5:
        path[:, 0] = rng.choice([-1, 1]) * rng.uniform(0.35, 0.55) * share
    else:
        path[:, 1] = rng.uniform(0.25, 0.4) * np.sin(np.pi * share)
    return path


MOVEMENTS: dict[str, Callable[[np.random.Generator], Path2]] = {
    "drift": _drift, "shake": _shake, "wander": _wander, "arrive": _arrive, "leave": _leave, "double": _double,
}  # fmt: skip
"""A held hand that drifts, shakes, wanders, arrives, leaves, and slides or bounces as in a double letter."""


def _moved(still: tuple[Luma, Box], path: Path2, rng: np.random.Generator) -> Iterator[Shot]:
    before = path[0]
    for number, place in enumerate(path):
        yield Shot(picture([(still, 1.0)], place, place - before, rng), number / FPS, None)
        before = place


def _spelled(stills: Sequence[tuple[Luma, Box]], rng: np.random.Generator) -> Iterator[Shot]:
    """Held letters one after the other, the hand swinging out on the way."""
    period_s = float(rng.uniform(*PERIODS_S))
    way_s = period_s * float(rng.uniform(0.3, 0.5))
    places = np.cumsum(np.vstack([np.zeros(2), rng.normal(0, 0.15, (len(stills) - 1, 2))]), axis=0)
    swings = rng.uniform(0.12, 0.36, len(stills)) * rng.choice([-1, 1], len(stills))
    before = np.zeros(4)
    for number in range(round((len(stills) * period_s + 0.3) * FPS)):
        at_s = max(0.0, number / FPS - 0.2)
        now = min(int(at_s / period_s), len(stills) - 1)
        share = 0.0 if now + 1 == len(stills) else max(0.0, (at_s - (now + 1) * period_s + way_s) / way_s)
        after = min(now + 1, len(stills) - 1)
        run = float(eased(np.array(share)))
        place = places[now] + (places[after] - places[now]) * run
        place = place + np.array([0.6, 0.8]) * swings[now] * np.sin(np.pi * run)
        opacity = float(np.clip(3 * share - 1, 0, 1))
        path = np.concatenate([place, np.zeros(2)])
        luma = picture([(stills[now], 1.0), (stills[after], opacity)], path, path - before, rng)
        yield Shot(luma, number / FPS, None)
        before = path


def picture(
    looks: Sequence[tuple[tuple[Luma, Box], float]],
    place: NDArray[np.float64],
    step: NDArray[np.float64],
    rng: np.random.Generator,
    shutter: float = 0.5,
) -> Luma:
    """One frame of a moved hand.

    Args:
        looks: stills, each over those before it with its opacity.
        place: (4,) where the hand is, a row of a :data:`Path2`.
        step: (4,) how it moved since the frame before.
        rng: decides the noise.
        shutter: share of the frame's interval during which it is open.
    """
    moved_px = HAND_PX * (np.hypot(step[0], step[1]) + np.deg2rad(abs(step[2])) / 2)
    moments = np.linspace(0.0, shutter, _MOMENTS) if moved_px > _BLURRED_PX else np.zeros(1)
    light = np.zeros((HEIGHT, WIDTH))
    for moment in moments:
        shown: NDArray[np.float64] | None = None
        for (luma, hand), opacity in looks:
            if opacity == 0:
                continue
            drawn = _placed(luma, hand, place - moment * step)
            shown = drawn if shown is None else shown + opacity * (drawn - shown)
        if shown is not None:
            light += shown / len(moments)
    return np.clip(light + rng.normal(0, _NOISE, light.shape), 0, 255).astype(np.uint8)


def _placed(luma: Luma, hand: Box, place: NDArray[np.float64]) -> NDArray[np.float64]:
    center_x, center_y = hand.center
    turn = cv2.getRotationMatrix2D((center_x, center_y), float(place[2]), HAND_PX / hand.longer_side)
    turn[0] *= np.exp(place[3])
    turn[0, 2] += WIDTH / 2 + HAND_PX * place[0] - np.exp(place[3]) * center_x
    turn[1, 2] += HEIGHT * 0.45 + HAND_PX * place[1] - center_y
    # A reflected border would show further hands.
    return np.asarray(cv2.warpAffine(luma, turn, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REPLICATE), np.float64)
