"""What a validation counts. The task itself is driven by tests/cli/test_train.py."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters.task import hold_out, validate

PIXELS = np.zeros((160, 160), np.uint8)


def test_every_signer_counts_alike() -> None:
    """Three right of four by one signer and one of one by another are 0.875, none of the six rooms' letters counted."""
    logits = np.eye(3, dtype=np.float32)[[0, 0, 0, 1, 1, 0, 2, 2, 2]]
    labels = np.array([0, 0, 0, 0, 1, 2, 2, 2, 2], np.int32)
    seen = validate(logits, labels, ["ann"] * 4 + ["bob"] + ["room"] * 4)
    assert seen.macro == pytest.approx(0.875)
    assert seen.false_letters == pytest.approx(0.25)
    assert seen.score == pytest.approx(0.875 - 0.5 * 0.25)


def test_held_out_pictures_must_show_a_letter() -> None:
    """Rooms alone cannot choose the best weights."""
    sampler = Sampler([Crop(PIXELS, "C", "ann", "web")], "C", seed=0)
    with pytest.raises(TrainingError, match="No validation picture"):
        hold_out(sampler.labels, [Crop(PIXELS, HAND_FREE, "room", "web")])
