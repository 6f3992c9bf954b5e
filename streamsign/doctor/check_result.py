"""Results of checks."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class CheckStatus(StrEnum):
    """Result of a check."""

    OK = "ok"
    WARNING = "warning"  # captions work with a limitation
    FAILED = "failed"  # captions do not work


@dataclass(frozen=True, slots=True)
class CheckResult:
    """Result of one check.

    Attributes:
        about: name of the check, one or two words; stable, so that scripts can use it.
        health: ok, warning or failed.
        words: what was found, one sentence.
        next_step: what to do about it; empty if the check is ok.
    """

    about: str
    health: CheckStatus
    words: str
    next_step: str = ""
