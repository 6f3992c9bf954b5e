"""recognition/pauses.py: where words and sentences end, in virtual time."""

from __future__ import annotations

from itertools import groupby, pairwise

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pydantic import ValidationError

from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import HOLDS, MOST_PAUSES, MOVED_S, SHAPE_S, Pause, PauseRule, Pauses
from streamsign.recognition.speller import CommitRule, Speller
from streamsign.recognition.stroke import Motion

FPS = 30
REST, C, V = np.eye(3) * 0.97 + 0.01
RULE = PauseRule(word_s=1.0, sentence_s=3.0)
STILL, TRAVELS, CHANGES = Motion(0.1, 0.0, 0.1), Motion(2.5, 1.0, 0.1), Motion(0.1, 0.0, 2.0)
Held = tuple[np.ndarray, float] | tuple[np.ndarray, float, Motion]


def read(*held: Held, rule: PauseRule = RULE, fps: float = FPS) -> list[Commit | Pause]:
    """Letters and pauses of shapes shown for some seconds each, in the order of the text."""
    speller, pauses = Speller(["C", "V"], CommitRule(hold_s=0.1)), Pauses(rule)
    events: list[Commit | Pause] = []
    frame, until_s = 0, 0.0
    for posterior, seconds, *motion in held:
        until_s += seconds
        while frame / fps < until_s:
            commit = speller.update(posterior, frame / fps)
            moved = motion[0] if motion else None
            pause = pauses.update(bool(np.argmax(posterior)), commit, frame / fps, moved, speller.keeps)
            found = [event for event in (commit, pause) if event is not None]
            events += sorted(found, key=lambda event: event.started_s)
            frame += 1
    return events


def text(events: list[Commit | Pause]) -> str:
    """Letters, ``_`` where a word ends and ``/`` where a sentence does."""
    return "".join(
        event.letter if isinstance(event, Commit) else "_" if event.ends == "word" else "/" for event in events
    )


def test_a_pause_ends_the_word_once() -> None:
    """Nothing ends before the first letter, a word after the pause, and a sentence after a longer one."""
    assert text(read((REST, 5), (C, 0.4), (REST, 2), (V, 0.4), (REST, 20))) == "C_V_/"


def test_a_shorter_pause_ends_nothing() -> None:
    """Just under the pause is within the word, at 30 and at 12 frames a second."""
    for fps in (30, 12):
        assert text(read((C, 0.4), (REST, 0.9), (V, 0.4), (REST, 1.2), fps=fps)) == "CV_"


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        (PauseRule(word_s=0, sentence_s=0), "CV"),
        (PauseRule(word_s=0, sentence_s=3), "CV/"),
        (PauseRule(word_s=1, sentence_s=0), "C_V_"),
        (PauseRule(word_s=2.5, sentence_s=0), "CV_"),
    ],
)
def test_the_pauses_can_be_chosen(rule: PauseRule, expected: str) -> None:
    """Zero turns either off, and a longer pause keeps letters together."""
    assert text(read((C, 0.4), (REST, 2), (V, 0.4), (REST, 9), rule=rule)) == expected


def test_a_pause_is_timed_by_its_first_and_its_deciding_frame() -> None:
    """It began when the letter ended, and was decided one pause later."""
    [_, pause] = read((C, 0.5), (REST, 1.5))
    assert pause.started_s == pytest.approx(0.5, abs=0.02)
    assert pause.captured_s == pytest.approx(1.5, abs=0.05)


def test_a_shape_seen_in_passing_only_delays_the_end() -> None:
    """A few frames of a letter in a resting hand do not restart the pause; a longer shape does."""
    passing, longer = SHAPE_S / 4, 2 * SHAPE_S
    [_, pause] = read((C, 0.4), (REST, 0.7), (V, passing), (REST, 0.8))
    assert pause.captured_s < 0.4 + 0.7 + passing + 0.4
    pauses = Pauses(RULE)
    shown = [(True, 0.4), (False, 0.7), (True, longer), (False, 0.9)]
    now_s, ended = 0.0, []
    pauses.update(True, Commit("C", 0.9, 0.0, 0.0), 0.0)
    for leads, seconds in shown:
        for _ in range(round(seconds * FPS)):
            now_s += 1 / FPS
            ended.append(pauses.update(leads, None, now_s))
    assert not any(ended)


def test_no_word_ends_while_a_letter_may_still_come() -> None:
    """A letter that began within the pause and is committed after it belongs to the word."""
    pauses = Pauses(RULE)
    pauses.update(True, Commit("C", 0.9, 0.0, 0.1), 0.1)
    ended = [pauses.update(number >= 28, None, number / FPS) for number in range(6, 42)]
    assert not any(ended)
    assert pauses.update(True, Commit("V", 0.9, 0.95, 1.4), 1.4) is None


def test_a_late_letter_stands_before_the_pause_that_it_preceded() -> None:
    """A letter committed when it ended, at the frame that ends the word too, comes first."""
    pauses = Pauses(RULE)
    pauses.update(True, Commit("C", 0.9, 0.0, 0.1), 0.1)
    pauses.update(True, None, 0.3)
    late = Commit("V", 0.7, 0.2, 4.0)
    pause = pauses.update(False, late, 4.0)  # the frames in between are missing
    assert pause is not None
    assert late.started_s <= pause.started_s
    assert pauses.update(False, None, 4.1) is None


def test_missing_frames_are_a_pause_when_they_are_many() -> None:
    """After seconds without a frame the next letter begins a sentence; at one frame a second nothing is missing."""
    pauses = Pauses(RULE)
    pauses.update(True, Commit("C", 0.9, 0.0, 0.1), 0.1)
    pause = pauses.update(True, None, 9.0)
    assert pause is not None
    assert pause.ends == "sentence"
    slow = Pauses(RULE)
    slow.update(True, Commit("C", 0.9, 0.0, 0.0), 0.0)
    assert [slow.update(True, None, float(at_s)) for at_s in range(1, 5)] == [None] * 4


@pytest.mark.parametrize("fps", [30, 12])
def test_a_hand_on_its_way_ends_no_word(fps: float) -> None:
    """A hand that goes back, stands for a moment and closes for longer than a pause is within the word."""
    way = (REST, 0.9, TRAVELS), (REST, 0.5, STILL), (REST, 0.8, CHANGES), (REST, 0.4, STILL)
    assert text(read((C, 0.4), *way, (V, 0.4), (REST, 1.2), fps=fps)) == "CV_"


@pytest.mark.parametrize("motion", [STILL, None])
def test_a_hand_that_stops_or_leaves_ends_the_word_one_pause_later(motion: Motion | None) -> None:
    """The pause is counted from the end of the movement, and its start is that of the time without a letter."""
    rests: Held = (REST, 2) if motion is None else (REST, 2, motion)
    [_, pause] = read((C, 0.4), (REST, 0.6, TRAVELS), rests)
    assert pause.started_s == pytest.approx(0.4, abs=0.04)
    assert pause.captured_s == pytest.approx(0.4 + 0.6 + RULE.word_s, abs=0.07)


def test_a_trembling_hand_is_at_rest() -> None:
    """Movements that are short are left out of the pause and do not start it again."""
    trembles = [(REST, 0.3, STILL), (REST, MOVED_S / 2, TRAVELS)] * 9
    [_, pause] = read((C, 0.4), *trembles)
    assert pause.captured_s == pytest.approx(0.4 + RULE.word_s + 3 * MOVED_S / 2, abs=0.1)


def test_a_hand_that_waves_ends_words_and_sentences_later() -> None:
    """Without rest they end after MOST_PAUSES times as long."""
    _, word, sentence = read((C, 0.4), (REST, 12, TRAVELS))
    assert word.captured_s - word.started_s == pytest.approx(MOST_PAUSES * RULE.word_s, abs=0.05)
    assert sentence.captured_s - word.started_s == pytest.approx(MOST_PAUSES * RULE.sentence_s, abs=0.05)


def test_movement_after_a_word_is_left_out_of_the_sentence() -> None:
    """A hand that fidgets when the word has ended does not start the pause of the sentence again."""
    _, word, sentence = read((C, 0.4), (REST, 1.5, STILL), (REST, 0.5, TRAVELS), (REST, 4, STILL))
    assert word.captured_s == pytest.approx(0.4 + RULE.word_s, abs=0.05)
    assert sentence.captured_s == pytest.approx(0.4 + RULE.sentence_s + 0.5, abs=0.07)


@given(st.lists(st.tuples(st.booleans(), st.integers(1, 6)), max_size=10), st.sampled_from([0.7, 1.2, 1.9]))
def test_a_word_ends_at_the_first_long_rest(parts: list[tuple[bool, int]], word_s: float) -> None:
    """However movements and rests of half seconds follow each other: at 12 and at 30 frames a second alike."""
    now_s = since_s = 0.4
    latest_s = since_s + MOST_PAUSES * word_s
    ends_s = []
    for moving, group in groupby(parts, key=lambda part: part[0]):
        long_s = 0.5 * sum(length for _, length in group)
        if not moving and word_s <= long_s:
            ends_s.append(now_s + word_s)
        now_s += long_s
    wanted = min([*ends_s, latest_s])
    shown = [(REST, 0.5 * length, TRAVELS if moving else STILL) for moving, length in parts]
    for fps in (12.0, 30.0):
        pauses = read((C, 0.4), *shown, rule=PauseRule(word_s=word_s, sentence_s=0), fps=fps)[1:]
        if wanted < now_s - 2 / fps:
            [pause] = pauses
            assert pause.captured_s == pytest.approx(wanted, abs=2 / fps)
        elif wanted > now_s:
            assert pauses == []


shapes = st.lists(
    st.tuples(st.sampled_from([0, 1, 2]), st.floats(0.02, 5), st.sampled_from([STILL, TRAVELS, CHANGES])), max_size=14
)


@given(shapes, st.floats(0, 3), st.floats(0, 6), st.sampled_from([8.0, 12.0, 30.0]))
def test_pauses_never_touch_and_change_no_letter(
    held: list[tuple[int, float, Motion]], word_s: float, sentence_s: float, fps: float
) -> None:
    """Whatever is held and however the hand moves: no pause first, no word twice, and the letters of no rule at all."""
    assume(sentence_s == 0 or word_s <= sentence_s)
    streams = [([REST, C, V][shape], seconds, motion) for shape, seconds, motion in held]
    found = text(read(*streams, rule=PauseRule(word_s=word_s, sentence_s=sentence_s), fps=fps))
    assert not found.startswith(("_", "/"))
    assert all(pair not in found for pair in ("__", "//", "/_"))
    plain = read(*streams, rule=PauseRule(word_s=0, sentence_s=0), fps=fps)
    assert found.replace("_", "").replace("/", "") == text(plain)
    times = [event.captured_s for event in read(*streams, rule=RULE, fps=fps)]
    assert all(before <= after for before, after in pairwise(times))


def test_a_last_letter_that_is_kept_at_rest_ends_the_word() -> None:
    """It ends the word once the rest is a pause longer than HOLDS earlier holds; lowering the hand adds no space."""
    assert text(read((C, 0.5), (REST, 0.3), (V, 4, STILL), (REST, 2))) == "CV_"
    pause = read((C, 0.5), (REST, 0.3), (V, 4, STILL))[2]
    assert isinstance(pause, Pause)
    assert pause.captured_s == pytest.approx(0.9 + HOLDS * 0.5 + RULE.word_s, abs=0.1)
    assert pause.started_s == pytest.approx(0.9, abs=0.1)


def test_a_longer_rest_ends_the_sentence() -> None:
    """The word ends first, then the sentence, and neither again when the hand is lowered."""
    assert text(read((C, 0.5), (REST, 0.3), (V, 8, STILL), (REST, 9), (C, 0.4))) == "CV_/C"


def test_the_first_letter_never_ends_a_word_by_rest() -> None:
    """It has no earlier hold to compare with; the word ends when the hand is lowered."""
    assert text(read((C, 60, STILL), (REST, 0.3), (V, 0.4))) == "CV"
    assert text(read((C, 60, STILL), (REST, 1.2))) == "C_"


def test_what_comes_after_a_kept_letter_begins_a_word() -> None:
    """Another letter and the same one again belong to the next word, of which they are the first."""
    first: tuple[Held, ...] = (C, 0.5), (REST, 0.3), (V, 4, STILL), (REST, 0.3)
    assert text(read(*first, (C, 30, STILL), (REST, 0.3), (V, 0.4))) == "CV_CV"
    assert text(read(*first, (V, 30, STILL), (REST, 1.2))) == "CV_V_"


def test_movement_starts_the_rest_of_a_kept_letter_again() -> None:
    """A hand that moves about with a letter does not end the word, one that trembles does."""
    moves: list[Held] = [(V, 1.5, STILL), (V, 2 * MOVED_S, TRAVELS)] * 4
    trembles: list[Held] = [(V, 1.5, STILL), (V, MOVED_S / 2, TRAVELS)] * 2
    assert text(read((C, 0.5), (REST, 0.3), *moves)) == "CV"
    assert text(read((C, 0.5), (REST, 0.3), *trembles)) == "CV_"


def test_a_letter_that_may_still_come_does_not_rest() -> None:
    """While a letter leads that is not text, no word ends, however long the one before was kept."""
    pauses = Pauses(RULE)
    pauses.update(True, Commit("C", 0.9, 0.0, 0.1), 0.1, STILL, True)
    pauses.update(True, Commit("V", 0.9, 0.5, 0.6), 0.6, STILL, True)
    assert not any(pauses.update(True, None, 0.6 + number / FPS, STILL, False) for number in range(1, 200))
    pause = [pauses.update(True, None, 7.3 + number / FPS, STILL, True) for number in range(70)]
    assert [each.ends for each in pause if each] == ["word"]


@pytest.mark.parametrize("replaced", [1, 2, 3])
def test_a_drawn_letter_is_held_from_the_first_letter_that_it_replaces(replaced: int) -> None:
    """It is the first of its word if they were, and the letter after it is compared with its whole hold."""
    pauses, now_s, ended = Pauses(RULE), 0.0, []
    commits = {30 * (number + 1): Commit("I", 0.9, number + 0.9, number + 1.0) for number in range(replaced)}
    drawn = 30 * (replaced + 1)
    commits[drawn] = Commit("J", 0.9, replaced + 0.5, replaced + 1.0, replaces=replaced)
    commits[drawn + 300] = Commit("V", 0.9, replaced + 10.9, replaced + 11.0)
    for frame in range(30, drawn + 300 + 1200):
        now_s = frame / FPS
        ended.append(pauses.update(True, commits.get(frame), now_s, STILL, True))
    word, sentence = [each for each in ended if each]
    held_s = replaced + 10.0
    assert word.captured_s == pytest.approx(replaced + 11 + HOLDS * held_s + RULE.word_s, abs=0.3)
    assert sentence.captured_s == pytest.approx(word.captured_s + RULE.sentence_s - RULE.word_s, abs=0.1)


def test_a_drawn_letter_takes_back_what_it_replaces() -> None:
    """The letters before it in the word stay, and with them their holds."""
    pauses = Pauses(RULE)
    commits = {
        3: Commit("C", 0.9, 0.0, 0.1),
        30: Commit("I", 0.9, 0.9, 1.0),
        45: Commit("J", 0.9, 1.2, 1.5, replaces=1),
    }
    ended = [pauses.update(True, commits.get(frame), frame / FPS, STILL, True) for frame in range(3, 180)]
    [word] = [each for each in ended if each]
    assert word.captured_s == pytest.approx(1.5 + HOLDS * 1.0 + RULE.word_s, abs=0.1)


frames = st.tuples(
    st.sampled_from(["none", "leads", "kept", "commits"]),
    st.integers(0, 4),
    st.floats(0, 1),
    st.integers(1, 60),
    st.sampled_from([STILL, TRAVELS, None]),
)


@given(st.lists(frames, max_size=40))
def test_whatever_is_replaced_at_most_one_word_and_one_sentence_end_after_a_letter(
    parts: list[tuple[str, int, float, int, Motion | None]],
) -> None:
    """Letters of any start that replace any number of others, also more than there are, lead to no second space."""
    pauses, now_s, found = Pauses(PauseRule(word_s=0.5, sentence_s=1.5)), 0.0, ""
    for state, replaces, before_s, length, motion in parts:
        for frame in range(length):
            now_s += 1 / 12
            commits = state == "commits" and frame == 0
            commit = Commit("C", 0.9, now_s - before_s, now_s, replaces=replaces) if commits else None
            pause = pauses.update(state != "none", commit, now_s, motion, state in ("kept", "commits"))
            events = [event for event in (commit, pause) if event is not None]
            found += text(sorted(events, key=lambda event: event.started_s))
    assert not found.startswith(("_", "/"))
    assert all(pair not in found for pair in ("__", "//", "/_"))


@given(
    st.floats(0.3, 10),
    st.lists(st.booleans(), min_size=2, max_size=9),
    st.floats(0.4, 0.8),
    st.sampled_from([12.0, 30.0]),
)
def test_a_slow_regular_signer_gets_no_space_inside_a_word(
    hold_s: float, doubles: list[bool], way_s: float, fps: float
) -> None:
    """Letters that are all held for the same time are one word; one held for much longer at the end ends it."""
    shapes = [C]
    for double in doubles:
        shapes.append(shapes[-1] if double else V if shapes[-1] is C else C)
    ways: list[Held] = [part for shape in shapes for part in ((shape, hold_s, STILL), (REST, way_s, TRAVELS))]
    letters = "".join("C" if shape is C else "V" for shape in shapes)
    rule = PauseRule(word_s=1.0, sentence_s=0)
    assert text(read(*ways[:-1], rule=rule, fps=fps)) == letters
    last = (shapes[-1], RULE.word_s + (HOLDS + 0.1) * hold_s + 1.0, STILL)
    assert text(read(*ways[:-2], last, (REST, 3), rule=rule, fps=fps)) == letters + "_"


@given(st.floats(0, 60), st.floats(0, 60))
def test_no_sentence_ends_before_a_word(word_s: float, sentence_s: float) -> None:
    """A rule is refused if its sentences end before its words; 0 ends neither."""
    if 0 < sentence_s < word_s:
        with pytest.raises(ValidationError, match="before a word"):
            PauseRule(word_s=word_s, sentence_s=sentence_s)
    else:
        assert PauseRule(word_s=word_s, sentence_s=sentence_s).word_s == word_s


def test_the_default_sentence_counts_too() -> None:
    """A word that ends later than a sentence does by default is refused, and the message names what is possible."""
    with pytest.raises(ValidationError, match="at least 5 s for the sentence, at most 4 s for the word, or 0"):
        PauseRule(word_s=5)
