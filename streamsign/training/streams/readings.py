"""What is known of every frame before time comes in: the classifier's answer, sharpness and the hand's speed.

Made once for a stream; every temporal method then reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.crop import cut_patch, square_around
from streamsign.recognition.hand_reader import HandReader, Look
from streamsign.recognition.locate import Found
from streamsign.recognition.model import Model
from streamsign.recognition.sharpness import focus_measure
from streamsign.recognition.stroke import HandSpeed, Seen
from streamsign.recognition.track import HandTracker
from streamsign.training.streams.build import Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.record import TrueLetter

_CARRIED_S = 0.5
"""How long the last box is taken for a frame that has none: detectors miss single frames."""


class Crop(StrEnum):
    """Where the hand is looked for."""

    HAND = "hand"  # where the locator finds it
    ORACLE = "oracle"  # where the labels say it is


@dataclass(frozen=True, slots=True)
class Readings:
    """A stream as the temporal methods get it, one row a frame.

    Attributes:
        case, signer, truth, shown: of the stream.
        times: (frames,) seconds.
        posterior: (frames, 1 + letters) none first; NaN where no hand was seen.
        focus: (frames,) focus measure; NaN where no hand was seen.
        speed: (frames,) hand sizes a second; NaN where unknown.
    """

    case: str
    signer: str
    truth: tuple[TrueLetter, ...]
    shown: int
    times: NDArray[np.float64]
    posterior: NDArray[np.float64]
    focus: NDArray[np.float64]
    speed: NDArray[np.float64]


def softened(readings: Readings, temperature: float) -> Readings:
    """The same stream read with less certainty: posteriors to the power of 1/temperature, made to sum to 1 again."""
    soft = readings.posterior ** (1 / temperature)
    return replace(readings, posterior=soft / soft.sum(axis=1, keepdims=True))


class Reader:
    """Reads the frames of streams with one model. Not thread-safe.

    Args:
        model: reads the letters.
        crop: where the hand is looked for.

    Raises:
        ModelError: a graph cannot be used.
    """

    def __init__(self, model: Model, crop: Crop) -> None:
        info = model.info
        self._model = model
        self._classifier = Classifier(model)
        self._order = [info.labels.index(label) for label in (info.none_label, *info.letters)]
        self._margin = info.framing.margin
        self._size = info.input.size
        self._crop = crop
        self.letters = info.letters

    def read(self, stream: Stream) -> Readings:
        """Read every frame of a stream."""
        rows = list(self._rows(stream.shots))
        times, posterior, focus, speed = (np.array(column, np.float64) for column in zip(*rows, strict=True))
        return Readings(stream.case.name, stream.signer, stream.truth, stream.shown, times, posterior, focus, speed)

    def _rows(self, shots: Iterable[Shot]) -> Iterable[tuple[float, NDArray[np.float64], float, float]]:
        nothing = np.full(len(self._order), np.nan)
        stroke = HandSpeed()
        for look, at_s in self._found(shots) if self._crop is Crop.HAND else self._told(shots):
            track = look.track
            moved = stroke.update(None if track is None else Seen(track.box, look.patch, look.square), at_s)
            speed = np.nan if moved is None else moved
            if look.patch is None or look.probabilities is None:
                yield at_s, nothing, np.nan, speed
            else:
                yield at_s, look.probabilities[self._order].astype(np.float64), focus_measure(look.patch), speed

    def _found(self, shots: Iterable[Shot]) -> Iterable[tuple[Look, float]]:
        reader = HandReader(self._model)
        for luma, at_s, _ in shots:
            yield reader.read(luma, at_s), at_s

    def _told(self, shots: Iterable[Shot]) -> Iterable[tuple[Look, float]]:
        tracker = HandTracker()
        last, seen_s = None, -np.inf
        for luma, at_s, hand in shots:
            if hand is not None:
                last, seen_s = hand, at_s
            elif at_s - seen_s > _CARRIED_S:
                last = None
            tracker.saw([] if last is None else [Found(last, 1.0)], at_s)
            if last is None:
                yield Look(track=tracker.track(at_s)), at_s
                continue
            square = square_around(last, self._margin)
            patch = cut_patch(luma, square, self._size)
            yield Look(square, patch, self._classifier.read(patch), tracker.track(at_s)), at_s
