"""Searching whole frames for a hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from streamsign.recognition.frame import Luma
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_search import CORNERS, SMALL_SHARE, HandSearch, size_factor
from streamsign.recognition.locate import Detection, Locator
from streamsign.recognition.model import load_model
from streamsign.recognition.patch_reader import PatchReader, PatchReading
from streamsign.recognition.rejected_places import RETRY_S
from tests.films import held_frame

LUMA = held_frame("L", seed=1)


@pytest.fixture
def search() -> HandSearch:
    """With the shipped letters and locator."""
    model = load_model("celov")
    return HandSearch(PatchReader(model), Locator.load(), model.info.hand.threshold)


def test_a_hand_is_found_with_its_shape(search: HandSearch) -> None:
    """The rendered hand is found in the whole frame, and its patch is classified."""
    (reading,) = search.search(LUMA, range(CORNERS))
    assert load_model("celov").info.labels[int(reading.probabilities.argmax())] == "L"


def test_a_small_hand_is_found_in_its_corner_only(search: HandSearch) -> None:
    """A hand that is too small for the whole frame is found when its corner is searched."""
    (hand,) = [each.hand.box for each in search.search(LUMA, [])]
    side = round(1.3 * hand.longer_side)
    x, y = (max(0, round(center - side / 2)) for center in hand.center)
    wide = np.full((8 * side, 8 * side), 120, np.uint8)
    patch = LUMA[y : y + side, x : x + side]
    wide[side : side + patch.shape[0], side : side + patch.shape[1]] = patch
    found = {corner: len(search.search(wide, [corner])) for corner in range(CORNERS)}
    assert found[0] >= max(found.values())
    assert search.search(np.full((480, 640), 120, np.uint8), range(CORNERS)) == []


def test_a_small_hand_needs_more_evidence() -> None:
    """The required odds rise with the square of how much smaller the hand is, by the frame's shorter side."""
    side = 480 * SMALL_SHARE
    factors = [size_factor(Box(0, 0, scale * side / 2, scale * side), LUMA[:480]) for scale in (3, 1, 0.5, 0.25)]
    assert LUMA.shape[1] > 480
    assert factors == pytest.approx([1, 1, 4, 16])


def test_the_followed_hand_is_kept_while_the_locator_sees_it(search: HandSearch) -> None:
    """A doubted hand that the locator sees is not exchanged; one that it does not see is, for the hand nearby."""
    (hand,) = [each.hand.box for each in search.search(LUMA, [])]
    assert search.reacquire(LUMA, hand, hand) is None
    elsewhere = Box(0, 0, 20, 20)
    again = search.reacquire(LUMA, elsewhere, hand)
    assert again is not None
    assert again.hand.box.iou(hand) > 0.5
    assert search.reacquire(LUMA, elsewhere, elsewhere) is None


def test_a_still_scene_without_a_hand_is_verified_once(search: HandSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """A rejected place that does not change is not read in the next frame; a single picture is always read in full."""
    read: list[Box] = []
    wanted = PatchReader.read_hand

    def counted(self: PatchReader, luma: Luma, box: Box, *args: Any, **options: Any) -> PatchReading | None:
        read.append(box)
        return wanted(self, luma, box, *args, **options)

    monkeypatch.setattr(PatchReader, "read_hand", counted)
    monkeypatch.setattr(PatchReader, "verify", lambda *_, **__: Detection(Box(0, 0, 9, 9), 0.5))  # as of a face
    reads = []
    for at_s in (0.0, 0.05, 0.1, RETRY_S):
        assert search.search(LUMA, [], at_s) == []
        reads.append(len(read))
    assert 0 < reads[0] == reads[1] == reads[2] < reads[3]
    search.reset()
    search.search(LUMA, [], RETRY_S)
    search.search(LUMA, [])
    assert len(read) == 2 * reads[3]
