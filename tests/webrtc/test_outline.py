"""webrtc/outline.py: the outlines that are sent to a camera."""

from __future__ import annotations

import pytest

from streamsign.captions.events import Hand, HandBox
from streamsign.recognition.framing import Framing
from streamsign.webrtc.outline import REFRESH_S, STEP, Outline

STILL = Hand(framing=Framing.AUTO, box=HandBox(x0=0.25, y0=0.25, x1=0.5, y1=0.5), hint=None, captured_s=10.0)


def _later(**changed: object) -> Hand:
    return STILL.model_copy(update={"captured_s": 10.03, **changed})


def _box(**sides: float) -> HandBox:
    assert STILL.box is not None
    return STILL.box.model_copy(update=sides)


def test_a_still_hand_is_told_now_and_then() -> None:
    """The first outline is sent, then one each quarter of a second while the box moves less than is visible."""
    outline = Outline()
    reported = []
    for number in range(31):
        hand = STILL.model_copy(update={"captured_s": 10 + number / 30, "box": _box(x0=0.25 + STEP * (number % 2) / 2)})
        if outline.is_news(hand):
            reported.append(number)
    assert reported == [0, 8, 16, 24]
    assert REFRESH_S == 0.25


@pytest.mark.parametrize(
    "hand",
    [
        _later(box=_box(x0=0.25 + 1.1 * STEP)),
        _later(box=_box(y1=0.5 - 1.1 * STEP)),
        _later(box=None),
        _later(hint="too_dark"),
        _later(framing=Framing.BOX),
        _later(captured_s=3.0),
    ],
)
def test_what_looks_different_is_told_at_once(hand: Hand) -> None:
    """A moved side, a lost hand, another hint, another framing and a clock set back are each sent at once."""
    outline = Outline()
    assert outline.is_news(STILL)
    assert not outline.is_news(_later())
    assert outline.is_news(hand)


def test_steps_add_up() -> None:
    """The outline of a slowly drifting hand is sent when it is far enough from the last one sent."""
    outline = Outline()
    drifting = [_later(captured_s=10 + number / 100, box=_box(x0=0.25 + number * STEP / 4)) for number in range(9)]
    assert [number for number, hand in enumerate(drifting) if outline.is_news(hand)] == [0, 4, 8]
