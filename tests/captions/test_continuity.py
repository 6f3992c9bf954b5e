"""captions/continuity.py: which camera continues another one, and what was not read between them."""

from __future__ import annotations

import pytest

from streamsign.captions.continuity import MAX_LINK_S, MAX_SESSIONS, Continuity


@pytest.fixture
def sessions() -> Continuity:
    """Session b continues a, which was read until 12 s; b is read from 15 s on."""
    known = Continuity()
    known.saw("a", 10.0)
    known.saw("a", 12.0)
    known.follow("b", "a")
    known.saw("b", 15.0)
    known.saw("b", 16.0)
    return known


def test_only_the_time_without_frames_is_unseen(sessions: Continuity) -> None:
    """The rest before the last frame of one session and after the first frame of the next one is the signer's."""
    assert sessions.unseen_s("a", 11.0, "b", 16.0) == 3.0


def test_what_lies_outside_of_the_two_letters_is_left_out(sessions: Continuity) -> None:
    """A letter may be later than the last known frame, and begin before the first one that was noted."""
    assert sessions.unseen_s("a", 13.0, "b", 14.5) == 1.5
    assert sessions.unseen_s("a", 14.0, "b", 13.0) == 0.0


def test_a_camera_that_continues_none_has_no_unseen_time(sessions: Continuity) -> None:
    """Another signer's camera, and one that was started again, are not the same signer's."""
    assert sessions.unseen_s("a", 11.0, "c", 16.0) == 0.0
    assert sessions.unseen_s("c", 11.0, "b", 16.0) == 0.0


def test_interruptions_add_up(sessions: Continuity) -> None:
    """A session without a letter between two others counts with its frames."""
    sessions.follow("c", "b")
    sessions.saw("c", 18.0)
    assert sessions.unseen_s("a", 11.0, "c", 18.5) == 5.0


def test_without_its_last_frame_a_session_was_read_until_its_letter() -> None:
    """A process that has started since knows neither; another process may know the last frame."""
    known = Continuity()
    known.follow("b", "a")
    known.saw("b", 15.0)
    assert known.unseen_s("a", 11.0, "b", 15.5) == 4.0
    known.follow("b", "a", 11.8)
    assert known.unseen_s("a", 11.0, "b", 15.5) == pytest.approx(3.2)


def test_after_a_long_time_the_signer_begins_a_word() -> None:
    """The time without a frame counts as a pause then."""
    known = Continuity()
    known.follow("b", "a")
    known.saw("b", MAX_LINK_S)
    assert known.unseen_s("a", 0.0, "b", 70.0) == MAX_LINK_S
    assert known.unseen_s("a", -0.1, "b", 70.0) == 0.0


def test_sessions_that_continue_each_other_end(sessions: Continuity) -> None:
    """Names that lead in a circle, which a client may send, continue nothing."""
    sessions.follow("a", "b")
    assert sessions.unseen_s("c", 11.0, "b", 16.0) == 0.0


def test_the_oldest_sessions_are_forgotten(sessions: Continuity) -> None:
    """Memory stays bounded."""
    for number in range(MAX_SESSIONS):
        sessions.saw(str(number), 20.0)
    assert sessions.unseen_s("a", 11.0, "b", 16.0) == 0.0
