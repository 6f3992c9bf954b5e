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
from streamsign.recognition.searched_parts import SEARCH_AGAIN_S
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


def test_a_still_picture_without_a_hand_is_searched_once(search: HandSearch, monkeypatch: pytest.MonkeyPatch) -> None:
    """The locator does not see the same empty picture again for a while, but at once where something changes."""
    seen: list[tuple[int, ...]] = []
    wanted = Locator.propose

    def counted(self: Locator, luma: Luma, **options: Any) -> list[Detection]:
        seen.append(luma.shape)
        return wanted(self, luma, **options)

    monkeypatch.setattr(Locator, "propose", counted)
    empty = np.full((240, 320), 120, np.uint8)
    searches = []
    for at_s in (0.0, 0.1, 0.2, SEARCH_AGAIN_S):
        seen.clear()
        assert search.search(empty, [0], at_s) == []
        searches.append(len(seen))
    assert searches == [2, 0, 0, 2]
    seen.clear()
    changed = empty.copy()
    changed[200:, 280:] = 90
    search.search(changed, [0], SEARCH_AGAIN_S + 0.1)
    assert seen == [(240, 320)]


def test_a_picture_with_a_hand_is_searched_again(search: HandSearch) -> None:
    """A hand that is found in a frame is found in the next one, although nothing changes."""
    assert [len(search.search(LUMA, [], at_s)) for at_s in (0.0, 0.1)] == [1, 1]


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
    for number, at_s in enumerate((0.0, 0.05, 0.1, RETRY_S)):
        scene = LUMA.copy()
        scene[-20:, :20] = 40 * number  # something else moves
        assert search.search(scene, [], at_s) == []
        reads.append(len(read))
    assert 0 < reads[0] == reads[1] == reads[2] < reads[3]
    search.reset()
    search.search(LUMA, [], RETRY_S)
    search.search(LUMA, [])
    assert len(read) == 2 * reads[3]
