"""What counts as a hand that was found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from streamsign.collection.manifest import Picture
from streamsign.recognition.geometry import Box
from streamsign.training.data.cleaning import LeftOut, ManifestFinding
from streamsign.training.evaluation.finding import finding_figures, sighting

HAND = Box(100, 100, 200, 200)
PICTURE = Picture(Path("frames"), Path("frames/a.png"), 2, "desk", "S1", "L", "test", HAND, 0.95)


@pytest.mark.parametrize(
    ("found", "overlap"),
    [(HAND, 1.0), (None, 0.0), (Box(100, 100, 200, 150), 0.5), (Box(300, 300, 400, 400), 0.0)],
)
def test_overlap_is_with_the_manifests_box(found: Box | None, overlap: float) -> None:
    """Intersection over union; nothing found gives an overlap of 0."""
    assert sighting(PICTURE, HAND, found, 640, 480).overlap == pytest.approx(overlap)


def test_only_what_is_inside_the_picture_counts() -> None:
    """A box that reaches beyond the frame is not punished for it."""
    hand = Box(0, 0, 100, 100)
    assert sighting(PICTURE, hand, Box(-50, -50, 100, 100), 640, 480).overlap == 1.0


def test_unsure_and_wrong_boxes_are_left_out_and_counted() -> None:
    """Recall is over boxes that are where the hand is."""
    rows = [
        (PICTURE, HAND),
        (replace(PICTURE, row=3, score=0.5), None),
        (replace(PICTURE, row=4), None),
        (replace(PICTURE, row=5, signer="S2"), None),
        (replace(PICTURE, row=6), HAND),
    ]
    seen = [sighting(picture, HAND, found, 640, 480) for picture, found in rows]
    other = replace(PICTURE, signer="S2", source="rooms")
    false = [(PICTURE, False), (PICTURE, False), (PICTURE, True), (other, False)]
    wrong = LeftOut([ManifestFinding("frames", 4, "", True), ManifestFinding("hands", 5, "", True)])
    figures = finding_figures(seen, false, wrong)
    assert (figures["hands"], figures["unsure_boxes"], figures["wrong_boxes"]) == (3, 1, 1)
    assert figures["recall"] == pytest.approx(2 / 3)
    assert figures["recall_by_signer"] == 0.5
    assert figures["false_hands"] == 0.25
    assert (figures["rooms"], figures["false_hands_by_room"]) == (2, pytest.approx(1 / 6))
    assert figures["false_hands_by_source"] == {
        "desk": {"hand_free": 3, "false_hands": pytest.approx(1 / 3)},
        "rooms": {"hand_free": 1, "false_hands": 0},
    }
    assert [row["hands"] for row in figures["by_size"]] == [0, 3, 0, 0, 0]
    assert figures["missed"] == [{"folder": "frames", "line": 5, "overlap": 0.0}]


def test_portrait_and_landscape_are_counted_apart() -> None:
    """A phone held upright has its own recall."""
    seen = [sighting(PICTURE, HAND, HAND, 640, 480), sighting(PICTURE, HAND, None, 480, 640)]
    by_orientation = finding_figures(seen, [], LeftOut())["by_orientation"]
    assert by_orientation == {"landscape": {"hands": 1, "recall": 1.0}, "portrait": {"hands": 1, "recall": 0.0}}


def test_nothing_to_find_is_no_error() -> None:
    """Figures without pictures are None."""
    figures = finding_figures([], [], LeftOut())
    assert (figures["hands"], figures["recall"], figures["false_hands"]) == (0, None, None)
    assert figures["false_hands_by_room"] is None
    assert figures["false_hands_by_source"] == {}


def test_hands_are_counted_by_group_too() -> None:
    """The share found is of the hands whose box counts, with their signers."""
    dark, bright = ({"brightness of the hand": name} for name in ("dark", "bright"))
    seen = [sighting(PICTURE, HAND, HAND, 640, 480, dark), sighting(PICTURE, HAND, None, 640, 480, dark)]
    seen.append(sighting(PICTURE, HAND, HAND, 640, 480, bright))
    found = finding_figures(seen, [], LeftOut())["groups"]["brightness of the hand"]
    assert (found["dark"]["images"], found["dark"]["signers"], found["dark"]["found"]) == (2, 1, 0.5)
    assert found["bright"]["found"] == 1.0
