"""Following a hand, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.recognition.geometry import Box
from streamsign.recognition.locate import Detection
from streamsign.recognition.track import HandChoice, HandTracker, Track, select_hand

FPS = 30.0


def hand(x: float, y: float, side: float = 100.0, score: float = 0.9) -> Detection:
    """A square hand about (x, y)."""
    return Detection(Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2), score)


def follow(tracker: HandTracker, frames: list[list[Detection]], fps: float = FPS) -> list[Track | None]:
    """Feed frames in which these hands are found; the tracks."""
    tracks = []
    for number, hands in enumerate(frames):
        tracker.update(hands, number / fps)
        tracks.append(tracker.track(number / fps))
    return tracks


def center_x(track: Track | None) -> float:
    """Middle of a track's box."""
    assert track is not None
    return (track.box.x0 + track.box.x1) / 2


def test_still_hand_does_not_tremble() -> None:
    """With boxes that tremble by 2 % of the hand, the center stays within 1 %."""
    rng = np.random.default_rng(0)
    frames = [[hand(200 + rng.normal(0, 2), 200 + rng.normal(0, 2))] for _ in range(300)]
    tracks = follow(HandTracker(), frames)
    assert np.std([center_x(track) for track in tracks[60:]]) <= 1.0


@pytest.mark.parametrize("fps", [12.0, 30.0])
def test_moving_hand_is_followed_with_no_more_than_a_frame_of_lag(fps: float) -> None:
    """At three hand sizes a second the box is never further behind than the hand moves in one frame."""
    step = 300 / fps
    frames = [[hand(200 + step * max(0, number - 10), 200)] for number in range(40)]
    tracks = follow(HandTracker(), frames, fps)
    behind = [200 + step * max(0, number - 10) - center_x(track) for number, track in enumerate(tracks)]
    assert max(behind[14:]) <= step


def test_lost_hand_is_searched_in_the_next_frame_and_found_again_at_once() -> None:
    """After two looks without it there is no box; every frame is searched until it is back."""
    tracker = HandTracker()
    frames = [[hand(200, 200)]] * 10 + [[]] * 10 + [[hand(500, 100)]] * 2
    tracks = follow(tracker, frames)
    lost = next(number for number, track in enumerate(tracks) if track is None)
    assert lost <= 10 + 4 + 2
    assert all(track is None for track in tracks[lost:20])
    assert center_x(tracks[20]) == pytest.approx(500)


def test_no_jump_to_another_hand_while_the_first_is_there() -> None:
    """A second, surer and larger hand elsewhere does not draw the box over."""
    frames = [[hand(200, 200)]] * 10 + [[hand(600, 100, 200, 0.99), hand(202, 200, score=0.6)]] * 60
    tracks = follow(HandTracker(), frames)
    assert max(center_x(track) for track in tracks) < 210


def test_no_jump_when_only_the_other_hand_is_seen_once() -> None:
    """One look that finds only the other hand keeps the box where it was."""
    tracker = HandTracker()
    tracker.update([hand(200, 200)], 0.0)
    tracker.update([hand(600, 200)], 0.2)
    assert center_x(tracker.track(0.2)) == pytest.approx(200)


@pytest.mark.parametrize(
    ("choice", "expected"),
    [(HandChoice.RAISED, 300), (HandChoice.LARGEST, 100), (HandChoice.LEFT, 100), (HandChoice.RIGHT, 300)],
)
def test_the_chosen_of_two_hands_is_followed(choice: HandChoice, expected: float) -> None:
    """Of a large low hand at the left and a small raised one at the right, the choice decides."""
    tracks = follow(HandTracker(choice), [[hand(100, 400, 150), hand(300, 100, 80)]])
    assert center_x(tracks[0]) == expected


def test_of_two_hands_about_as_high_the_larger_is_raised() -> None:
    """A little higher is not raised."""
    tracks = follow(HandTracker(), [[hand(100, 210, 150), hand(300, 200, 80)]])
    assert center_x(tracks[0]) == 100


@given(st.lists(st.tuples(st.floats(0, 0.2), st.lists(st.tuples(st.floats(0, 640), st.floats(0, 480)), max_size=2))))
def test_any_stream_gives_finite_boxes(stream: list[tuple[float, list[tuple[float, float]]]]) -> None:
    """Whatever is found whenever, boxes have area and no number is lost."""
    tracker, at_s = HandTracker(), 0.0
    for past_s, spots in stream:
        at_s += past_s
        tracker.update([hand(x, y) for x, y in spots], at_s)
        track = tracker.track(at_s)
        if track is not None:
            assert np.isfinite([*track.box, track.speed]).all()
            assert track.box.x1 > track.box.x0
            assert track.box.y1 > track.box.y0


def test_a_faint_hand_high_up_is_not_the_raised_one() -> None:
    """Of a sure hand and something on the wall above it, the sure one is followed; of two sure ones the higher."""
    low, faint, high = hand(100, 300, score=0.9), hand(300, 50, 30, score=0.5), hand(300, 50, score=0.85)
    assert select_hand([low, faint], HandChoice.RAISED) == low
    assert select_hand([low, high], HandChoice.RAISED) == high
    assert select_hand([], HandChoice.RAISED) is None


def test_a_hand_is_followed_into_a_picture_of_another_size() -> None:
    """After a rescale the box is that of the same hand in the new picture, and its speed stays."""
    tracker = HandTracker()
    for number in range(10):
        tracker.update([hand(100 + 10 * number, 200, 80)], number / 30)
    before = tracker.track(9 / 30)
    tracker.rescale(0.5)
    after = tracker.track(9 / 30)
    assert before is not None
    assert after is not None
    assert after.box == pytest.approx([side / 2 for side in before.box])
    assert after.speed == before.speed
