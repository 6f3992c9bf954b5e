"""captions/meeting.py: lines for a meeting, in virtual time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.events import Edit, Letter
from streamsign.captions.formats import LINE_LENGTH
from streamsign.captions.log import Action
from streamsign.captions.meeting import PAUSE_S, MeetingLines


def _letter(letter: str) -> Letter:
    return Letter(seq=1, session="a", letter=letter, text=letter, confidence=1, started_s=0, captured_s=0)


def _edit(action: Action) -> Edit:
    return Edit(seq=1, action=action, text="", at_s=0)


@given(st.lists(st.tuples(st.sampled_from("COLEV "), st.floats(0, 5)), max_size=120))
def test_every_letter_is_sent_once_and_in_order(steps: list[tuple[str, float]]) -> None:
    """However slowly it is spelled, all letters come through, in lines of at most a caption row."""
    lines, now_s, sent = MeetingLines(), 0.0, list[str]()
    for letter, wait_s in steps:
        now_s += wait_s
        sent += lines.tick(now_s)
        sent += lines.change(_edit("space") if letter == " " else _letter(letter), now_s)
    sent += lines.finish()
    assert "".join(sent) == "".join(letter for letter, _ in steps if letter != " ")
    assert all(0 < len(line) <= LINE_LENGTH for line in sent)


def test_a_pause_sends_the_word() -> None:
    """A pause of the set length ends a line without a space; a shorter one does not."""
    lines = MeetingLines()
    assert lines.change(_letter("L"), 0.0) == []
    assert lines.tick(PAUSE_S - 0.1) == []
    assert lines.tick(PAUSE_S) == ["L"]
    assert lines.tick(9.0) == []


def test_a_backspace_takes_back_what_was_not_sent() -> None:
    """The wrong letter never reaches the meeting; clear takes the whole word."""
    lines = MeetingLines()
    lines.change(_letter("C"), 0.0)
    lines.change(_letter("O"), 0.1)
    lines.change(_edit("backspace"), 0.2)
    assert lines.change(_edit("space"), 0.3) == ["C"]
    lines.change(_letter("V"), 0.4)
    lines.change(_edit("clear"), 0.5)
    assert lines.finish() == []


def test_a_chosen_word_takes_the_place_of_what_was_not_sent() -> None:
    """LCVE became LOVE before the pause: the call gets LOVE alone. What was sent cannot be changed."""
    lines = MeetingLines()
    for letter in "LCVE":
        lines.change(_letter(letter), 0.0)
    chosen = Edit(seq=5, action="replace", text="I LOVE", at_s=0)
    lines.change(chosen, 0.5)
    assert lines.tick(PAUSE_S + 1) == ["LOVE"]
    lines.change(chosen, PAUSE_S + 2)
    assert lines.finish() == []
