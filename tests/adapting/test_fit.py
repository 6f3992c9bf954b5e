"""adapting/fit.py: corrections fitted to pictures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from streamsign.adapting.fit import fit_adaptation, measured_distance
from streamsign.adapting.networks import FeatureNetworks, LetterEnds
from streamsign.collection.manifest import read_manifest
from streamsign.errors import TrainingError
from streamsign.recognition.model import load_model
from tests.rendered_hands import write_rendered


@pytest.fixture(scope="module")
def networks() -> FeatureNetworks:
    """Of the five-letter model."""
    return FeatureNetworks(load_model("celov"))


def test_a_signer_who_shows_a_letter_in_another_way_is_read(networks: FeatureNetworks, tmp_path: Path) -> None:
    """A hand in the form of L that is labeled V is read as V in further pictures; C stays C."""
    first = read_manifest(write_rendered(tmp_path / "first", {"V": "L", "C": "C"}, 12))
    then = read_manifest(write_rendered(tmp_path / "then", {"V": "L", "C": "C"}, 4, seed=60))
    adaptation = fit_adaptation(networks.letters, networks.features(first), [each.letter for each in first])
    labels = networks.letters.info.labels
    read = networks.letters.read(networks.features(then), adaptation).argmax(axis=1)
    assert [labels[each] for each in read] == ["V"] * 4 + ["C"] * 4


def test_a_new_letter_is_learned(networks: FeatureNetworks, tmp_path: Path) -> None:
    """A digraph that the model lacks is read in further pictures, and a letter of the model as before."""
    first = read_manifest(write_rendered(tmp_path / "first", {"NG": "Y"}, 10))
    then = read_manifest(write_rendered(tmp_path / "then", {"NG": "Y", "L": "L"}, 4, seed=50))
    adaptation = fit_adaptation(networks.letters, networks.features(first), ["NG"] * 10, ["NG"])
    labels = [*networks.letters.info.labels, "NG"]
    read = networks.letters.read(networks.features(then), adaptation).argmax(axis=1)
    assert [labels[each] for each in read] == ["NG"] * 4 + ["L"] * 4


def test_distances_are_of_one_signer() -> None:
    """The median is taken within signers, so that the distance between two does not count."""
    features = np.array([[0], [2], [100], [104]], np.float16)
    assert measured_distance(features, ["a", "a", "b", "b"]) == pytest.approx((4 + 16) / 2)


def test_without_a_stated_distance_several_letters_are_needed(networks: FeatureNetworks, tmp_path: Path) -> None:
    """A model folder that does not state its distance takes it from the pictures if these show three letters."""
    pictures = read_manifest(write_rendered(tmp_path, {"C": "C", "L": "L", "V": "V"}, 2))
    ends = [end._replace(distance=None) for end in networks.letters.ends]
    bare: LetterEnds = replace(networks.letters, ends=ends)
    features, letters = networks.features(pictures), [each.letter for each in pictures]
    assert fit_adaptation(bare, features, letters).corrections[0].width > 0
    with pytest.raises(TrainingError, match="three letters"):
        fit_adaptation(bare, [each[:4] for each in features], letters[:4])
