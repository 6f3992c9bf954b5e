"""What is known of every frame before time comes in: the classifier's answer, sharpness and the hand's speed.

Made once for a stream; every temporal method then reads the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import softmax

from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Square
from streamsign.recognition.hand_reader import HandReader, HandReading
from streamsign.recognition.locate import Detection
from streamsign.recognition.model import Model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.sharpness import focus_measure
from streamsign.recognition.stroke import HandSpeed, HandView, Motion
from streamsign.recognition.track import HandTracker
from streamsign.training.streams.build import Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.record import TrueLetter

_CARRIED_S = 0.5
"""How long the last box is taken for a frame that has none: detectors miss single frames."""


class StreamCrop(StrEnum):
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
        speed, stroke, change: (frames,) see :class:`streamsign.recognition.stroke.Motion`; NaN where
            unknown.
        read: (frames, 1 + letters) by the model's reader, in every frame with a hand; None without a reader.
        name: of the stream.
        boxes: (frames, 4) edges of the followed hand, pixels; NaN where no hand was seen; None if not known.
    """

    case: str
    signer: str
    truth: tuple[TrueLetter, ...]
    shown: int
    times: NDArray[np.float64]
    posterior: NDArray[np.float64]
    focus: NDArray[np.float64]
    speed: NDArray[np.float64]
    stroke: NDArray[np.float64]
    change: NDArray[np.float64]
    read: NDArray[np.float64] | None = None
    name: str = ""
    boxes: NDArray[np.float64] | None = None


LESS_SURE = 1.2
"""Temperature of a stranger's posteriors over those of a signer by whom the model was chosen."""

ODD_LETTERS, ODD, USUAL = 0.25, 2.5, 0.5
"""A stranger makes a quarter of the letters in a way of their own: standard deviations, in nats, of how much more or
less likely than to the model's own signers each label seems, for as long as the letter is shown. With these numbers
frames of held letters are read right as often (96 of 100) as celov reads pictures of the third of the validation
signers whom it reads worst (:mod:`streamsign.training.letters.calibrate` takes its temperature from them)."""

_ABOUT_S = 0.1  # a letter is recognized so long before its pose is steady, and after


def as_of_stranger(readings: Readings, letters: Sequence[str], rng: np.random.Generator) -> Readings:
    """The same stream as if its signer were one the model reads less well: the same mistake as long as a letter lasts.

    The classifier's best weights were chosen on the signers to whom numbers are fitted. It is surer of them than of
    others, and numbers fitted to them alone wait for a certainty that others' letters seldom reach.

    Args:
        readings: of a stream.
        letters: the model's, in the posteriors' order.
        rng: decides which letters are odd, and how.
    """
    scores = np.log(np.maximum(readings.posterior, 1e-4)) / LESS_SURE
    odd = rng.random(len(letters)) < ODD_LETTERS
    bias = rng.normal(0, 1, (len(letters), 1 + len(letters))) * np.where(odd, ODD, USUAL)[:, None]
    read = None if readings.read is None else np.log(np.maximum(readings.read, 1e-4)) / LESS_SURE
    for each in readings.truth:
        if each.letter not in letters:
            continue
        shown = (readings.times >= each.start_s - _ABOUT_S) & (readings.times <= each.end_s + _ABOUT_S)
        scores[shown] += bias[letters.index(each.letter)]
        if read is not None:
            read[shown] += bias[letters.index(each.letter)]
    return replace(readings, posterior=softmax(scores, axis=1), read=None if read is None else softmax(read, axis=1))


class StreamReader:
    """Reads the frames of streams with one model. Not thread-safe.

    Args:
        model: reads the letters.
        crop: where the hand is looked for.
        with_reader: also read every frame with the model's reader.

    Raises:
        ModelError: a graph cannot be used.
    """

    def __init__(self, model: Model, crop: StreamCrop, *, with_reader: bool = False) -> None:
        info = model.info
        self._reader = LetterReader(model.reader) if with_reader and model.reader is not None else None
        self._reader_size = 0 if model.reader is None else model.reader.info.input.size
        self._model = model
        self._classifier = Classifier(model)
        self._order = [info.labels.index(label) for label in info.states]
        self._margin = info.framing.margin
        self._size = info.input.size
        self._crop = crop
        self.letters = info.letters

    def read(self, stream: Stream) -> Readings:
        """Read every frame of a stream."""
        rows = list(self._rows(stream.shots))
        times, posterior, focus, speed, stroke, change, boxes, *read = (
            np.array(column, np.float64) for column in zip(*rows, strict=True)
        )
        return Readings(
            stream.case.name,
            stream.signer,
            stream.truth,
            stream.shown,
            times,
            posterior,
            focus,
            speed,
            stroke,
            change,
            read[0] if read else None,
            stream.name,
            boxes,
        )

    def _rows(self, shots: Iterable[Shot]) -> Iterable[tuple[Any, ...]]:
        nothing, nowhere = np.full(len(self._order), np.nan), np.full(4, np.nan)
        hand_speed, unknown = HandSpeed(), Motion(np.nan, np.nan)
        found = self._found(shots) if self._crop is StreamCrop.HAND else self._labeled(shots)
        for look, shot in found:
            at_s = shot.at_s
            track = look.track
            seen = None if track is None else HandView(track.box, look.patch, look.square)
            motion = hand_speed.update(seen, at_s) or unknown
            if look.patch is None or look.probabilities is None or look.square is None:
                row: tuple[Any, ...] = (at_s, nothing, np.nan, *motion, nowhere)
                read = nothing
            else:
                classified = look.probabilities[self._order].astype(np.float64)
                box = nowhere if track is None else np.array(track.box)
                row = (at_s, classified, focus_measure(look.patch), *motion, box)
                read = nothing if self._reader is None else self._read(self._reader, shot, look.square)
            yield row if self._reader is None else (*row, read)

    def _read(self, reader: LetterReader, shot: Shot, square: Square) -> NDArray[np.float64]:
        patch = cut_patch(shot.luma, square, self._reader_size)
        return reader.read(patch, limited_range=shot.limited_range)[self._order].astype(np.float64)

    def _found(self, shots: Iterable[Shot]) -> Iterable[tuple[HandReading, Shot]]:
        reader = HandReader(self._model)
        for shot in shots:
            yield reader.read(shot.luma, shot.at_s, limited_range=shot.limited_range), shot

    def _labeled(self, shots: Iterable[Shot]) -> Iterable[tuple[HandReading, Shot]]:
        tracker = HandTracker()
        last, seen_s = None, -np.inf
        for shot in shots:
            luma, at_s = shot.luma, shot.at_s
            if shot.hand is not None:
                last, seen_s = shot.hand, at_s
            elif at_s - seen_s > _CARRIED_S:
                last = None
            tracker.update([] if last is None else [Detection(last, 1.0)], at_s)
            if last is None:
                yield HandReading(track=tracker.track(at_s)), shot
                continue
            square = square_around(last, self._margin)
            patch = cut_patch(luma, square, self._size)
            probabilities = self._classifier.read(patch, limited_range=shot.limited_range)
            yield HandReading(square, patch, probabilities, tracker.track(at_s)), shot
