"""Why a film gave no letters."""

from __future__ import annotations

from collections import Counter

from streamsign.recognition.events import Reading
from streamsign.recognition.hints import Hint

_MIN_SHARE = 0.5
"""Share of the frames from which a hint is the likely reason."""


class NoLetters:
    """Counts what kept letters from being read.

    Args:
        letters: those of the model.
    """

    def __init__(self, letters: list[str]) -> None:
        self._letters = letters
        self._hints: Counter[Hint | None] = Counter()

    def note(self, reading: Reading) -> None:
        """Take in the reading of a frame."""
        self._hints[reading.hint] += 1

    def reason(self) -> str:
        """The likely reason and the next step, in one line."""
        frames = self._hints.total()
        if not frames:
            return "No letters found: the source gave no frames."
        shares = {hint: self._hints[hint] / frames for hint in Hint}
        hands = 1 - shares[Hint.NO_HAND] - shares[Hint.TOO_DARK]
        if shares[Hint.TOO_DARK] >= _MIN_SHARE:
            return "No letters found: the picture is too dark. Film with more light."
        if hands < 1 - _MIN_SHARE:
            return (
                f"No letters found: {hands:.0%} of the frames show a hand. Hold the hand up and in view, "
                "or pass --framing frame if it fills the picture."
            )
        if shares[Hint.TOO_FAR] >= _MIN_SHARE:
            return "No letters found: the hand is too small. Film it from nearer."
        if shares[Hint.TOO_BLURRED] >= _MIN_SHARE:
            return "No letters found: the hand is blurred. Hold each letter still, or add light."
        letters = ", ".join(self._letters)
        return (
            f"No letters found: a hand is in view, but shows none of this model's letters ({letters}). "
            "Pass --model to read others; `ls models` lists them."
        )
