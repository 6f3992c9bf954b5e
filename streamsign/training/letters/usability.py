"""Reasons why a trained model is not usable: few signers, or an accuracy on validation near chance."""

from __future__ import annotations

from collections.abc import Sequence

from streamsign.training.data.crops import Crop

MIN_TRAINING_SIGNERS = 5
"""Signers of a letter in the training pictures. ``docs/how-to/train-your-own-letters.md`` states it; more is better."""

MIN_VALIDATION_SIGNERS = 2
"""Signers of a letter in the validation pictures who are not in the training pictures: the accuracy of one signer is
no measure for other people."""

MIN_SKILL = 0.5
"""Share of the way from chance to every letter right that a model has to reach on validation."""

MAX_FALSE_LETTERS = 0.5
"""Share of other validation pictures that may be read as a letter."""


def few_signers(train: Sequence[Crop], validation: Sequence[Crop], letters: str) -> list[str]:
    """One sentence for each split with too few signers; empty where there are enough.

    Args:
        train: training pictures, with or without a hand.
        validation: validation pictures, with or without a hand.
        letters: of the model.
    """
    reasons = []
    if few := _few(train, letters, MIN_TRAINING_SIGNERS):
        reasons.append(f"Fewer than {MIN_TRAINING_SIGNERS} signers show {few} in the training pictures.")
    known = {crop.signer for crop in train}
    others = [crop for crop in validation if crop.signer not in known]
    if few := _few(others, letters, MIN_VALIDATION_SIGNERS):
        reasons.append(
            f"Fewer than {MIN_VALIDATION_SIGNERS} signers who are not in the training pictures show {few} in the "
            "validation pictures."
        )
    return reasons


def _few(crops: Sequence[Crop], letters: str, least: int) -> str:
    """Letters with too few signers, each with its number: ``B (1), W (0)``."""
    signers = {letter: {crop.signer for crop in crops if crop.shape == letter} for letter in letters}
    return ", ".join(f"{letter} ({len(found)})" for letter, found in signers.items() if len(found) < least)


def near_chance(accuracy: float, false_letters: float, letters: int) -> list[str]:
    """One sentence for each validation figure that is near chance; empty where both are good enough.

    Args:
        accuracy: over the letters, mean over signers, *none* competing, 0–1.
        false_letters: share of the other pictures that are read as a letter, 0–1.
        letters: how many the model has.
    """
    reasons = []
    chance = 1 / (letters + 1)
    if accuracy < (least := chance + MIN_SKILL * (1 - chance)):
        reasons.append(
            f"The accuracy on validation is {accuracy:.1%}. Chance is {chance:.1%}; a usable model has at least "
            f"{least:.1%}."
        )
    if false_letters > MAX_FALSE_LETTERS:
        reasons.append(
            f"{false_letters:.1%} of the validation pictures without one of the letters are read as a letter."
        )
    return reasons


def warning(reasons: Sequence[str], *, trained: bool, longer: bool = True) -> str:
    """The warning that ``streamsign train`` prints before and after a training; empty where there are no reasons.

    The model card repeats the one after the training. ``longer`` says whether a longer training is possible.
    """
    if not reasons:
        return ""
    if not trained:
        return f"Warning: the model will not be usable. {' '.join(reasons)} Add pictures of more signers."
    advice = "Add pictures of more signers, check the labels, or train longer."
    if not longer:
        advice = "Check the labels, and add pictures of more signers."
    return f"Warning: this model is not usable. {' '.join(reasons)} {advice}"
