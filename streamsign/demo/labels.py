"""What the demo signer's hand does at a time: a letter, the way between letters, or rest."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple


class Doing(StrEnum):
    """What the hand does in a frame."""

    LETTER = "letter"
    WAY = "on the way"
    REST = "rest"


class FrameLabel(NamedTuple):
    """The exact label of a moment; ``letter`` is empty unless the hand holds or draws one."""

    doing: Doing
    letter: str = ""


@dataclass(frozen=True, slots=True)
class SignedLetter:
    """A letter and the exact interval in which its pose is held or it is drawn, seconds from the film's start."""

    letter: str
    start_s: float
    end_s: float
