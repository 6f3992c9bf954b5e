"""Films of a hand along a made path, for tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.model import HandInfo, ModelInfo, MovingInfo
from streamsign.training.paths.fit import DrawnSpan, HandFilm
from streamsign.training.streams.readings import Readings

INFO = ModelInfo(
    name="made",
    labels=["D", "I", "none"],
    hand=HandInfo(threshold=0.5),
    moving={"Z": MovingInfo.model_validate({"from": ["D"]})},
    model_sha256="",
    training_data_sha256="",
)


def hand_film(
    kind: str, signer: str, x: NDArray[np.float64], y: NDArray[np.float64], drawn: tuple[float, float] | None = None
) -> HandFilm:
    """A D of 70 × 100 pixels, 30 frames a second.

    Args:
        kind: of film.
        signer: whose hand.
        x: (frames,) how far it has moved to the right, in steps of 80 pixels.
        y: and how far down.
        drawn: when it draws a Z, seconds; None if it does not.
    """
    count = len(x)
    middle = 100 + 80 * np.stack([x, y], 1)
    half = np.array([35.0, 50.0])
    boxes = np.concatenate([middle - half, middle + half], axis=1)
    nothing = np.full(count, np.nan)
    evidence = np.tile([0.05, 0.9, 0.05], (count, 1))
    times = np.arange(count) / 30
    readings = Readings(
        kind, signer, (), 0, times, evidence, np.ones(count), nothing, nothing, nothing, None, "film", boxes
    )
    return HandFilm(readings, () if drawn is None else (DrawnSpan("Z", *drawn),), 0 if drawn else 1)
