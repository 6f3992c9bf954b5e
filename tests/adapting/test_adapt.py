"""adapting/adapt.py: adapted or refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from streamsign.adapting.adapt import adapt, judge
from streamsign.adapting.pictures import by_letter
from streamsign.collection.manifest import read_manifest
from streamsign.errors import AdaptationRefused, ModelInvalid
from streamsign.recognition.adapted import adapted
from streamsign.recognition.model import load_model
from streamsign.recognition.recognizer import Recognizer
from tests.rendered_hands import write_rendered


def test_a_signer_is_adapted_to(tmp_path: Path) -> None:
    """The adaptation states its pictures and figures, leaves out what it cannot use, and the recognizer takes it."""
    model = load_model("celov")
    folder = write_rendered(tmp_path, {"V": "L", "C": "C", "Q": "Q"}, 9)
    write_rendered(folder, {"E": "E"}, 2)
    found = adapt(model, by_letter(read_manifest(folder)), signer="me")
    assert found.letters == {"C": 9, "V": 9}
    assert found.left_out == {"E": "2 of 5 pictures with a hand", "Q": "not a letter of the model"}
    assert (found.comparison.pictures, found.comparison.wrong_after) == (6, 0)
    assert found.comparison.wrong_before >= 3
    assert found.adaptation.about["signer"] == "me"
    assert Recognizer(adapted(model, found.adaptation)).letters == model.info.letters


def test_a_new_letter_is_added(tmp_path: Path) -> None:
    """A letter that is named as new becomes a label, and is judged apart from the others."""
    found = adapt(
        load_model("celov"), by_letter(read_manifest(write_rendered(tmp_path, {"NG": "Y", "C": "C"}, 9))), ["NG"]
    )
    assert found.adaptation.new_labels == ("NG",)
    assert (found.comparison.new, found.comparison.new_wrong) == (3, 0)


def test_worse_held_out_pictures_refuse_it(tmp_path: Path) -> None:
    """If the earlier pictures have another label than the later ones show, nothing is adapted."""
    folder = write_rendered(tmp_path, {"V": "C", "C": "L"}, 12)
    write_rendered(folder, {"V": "V", "C": "C"}, 6, seed=90)
    with pytest.raises(AdaptationRefused, match=r"Held-out pictures of the same person[\s\S]*unchanged"):
        adapt(load_model("celov"), by_letter(read_manifest(folder)))


def test_too_few_pictures_refuse_it(tmp_path: Path) -> None:
    """The reason names each letter and the number that is needed."""
    pictures = by_letter(read_manifest(write_rendered(tmp_path, {"C": "C"}, 3)))
    with pytest.raises(AdaptationRefused, match=r"pictures with a hand \(5 needed\): C 3\)[\s\S]*Record 5"):
        adapt(load_model("celov"), pictures)
    with pytest.raises(ModelInvalid, match="cannot be adapted"):
        adapt(load_model("celov:float16"), pictures)


def test_new_letters_count_apart() -> None:
    """A new letter's pictures do not count as errors of the model before the adaptation."""
    before = np.array([[0.9, 0.1], [0.2, 0.8]], np.float32)
    after = np.array([[0.1, 0.8, 0.1], [0.1, 0.1, 0.8]], np.float32)
    seen = judge(before, after, ["A", "NG"], ["A", "B"], ["NG"])
    assert (seen.pictures, seen.wrong_before, seen.wrong_after, seen.new, seen.new_wrong) == (1, 0, 1, 1, 0)
