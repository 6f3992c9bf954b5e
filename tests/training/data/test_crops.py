"""Pictures in memory, and the groups of their signers."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.training.data.crops import HAND_FREE, folders_of, load_crops, signer_groups
from tests.training.pictures import write_pictures


def test_signers_with_few_pictures_are_pooled_by_source() -> None:
    """Twenty pictures make a signer; fewer join the others of their source."""
    assert signer_groups(["a"] * 20 + ["b", "c"], ["web"] * 21 + ["lab"]) == ["a"] * 20 + [
        "web (pooled)",
        "lab (pooled)",
    ]


@pytest.mark.parametrize(("size", "loose_size"), [(96, 160), (112, 187)])
def test_crops_have_the_side_that_patches_of_a_size_need(tmp_path: Path, size: int, loose_size: int) -> None:
    """Validation patches have the size itself, training crops room around it, with a hand and without one."""
    root = write_pictures(tmp_path, "C", {"train": 2})
    for loose, side in ((False, size), (True, loose_size)):
        crops = load_crops(root, "train", loose=loose, seed=0, size=size)
        assert {crop.pixels.shape for crop in crops} == {(side, side)}
        assert {crop.shape for crop in crops} == {"C", HAND_FREE}


def test_a_folder_without_hands_is_rejected(tmp_path: Path) -> None:
    """The error names the manifest that is not there."""
    with pytest.raises(TrainingError, match=r"manifest\.csv does not exist"):
        folders_of(tmp_path)
