"""The larger network beside the classifier: which frames it reads, and what its readings weigh.

The classifier reads every frame. The reader reads the same hand in frames that the motion-blur gate trusts, no more
often than its readings are independent, and not again while it is certain and the classifier sees no change. With
``until_text`` a letter is read until it is text, because the filter forgets one reading within a few frames. With
``wide_spacing_s`` it is read less often where one more reading says little. With
``stands`` a reading is the evidence of the frames after it, too, until the classifier's label changes. Both networks'
evidence is multiplied, each with its own weight (logarithmic opinion pool, Genest and Zidek 1986).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from streamsign.recognition.classifier import LetterReader
from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Square
from streamsign.recognition.model import Model, training_shares
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.temporal import Evidence, Posterior, Rates

_MIN_PRIOR = 1e-9


class ReaderMode(StrEnum):
    """Which network reads a hand."""

    AUTO = "auto"  # the classifier every frame, the reader selected frames
    SMALL = "small"  # the classifier alone
    LARGE = "large"  # the reader every frame, whatever the load; the classifier only locates the hand


class ReaderPolicy(BaseModel):
    """When the reader reads, and how much its evidence weighs. Chosen on validation signers' streams."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    spacing_s: float = Field(default=0.1, ge=0, description="least time between two readings, seconds")
    min_weight: float = Field(default=0.6, ge=0, le=1, description="gate weight from which a frame is read")
    certain: float = Field(default=0.9, gt=0, le=1, description="probability from which a reading is certain")
    recheck_s: float = Field(
        default=0.5, ge=0, description="time after a certain reading until the same letter is read again, seconds"
    )
    until_text: bool = Field(
        default=False, description="whether a letter is read at the spacing until it is text, however certain it is"
    )
    wide_spacing_s: float = Field(
        default=0,
        ge=0,
        description="the spacing while the classifier sees no letter, and after two certain readings in a row of the "
        "letter that it sees, seconds",
    )
    stands: bool = Field(
        default=False,
        description="whether a reading is evidence in proportion to time, also of the frames after it while the "
        "classifier sees no change: a certain letter then has as much as one that is read again and again",
    )
    weight: float = Field(
        default=1.0, ge=0, description="independent observations that a reading, or a spacing's time, stands for"
    )
    classifier_correlation_s: float | None = Field(
        default=None,
        gt=0,
        description="time over which the classifier's frames count as dependent while the reader is in use, seconds; "
        "None: as without it",
    )


@dataclass(slots=True)
class ReadCounts:
    """Frames that each network read."""

    small: int = 0
    large: int = 0


class ReaderSchedule:
    """Decides which frames the reader reads. Pure: the time comes with each frame."""

    def __init__(self, policy: ReaderPolicy) -> None:
        self._policy = policy
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._read_s = -np.inf
        self._certain = self._repeated = False
        self._read = self._seen = -1

    def is_due(self, at_s: float, weight: float, seen: int, text: int = 0) -> bool:
        """Whether the reader should read a frame.

        Args:
            at_s: time of the frame, seconds, never decreasing.
            weight: of its evidence by the motion-blur gate, 0–1.
            seen: the classifier's most probable label in it.
            text: the letter that is text and not released yet; 0 without one.
        """
        policy = self._policy
        if weight < policy.min_weight:
            return False
        settled = self._certain and seen == self._seen
        if policy.until_text and self._read > 0:
            settled = settled and self._read == text
        longer_s = 0.0
        if settled:
            longer_s = policy.recheck_s
        elif seen == 0 or (self._repeated and seen == self._seen == self._read):
            longer_s = policy.wide_spacing_s
        return at_s - self._read_s >= max(longer_s, policy.spacing_s)

    def stands(self, weight: float, seen: int) -> bool:
        """Whether the last reading stands for a frame that is not read; arguments as in :meth:`is_due`."""
        return self._policy.stands and weight >= self._policy.min_weight and seen == self._seen

    def note(self, at_s: float, posterior: Posterior, seen: int) -> None:
        """Record a reading: its time, the reader's probabilities, and the classifier's most probable label."""
        read, certain = int(posterior.argmax()), float(posterior.max()) >= self._policy.certain
        self._repeated = certain and self._certain and read == self._read
        self._read_s, self._read, self._seen, self._certain = at_s, read, seen, certain


class ReaderEvidence(NamedTuple):
    """A frame's evidence where a reader is in use.

    Attributes:
        classifier_factor: factor of the classifier's weight.
        reading: the reader's evidence, of this frame or of an earlier one that stands for it; None without either.
        ran: whether the reader read this frame.
    """

    classifier_factor: float
    reading: Evidence | None
    ran: bool


class ReaderFusion:
    """Runs the reader when it is due and weighs its evidence. Pure: the time comes with each frame.

    Args:
        policy: when it reads, and what a reading weighs.
        prior: (1 + letters,) shares of none and each letter for which the temporal filter corrects.
        own_prior: (1 + letters,) those with which the reader was trained.
        rates: of the filter.
        every_frame: replace the classifier's evidence in each frame, as :attr:`ReaderMode.LARGE` does.
    """

    def __init__(
        self,
        policy: ReaderPolicy,
        prior: Posterior,
        own_prior: Posterior,
        *,
        rates: Rates,
        every_frame: bool,
    ) -> None:
        self._policy = policy
        self._rates = rates
        self._to_prior = (prior / prior.sum()) / np.maximum(own_prior / own_prior.sum(), _MIN_PRIOR)
        self._every_frame = every_frame
        self._schedule = ReaderSchedule(policy)
        self._frame_s: float | None = None
        self._reading: Posterior | None = None

    def reset(self) -> None:
        """Forget the stream."""
        self._schedule.reset()
        self._frame_s = None
        self._reading = None

    def update(
        self, at_s: float, weight: float, classified: Posterior, read: Callable[[], Posterior], text: int = 0
    ) -> ReaderEvidence:
        """The evidence of a frame beside the classifier's.

        Args:
            at_s: time of the frame, seconds, never decreasing.
            weight: by the motion-blur gate, 0–1.
            classified: (1 + letters,) the classifier's probabilities, none first.
            read: runs the reader; returns its probabilities in the same order.
            text: see :meth:`ReaderSchedule.is_due`.
        """
        policy = self._policy
        passed_s = 0.0 if self._frame_s is None else max(0.0, at_s - self._frame_s)
        self._frame_s = at_s
        if self._every_frame:
            share = self._rates.observations(passed_s, self._rates.correlation_s)
            return ReaderEvidence(0.0, Evidence(self._corrected(read()), weight * share), ran=True)
        factor = self._classifier_factor(passed_s)
        seen = int(classified.argmax())
        due = self._schedule.is_due(at_s, weight, seen, text)
        if due:
            posterior = read()
            self._schedule.note(at_s, posterior, seen)
            self._reading = self._corrected(posterior)
        if self._reading is None or not (due or self._schedule.stands(weight, seen)):
            return ReaderEvidence(factor, None, ran=False)
        share = 1.0
        if policy.stands and policy.spacing_s > 0:
            share = self._rates.observations(passed_s, policy.spacing_s)
        return ReaderEvidence(factor, Evidence(self._reading, policy.weight * weight * share), ran=due)

    def _corrected(self, posterior: Posterior) -> Posterior:
        """The reader's probabilities as if it had been trained with the filter's prior."""
        corrected = posterior * self._to_prior
        return np.asarray(corrected / corrected.sum(), np.float64)

    def _classifier_factor(self, passed_s: float) -> float:
        """Factor that turns the filter's share of independent evidence into the policy's."""
        wanted_s = self._policy.classifier_correlation_s
        if wanted_s is None or passed_s <= 0:
            return 1.0
        rates = self._rates
        return rates.observations(passed_s, wanted_s) / rates.observations(passed_s, rates.correlation_s)


class Reader:
    """One camera's reader. Not thread-safe.

    Args:
        model: the reader, from :attr:`streamsign.recognition.model.Model.reader`.
        policy: when it reads, and what a reading weighs.
        order: of its labels in the filter's states.
        prior: (1 + letters,) of the filter, in its order.
        rates, every_frame: see :class:`ReaderFusion`.

    Raises:
        ModelInvalid: the graph does not fit its description.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(
        self,
        model: Model,
        policy: ReaderPolicy,
        order: NDArray[np.intp],
        prior: Posterior,
        *,
        rates: Rates,
        every_frame: bool,
    ) -> None:
        info = model.info
        self._network = LetterReader(model)
        self._size = info.input.size
        self._order = order
        own = np.array(training_shares(info.priors, info.labels))[order]
        self._fusion = ReaderFusion(policy, prior, own, rates=rates, every_frame=every_frame)

    def reset(self) -> None:
        """Forget the stream."""
        self._fusion.reset()

    def update(
        self,
        luma: Luma,
        square: Square,
        at_s: float,
        weight: float,
        classified: Posterior,
        *,
        text: int,
        limited_range: bool,
    ) -> ReaderEvidence:
        """The evidence of a frame beside the classifier's; see :meth:`ReaderFusion.update`.

        Args:
            luma: (height, width) uint8.
            square: of the classifier's patch, pixels of ``luma``. The reader's patch is cut at its own size.
            at_s: time of the frame, seconds, never decreasing.
            weight: by the motion-blur gate, 0–1.
            classified: (1 + letters,) the classifier's probabilities, none first.
            text: see :meth:`ReaderSchedule.is_due`.
            limited_range: True when black is 16 and white 235.
        """

        def read() -> Posterior:
            patch = cut_patch(luma, square, self._size)
            return self._network.read(patch, limited_range=limited_range)[self._order].astype(np.float64)

        return self._fusion.update(at_s, weight, classified, read, text)
