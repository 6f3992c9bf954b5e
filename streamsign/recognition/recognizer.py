"""The recognition core: (frame, time) in, readings and letters out."""

from __future__ import annotations

import numpy as np

from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import Framing
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.hints import Hint, Hints
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.patch_reader import OnStage, ignore_stage
from streamsign.recognition.sharpness import MotionBlurGate, focus_measure
from streamsign.recognition.speller import ALTERNATIVES, Speller
from streamsign.recognition.stroke import HandSpeed, HandView
from streamsign.recognition.temporal import Posterior, TemporalFilter
from streamsign.recognition.track import HandChoice, Track
from streamsign.recognition.tuning import Tuning, load_tuning

_ABSENT = 0.9
"""Probability of *none* in a frame without a hand. The rest is the probability that the locator missed one."""


class Recognizer:
    """Reads letters from the frames of one signing hand. Not thread-safe: one per camera.

    Pure and synchronous: the only clock is the frames' times, so a recorded stream gives the same letters on every
    machine.

    Args:
        model: classifies the letters.
        framing: where in the frame the hand is.
        hand: which of two hands is followed.
        tuning: parameters of gate, filter and speller; None for those in the model's folder.

    Raises:
        ModelNotFound: the framing is AUTO and there is no locator.
        ModelInvalid: a graph does not fit its description.
    """

    def __init__(
        self,
        model: Model,
        *,
        framing: Framing = Framing.AUTO,
        hand: HandChoice = HandChoice.RAISED,
        tuning: Tuning | None = None,
    ) -> None:
        info = model.info
        self.model_name = info.name
        self.letters = info.letters
        self.framing = framing
        # The filter's states are rest and the letters; the network's outputs may have any order.
        states = [info.none_label, *info.letters]
        self._order = np.array([info.labels.index(label) for label in states])
        prior = np.array([info.priors.get(label, 1 / len(states)) for label in states])
        self._absent = np.full(len(states), (1 - _ABSENT) / (len(states) - 1))
        self._absent[0] = _ABSENT
        self._hand_reader = HandReader(model, framing, hand)
        self._tuning = load_tuning(model.folder) if tuning is None else tuning
        self._gate = MotionBlurGate(self._tuning.gate)
        self._stroke = HandSpeed()
        self._hints = Hints()
        confusion = np.array(info.confusion)[np.ix_(self._order, self._order)] if info.confusion else None
        self._filter = TemporalFilter(prior, self._tuning.rates, confusion)
        self._speller = Speller(self.letters, self._tuning.rule)
        self._letter: str | None = None
        self.hand = hand
        """Which of two hands is followed. May be changed from another thread; applies from the next frame on."""

    @classmethod
    def load(cls, name: str, *, framing: Framing = Framing.AUTO) -> Recognizer:
        """Recognizer of a named model or a model folder.

        Raises:
            ModelNotFound: there is no such model.
            ModelInvalid: it cannot be used.
        """
        return cls(load_model(name), framing=framing)

    def reset(self) -> None:
        """Forget the stream so far, as between two clips."""
        self._hand_reader.reset()
        self._gate = MotionBlurGate(self._tuning.gate)
        self._stroke = HandSpeed()
        self._hints = Hints()
        self._filter.reset()
        self._speller.reset()
        self._letter = None

    def feed(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: OnStage = ignore_stage,
    ) -> list[Reading | Commit]:
        """Read one frame.

        Args:
            luma: (height, width) uint8 brightness. It may be a strided view and is only read.
            at_s: capture time in seconds; must not decrease from frame to frame.
            limited_range: True when black is 16 and white 235, as in a video decoder's Y plane.
            on_stage: called with "located", "cropped", "classified" and "decided" as each stage ends, for timing. A
                frame without a hand is neither cropped nor classified.

        Returns:
            One Reading, followed by a Commit if this frame completes a letter.

        Raises:
            ValueError: ``luma`` is not a non-empty two-dimensional uint8 array.
        """
        if luma.ndim != 2 or luma.dtype != np.uint8 or luma.size == 0:
            raise ValueError(f"luma must be (height, width) uint8 with pixels in it, not {luma.shape} {luma.dtype}")
        self._hand_reader.follow(self.hand)
        found = self._hand_reader.read(luma, at_s, limited_range=limited_range, on_stage=on_stage)
        track = found.track
        motion = self._stroke.update(None if track is None else HandView(track.box, found.patch, found.square), at_s)
        speed = None if motion is None else motion.speed
        if found.patch is None or found.probabilities is None:
            weight, evidence = 1.0, self._absent
        else:
            weight = self._gate.weigh(focus_measure(found.patch), at_s, speed)
            evidence = found.probabilities[self._order].astype(np.float64)
        posterior = self._filter.update(evidence, weight, at_s, speed)
        commit = self._speller.update(posterior, at_s, motion)
        hint = self._hints.update(luma, found, weight, at_s)
        reading = self._reading(posterior, weight, at_s, _shares(track, luma), hint)
        on_stage("decided")
        return [reading] if commit is None else [reading, commit]

    def _reading(
        self, posterior: Posterior, weight: float, at_s: float, hand: Box | None, hint: Hint | None
    ) -> Reading:
        best = int(np.argmax(posterior))
        letter = self.letters[best - 1] if best else None
        ranked = np.argsort(-posterior[1:], kind="stable")[:ALTERNATIVES]
        alternatives = tuple((self.letters[i], float(posterior[i + 1])) for i in ranked)
        changed, self._letter = letter != self._letter, letter
        return Reading(at_s, letter, float(posterior[best]), alternatives, weight, changed, hand, hint)


def _shares(track: Track | None, luma: Luma) -> Box | None:
    """A hand's box in shares of the frame, clipped to the frame."""
    if track is None:
        return None
    height, width = luma.shape
    box = track.box
    x0, x1 = (min(1.0, max(0.0, x / width)) for x in (box.x0, box.x1))
    y0, y1 = (min(1.0, max(0.0, y / height)) for y in (box.y0, box.y1))
    return Box(x0, y0, x1, y1)
