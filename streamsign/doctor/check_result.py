"""What a check found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """How it stands."""

    WELL = "well"
    LIMITED = "limited"  # works, with less than could be
    ILL = "ill"  # captions will not work


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One thing that was looked at.

    Attributes:
        about: what, a word or two; stays the same for scripts.
        health: how it stands.
        words: what was seen, one sentence.
        next_step: what to do about it; empty when it is well.
    """

    about: str
    health: Health
    words: str
    next_step: str = ""
