"""The letters that a committed letter may be, from the evidence of its whole hold."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from streamsign.recognition.events import Commit
from streamsign.recognition.speller import most_probable
from streamsign.recognition.temporal import Posterior

TEMPERATURE, SHARE = 2.3, 0.5
"""Temperature of the mean log-evidence of a frame of the hold, and the weight of what it gives in the alternatives. The
rest is the filter's posterior, in which most wrong letters have a probability of 1. The temperature was chosen by the
words that are suggested for names and words made of validation signers' stills."""

_LEAST = 1e-4  # limits the log-evidence of one frame
_LONGEST_S = 3.0  # of a hold: earlier frames are forgotten


class HoldEvidence:
    """Evidence of the frames of a hold. Pure: the time comes with each frame.

    Args:
        prior: (1 + letters,) shares of none and each letter in the classifier's training, all > 0.
        letters: in the order of the posteriors, after none.
    """

    def __init__(self, prior: Posterior, letters: Sequence[str]) -> None:
        self._prior = prior / prior.sum()
        self._letters = letters
        self.reset()

    def reset(self) -> None:
        """Forget the stream."""
        self._frames: deque[tuple[float, Posterior, Posterior | None]] = deque()

    def update(self, classified: Posterior, read: Posterior | None, at_s: float) -> None:
        """Take in one frame with a hand.

        Args:
            classified: (1 + letters,) the classifier's probabilities, none first. Must not change after the call.
            read: the reader's, as if it had been trained with the same shares; None without a reading. Must not change.
            at_s: time of the frame, seconds, never decreasing.
        """
        self._frames.append((at_s, classified, read))
        while at_s - self._frames[0][0] > _LONGEST_S:
            self._frames.popleft()

    def explain(self, commit: Commit, posterior: Posterior) -> Commit:
        """The commit with alternatives from the frames since it started.

        Args:
            commit: of the newest frame.
            posterior: (1 + letters,) the filter's.
        """
        held = [frame for frame in self._frames if frame[0] >= commit.started_s]
        if not held:
            return commit
        evidence = self._mean_log([classified for _, classified, _ in held])
        read = [of_frame for _, _, of_frame in held if of_frame is not None]
        if read:
            evidence = evidence + self._mean_log(read)
        shares = np.exp((evidence - evidence.max()) / TEMPERATURE)
        mixed = np.zeros(len(posterior))
        mixed[1:] = SHARE * shares / shares.sum() + (1 - SHARE) * posterior[1:] / posterior[1:].sum()
        return replace(commit, alternatives=most_probable(mixed, self._letters))

    def _mean_log(self, rows: Sequence[Posterior]) -> Posterior:
        """Mean log-evidence of a frame for each letter, (letters,)."""
        logs = np.log(np.maximum(np.stack(rows)[:, 1:], _LEAST) / self._prior[1:])
        return np.asarray(logs.mean(axis=0), np.float64)
