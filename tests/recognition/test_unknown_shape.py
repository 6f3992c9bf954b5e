"""recognition/unknown_shape.py: in virtual time."""

from __future__ import annotations

from streamsign.recognition.geometry import Box
from streamsign.recognition.unknown_shape import HELD_S, UnknownShape

HAND = Box(100, 100, 200, 220)


def test_a_shape_without_a_letter_counts_once_it_is_held() -> None:
    """It is reported after HELD_S while it is held, until a letter is read or the hand is lost."""
    shape = UnknownShape()
    assert not shape.update(HAND, None, 0.0)
    assert not shape.update(HAND.moved(5, 3), None, HELD_S - 0.01)
    assert shape.update(HAND, None, HELD_S)
    assert shape.update(HAND, None, HELD_S + 3)
    assert not shape.update(HAND, "L", HELD_S + 3.1)
    assert not shape.update(HAND, None, HELD_S + 3.2)
    assert shape.update(HAND, None, 2 * HELD_S + 3.2)
    assert not shape.update(None, None, 2 * HELD_S + 3.3)


def test_a_moving_hand_holds_nothing() -> None:
    """A hand that travels across the picture starts again with each of its own widths."""
    shape = UnknownShape()
    assert not any(shape.update(HAND.moved(30.0 * step, 0), None, step / 10) for step in range(50))
