"""training/hand/usability.py: which locators are not usable."""

from __future__ import annotations

import pytest

from streamsign.training.hand.usability import finding_warning


@pytest.mark.parametrize(
    ("recall", "false_hands", "reported"),
    [
        (0.0, 0.0, "finds 0.0% of the hands; a usable one finds at least 50%"),
        (0.9, 0.8, "finds a hand in 80.0% of the pictures without one"),
        (0.1, None, "finds 10.0% of the hands"),
    ],
)
def test_a_bad_locator_is_not_usable(recall: float, false_hands: float | None, reported: str) -> None:
    """The warning gives each figure that is not good enough."""
    text = finding_warning(recall, false_hands)
    assert text.startswith("Warning: this locator is not usable.")
    assert reported in text


@pytest.mark.parametrize(("recall", "false_hands"), [(0.95, 0.05), (0.5, 0.5), (None, None), (None, 0.1)])
def test_a_good_locator_has_no_warning(recall: float | None, false_hands: float | None) -> None:
    """Neither has one that could not be measured."""
    assert finding_warning(recall, false_hands) == ""
