"""The hand's speed from its boxes and pictures."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from streamsign.recognition.compared_patch import COMPARED_PX, ComparedPatch
from streamsign.recognition.geometry import Box, Square
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.stroke import HandSpeed, HandView, Motion, displacement


def square(x: float, side: float = 100.0) -> HandView:
    """A hand of 100 pixels, ``x`` to the right, without its picture."""
    return HandView(Box(x, 0.0, x + side, side))


def cloth(seed: int = 0) -> np.ndarray:
    """(400, 400) uint8: something to recognize."""
    noise = np.random.default_rng(seed).integers(0, 255, (400, 400), dtype=np.uint8)
    return np.asarray(cv2.normalize(cv2.GaussianBlur(noise, (0, 0), 5), None, 0, 255, cv2.NORM_MINMAX), np.uint8)


def shown(frame: np.ndarray, x: float) -> HandView:
    """What is seen of a hand of 100 pixels whose box begins at (x, 150)."""
    cut = Square(x + 50, 200, 130)
    return HandView(Box(x, 150, x + 100, 250), cut_patch(frame, cut), cut)


def speed_of(motion: Motion | None) -> float | None:
    """The speed alone."""
    return None if motion is None else motion.speed


@pytest.mark.parametrize("fps", [12, 24, 30, 60])
def test_an_even_movement_has_one_speed_at_every_rate(fps: int) -> None:
    """Two hand sizes a second are two, however often the camera looks."""
    speed = HandSpeed()
    read = [speed_of(speed.update(square(200 * n / fps), n / fps)) for n in range(fps)]
    assert read[0] is None
    assert read[1:] == pytest.approx([2.0] * (fps - 1))


def test_a_bounce_is_seen_though_the_hand_returns() -> None:
    """Down and up by half a hand within a fifth of a second is fast both ways."""
    speed = HandSpeed()
    places = [0, 0, 0, 25, 50, 25, 0, 0, 0]
    read = [speed_of(speed.update(HandView(Box(0, y, 100, y + 100)), n / 30)) or 0.0 for n, y in enumerate(places)]
    assert max(read) > 3
    assert read[2] == 0


def test_a_box_that_trembles_over_a_still_picture_does_not_move() -> None:
    """The locator's noise, 8 % of the hand from frame to frame, gives no speed; by the box alone it exceeds one."""
    frame, places = cloth(), [150 + 8 * (n % 2) for n in range(20)]
    with_picture, alone = HandSpeed(), HandSpeed()
    read = [speed_of(with_picture.update(shown(frame, x), n / 30)) for n, x in enumerate(places)]
    boxes = [speed_of(alone.update(shown(frame, x)._replace(patch=None), n / 30)) for n, x in enumerate(places)]
    assert max(speed for speed in read if speed is not None) < 0.15
    assert max(speed for speed in boxes if speed is not None) > 1


def test_a_picture_that_moves_in_a_still_box_does_not_move() -> None:
    """A sleeve that swings behind a resting hand makes no slide, because hand and picture must both move."""
    speed, frame = HandSpeed(), cloth()
    read = [speed_of(speed.update(shown(np.roll(frame, 6 * n, axis=1), 150), n / 30)) for n in range(8)]
    assert [each for each in read if each is not None] == pytest.approx([0.0] * 7)


def test_a_hand_that_moves_with_its_box_does() -> None:
    """Box and picture agree on three hand sizes a second."""
    speed, frame = HandSpeed(), cloth()
    read = [speed_of(speed.update(shown(np.roll(frame, 10 * n, axis=1), 50 + 10 * n), n / 30)) for n in range(8)]
    assert read[1:] == pytest.approx([3.0] * 7, abs=0.1)


def test_where_the_shape_changes_the_box_tells() -> None:
    """Without correlation of the pictures, the box's speed is used."""
    speed = HandSpeed()
    read = [speed_of(speed.update(shown(cloth(n), 100 + 10 * n), n / 30)) for n in range(8)]
    assert read[1:] == pytest.approx([3.0] * 7, abs=1e-6)


@pytest.mark.parametrize("fps", [12, 30])
def test_a_slide_from_rest_is_a_stroke(fps: int) -> None:
    """A hand that rests, then slides by 0.4 of its size in a sixth of a second: as fast a stroke as a movement."""
    speed = HandSpeed()
    times = [n / fps for n in range(fps)]
    motions = [speed.update(square(240 * min(max(at_s - 0.5, 0.0), 1 / 6)), at_s) for at_s in times]
    assert max(motion.stroke for motion in motions if motion) == pytest.approx(2.4, abs=0.2)
    assert motions[-1] is not None
    assert motions[-1].stroke < 0


def test_an_even_movement_is_half_a_stroke() -> None:
    """A hand that wanders on at two sizes a second, and a camera that is carried about, move no faster than before."""
    speed = HandSpeed()
    motions = [speed.update(square(200 * n / 30), n / 30) for n in range(30)]
    assert motions[-1] is not None
    assert motions[-1].stroke == pytest.approx(1.0)


def test_a_box_that_is_late_hides_no_stroke() -> None:
    """For a constant box in which the hand slides, strokes are found in the picture."""
    hand, frame = HandSpeed(), cloth()
    places = [0] * 12 + [10, 20, 30, 40] + [40] * 6
    motions = [hand.update(shown(np.roll(frame, x, axis=1), 150), n / 30) for n, x in enumerate(places)]
    assert max(motion.stroke for motion in motions if motion) > 2


def test_a_change_of_size_alone_is_no_movement() -> None:
    """C is smaller than V: the center counts, in units that do not change."""
    speed = HandSpeed()
    speed.update(square(0), 0.0)
    assert speed_of(speed.update(HandView(Box(25, 25, 75, 75)), 0.1)) == 0


def test_a_lost_hand_is_forgotten() -> None:
    """A hand that comes back elsewhere did not fly there."""
    speed, frame = HandSpeed(), cloth()
    speed.update(shown(frame, 0), 0.0)
    assert speed.update(None, 0.1) is None
    assert speed.update(shown(frame, 200), 0.2) is None


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0, 1)), max_size=30))
def test_speed_is_never_negative_or_endless(stream: list[tuple[float, float]]) -> None:
    """Whatever comes in, frames of one moment included, the speed is unknown or a finite number from 0 on."""
    speed, now = HandSpeed(), 0.0
    for x, elapsed in stream:
        now += elapsed
        read = speed.update(square(x), now)
        assert read is None or (0 <= read.speed < float("inf") and np.isfinite(read.stroke))


pictures = arrays(np.uint8, (COMPARED_PX, COMPARED_PX))


@given(pictures, pictures)
def test_any_two_pictures_can_be_compared(before: np.ndarray, after: np.ndarray) -> None:
    """Flat ones and noise as well: the answer is nothing, or within reach."""
    found = displacement(ComparedPatch(before).middles, ComparedPatch(after))
    assert found is None or max(map(abs, found)) <= COMPARED_PX / 4


@given(st.integers(-12, 12), st.integers(-12, 12))
def test_a_shift_is_measured(right: int, down: int) -> None:
    """A picture moved by whole pixels is found where it is."""
    frame = cloth()
    before, after = frame[100:148, 100:148], frame[100 - down : 148 - down, 100 - right : 148 - right]
    found = displacement(ComparedPatch(before).middles, ComparedPatch(np.ascontiguousarray(after)))
    assert found == pytest.approx((right, down), abs=0.3)
