"""What the recognition core returns for each frame."""

from __future__ import annotations

from dataclasses import dataclass

from streamsign.recognition.geometry import Box
from streamsign.recognition.hints import Hint


@dataclass(frozen=True, slots=True)
class Reading:
    """State of the temporal filter after one frame.

    Attributes:
        at_s: time of the frame, seconds on the source's clock.
        letter: most probable letter; None while the hand rests or no hand is found.
        confidence: posterior probability of that state, 0–1.
        alternatives: letters with their posterior, most probable first, at most three.
        sharpness: weight of the frame's evidence by the motion-blur gate, 0–1.
        changed: whether ``letter`` differs from the previous reading.
        hand: box of the hand in shares of the frame's width and height, 0–1; None if no hand was found, and with a
            fixed framing.
        hint: the main problem with the picture, if there is one.
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
    """A letter was held long enough to become text.

    Attributes:
        letter: the letter.
        confidence: posterior probability at the deciding frame, 0–1.
        started_s: time of the frame from which the letter was the most probable state, seconds on the source's clock.
        captured_s: time of the deciding frame, same clock.
        alternatives: the letters that it may be, most probable first, at most three; their probabilities are of the
            posterior of that frame and of the evidence since ``started_s``.
        replaces: number of preceding letters that this one replaces: a drawn J replaces the I that was read first.
    """

    letter: str
    confidence: float
    started_s: float
    captured_s: float
    alternatives: tuple[tuple[str, float], ...] = ()
    replaces: int = 0
