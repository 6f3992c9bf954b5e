"""training/folder/card.py: the card states pictures and figures."""

from __future__ import annotations

from streamsign.training.folder.card import card

_TRAINED = {
    "date": "2026-11-28",
    "command": "streamsign train DATA",
    "images": 30,
    "signers": 1,
    "base": "alphabet",
    "division": "Warning: there is one signer.",
    "held_out": 6,
}


def test_the_card_has_the_figures_and_the_warning() -> None:
    """Letters, command, division, and each letter's share are in it, and so is the owner's text."""
    figures = {"accuracy": 0.975, "signers": 1, "recall": {"A": 1.0, "NG": 0.95}}
    text = card("mine", ["A", "NG"], figures, _TRAINED, "My own hand.")
    for part in (
        "Reads 2 letters: A, NG.",
        "`streamsign train DATA`",
        "there is one signer",
        "97.5%",
        "| NG | 95.0% |",
    ):
        assert part in text
    assert "My own hand." in text
    assert "are not stated" in card("mine", ["A"], figures, _TRAINED, "")


def test_the_card_begins_with_what_makes_the_model_unusable() -> None:
    """The warning stands before the letters, and a card without one has no gap for it."""
    figures = {"accuracy": 0.1, "signers": 1, "recall": {"A": 0.1}}
    assert card("mine", ["A"], figures, _TRAINED, "", "Warning: unusable.").startswith(
        "# mine\n\nWarning: unusable.\n\nReads 1 letters"
    )
    assert card("mine", ["A"], figures, _TRAINED, "").startswith("# mine\n\nReads 1 letters")
