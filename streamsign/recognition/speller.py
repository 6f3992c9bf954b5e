"""Decides from each frame's posterior when a letter becomes text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, model_validator

from streamsign.recognition.events import Commit
from streamsign.recognition.steadiness import PeakSpeed, StrokeBlur
from streamsign.recognition.stroke import Motion
from streamsign.recognition.temporal import Posterior

ALTERNATIVES = 3
"""Number of most probable letters in a reading or a commit."""

SLOW_INTERVAL_S = 0.3
"""Interval of frames from which a letter that led in both counts as held throughout it. At 1 frame a second a letter of
2.5 s is in two frames."""


MAX_PERIOD_S, LONGEST_PERIOD_S = 3.0, 1.5
"""A longer interval between two letters is a pause and says nothing about the signer's rate; one between the two counts
as the second."""

SLOW_PERIOD_S = 0.6
"""Period from which a signer counts as slow: a shape passed on the way is then held for as long as a quick signer's
letter."""

MAX_HOLDS = 2.0
"""Period, in holds of the last letter, up to which a signer counts as slow. A longer interval contains a letter that
was not read, or a pause."""

LEAST_STROKE = 0.8
"""Increase of speed, hand sizes a second, below which no blur makes a movement a slide."""


class CommitRule(BaseModel):
    """Hysteresis of commits. The defaults are fitted to validation signers' streams, as ``temporal.json`` is."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    commit_at: float = Field(default=0.8, gt=0, le=1, description="posterior from which a letter counts as held")
    hold_s: float = Field(
        default=0.05, ge=0, description="how long it must be held at rest before it is committed, seconds"
    )
    hold_periods: float = Field(default=0.0, ge=0, description="and how much longer, in periods of the signer")
    slow_periods: float = Field(
        default=0.4, ge=0, description=f"and how much longer for the part of the period beyond {SLOW_PERIOD_S} s"
    )
    pace_share: float = Field(
        default=0.65,
        ge=0,
        description="share of the time for which the last letter was held that takes the place of the period if it is "
        "longer: the hold of a word's first letter already says how slowly it is spelled",
    )
    keep_share: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="share of commit_at below which the hold starts again; between the two its time stops",
    )
    backdate_s: float = Field(
        default=0.05,
        ge=0,
        description="most by which a state is assumed to begin before its first frame; it begins midway between that "
        "frame and the previous one",
    )
    unsure_at: float = Field(
        default=0.5,
        gt=0,
        le=1,
        description="posterior from which a long letter is committed when it ends",
    )
    unsure_s: float = Field(default=10.0, ge=0, description="how long it must have been at rest for that, seconds")
    unsure_periods: float = Field(default=0.0, ge=0, description="and how much longer, in periods of the signer")
    rest_change: float = Field(
        default=1e3, gt=0, description="rate of change of the shape, per second, above which the hand is not at rest"
    )
    rest_speed: float = Field(
        default=1e3, gt=0, description="speed from which a frame counts less as rest, and not at all at twice that"
    )
    rest_peak: float = Field(
        default=0.0,
        ge=0,
        description="share of the hand's recent greatest speed that takes the place of rest_speed if it is lower; "
        "0: rest_speed alone",
    )
    rest_least: float = Field(default=0.4, gt=0, description="least speed that takes its place, hand sizes a second")
    period_s: float = Field(default=0.5, gt=0, description="the signer's period before two letters were committed")
    period_share: float = Field(
        default=0.3, ge=0, le=1, description="weight of the latest interval in the moving average of the period"
    )
    release_below: float = Field(
        default=0.45, ge=0, lt=1, description="posterior below which a committed letter counts as released"
    )
    release_s: float = Field(
        default=0.05, ge=0, description="how long it must stay released before it can be committed again, seconds"
    )
    release_periods: float = Field(default=0.0, ge=0, description="and how much longer, in periods of the signer")
    double_periods: float = Field(
        default=0.0, ge=0, description="least time between the two letters of a double, in periods of the signer"
    )
    settle_s: float = Field(
        default=0.02, ge=0, description="how long the hand must be still before a slide can double the letter, seconds"
    )
    still_speed: float = Field(default=2.0, ge=0, description="hand sizes a second below which the hand is still")
    slide_speed: float = Field(
        default=2.2,
        gt=0,
        description="increase of speed, hand sizes a second, from which a slide or bounce releases the letter",
    )
    slide_blur: float = Field(
        default=0.0,
        ge=0,
        description="what is added to the increase of speed for the share of sharpness that the picture has lost",
    )
    least_period_s: float = Field(default=0.1, ge=0, description="least time between two letters, seconds")

    @model_validator(mode="before")
    @classmethod
    def _without_spaces(cls, values: Any) -> Any:
        # Spaces were part of this rule until pauses.py; files of models trained before name them.
        if isinstance(values, dict) and "space_after_s" in values:
            return {name: value for name, value in values.items() if name != "space_after_s"}
        return values


def most_probable(posterior: Posterior, letters: Sequence[str]) -> tuple[tuple[str, float], ...]:
    """The :data:`ALTERNATIVES` most probable letters with their probabilities; of equal ones the first comes first.

    Args:
        posterior: (1 + letters,), see :data:`~streamsign.recognition.temporal.Posterior`.
        letters: in its order.
    """
    probabilities = posterior.tolist()[1:]
    ranked = sorted(range(len(probabilities)), key=probabilities.__getitem__, reverse=True)
    return tuple((letters[place], probabilities[place]) for place in ranked[:ALTERNATIVES])


class Speller:
    """Decides when a letter is committed. Pure: the time comes with each posterior.

    A letter is committed once the hand rested in it for a share of the signer's own period: a slow signer passes other
    shapes for longer than a quick one holds a letter. Frames in which the hand or its shape moves do not count; how
    fast a hand may be and still rest depends on how fast it has just been. A letter that never becomes certain is
    committed when it ends, if it was held for long.

    A letter is committed once however long it is held. It is committed again, as a double, after a release: the
    posterior stayed below ``release_below`` for ``release_s``, or the hand was still, slid or bounced, and is still
    again.
    """

    def __init__(self, letters: list[str], rule: CommitRule = CommitRule()) -> None:
        self._letters = letters
        self._rule = rule
        self.reset()

    def reset(self) -> None:
        """Forget what was held and committed last."""
        self._frame_s: float | None = None
        self._leader = 0
        self._leads_since_s = 0.0
        self._held_s = self._unsure_s = 0.0
        self._led: Posterior | None = None
        self._period_s = self._rule.period_s
        self._last_hold_s, self._last_held_s = 0.0, float("-inf")  # of the last letter: its duration, and its end
        self._committed: int | None = None
        self._committed_s = float("-inf")
        self._released_since_s: float | None = None
        self._still_since_s: float | None = None
        self._settled = False
        self._slid_s: float | None = None
        self._peak = PeakSpeed()
        self._blur = StrokeBlur()

    @property
    def text(self) -> int:
        """The letter that is text and not released yet, as a place in the posterior; 0 without one."""
        return self._committed or 0

    @property
    def keeps(self) -> bool:
        """Whether the letter that leads is :attr:`text`, so that it is committed again only after a release."""
        return self._leader == self._committed

    def update(
        self, posterior: Posterior, at_s: float, motion: Motion | None = None, focus: float | None = None
    ) -> Commit | None:
        """Take in one posterior; return a Commit if it completes a letter.

        Args:
            posterior: see :data:`~streamsign.recognition.temporal.Posterior`. The first of equal letters leads.
            at_s: its time, seconds.
            motion: of the hand; None if unknown: then every frame counts as rest, and no slide doubles a letter.
            focus: see :func:`~streamsign.recognition.sharpness.focus_measure`; None if unknown.
        """
        rule = self._rule
        # Backdating makes the hold time independent of the frame rate.
        before_s = at_s if self._frame_s is None else self._frame_s
        began_s = max(before_s / 2 + at_s / 2, at_s - rule.backdate_s)
        self._frame_s = at_s
        self._peak.update(None if motion is None else motion.speed, at_s)
        self._note_release(posterior, began_s, at_s)
        self._blur.update(focus if self._committed is not None else None, at_s)
        self._note_slide(motion, began_s, at_s)
        leader = int(posterior.argmax())
        commit = None
        if leader != self._leader:
            commit = self._ended(at_s)
            self._leader, self._leads_since_s = leader, began_s
            self._held_s = self._unsure_s = 0.0
            self._led = None
        if leader == 0:
            return commit
        if leader == self._committed:
            self._last_hold_s, self._last_held_s = at_s - self._leads_since_s, at_s
            self._held_s = self._unsure_s = 0.0
            self._led = None
            return commit
        rest = self._rest_share(motion)
        elapsed_s = at_s - before_s
        throughout = elapsed_s >= SLOW_INTERVAL_S and self._leads_since_s <= before_s
        first_s = elapsed_s if throughout else at_s - began_s
        if posterior[leader] >= rule.unsure_at:
            self._unsure_s += rest * (elapsed_s if self._unsure_s else first_s)
            if self._led is None or posterior[leader] > self._led[leader]:
                self._led = posterior
        if posterior[leader] < rule.commit_at:
            if posterior[leader] < rule.keep_share * rule.commit_at:
                self._held_s = 0.0
            return commit
        self._held_s += rest * (elapsed_s if self._held_s else first_s)
        if self._held_s < self._hold_needed_s(at_s):
            return commit
        return commit or self._commit(posterior, at_s)

    def _hold_needed_s(self, at_s: float) -> float:
        """How long a letter must be held at rest: longer the slower the signer is, by the letters so far."""
        rule, period_s = self._rule, self._period_s
        if at_s - self._last_held_s <= LONGEST_PERIOD_S:
            period_s = max(period_s, rule.pace_share * min(self._last_hold_s, LONGEST_PERIOD_S))
        slow_s = max(0.0, min(period_s, MAX_HOLDS * self._last_hold_s) - SLOW_PERIOD_S)
        return rule.hold_s + rule.hold_periods * period_s + rule.slow_periods * slow_s

    def _ended(self, at_s: float) -> Commit | None:
        """Commit a letter that leads no longer, if it was never certain but held for long."""
        needed_s = self._rule.unsure_s + self._rule.unsure_periods * self._period_s
        if self._led is None or self._unsure_s < needed_s:
            return None
        return self._commit(self._led, at_s)

    def _commit(self, posterior: Posterior, at_s: float) -> Commit | None:
        rule = self._rule
        interval_s = at_s - self._committed_s
        if interval_s < rule.least_period_s:
            return None
        if interval_s < MAX_PERIOD_S:
            self._period_s += rule.period_share * (min(interval_s, LONGEST_PERIOD_S) - self._period_s)
        self._committed, self._committed_s = self._leader, at_s
        self._released_since_s = None
        self._settled, self._slid_s = False, None
        self._blur.reset()
        self._held_s = self._unsure_s = 0.0
        self._led = None
        letter, probability = self._letters[self._leader - 1], float(posterior[self._leader])
        return Commit(letter, probability, self._leads_since_s, at_s, most_probable(posterior, self._letters))

    def _rest_share(self, motion: Motion | None) -> float:
        """How much of a frame's time counts as rest, 0–1."""
        rule = self._rule
        if motion is None:
            return 1.0
        if motion.change > rule.rest_change:
            return 0.0
        limit = rule.rest_speed
        if rule.rest_peak > 0:
            limit = min(limit, max(rule.rest_least, rule.rest_peak * self._peak.speed))
        return min(1.0, max(0.0, 2 - motion.speed / limit))

    def _may_double(self, at_s: float) -> bool:
        return at_s - self._committed_s >= self._rule.double_periods * self._period_s

    def _note_release(self, posterior: Posterior, began_s: float, at_s: float) -> None:
        """A committed letter may be committed again once it was released for long enough."""
        rule = self._rule
        if self._committed is None or posterior[self._committed] >= rule.release_below:
            self._released_since_s = None
            return
        if self._released_since_s is None:
            self._released_since_s = began_s
        needed_s = rule.release_s + rule.release_periods * self._period_s
        if at_s - self._released_since_s >= needed_s and self._may_double(at_s):
            self._committed = None

    def _note_slide(self, motion: Motion | None, began_s: float, at_s: float) -> None:
        """Require still, moving and still again in turn, so that neither arriving nor leaving doubles a letter."""
        if motion is None:
            return
        rule = self._rule
        if motion.speed > rule.still_speed:
            self._still_since_s = None
        elif self._still_since_s is None:
            self._still_since_s = began_s
        if self._committed is None:
            return
        if self._still_since_s is not None and at_s - self._still_since_s >= rule.settle_s:
            if self._slid_s is not None:
                if not self._may_double(at_s):
                    return
                if self._leader == self._committed:  # a double begins after the slide; another letter keeps its start
                    self._leads_since_s = max(self._leads_since_s, self._still_since_s, self._slid_s)
                self._committed, self._held_s = None, 0.0
                return
            self._settled = True
        if self._settled and self._slid_s is None and motion.stroke >= self._stroke_needed():
            self._slid_s = began_s

    def _stroke_needed(self) -> float:
        """Increase of speed from which the hand slides: less if the picture has blurred since the letter rested."""
        least = min(LEAST_STROKE, self._rule.slide_speed)
        return max(least, self._rule.slide_speed - self._rule.slide_blur * self._blur.share)
