"""What a training step sees."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.data.augment import View
from streamsign.training.data.crops import HAND_FREE, Crop
from streamsign.training.data.sampling import Sampler, box_in

PIXELS = np.random.default_rng(0).integers(0, 256, (160, 160)).astype(np.uint8)


def _crops(**pictures: int) -> list[Crop]:
    """``C_ann=30`` makes 30 crops of C by ann; ``_room`` has no hand."""
    return [
        Crop(PIXELS, name.split("_")[0] or HAND_FREE, name.split("_")[1], "web")
        for name, count in pictures.items()
        for _ in range(count)
    ]


def test_letters_and_signers_come_alike_however_many_pictures() -> None:
    """Letters share 60 % evenly although C has ten times the pictures of E; every tenth is on its way, and none."""
    sampler = Sampler(_crops(C_ann=400, C_bob=30, E_ann=40, A_ann=30, _room=30), "CE", seed=0)
    drawn = np.concatenate([sampler.batch(number, 64)[1] for number in range(20)])
    assert np.bincount(drawn, minlength=3) / len(drawn) == pytest.approx([0.27, 0.27, 0.46], abs=0.05)
    assert sampler.priors() == pytest.approx({"C": 0.27, "E": 0.27, "none": 0.46})
    assert sampler.labels == ["C", "E", "none"]


def test_batch_depends_on_seed_and_number_alone() -> None:
    """A resumed run sees the batches it would have seen."""
    crops = _crops(C_ann=30, A_ann=30)
    first, again = (Sampler(crops, "C", seed=5).batch(7, 4) for _ in range(2))
    assert all(np.array_equal(one, two) for one, two in zip(first, again, strict=True))
    assert not np.array_equal(first[0], Sampler(crops, "C", seed=5).batch(8, 4)[0])
    assert first[0].shape == (4, 96, 96, 1)
    assert first[0].min() >= -1
    assert first[0].max() <= 1


def test_a_lone_shape_is_never_between() -> None:
    """With one shape alone, or no room to name it by, every letter stays one."""
    for crops in (_crops(C_ann=30, _room=30), _crops(C_ann=30, E_ann=30)):
        sampler = Sampler(crops, "C", seed=0)
        shapes = [sampler.shapes[index] for number in range(5) for index in sampler.batch(number, 32)[2]]
        labels = [label for number in range(5) for label in sampler.batch(number, 32)[1]]
        assert [label == 0 for label in labels] == [shape == "C" for shape in shapes]


def test_missing_letter_is_named() -> None:
    """A letter without pictures is an error."""
    with pytest.raises(TrainingError, match="No training picture shows V"):
        Sampler(_crops(C_ann=30), "CV", seed=0)


def test_one_other_shape_is_drawn_no_more_often_than_a_letter() -> None:
    """With four letters and one other shape, that shape gets a letter's share, not a quarter of all."""
    crops = _crops(C_ann=30, E_ann=30, L_ann=30, V_ann=30, OTHER_bob=30, _room=30)
    sampler = Sampler(crops, "CELV", seed=0)
    drawn = np.concatenate([sampler.batch(number, 64).shapes for number in range(20)])
    share = np.bincount(drawn, minlength=6) / len(drawn)
    assert share[sampler.shapes.index("OTHER")] == pytest.approx(share[sampler.shapes.index("C")], abs=0.04)


def test_boxes_follow_the_view() -> None:
    """The box of a framed hand is in hand sizes from the patch's center, and follows shift, scale and mirroring."""
    matrix = np.array([[-0.9, 0, 48 + 72], [0, 0.9, 48 - 72 + 7.384]], np.float32)
    view = View(np.zeros((96, 96), np.uint8), 0.0, True, matrix, True)
    right, down, width, height = box_in(view, (0.5, 1.0))
    assert (right, down) == pytest.approx((0, 0.1), abs=1e-3)
    assert np.exp(height) == pytest.approx(0.9 * (160 / 2.2) / (96 / 1.3), abs=1e-3)
    assert np.exp(width) == pytest.approx(np.exp(height) / 2)


def test_a_batch_tells_hands_and_boxes_apart() -> None:
    """Rooms have neither hand nor box; a blend of two shapes is a hand without a known box."""
    crops = [*(replace(crop, hand=(1.0, 0.6)) for crop in _crops(C_ann=60, E_ann=60)), *_crops(_room=60)]
    sampler = Sampler(crops, "CE", seed=1)
    batch = sampler.batch(0, 256)
    room = np.array([sampler.shapes[index] == HAND_FREE for index in batch.shapes])
    assert not batch.boxed[batch.hands == 0].any()
    assert (batch.boxed[~room] == 1).all()
    on_the_way = room & (batch.hands == 1)
    assert on_the_way.any()
    assert not batch.boxed[on_the_way].any()
    assert 0.05 < 1 - batch.counts.mean() < 0.25


def test_other_shapes_have_their_least_share() -> None:
    """One shape that is not a letter is drawn as often as asked for, beside three letters."""
    crops = _crops(C_ann=30, E_ann=30, L_ann=30, OTHER_ann=30, _room=30)
    drawn = {share: Sampler(crops, "CEL", seed=0, least_others=share) for share in (0.0, 0.3)}
    shares = {}
    for share, sampler in drawn.items():
        shapes = np.concatenate([sampler.batch(number, 64).shapes for number in range(10)])
        shares[share] = np.mean([sampler.shapes[index] == "OTHER" for index in shapes])
    assert shares[0.3] == pytest.approx(0.3 / 1.06, abs=0.05)
    assert shares[0.0] < shares[0.3]


def test_larger_patches_come_from_larger_crops() -> None:
    """Loose crops of 187 pixels give patches of 112, and boxes in the same unit as those of 96."""
    pixels = np.random.default_rng(0).integers(0, 256, (187, 187)).astype(np.uint8)
    crops = [Crop(pixels, shape, "ann", "web", hand=(1.0, 1.0) if shape else None) for shape in ("C", "")]
    batch = Sampler(crops, "C", seed=0, surroundings=1.0, wide=0.0).batch(0, 32)
    assert batch.patches.shape == (32, 112, 112, 1)
    assert batch.counts.all()
    assert np.abs(batch.boxes[batch.boxed > 0]).max() < 1


def test_hands_on_the_way_replace_half_of_the_blends() -> None:
    """They are labeled none, and a tenth of the letters still becomes none."""
    way = Crop(np.full((160, 160), 255, np.uint8), "on the way", "demo:1", "demo", hand=(1.0, 1.0))
    crops = [replace(crop, pixels=np.zeros((160, 160), np.uint8)) for crop in _crops(C_ann=30, E_ann=30, _room=30)]
    sampler = Sampler(crops, "CE", seed=0, ways=[way])
    batches = [sampler.batch(number, 64) for number in range(20)]
    drawn = np.concatenate([batch.labels for batch in batches])
    bright = np.concatenate([batch.patches.mean(axis=(1, 2, 3)) > 0 for batch in batches])
    assert np.bincount(drawn, minlength=3) / len(drawn) == pytest.approx([0.355, 0.355, 0.29], abs=0.05)
    assert bright.mean() == pytest.approx(0.04, abs=0.02)
    assert set(drawn[bright]) == {2}
