"""training/letters/usability.py: warnings about models that are not usable."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.letters.usability import few_signers, near_chance, warning


def crops(shape: str, *signers: str) -> list[Crop]:
    """One picture of a shape by each signer."""
    return [Crop(np.zeros((2, 2), np.uint8), shape, signer, "class", "hands", 2) for signer in signers]


def test_letters_with_few_signers_are_named() -> None:
    """Letters with fewer than 5 signers in training, or 2 in validation, are named with their number."""
    train = crops("B", "a", "b", "c", "d", "e") + crops("I", "a", "b", "a") + crops(HAND_FREE, "f", "g", "h", "i")
    validation = crops("B", "v", "w") + crops("I", "v")
    assert few_signers(train, validation, "BI") == [
        "Fewer than 5 signers show I (2) in the training pictures.",
        "Fewer than 2 signers who are not in the training pictures show I (1) in the validation pictures.",
    ]
    assert few_signers(train, validation, "B") == []


def test_validation_signers_who_were_trained_on_do_not_count() -> None:
    """A split by picture has no new signer in validation, however many signers it has."""
    (reason,) = few_signers(crops("B", *"abcde"), crops("B", *"abcde"), "B")
    assert reason.startswith("Fewer than 2 signers who are not in the training pictures show B (0)")


@pytest.mark.parametrize(("accuracy", "false_letters", "reasons"), [(0.9, 0.1, 0), (0.3, 0.1, 1), (0.3, 0.9, 2)])
def test_figures_near_chance_are_reasons(accuracy: float, false_letters: float, reasons: int) -> None:
    """An accuracy below half of the way from chance to 1, or half of other pictures read as letters, is a reason."""
    assert len(near_chance(accuracy, false_letters, 3)) == reasons


def test_chance_depends_on_the_number_of_letters() -> None:
    """With three letters and none, chance is a quarter and the least usable accuracy 62.5 %."""
    (reason,) = near_chance(0.62, 0.0, 3)
    assert reason == "The accuracy on validation is 62.0%. Chance is 25.0%; a usable model has at least 62.5%."
    assert near_chance(0.63, 0.0, 3) == []


def test_the_warning_has_its_reasons_and_a_next_step() -> None:
    """Before a training it is about the pictures, after it about the model; without reasons there is none."""
    assert warning([], trained=True) == ""
    assert warning(["Few."], trained=False).startswith("Warning: the model will not be usable. Few. Add pictures")
    assert warning(["Few."], trained=True).startswith("Warning: this model is not usable. Few. Add pictures")
