"""What the recognition core says about each frame."""

from __future__ import annotations

from dataclasses import dataclass

from streamsign.recognition.crop import Box
from streamsign.recognition.hints import Hint


@dataclass(frozen=True, slots=True)
class Reading:
    """What the temporal filter holds after one frame.

    Attributes:
        at_s: time of the frame, seconds on the source's clock.
        letter: most probable letter, None while the hand rests or none is seen.
        confidence: posterior probability of that state, 0–1.
        alternatives: letters with their posterior, most probable first, at most three.
        sharpness: weight the motion-blur gate gave the frame's evidence, 0–1.
        changed: whether ``letter`` differs from the reading before.
        hand: box of the hand in shares of the frame's width and height, 0–1; None where none was found or looked for.
        hint: what keeps the hand from being read well, if anything does.
    """

    at_s: float
    letter: str | None
    confidence: float
    alternatives: tuple[tuple[str, float], ...]
    sharpness: float
    changed: bool
    hand: Box | None = None
    hint: Hint | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """A letter was held long enough to be text.

    Attributes:
        letter: the letter.
        confidence: posterior probability at the deciding frame, 0–1.
        started_s: time of the frame from which the letter was the most probable state, seconds on the source's clock.
        captured_s: time of the deciding frame, same clock.
        alternatives: the likeliest letters of that frame with their probabilities, likeliest first; none for a space.
    """

    letter: str
    confidence: float
    started_s: float
    captured_s: float
    alternatives: tuple[tuple[str, float], ...] = ()
