"""Which frames of a take are kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.collection.crop import crop_hand
from streamsign.collection.folder import CollectedHands
from streamsign.collection.selection import Drop, Selection
from streamsign.recognition.events import Reading
from streamsign.recognition.geometry import Box
from tests.collection.pictures import picture

BOX = Box(0.3, 0.3, 0.7, 0.7)


def _frame(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (160, 160), np.uint8)


def _reading(sharpness: float, hand: Box | None = BOX) -> Reading:
    return Reading(0.0, "A", 0.9, (), sharpness, False, hand)


def test_the_sharpest_frame_of_each_quarter_second_is_kept() -> None:
    """Of eight frames in half a second two are kept, each the sharpest of its quarter."""
    selection = Selection()
    selection.start("A")
    kept = []
    for number, sharpness in enumerate([0.5, 0.9, 0.6, 0.5, 0.5, 0.5, 0.8, 0.5]):
        crop = selection.offer(_frame(number), _reading(sharpness), number / 16)
        kept += [crop] if crop else []
    kept += [last] if (last := selection.finish()) else []
    expected = [crop_hand(_frame(number), BOX) for number in (1, 6)]
    assert [crop.pixels.tobytes() for crop in kept] == [crop.pixels.tobytes() for crop in expected if crop]


def test_frames_without_use_are_counted_by_reason() -> None:
    """No hand, a hand at the edge and blur are counted once a quarter second, and nothing is kept."""
    selection = Selection()
    selection.start("A")
    readings = [_reading(0.9, None), _reading(0.9, Box(0, 0.2, 0.5, 0.8)), _reading(0.2)]
    assert [selection.offer(_frame(n), reading, n / 2) for n, reading in enumerate(readings)] == [None] * 3
    assert selection.finish() is None
    assert selection.dropped == {Drop.NO_HAND: 1, Drop.CUT_OFF: 1, Drop.BLURRED: 1}


def test_a_repeated_picture_is_dropped_in_later_takes_of_its_letter_only() -> None:
    """The same picture is kept once for each letter, also where takes of other letters lie between."""
    selection = Selection()
    kept = []
    for letter in ("A", "B", "A"):
        selection.start(letter)
        assert selection.offer(_frame(1), _reading(0.9), 0.0) is None
        kept.append(selection.finish() is not None)
    assert kept == [True, True, False]
    assert selection.dropped == {Drop.REPEATED: 1}


def test_a_picture_that_is_stored_already_is_not_kept_again(tmp_path: Path) -> None:
    """After a restart, frames like the stored ones are dropped, those of another letter are not."""
    hands = CollectedHands(tmp_path)
    hands.add([picture("A", seed=5)])
    luma = np.random.default_rng(5).integers(0, 256, (120, 160), np.uint8)
    kept = []
    for letter in ("A", "B"):
        selection = Selection()
        selection.know(hands.pictures(), letter)
        selection.start(letter)
        selection.offer(luma, _reading(0.9, Box(0.4, 0.3, 0.6, 0.7)), 0.0)
        kept.append(selection.finish() is not None)
    assert kept == [False, True]


def test_a_new_take_drops_what_the_one_before_did_not_finish() -> None:
    """A canceled take leaves nothing behind."""
    selection = Selection()
    selection.start("A")
    selection.offer(_frame(1), _reading(0.9), 0.0)
    selection.start("B")
    assert selection.finish() is None
