"""Measures the jitter of the found box on a still hand, and its lag on a moving one.

The hand is the demo signer's, held still, with fresh sensor noise in every frame; to move it the whole picture is
shifted, so that the true position is known: that of the still hand plus the shift.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from benchmarks.report import Report, Row, make_report, row
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import Model, load_model

FPS = 30
NOISE_SIGMA = 4.0
"""Standard deviation in gray levels, of a webcam indoors."""

SPEEDS = (0.5, 1.0, 2.0)
"""Hand sizes a second; at two, a hand crosses half a frame in a second."""

SECONDS, FULL_SECONDS = 4, 20
_SETTLE = 15  # frames until a track is stable


def run(*, full: bool, model: str) -> Report:
    """Follow a still hand and moving ones.

    Args:
        full: longer, with more seeds of the room and hand.
        model: tracks the hand; a name or a folder.

    Raises:
        ModelError: the model or the locator cannot be used.
    """
    chosen = load_model(model)
    seeds, seconds = (range(6), FULL_SECONDS) if full else (range(2), SECONDS)
    still: list[float] = []
    behind: dict[float, list[float]] = {speed: [] for speed in SPEEDS}
    for seed in seeds:
        frame = _held(seed)
        centers, size = _follow(chosen, frame, np.zeros(seconds * FPS), seed)
        middle = centers[_SETTLE:].mean(axis=0)
        still += list(100 * np.linalg.norm(centers[_SETTLE:] - middle, axis=1) / size)
        for speed in SPEEDS:
            step = speed * size / FPS
            moves = int(0.3 * frame.shape[1] / step)
            shift = step * np.maximum(0, np.arange(_SETTLE + moves) - _SETTLE)
            moved, _ = _follow(chosen, frame, shift, seed)
            late = middle[0] + np.round(shift) - moved[:, 0]
            behind[speed] += list(np.abs(late[_SETTLE + 4 :]) / step)
    rows: list[Row] = [row("still_hand/off_center", "ours", "percent", still)]
    rows += [row(f"moving_hand_{speed:g}_sizes_a_second/lag", "ours", "frames", behind[speed]) for speed in SPEEDS]
    return make_report("tracking", rows)


def _held(seed: int) -> NDArray[np.uint8]:
    """A frame of the demo signer in the middle of its letter."""
    signer = DemoSigner("L", seed=seed)
    [letter] = signer.truth
    return next(frame.luma for frame in signer if frame.at_s >= (letter.start_s + letter.end_s) / 2)


def _follow(
    model: Model, frame: NDArray[np.uint8], shift: NDArray[np.float64], seed: int
) -> tuple[NDArray[np.float64], float]:
    """Centers of the found box, (frames, 2) pixels, NaN where none is found; and the hand's size, pixels."""
    rng = np.random.default_rng(seed)
    reader = HandReader(model)
    centers = np.full((len(shift), 2), np.nan)
    size = 1.0
    for number, pixels in enumerate(np.round(shift).astype(int)):
        noisy = np.roll(frame, pixels, axis=1) + rng.normal(0, NOISE_SIGMA, frame.shape)
        look = reader.read(np.clip(noisy, 0, 255).astype(np.uint8), number / FPS)
        if look.track is not None:
            box = look.track.box
            centers[number] = box.center
            size = box.longer_side
    return centers, size
