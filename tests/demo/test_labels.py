"""demo/labels.py: what the demo signer does at a time."""

from __future__ import annotations

import pytest

from streamsign.demo.labels import Doing, FrameLabel
from streamsign.demo.signer import DemoSigner


def test_a_label_without_a_letter_is_comparable() -> None:
    """Files hold the words of Doing, and a moment without a letter has an empty one."""
    assert FrameLabel(Doing.WAY) == ("on the way", "")
    assert [str(each) for each in Doing] == ["letter", "on the way", "rest"]


@pytest.mark.parametrize("coarticulated", [False, True])
def test_only_a_held_letter_has_a_name(coarticulated: bool) -> None:
    """Each frame of a word is a letter of it, on the way or rest, and each letter is held in at least one frame."""
    signer = DemoSigner("LOVE", seed=2, fps=15, width=160, height=120, coarticulated=coarticulated)
    labels = [signer.label(number) for number in range(signer.frame_count)]
    assert all((label.doing is Doing.LETTER) == bool(label.letter) for label in labels)
    assert {label.letter for label in labels} - {""} == set("LOVE")
