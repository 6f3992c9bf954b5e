"""The hand's speed from its boxes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.crop import Box
from streamsign.recognition.stroke import HandSpeed


def square(x: float, side: float = 100.0) -> Box:
    """A hand of 100 pixels, ``x`` to the right."""
    return Box(x, 0.0, x + side, side)


@pytest.mark.parametrize("fps", [12, 24, 30, 60])
def test_an_even_movement_has_one_speed_at_every_rate(fps: int) -> None:
    """Two hand sizes a second are two, however often the camera looks."""
    speed = HandSpeed()
    read = [speed.update(square(200 * n / fps), n / fps) for n in range(fps)]
    assert read[0] is None
    assert read[1:] == pytest.approx([2.0] * (fps - 1))


def test_a_bounce_is_seen_though_the_hand_returns() -> None:
    """Down and up by half a hand within a fifth of a second is fast both ways."""
    speed = HandSpeed()
    places = [0, 0, 0, 25, 50, 25, 0, 0, 0]
    read = [speed.update(Box(0, y, 100, y + 100), n / 30) or 0.0 for n, y in enumerate(places)]
    assert max(read) > 3
    assert read[2] == 0


def test_a_change_of_size_alone_is_no_movement() -> None:
    """C is smaller than V: the centre counts, in units that do not change."""
    speed = HandSpeed()
    speed.update(square(0), 0.0)
    assert speed.update(Box(25, 25, 75, 75), 0.1) == 0


def test_a_lost_hand_is_forgotten() -> None:
    """A hand that comes back elsewhere did not fly there."""
    speed = HandSpeed()
    speed.update(square(0), 0.0)
    assert speed.update(None, 0.1) is None
    assert speed.update(square(500), 0.2) is None


@given(st.lists(st.tuples(st.floats(-1e4, 1e4), st.floats(0, 1)), max_size=30))
def test_speed_is_never_negative_or_endless(stream: list[tuple[float, float]]) -> None:
    """Whatever comes in, frames of one moment included, the speed is unknown or a finite number from 0 on."""
    speed, now = HandSpeed(), 0.0
    for x, elapsed in stream:
        now += elapsed
        read = speed.update(square(x), now)
        assert read is None or 0 <= read < float("inf")
