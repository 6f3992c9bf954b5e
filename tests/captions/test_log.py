"""captions/log.py: numbering, bounded memory, and the position of a returning viewer."""

from __future__ import annotations

from itertools import pairwise
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streamsign.captions.log import Action, CaptionLog, edited
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause

STEPS = st.lists(st.sampled_from(["C", "E", "L", "clear", "backspace", "space", "undo"]), max_size=40)


def _fill(log: CaptionLog, steps: list[str]) -> None:
    for number, step in enumerate(steps):
        if len(step) == 1:
            log.append_letter("a", Commit(step, 0.9, number, number + 0.5))
        else:
            log.edit(step, number)  # type: ignore[arg-type]


def test_letters_are_numbered_and_carry_the_whole_text() -> None:
    """Each event has the next number and the text it leaves behind."""
    log = CaptionLog("main")
    _fill(log, ["C", "E", "space", "L"])
    _, events = log.after()
    assert [event.seq for event in events] == [1, 2, 3, 4]
    assert [event.text for event in events] == ["C", "CE", "CE ", "CE L"]


@pytest.mark.parametrize(("action", "text"), [("clear", ""), ("backspace", "A"), ("space", "AB "), ("line", "AB\n")])
def test_an_edit_changes_the_text(action: Action, text: str) -> None:
    """Clear, backspace, space and line do what they say."""
    assert edited("AB", action) == text


@pytest.mark.parametrize(
    ("text", "action", "after"),
    [("", "space", ""), ("", "line", ""), ("A ", "space", "A "), ("A\n", "space", "A\n"), ("A ", "line", "A\n"),
     ("A\n", "line", "A\n")],
)  # fmt: skip
def test_there_are_never_two_spaces_and_never_a_leading_one(text: str, action: Action, after: str) -> None:
    """A space after a space changes nothing, and a line takes the place of the space before it."""
    assert edited(text, action) == after


@pytest.mark.parametrize(
    ("text", "after"),
    [("LCVE", "LOVE"), ("I LCVE", "I LOVE"), ("LCVE ", "LOVE "), ("I\nLCVE\n", "I\nLOVE\n"), ("", "LOVE")],
)
def test_replace_changes_the_present_word_alone(text: str, after: str) -> None:
    """What stands before the newest word stays, and so does the space after it."""
    assert edited(text, "replace", word="LOVE") == after


def test_write_changes_the_whole_text() -> None:
    """Typed text replaces the whole text."""
    assert edited("LCVE CELO", "write", word="LOVE CELLO") == "LOVE CELLO"


@pytest.mark.parametrize(
    ("typed", "text"),
    [("  LOVE   CELLO ", "LOVE CELLO "), ("\n\nLOVE\n \n CELLO\n\n", "LOVE\nCELLO\n"), ("A\t B", "A B"), (" \n ", ""),
     ("A \n B", "A\nB"), ("A\r\nB", "A\nB")],
)  # fmt: skip
def test_write_makes_no_two_spaces_either(typed: str, text: str) -> None:
    """What a person typed has single spaces and no empty line; a word or sentence that ended stays ended."""
    assert edited("", "write", word=typed) == text


@pytest.mark.parametrize("typed", ["A\x1b]0;x\x07B", "A\x00B", "\u202eAB\u202c", "A\x9bB", "\u2066AB\u2069"])
def test_write_takes_no_control_characters(typed: str) -> None:
    """A text cannot change the terminal that shows it, nor be shown in another direction than it was written."""
    assert edited("", "write", word=typed).replace("]0;x", "") == "AB"


def test_write_takes_every_script() -> None:
    """Letters with marks, emoji with joiners and scripts from right to left stay as they were typed."""
    for typed in ("Café", "שלום", "👩‍🚀", "हिन्दी", "é"):
        assert edited("", "write", word=typed) == typed


@pytest.mark.parametrize("action", ["clear", "backspace"])
def test_an_empty_text_stays_empty(action: Action) -> None:
    """There is nothing to take away from an empty text."""
    assert edited("", action) == ""


def test_an_edit_without_a_time_is_timed_by_the_clock() -> None:
    """The injected clock is the only one the log looks at."""
    assert CaptionLog("main", lambda: 12.5).edit("space").at_s == 12.5


def test_every_log_has_a_name_of_its_own() -> None:
    """Numbers of one log cannot be taken for those of another."""
    assert CaptionLog("main").log_id != CaptionLog("main").log_id


@given(STEPS)
def test_undo_takes_back_the_newest_change_that_stands(steps: list[str]) -> None:
    """Undo removes letters and edits, newest first, and has no effect on an empty text."""
    log = CaptionLog("main")
    standing = [""]
    for number, step in enumerate(steps):
        _fill(log, [step])
        if step == "undo":
            standing = standing[:-1] or standing
        else:
            standing.append(log.text)
        assert log.text == standing[-1], (number, step)


@given(STEPS, st.integers(1, 10), st.integers(1, 12))
def test_memory_is_bounded_and_the_newest_is_kept(steps: list[str], max_events: int, max_text: int) -> None:
    """However much happens, the log holds its newest events and the end of the text."""
    log = CaptionLog("main", max_events=max_events, max_text=max_text)
    _fill(log, steps)
    _, events = log.after()
    assert [event.seq for event in events] == list(range(max(0, len(steps) - max_events) + 1, len(steps) + 1))
    assert all(len(event.text) <= max_text for event in events)
    assert log.last_seq == len(steps)
    assert log.text == (events[-1].text if events else "")


@given(STEPS, st.integers(1, 10), st.integers(-1, 45), st.sampled_from(["none", "this", "other"]))
def test_a_returning_viewer_misses_nothing(steps: list[str], max_events: int, seq: int, named: str) -> None:
    """Resume sends exactly the later events; all other cases start over and give the reason."""
    log = CaptionLog("main", max_events=max_events)
    _fill(log, steps)
    replay, events = log.after(seq, {"none": None, "this": log.log_id, "other": "other"}[named])
    numbers = [event.seq for event in events]
    if named == "other" or not 0 <= seq <= len(steps):
        assert replay == "other_log"
    elif seq + 1 < log.first_seq:
        assert replay == "start"
    else:
        assert replay == "resume"
        assert numbers == list(range(seq + 1, len(steps) + 1))
        return
    assert numbers == list(range(log.first_seq, len(steps) + 1))


def test_a_number_that_fell_off_is_a_key_error() -> None:
    """The log never hands out an event under another number."""
    log = CaptionLog("main", max_events=2)
    _fill(log, ["A", "B", "C"])
    with pytest.raises(KeyError):
        log[1]
    with pytest.raises(KeyError):
        log[4]
    assert log[2].text == "AB"


def test_a_log_without_room_is_refused() -> None:
    """Zero kept events would make every viewer fall behind at once."""
    with pytest.raises(ValueError, match="at least one event"):
        CaptionLog("main", max_events=0)


def test_a_pause_is_an_edit_of_its_camera() -> None:
    """It ends a word once, is timed by the deciding frame and names the camera."""
    log = CaptionLog("main")
    assert log.append_pause("a", Pause("word", 0.0, 1.0)) is None
    _fill(log, ["C"])
    event = log.append_pause("a", Pause("word", 1.0, 2.0))
    assert event is not None
    assert (event.action, event.text, event.at_s, event.session) == ("space", "C ", 2.0, "a")
    assert log.append_pause("a", Pause("word", 1.0, 2.5)) is None
    line = log.append_pause("a", Pause("sentence", 1.0, 4.0))
    assert line is not None
    assert (line.action, line.text) == ("line", "C\n")
    assert log.newest_letter == log.after()[1][0]


def test_a_pause_leaves_other_cameras_and_people_alone() -> None:
    """No word ends while another camera spells, or where a person edited during the pause."""
    log = CaptionLog("main")
    log.append_letter("b", Commit("C", 0.9, 1.5, 1.6))
    assert log.append_pause("a", Pause("word", 1.0, 2.0)) is None
    assert log.append_pause("b", Pause("word", 1.7, 2.7)) is not None
    log.edit("undo", 3.0)
    assert log.append_pause("b", Pause("sentence", 1.7, 4.7)) is None
    assert log.newest_letter is None


@given(st.lists(st.sampled_from(["C", "E", "word", "sentence", "space", "line", "backspace", "undo"]), max_size=40))
def test_no_order_of_pauses_and_edits_doubles_a_space(steps: list[str]) -> None:
    """Whatever is signed, paused, edited and undone: no leading space, and never two in a row."""
    log = CaptionLog("main")
    for number, step in enumerate(steps):
        if step in ("word", "sentence"):
            log.append_pause("a", Pause(step, number - 0.4, number))  # type: ignore[arg-type]
        else:
            _fill(log, [step])
        assert not log.text[:1].isspace()
        assert all(not (pair[0].isspace() and pair[1].isspace()) for pair in pairwise(log.text))


def test_a_camera_takes_back_its_own_newest_letters_only() -> None:
    """A drawn letter removes what was read before it, but nothing of another camera and nothing before an edit."""
    log = CaptionLog("main", lambda: 0.0)
    for session, letter in (("a", "I"), ("b", "C"), ("b", "I")):
        log.append_letter(session, Commit(letter, 0.9, 0.0, 0.1))
    assert [edit.session for edit in log.take_back("b", 3, 1.0)] == ["b", "b"]
    assert log.text == "I"
    log.edit("space", 2.0)
    assert log.take_back("a", 1, 3.0) == []
    assert log.text == "I "


@pytest.mark.parametrize("ends", [["word"], ["word", "sentence"], ["sentence"]])
def test_a_pause_before_a_drawing_is_taken_back_with_its_letters(ends: list[Literal["word", "sentence"]]) -> None:
    """A hand that rests in I before it draws J leaves no space between what was read before and the J."""
    log = CaptionLog("main", lambda: 0.0)
    for letter in "LI":
        log.append_letter("a", Commit(letter, 0.9, 0.0, 0.1))
    for end in ends:
        log.append_pause("a", Pause(end, 0.2, 1.0))
    assert [edit.action for edit in log.take_back("a", 1, 2.0)] == ["backspace"] * 2
    assert log.text == "L"
    log.append_pause("a", Pause("word", 2.0, 3.0))
    log.append_letter("a", Commit("I", 0.9, 4.0, 4.1))
    assert len(log.take_back("a", 1, 5.0)) == 1
    assert log.text == "L "
