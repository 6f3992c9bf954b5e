"""What a closer look sees in a training step."""

from __future__ import annotations

import numpy as np

from streamsign.recognition.crop import Box
from streamsign.recognition.locate import CLOSER, CLOSER_SIZE
from streamsign.training.hand.closer import CloserSampler, windows
from streamsign.training.hand.scenes import Scene

HAND = Box(120, 60, 180, 140)


def _scenes() -> tuple[Scene, Scene]:
    frame, lamp = np.full((240, 320), 40, np.uint8), np.full((240, 320), 40, np.uint8)
    frame[60:140, 120:180] = 250
    lamp[20:60, 20:60] = 160
    return Scene(frame, HAND, "ann"), Scene(lamp, None, "room")


def test_hand_is_about_as_large_as_serving_frames_it() -> None:
    """In windows round a hand its longer side is what serving's window is laid out for, give or take the guess."""
    with_hand, room = _scenes()
    sampler = CloserSampler([with_hand, room], [(room, Box(20, 20, 60, 60))], seed=0)
    views, boxes = sampler.batch(0, 200)
    assert views.shape == (200, CLOSER_SIZE, CLOSER_SIZE, 1)
    known = boxes[np.isfinite(boxes[:, 0])]
    assert 0.45 < len(known) / len(boxes) < 0.75
    sides = (known[:, 2:] - known[:, :2]).max(axis=1)
    assert np.median(sides) * CLOSER / CLOSER_SIZE == np.clip(np.median(sides) * CLOSER / CLOSER_SIZE, 0.8, 1.25)
    assert known.min() >= 0
    assert known.max() <= CLOSER_SIZE


def test_box_follows_the_hand() -> None:
    """The bright rectangle fills its box in the middle of the box, however the window was turned and mirrored."""
    with_hand, room = _scenes()
    views, boxes = CloserSampler([with_hand, room], [], seed=1).batch(0, 150)
    inside = []
    for view, box in zip(views[..., 0], boxes, strict=True):
        if np.isfinite(box[0]):
            x, y = round(float(box[0] + box[2]) / 2), round(float(box[1] + box[3]) / 2)
            inside.append(float(view[y - 2 : y + 3, x - 2 : x + 3].mean()) > float(np.median(view)))
    assert np.mean(inside) > 0.95


def test_mistakes_of_the_first_look_are_judged_too() -> None:
    """One window for each scene and each mistake; the box of a hand goes along, a mistake has none."""
    with_hand, room = _scenes()
    judged = windows([with_hand, room], [(room, Box(20, 20, 60, 60))], seed=0)
    assert [scene.hand is not None for scene in judged] == [True, False, False]
    hand = judged[0].hand
    assert hand is not None
    shown = judged[0].pixels[round(hand.y0) + 2 : round(hand.y1) - 2, round(hand.x0) + 2 : round(hand.x1) - 2]
    assert shown.min() == 250
    assert judged[2].pixels.max() == 160
