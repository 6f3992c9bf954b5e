"""The recognition core: (frame, time) in, readings and letters out."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.drawn import FILE, DrawnRule, DrawnRules
from streamsign.recognition.drawn_text import DrawnLetters
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.folders import read_document
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import Framing
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReader, HandReading
from streamsign.recognition.hints import Hint, Hints
from streamsign.recognition.hold_evidence import HoldEvidence
from streamsign.recognition.model import Model, load_model, training_shares
from streamsign.recognition.patch_reader import OnStage, ignore_stage
from streamsign.recognition.pauses import NO_PAUSES, Pause, PauseRule, Pauses
from streamsign.recognition.reader import ReadCounts, Reader, ReaderMode
from streamsign.recognition.reframing import SEARCH_S, FrameSize
from streamsign.recognition.sharpness import MotionBlurGate, focus_measure
from streamsign.recognition.speller import Speller, most_probable
from streamsign.recognition.stroke import BEFORE_S, WINDOW_S, HandSpeed, HandView
from streamsign.recognition.temporal import Evidence, Posterior, TemporalFilter
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
        tuning: parameters of gate, reader, filter and speller; None for those in the model's folder.
        reader: which network reads the hand. AUTO reads with the classifier alone if the model's folder has no reader.
        pauses: pauses that end words and sentences; by default none do.

    Raises:
        ModelNotFound: the framing is AUTO and no locator is installed, or the mode is LARGE and the model has no
            reader.
        ModelInvalid: a graph does not fit its description, or ``paths.json`` does not fit the drawn letters.
    """

    def __init__(
        self,
        model: Model,
        *,
        framing: Framing = Framing.AUTO,
        hand: HandChoice = HandChoice.RAISED,
        tuning: Tuning | None = None,
        reader: ReaderMode = ReaderMode.AUTO,
        pauses: PauseRule = NO_PAUSES,
    ) -> None:
        info = model.info
        self.model_name = info.name
        self.letters = info.alphabet
        self.framing = framing
        # The filter's states are rest and the letters; the network's outputs may have any order.
        states = info.states
        self._order = np.array([info.labels.index(label) for label in states])
        prior = np.array(training_shares(info.priors, states))
        self._absent = np.full(len(states), (1 - _ABSENT) / (len(states) - 1))
        self._absent[0] = _ABSENT
        self._hand_reader = HandReader(model, framing, hand)
        self._tuning = load_tuning(model.folder) if tuning is None else tuning
        self._gate = MotionBlurGate(self._tuning.gate)
        self._stroke = HandSpeed()
        self._hints = Hints()
        confusion = np.array(info.confusion)[np.ix_(self._order, self._order)] if info.confusion else None
        self._filter = TemporalFilter(prior, self._tuning.rates, confusion)
        self._states = info.letters
        self._speller = Speller(self._states, self._tuning.rule)
        self._held = HoldEvidence(prior, self._states)
        self._drawn = DrawnLetters(drawn_rules(model), info.moving, self._states)
        self._draws = bool(info.moving)
        self._pauses = Pauses(pauses)
        self._posterior = self._filter.posterior
        self._letter: str | None = None
        self._begin_geometry()
        self._reader = _open_reader(model, reader, self._tuning, self._order, prior)
        self.reads = ReadCounts()
        self.reader_enabled = True
        """Whether the reader may run. May be changed from another thread; applies from the next frame on."""
        self.hand = hand
        """Which of two hands is followed. May be changed from another thread; applies from the next frame on."""

    @classmethod
    def load(cls, name: str, *, framing: Framing = Framing.AUTO) -> Recognizer:
        """Recognizer of a named model or a model folder.

        Raises:
            ModelNotFound: the model does not exist.
            ModelInvalid: it cannot be used.
        """
        return cls(load_model(name), framing=framing)

    @property
    def has_reader(self) -> bool:
        """Whether a larger network reads selected frames."""
        return self._reader is not None

    @property
    def draws(self) -> bool:
        """Whether it recognizes drawn letters, which may take the place of letters committed before."""
        return self._draws

    @property
    def pauses(self) -> PauseRule:
        """Pauses that end words. May be changed from another thread; applies from the next frame on."""
        return self._pauses.rule

    @pauses.setter
    def pauses(self, rule: PauseRule) -> None:
        self._pauses.rule = rule

    def reset(self) -> None:
        """Forget the stream so far, as between two clips."""
        if self._reader is not None:
            self._reader.reset()
        self._hand_reader.reset()
        self._gate = MotionBlurGate(self._tuning.gate)
        self._stroke = HandSpeed()
        self._hints = Hints()
        self._filter.reset()
        self._speller.reset()
        self._held.reset()
        self._drawn.reset()
        self._pauses.reset()
        self._posterior = self._filter.posterior
        self._letter = None
        self._begin_geometry()

    def feed(
        self,
        luma: Luma,
        at_s: float,
        *,
        limited_range: bool = False,
        on_stage: OnStage = ignore_stage,
    ) -> list[Reading | Commit | Pause]:
        """Read one frame.

        Args:
            luma: (height, width) uint8 brightness. It may be a strided view and is only read.
            at_s: capture time in seconds, finite; must not decrease from frame to frame.
            limited_range: True when black is 16 and white 235, as in a video decoder's Y plane.
            on_stage: called with "located", "cropped", "classified", "read" and "decided" as each stage ends, for
                timing. A frame without a hand is neither cropped nor classified; few frames are read by the reader.

        Returns:
            One Reading, followed by a Commit if this frame completes a letter, and by a Pause if it ends a word or a
            sentence; these two in the order of the text.

        Raises:
            ValueError: ``luma`` is not a non-empty two-dimensional uint8 array, or ``at_s`` is infinite or NaN. The
                frame is not read then, and the next one is read as usual.
        """
        if luma.ndim != 2 or luma.dtype != np.uint8 or luma.size == 0:
            raise ValueError(f"luma must be (height, width) uint8 with pixels in it, not {luma.shape} {luma.dtype}")
        if not math.isfinite(at_s):
            raise ValueError(f"at_s must be a finite number of seconds, not {at_s}")
        self._hand_reader.follow(self.hand)
        self._note_size(luma, at_s)
        found = self._hand_reader.read(luma, at_s, limited_range=limited_range, on_stage=on_stage)
        track = found.track
        if self._is_searching(found, at_s):
            on_stage("decided")
            return [self._reading(self._posterior, self._leader(self._posterior), 0.0, at_s, None, None)]
        motion = self._stroke.update(None if track is None else HandView(track.box, found.patch, found.square), at_s)
        if at_s < self._measured_from_s:
            motion = None
        further: Evidence | None = None
        if found.patch is None or found.probabilities is None or found.square is None:
            focus, weight, factor, evidence = None, 1.0, 1.0, self._absent
        else:
            focus = focus_measure(found.patch)
            weight = self._gate.weigh(focus, at_s, motion)
            evidence = found.probabilities[self._order].astype(np.float64)
            self.reads.small += 1
            factor = 1.0
            if self._reader is not None and self.reader_enabled:
                factor, further, ran = self._reader.update(
                    luma,
                    found.square,
                    at_s,
                    weight,
                    evidence,
                    text=self._speller.text,
                    limited_range=limited_range,
                )
                if ran:
                    self.reads.large += 1
                    on_stage("read")
            self._held.update(evidence, None if further is None else further.posterior, at_s)
        posterior = self._filter.update(evidence, weight * factor, at_s, motion, further)
        self._posterior = posterior
        commit = self._speller.update(posterior, at_s, motion, focus)
        commit = None if commit is None else self._held.explain(commit, posterior)
        leader = self._leader(posterior)
        commit = self._drawn.update(None if track is None else track.box, evidence, leader, at_s, commit)
        pause = self._pauses.update(leader is not None, commit, at_s, motion, self._speller.keeps)
        hint = self._hints.update(luma, found, weight, at_s, leader)
        reading = self._reading(posterior, leader, weight, at_s, _shares(track, luma), hint)
        on_stage("decided")
        ended = [event for event in (commit, pause) if event is not None]
        return [reading, *sorted(ended, key=lambda event: event.started_s)]

    def _begin_geometry(self) -> None:
        self._frame_size = FrameSize()
        self._had_hand = False
        self._search_until_s = self._measured_from_s = float("-inf")

    def _note_size(self, luma: Luma, at_s: float) -> None:
        """Go on in a picture of another size: what is measured in pixels or by sharpness starts again."""
        reframing = self._frame_size.update(*luma.shape)
        if reframing is None:
            return
        self._hand_reader.reframe(reframing.scale)
        self._gate = MotionBlurGate(self._tuning.gate)
        self._stroke = HandSpeed()
        self._measured_from_s = at_s + WINDOW_S + BEFORE_S
        if reframing.scale is None and self._had_hand:
            self._search_until_s = at_s + SEARCH_S

    def _is_searching(self, found: HandReading, at_s: float) -> bool:
        """Whether the hand is being found again after a change of size, so that the frame says nothing of the text."""
        if at_s < self._search_until_s and found.patch is None:
            return True
        self._search_until_s = float("-inf")
        self._hand_reader.settle()
        self._had_hand = found.patch is not None
        return False

    def _leader(self, posterior: Posterior) -> str | None:
        """The most probable letter; None if it is none."""
        best = int(posterior.argmax())
        return self._states[best - 1] if best else None

    def _reading(
        self,
        posterior: Posterior,
        letter: str | None,
        weight: float,
        at_s: float,
        hand: Box | None,
        hint: Hint | None,
    ) -> Reading:
        changed, self._letter = letter != self._letter, letter
        confidence = float(posterior[posterior.argmax()])
        return Reading(at_s, letter, confidence, most_probable(posterior, self._states), weight, changed, hand, hint)


def _shares(track: Track | None, luma: Luma) -> Box | None:
    """A hand's box in shares of the frame, clipped to the frame."""
    if track is None:
        return None
    height, width = luma.shape
    box = track.box
    return Box(_clipped(box.x0 / width), _clipped(box.y0 / height), _clipped(box.x1 / width), _clipped(box.y1 / height))


def _clipped(share: float) -> float:
    return min(1.0, max(0.0, share))


def drawn_rules(model: Model) -> dict[str, DrawnRule]:
    """How the drawn letters of a model are recognized.

    Raises:
        ModelInvalid: ``paths.json`` does not fit the drawn letters.
    """
    moving = model.info.moving
    if not moving:
        return {}
    path = model.folder / FILE
    rules = read_document(path, DrawnRules).letters
    if rules.keys() != moving.keys():
        raise ModelInvalid(
            f"{path} describes the letters {', '.join(sorted(rules)) or 'none'}, but model.json names "
            f"{', '.join(sorted(moving))} as moving.",
            "Fit the letters again with `streamsign train --task paths`.",
        )
    return rules


def _open_reader(
    model: Model, mode: ReaderMode, tuning: Tuning, order: NDArray[np.intp], prior: Posterior
) -> Reader | None:
    if mode is ReaderMode.SMALL:
        return None
    if model.reader is None:
        if mode is ReaderMode.LARGE:
            raise ModelNotFound(
                f"The model '{model.info.name}' has no reader.", "Pass another --model, or --reader auto or small."
            )
        return None
    return Reader(
        model.reader,
        tuning.reader,
        order,
        prior,
        rates=tuning.rates,
        every_frame=mode is ReaderMode.LARGE,
    )
