"""What counts as a hand found."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection, letterbox
from streamsign.training.hand.recipe import choose_threshold
from streamsign.training.hand.scenes import HandScene
from streamsign.training.hand.task import judge
from tests.recognition.test_locate import heat

PIXELS = np.zeros((160, 160), np.uint8)
LAID = letterbox(PIXELS)[1]
HAND = Box(40, 40, 80, 100)


def test_recall_is_a_mean_over_signers() -> None:
    """Ann's one of two found and Bob's one of one make 0.75; a box that is mostly beside the hand is not found."""
    scenes = [HandScene(PIXELS, HAND, "ann"), HandScene(PIXELS, HAND, "ann"), HandScene(PIXELS, HAND, "bob")]
    cells = np.stack([heat((HAND, 0.9)), heat((Box(80, 40, 120, 100), 0.9)), heat((HAND, 0.9))])
    found = judge(cells, [LAID] * 3, scenes)
    assert found.recall == pytest.approx(0.75)
    assert found.overlap == pytest.approx(0.75, abs=1e-3)


def test_threshold_rises_until_rooms_stay_empty() -> None:
    """A face that looks like a hand with 0.42 pushes the threshold above it, and no further than hands allow."""
    scenes = [HandScene(PIXELS, HAND, "ann"), HandScene(PIXELS, None, "room")]

    hands = [[Detection(HAND, 0.9)], [Detection(HAND, 0.42)]]
    threshold, found = choose_threshold(lambda _pixels: hands.pop(0), scenes)
    assert threshold == pytest.approx(0.45)
    assert (found.recall, found.false_hands) == (1.0, 0.0)
