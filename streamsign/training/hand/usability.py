"""Reasons why a locator is not usable: it misses hands, or finds hands where there are none."""

from __future__ import annotations

MIN_RECALL = 0.5
"""Share of hands that a usable locator finds at least. The shipped one finds 95 % of the validation hands by itself."""

MAX_FALSE_HANDS = 0.5
"""Share of pictures without a hand in which a usable locator finds one at most; the shipped one: 5 %."""


def finding_warning(recall: float | None, false_hands: float | None) -> str:
    """The warning that a training and an evaluation print and a card repeats; empty for a usable locator.

    Args:
        recall: share of hands found, 0–1; None if there were none to find.
        false_hands: share of pictures without a hand in which one was found, 0–1; None without such pictures.
    """
    reasons = []
    if recall is not None and recall < MIN_RECALL:
        reasons.append(f"It finds {recall:.1%} of the hands; a usable one finds at least {MIN_RECALL:.0%}.")
    if false_hands is not None and false_hands > MAX_FALSE_HANDS:
        reasons.append(f"It finds a hand in {false_hands:.1%} of the pictures without one.")
    if not reasons:
        return ""
    advice = "Check the boxes of the pictures, add pictures of more signers, or train longer."
    return f"Warning: this locator is not usable. {' '.join(reasons)} {advice}"
