"""Takes."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np

from streamsign.collection.names import ID
from streamsign.collection.selection import Drop, Selection
from streamsign.collection.take import Origin, Prompt, Take
from streamsign.recognition.events import Reading
from streamsign.recognition.geometry import Box

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)


def _frame(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.random.default_rng(seed).integers(0, 256, (160, 160), np.uint8)


def test_pictures_carry_who_what_and_when() -> None:
    """Each has a name of its own, and the take's letter, prompt, signer, room, device and time."""
    origin = Origin("phone", "s-1", "main", "iPhone", "d1")
    take = Take(Selection(), origin, "NG", Prompt.FAR, lambda: NOON)
    for number in range(3):
        take.offer(_frame(number), Reading(0.0, None, 0.9, (), 0.9, False, Box(0.3, 0.3, 0.7, 0.7)), number / 3)
    take.finish()
    assert len(take.pictures) == 3
    assert len({picture.taken.id for picture in take.pictures}) == 3
    first = take.pictures[0]
    assert (first.source, first.signer, first.letter) == ("phone", "s-1", "NG")
    taken = first.taken
    assert ID.fullmatch(taken.id)
    assert (taken.room, taken.device, taken.device_id) == ("main", "iPhone", "d1")
    assert (taken.at, taken.prompt) == ("2026-11-28T12:00:00Z", "far")
    assert (taken.light, taken.sharpness) == (first.crop.light, first.crop.sharpness)


def test_a_take_without_a_hand_has_no_pictures_and_says_why() -> None:
    """The reasons of its quarter seconds are counted."""
    take = Take(Selection(), Origin("phone", "s-1"), "A")
    for number in range(2):
        take.offer(_frame(number), Reading(0.0, None, 0.9, (), 0.0, False, None), number / 3)
    take.finish()
    assert take.pictures == []
    assert take.dropped == {Drop.NO_HAND: 2}
