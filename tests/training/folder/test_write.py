"""training/folder/write.py: what is written is what was fitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.adapting.networks import FeatureNetworks
from streamsign.collection.manifest import read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from streamsign.training.folder.fit import Head
from streamsign.training.folder.heads import FittedHead
from streamsign.training.folder.write import check_model, write_model
from tests.rendered_hands import write_rendered


def test_other_heads_than_the_fitted_ones_are_an_error(tmp_path: Path) -> None:
    """The written folder passes the check with its own heads, and fails it with others."""
    model = load_model("alphabet")
    pictures = read_manifest(write_rendered(tmp_path / "hands", {"L": "L", "NG": "Y"}, 2))
    features = FeatureNetworks(model).features(pictures)
    rng = np.random.default_rng(1)

    def fitted() -> FittedHead:
        kernel = rng.normal(scale=0.1, size=(3, 1280)).astype(np.float32)
        return FittedHead(Head(kernel, np.zeros(3, np.float32)), np.eye(4, 3, dtype=np.float32), 1.0)

    heads = [fitted(), fitted()]
    out = tmp_path / "two"
    write_model(model, out, ["L", "NG", "none"], heads, 0.5, np.array([0, 1, 2, 0]), ["me"] * 4, "", {})
    check_model(out, pictures, features, heads, 0.5)
    with pytest.raises(TrainingError, match="differ from the fit"):
        check_model(out, pictures, features, [fitted(), heads[1]], 0.5)
