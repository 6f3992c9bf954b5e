"""Why a film gave no letters."""

from __future__ import annotations

import pytest

from streamsign.cli.no_letters import NoLetters
from streamsign.recognition.events import Reading
from streamsign.recognition.hints import Hint


@pytest.mark.parametrize(
    ("hints", "words"),
    [
        ([], "gave no frames"),
        ([Hint.NO_HAND] * 9 + [None], "10% of the frames show a hand"),
        ([Hint.TOO_DARK] * 6 + [None] * 4, "too dark"),
        ([Hint.TOO_FAR] * 6 + [None] * 4, "too small"),
        ([Hint.TOO_BLURRED] * 6 + [None] * 4, "blurred"),
        ([None] * 9 + [Hint.NO_HAND], "none of this model's letters (C, E)"),
    ],
)
def test_the_likely_reason_is_named(hints: list[Hint | None], words: str) -> None:
    """What most frames suffered from is the reason; a hand that is seen well shows other letters."""
    reasons = NoLetters(["C", "E"])
    for number, hint in enumerate(hints):
        reasons.note(Reading(float(number), None, 1.0, (), 1.0, False, None, hint))
    assert words in reasons.reason()
