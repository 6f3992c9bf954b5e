"""What the locator sees in a training step."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import LOCATE_SIZE
from streamsign.training.hand.samples import HARD_WEIGHT, SceneSampler
from streamsign.training.hand.scenes import HandScene

HAND = Box(120, 60, 180, 140)


def _frame(dark: int = 40, bright: int = 250) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    picture = np.full((240, 320), dark, np.uint8)
    picture[60:140, 120:180] = bright
    return picture


def _sampler(*, cut_out: bool = False) -> SceneSampler:
    hand = HandScene(_frame(0) if cut_out else _frame(), HAND, "ann", cut_out=cut_out)
    frame = HandScene(_frame(), HAND, "bob")
    return SceneSampler([hand, frame, HandScene(np.full((240, 320), 60, np.uint8), None, "room")], seed=3)


def test_box_follows_the_hand_through_every_view() -> None:
    """The bright rectangle lies inside the box of its view and fills most of it, however it was turned and scaled."""
    inside, outside = [], []
    for number in range(30):
        views, boxes = _sampler().batch(number, 4)
        for view, box in zip(views[..., 0], boxes, strict=True):
            if not np.isfinite(box[0]):
                continue
            x0, y0, x1, y1 = (round(float(value)) for value in box)
            inside.append(float(np.median(view[y0:y1, x0:x1])))
            rest = view.copy()
            rest[max(0, y0 - 6) : y1 + 6, max(0, x0 - 6) : x1 + 6] = np.nan
            outside.append(float(np.nanmedian(rest)))
    brighter = np.mean(np.array(inside) > np.array(outside) + 0.2)
    assert len(inside) > 50
    assert brighter > 0.95


def test_hands_come_in_all_sizes_within_the_picture() -> None:
    """Boxes span small to large, lie inside the square, and some pictures have none."""
    boxes = np.concatenate([_sampler(cut_out=True).batch(number, 16).boxes for number in range(15)])
    known = boxes[np.isfinite(boxes[:, 0])]
    assert 0.05 < 1 - len(known) / len(boxes) < 0.35
    assert known.min() >= 0
    assert known.max() <= LOCATE_SIZE
    sides = (known[:, 2:] - known[:, :2]).max(axis=1)
    assert sides.min() < 30
    assert sides.max() > 60


def test_batch_depends_on_seed_and_number_alone() -> None:
    """A resumed run sees the batches it would have seen."""
    first, again = (_sampler().batch(7, 3) for _ in range(2))
    assert np.array_equal(first.views, again.views)
    assert np.array_equal(first.boxes, again.boxes, equal_nan=True)


def test_pictures_without_a_hand_are_needed() -> None:
    """Frames alone would teach that there is always a hand."""
    with pytest.raises(TrainingError, match="without a hand"):
        SceneSampler([HandScene(_frame(), HAND, "ann")], seed=0)


def test_letters_that_are_found_worst_come_more_often() -> None:
    """Of a signer's pictures one of G comes three times as often as one of A."""
    bright, dark = (np.full((240, 320), level, np.uint8) for level in (230, 20))
    scenes = [HandScene(bright, HAND, "ann", letter="G"), HandScene(dark, HAND, "ann", letter="A")]
    sampler = SceneSampler([*scenes, HandScene(dark, None, "room")], seed=1)
    drawn = [sampler.batch(number, 16) for number in range(12)]
    light = np.concatenate([batch.views.mean(axis=(1, 2, 3))[np.isfinite(batch.boxes[:, 0])] > 0 for batch in drawn])
    assert light.mean() == pytest.approx(HARD_WEIGHT / (HARD_WEIGHT + 1), abs=0.1)
