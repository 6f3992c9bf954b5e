"""The whole core: (frame, time) in, readings and letters out."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.crop import Square, cut_patch, guide_square
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.sharpness import MotionBlurGate, focus_measure
from streamsign.recognition.speller import CommitRule, Speller
from streamsign.recognition.temporal import Belief, Rates, TemporalFilter

_SHOWN_ALTERNATIVES = 3


def _ignore_stage(_stage: str) -> None:
    pass


class Recognizer:
    """Reads letters from the frames of one signing hand. Not thread-safe: one per camera.

    Pure and synchronous: the only time it knows comes with the frames, so a recorded stream gives the same letters
    on every machine.

    Raises:
        ModelInvalid: the model's graph does not fit its description.
    """

    def __init__(self, model: Model, *, rates: Rates = Rates(), rule: CommitRule = CommitRule()) -> None:
        info = model.info
        self.model_name = info.name
        self.letters = info.letters
        self._size = info.input.size
        self._classifier = Classifier(model)
        # The filter's states are rest and the letters; the network's outputs may come in any order.
        states = [info.none_label, *info.letters]
        self._order = np.array([info.labels.index(label) for label in states])
        prior = np.array([info.priors.get(label, 1 / len(states)) for label in states])
        self._gate = MotionBlurGate()
        self._filter = TemporalFilter(prior, rates)
        self._speller = Speller(self.letters, rule)
        self._letter: str | None = None

    @classmethod
    def load(cls, name: str) -> Recognizer:
        """Recogniser of a named model or a model folder.

        Raises:
            ModelNotFound: there is no such model.
            ModelInvalid: it cannot be used.
        """
        return cls(load_model(name))

    def reset(self) -> None:
        """Forget the stream so far, as between two clips."""
        self._gate = MotionBlurGate()
        self._filter.reset()
        self._speller.reset()
        self._letter = None

    def feed(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        framing: Square | None = None,
        on_stage: Callable[[str], None] = _ignore_stage,
    ) -> list[Reading | Commit]:
        """Take one frame in.

        Args:
            luma: (height, width) uint8 brightness; a strided view is fine, it is only read.
            at_s: capture time in seconds; must not decrease from frame to frame.
            limited_range: True when black is 16 and white 235, as in a video decoder's Y plane.
            framing: the square that holds the hand, in pixels; the guide box when None.
            on_stage: called with "cropped", "classified" and "filtered" as each stage ends, for whoever keeps time.

        Returns:
            One Reading, and a Commit after it when this frame completes a letter.

        Raises:
            ValueError: ``luma`` is no two-dimensional uint8 array with pixels in it.
        """
        if luma.ndim != 2 or luma.size == 0:
            raise ValueError(f"luma must be (height, width) uint8 with pixels in it, not {luma.shape} {luma.dtype}")
        height, width = luma.shape
        patch = cut_patch(luma, framing or guide_square(width, height), self._size)
        on_stage("cropped")
        weight = self._gate.weigh(focus_measure(patch), at_s)
        probabilities = self._classifier.read(patch, limited_range=limited_range)
        on_stage("classified")
        belief = self._filter.update(probabilities[self._order].astype(np.float64), weight, at_s)
        commit = self._speller.update(belief, at_s)
        reading = self._reading(belief, weight, at_s)
        on_stage("filtered")
        return [reading] if commit is None else [reading, commit]

    def _reading(self, belief: Belief, weight: float, at_s: float) -> Reading:
        best = int(np.argmax(belief))
        letter = self.letters[best - 1] if best else None
        ranked = np.argsort(-belief[1:], kind="stable")[:_SHOWN_ALTERNATIVES]
        alternatives = tuple((self.letters[i], float(belief[i + 1])) for i in ranked)
        changed, self._letter = letter != self._letter, letter
        return Reading(at_s, letter, float(belief[best]), alternatives, weight, changed)
