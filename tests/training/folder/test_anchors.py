"""training/folder/anchors.py: features of pictures without a letter."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.errors import ModelInvalid
from streamsign.recognition.model import load_model
from streamsign.training.folder.anchors import FILE, read_anchors, unlike


def test_the_default_model_has_anchors() -> None:
    """Both networks of alphabet have as many, with as many features as their heads."""
    found = read_anchors(load_model("alphabet").folder)
    assert [each.shape[1] for each in found] == [1280, 1280]
    assert all(np.isfinite(each).all() for each in found)


def test_a_folder_without_anchors_is_an_error(tmp_path: Path) -> None:
    """A missing or damaged file has an error that names a model with anchors."""
    with pytest.raises(ModelInvalid, match="--base alphabet"):
        read_anchors(tmp_path)
    (tmp_path / FILE).write_bytes(b"PK\x03\x04damaged")
    with pytest.raises(ModelInvalid, match="cannot be used"):
        read_anchors(tmp_path)


def test_an_anchor_of_a_letters_shape_is_left_out() -> None:
    """What a picture of a letter shows cannot be none."""
    anchors = np.array([[0, 0], [9, 9]], np.float16)
    assert unlike(anchors, np.array([[0.1, 0]], np.float16), 10.0).tolist() == [[9, 9]]
