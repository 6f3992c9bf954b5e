"""When labels can be cross-read. The reading itself is driven by tests/cli/test_train.py."""

from __future__ import annotations

import numpy as np

from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.letters.folds import possible

PIXELS = np.zeros((1, 1), np.uint8)


def _crops(signers: int, letters: str) -> list[Crop]:
    return [
        Crop(PIXELS, letter, f"signer {signer}", "web")
        for signer in range(signers)
        for letter in letters
        for _ in range(20)
    ]


def test_every_fold_must_leave_every_letter() -> None:
    """Three signers who show everything are enough; a letter only one of them shows, or one signer, is not."""
    room = Crop(PIXELS, HAND_FREE, "room", "web")
    assert possible([*_crops(3, "CL"), room])
    assert not possible([*_crops(1, "CL"), room])
    assert not possible([*_crops(3, "CL"), *_crops(1, "V")])
    assert not possible([room])


def test_other_shapes_need_not_be_in_every_fold() -> None:
    """OTHER is not a letter: one signer may show it."""
    other = [Crop(PIXELS, "OTHER", "signer 0", "web")] * 30
    assert possible([*_crops(3, "CL"), *other])
