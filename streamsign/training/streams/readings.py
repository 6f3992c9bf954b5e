"""Reads every frame of a stream without temporal context: classification, sharpness and the hand's speed.

This is done once for a stream, for all temporal methods.
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
from streamsign.recognition.reframing import FrameSize
from streamsign.recognition.sharpness import focus_measure
from streamsign.recognition.stroke import HandSpeed, HandView, Motion
from streamsign.recognition.track import HandTracker
from streamsign.training.streams.build import Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.record import TrueLetter

_MAX_BOX_AGE_S = 0.5
"""Longest time for which the last box is used in frames without one, because detectors miss single frames."""


class StreamCrop(StrEnum):
    """Source of the hand's box."""

    HAND = "hand"  # the locator
    ORACLE = "oracle"  # the labels


@dataclass(frozen=True, slots=True)
class Readings:
    """A stream as input of the temporal methods, one row a frame.

    Attributes:
        case, signer, truth, shown: of the stream.
        times: (frames,) seconds.
        posterior: (frames, 1 + letters) none first; NaN where no hand was found.
        focus: (frames,) focus measure; NaN where no hand was found.
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


NEW_SIGNER_TEMPERATURE = 1.2
"""Temperature of the posteriors of other people, over that of the validation signers."""

ODD_LETTERS, ODD, USUAL = 0.25, 2.5, 0.5
"""Standard deviations, in nats, of a random offset of each label's log-probability, constant during a letter, in a
quarter of the letters. With these values the accuracy on frames of held letters (96 %) is that of celov on the third of
the validation signers with the lowest accuracy (:mod:`streamsign.training.letters.calibrate` fits the temperature to
them)."""

_ABOUT_S = 0.1  # a letter can be recognized this long before its pose is steady, and after


def as_of_stranger(readings: Readings, letters: Sequence[str], rng: np.random.Generator) -> Readings:
    """The same stream with simulated errors of other people, each of which lasts as long as its letter.

    The classifier's best weights were chosen on the signers of these streams, so their posteriors are higher than those
    of other people. Parameters fitted only to them would require posteriors that other people's letters seldom reach.

    Args:
        readings: of a stream.
        letters: the model's, in the posteriors' order.
        rng: decides which letters have errors, and which.
    """
    scores = np.log(np.maximum(readings.posterior, 1e-4)) / NEW_SIGNER_TEMPERATURE
    odd = rng.random(len(letters)) < ODD_LETTERS
    bias = rng.normal(0, 1, (len(letters), 1 + len(letters))) * np.where(odd, ODD, USUAL)[:, None]
    read = None if readings.read is None else np.log(np.maximum(readings.read, 1e-4)) / NEW_SIGNER_TEMPERATURE
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
        crop: source of the hand's box.
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
        reader, frame_size = HandReader(self._model), FrameSize()
        for shot in shots:
            reframing = frame_size.update(*shot.luma.shape)
            if reframing is not None:
                reader.reframe(reframing.scale)
            yield reader.read(shot.luma, shot.at_s, limited_range=shot.limited_range), shot
            reader.settle()  # one frame that searches all corners is enough: nothing is followed here across a change

    def _labeled(self, shots: Iterable[Shot]) -> Iterable[tuple[HandReading, Shot]]:
        tracker = HandTracker()
        last, seen_s = None, -np.inf
        for shot in shots:
            luma, at_s = shot.luma, shot.at_s
            if shot.hand is not None:
                last, seen_s = shot.hand, at_s
            elif at_s - seen_s > _MAX_BOX_AGE_S:
                last = None
            tracker.update([] if last is None else [Detection(last, 1.0)], at_s)
            if last is None:
                yield HandReading(track=tracker.track(at_s)), shot
                continue
            square = square_around(last, self._margin)
            patch = cut_patch(luma, square, self._size)
            probabilities = self._classifier.read(patch, limited_range=shot.limited_range)
            yield HandReading(square, patch, probabilities, tracker.track(at_s)), shot
