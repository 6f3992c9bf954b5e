"""training/letters/for_whom.py: the part of a card on groups."""

from __future__ import annotations

from typing import Any

from streamsign.training.evaluation.groups import FEW_SIGNERS, MEANINGS, Member, group_figures
from streamsign.training.letters.for_whom import Column, for_whom


def _figures(dark_right: int) -> dict[str, Any]:
    """Ten dark and ten bright hands of enough signers, near and far."""
    members = [
        Member(
            f"signer {number % FEW_SIGNERS}",
            {"brightness of the hand": brightness, "distance": "below 15 %"},
            brightness == "bright" or number < dark_right,
            found=number > 0,
        )
        for brightness in ("dark", "bright")
        for number in range(10)
    ]
    mirrored = {"images": 20, "signers": FEW_SIGNERS, "accuracy": 0.75}
    return {"groups": group_figures(members), "slices": {"mirrored": mirrored}}


def test_groups_have_pictures_signers_and_a_share_of_each_column() -> None:
    """The worse group is named with its numbers, and the distance is left out where it means nothing."""
    text = for_whom([Column("reader alone", _figures(5)), Column("both networks", _figures(7))])
    assert text.startswith("## For whom it is worse\n")
    assert "or more: brightness of the hand dark (50.0 % of 10 pictures by 5 signers).\n" in text
    assert "| dark | 10 (5) | 50.0 % | 70.0 % |" in text
    assert "| bright | 10 (5) | 100.0 % | 100.0 % |" in text
    assert "| mirrored | 20 (5) | 75.0 % | 75.0 % |" in text
    assert "distance" not in text
    assert "../../docs/reader.md#" in text
    assert "skin tone" in text


def test_a_locator_has_the_share_of_hands_found_by_distance() -> None:
    """A mirrored picture is read, and not searched for a hand."""
    finding = {"groups": _figures(10)["groups"]}
    text = for_whom([Column("found", finding, "found")], tuple(MEANINGS))
    assert "| below 15 % | 20 (5) | 90.0 % |" in text
    assert "| mirrored |" not in text
    assert "or more: none.\n" in text


def test_without_figures_the_card_says_what_is_not_measured() -> None:
    """A model without a test split has no table."""
    assert for_whom([]).count("\n") == 3
    assert "which hand is shown" in for_whom([])
