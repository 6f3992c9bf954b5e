"""adapting/networks.py: features, and what is read in them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.adapting.networks import FeatureNetworks
from streamsign.collection.manifest import read_gray, read_manifest
from streamsign.errors import ModelInvalid
from streamsign.recognition.framing import square_around
from streamsign.recognition.model import load_model
from streamsign.recognition.picture_reader import PictureReader
from streamsign.recognition.reader import ReaderMode
from tests.rendered_hands import write_rendered


def test_features_are_read_as_pictures_are(tmp_path: Path) -> None:
    """Both networks together give the probabilities that reading the picture gives, in the order of the pictures."""
    model = load_model("celov")
    pictures = read_manifest(write_rendered(tmp_path, {"C": "C", "L": "L"}, 2))
    networks = FeatureNetworks(model)
    read = networks.letters.read(networks.features(pictures))
    reader = PictureReader(model, ReaderMode.AUTO)
    for picture, row in zip(pictures, read, strict=True):
        assert picture.hand is not None
        patches = reader.cut(read_gray(picture.path), square_around(picture.hand, model.info.framing.margin))
        assert row == pytest.approx(reader.read(patches), abs=5e-3)
    assert networks.letters.read(networks.features([])).shape == (0, len(model.info.labels))


def test_a_letter_is_left_out_of_both_networks(tmp_path: Path) -> None:
    """Without a letter's rows the others keep their ratios."""
    networks = FeatureNetworks(load_model("alphabet"))
    seen = networks.features(read_manifest(write_rendered(tmp_path, {"C": "C"}, 1)))
    lacking = networks.letters.without("T")
    assert "T" not in lacking.info.labels
    own = networks.letters.ends[0].read(seen[0])[0]
    left = np.delete(own, networks.letters.info.labels.index("T"))
    assert lacking.ends[0].read(seen[0])[0] == pytest.approx(left / left.sum(), abs=1e-5)
    assert lacking.read(seen).shape == (1, len(lacking.info.labels))


def test_a_variant_is_refused() -> None:
    """Adaptations are to the float32 graph."""
    with pytest.raises(ModelInvalid, match="cannot be adapted"):
        FeatureNetworks(load_model("alphabet:int8"))
