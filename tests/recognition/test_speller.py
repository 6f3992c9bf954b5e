"""The commit rule, in virtual time."""

import itertools

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from streamsign import Recognizer
from streamsign.demo.signer import DemoSigner
from streamsign.recognition.events import Commit
from streamsign.recognition.speller import CommitRule, Speller, most_probable
from streamsign.recognition.stroke import Motion

REST, C, O = 0, 1, 2  # noqa: E741
FPS = 30


def belief(state: int, certainty: float = 0.95) -> np.ndarray:
    """Belief that holds one state for certain and shares the remainder."""
    row = np.full(3, (1 - certainty) / 2)
    row[state] = certainty
    return row


def spell(*holds: tuple[int, float], rule: CommitRule = CommitRule()) -> list[Commit]:
    """Commits for a sequence of (state, seconds) at 30 frames a second."""
    speller, now, commits = Speller(["C", "O"], rule), 0.0, []
    for state, seconds in holds:
        for _ in range(round(seconds * FPS)):
            if (commit := speller.update(belief(state), now)) is not None:
                commits.append(commit)
            now += 1 / FPS
    return commits


@given(st.lists(st.sampled_from([0.0, 0.01, 0.2, 0.3, 0.9]), min_size=2, max_size=25))
def test_most_probable_letters_come_first(probabilities: list[float]) -> None:
    """Of all letters the three most probable are named, equal ones in the alphabet's order."""
    letters = "ABCDEFGHIKLMNOPQRSTUVWXY"[: len(probabilities) - 1]
    wanted = sorted(zip(letters, probabilities[1:], strict=True), key=lambda each: (-each[1], each[0]))[:3]
    assert most_probable(np.array(probabilities), letters) == tuple(wanted)


def test_held_letter_is_spelled_once() -> None:
    """However long a letter is held, it is one letter."""
    commits = spell((REST, 0.5), (C, 5.0))
    assert [commit.letter for commit in commits] == ["C"]
    assert commits[0].captured_s - commits[0].started_s >= CommitRule().hold_s


def test_glimpse_is_not_spelled() -> None:
    """A letter shorter than the hold leaves no text."""
    assert spell((REST, 0.5), (C, 0.06), (REST, 0.5), rule=CommitRule(hold_s=0.1)) == []


def test_few_frames_a_second_need_not_show_a_letter_longer() -> None:
    """Two frames at 12 a second count for 0.17 s; a frame after a gap of a second does not count for that second."""
    rule = CommitRule(hold_s=0.12)
    speller = Speller(["C", "O"], rule)
    times = [0.0, 1 / 12, 2 / 12, 3 / 12]
    commits = [speller.update(belief(state), at_s) for state, at_s in zip((REST, REST, C, C), times, strict=True)]
    assert [commit is not None for commit in commits] == [False, False, False, True]
    speller.reset()
    assert [speller.update(belief(state), at_s) for state, at_s in ((REST, 4.0), (C, 5.0), (REST, 5.03))] == [None] * 3


@pytest.mark.parametrize(("fps", "held_s"), [(5, 0.8), (3, 1.2), (2, 1.6), (1, 2.5)])
def test_a_slow_camera_reads_letters_that_are_held(fps: float, held_s: float) -> None:
    """At 1 to 5 frames a second a rendered word is read when each letter is held for as long as the pages ask."""
    recognizer, text = Recognizer.load("celov"), ""
    for frame in DemoSigner("LOVE", seed=1, fps=fps, letter_s=held_s, width=320, height=240):
        text += "".join(each.letter for each in recognizer.feed(frame.luma, frame.at_s) if isinstance(each, Commit))
    assert text == "LOVE"


def test_text_is_the_held_letter_until_it_is_released() -> None:
    """The letter in the text is named from its commit on, and no longer once another is committed or it is released."""
    speller, at_s, seen = Speller(["C", "O"]), 0.0, []
    for state, length_s in ((REST, 0.3), (C, 0.3), (O, 0.3), (REST, 0.3)):
        for _ in range(round(30 * length_s)):
            speller.update(belief(state), at_s)
            at_s += 1 / 30
        seen.append(speller.text)
    assert seen == [0, 1, 2, 0]


def test_released_letter_doubles() -> None:
    """Letting go long enough and forming the letter again spells it twice."""
    assert [commit.letter for commit in spell((C, 0.4), (REST, 0.3), (C, 0.4))] == ["C", "C"]


def test_flicker_does_not_double() -> None:
    """A release shorter than the rule's leaves one letter."""
    rule = CommitRule(release_s=0.1)
    assert [commit.letter for commit in spell((C, 0.4), (REST, 0.06), (C, 0.4), rule=rule)] == ["C"]


def test_neighbors_need_no_rest_between() -> None:
    """Letters follow each other directly."""
    assert [commit.letter for commit in spell((C, 0.4), (O, 0.4), (C, 0.4))] == ["C", "O", "C"]


def test_doubtful_letter_waits() -> None:
    """A letter that leads without certainty is not text."""
    speller = Speller(["C", "O"])
    assert all(speller.update(belief(C, 0.6), n / FPS) is None for n in range(90))


def test_a_dip_does_not_begin_the_hold_anew() -> None:
    """Of a letter that is certain in two frames of three, the certain time counts; without the share it never does."""
    rows = [0.95, 0.95, 0.75] * 6
    for keep_share, letters in ((1.0, 0), (0.8, 1)):
        rule = CommitRule(commit_at=0.9, hold_s=0.15, keep_share=keep_share)
        speller = Speller(["C", "O"], rule)
        speller.update(belief(REST), 0.0)
        found = [speller.update(belief(C, certainty), (n + 1) / FPS) for n, certainty in enumerate(rows)]
        assert sum(commit is not None for commit in found) == letters


def test_one_frame_commits_no_letter_at_any_rate() -> None:
    """With a short backdating, a letter in a single frame at 12 a second is as little text as one at 30."""
    rule = CommitRule(hold_s=0.03, backdate_s=0.02)
    for fps in (12, 30):
        for frames, letters in ((1, 0), (2, 1)):
            speller = Speller(["C", "O"], rule)
            states = [REST] * 3 + [C] * frames + [REST] * 3
            found = [speller.update(belief(state), n / fps) for n, state in enumerate(states)]
            assert sum(commit is not None for commit in found) == letters


def spell_moving(*holds: tuple[int, float, float], rule: CommitRule = CommitRule()) -> str:
    """Text for a sequence of (state, seconds, hand sizes a second) at 30 frames a second."""
    speller, now, text = Speller(["C", "O"], rule), 0.0, ""
    for state, seconds, speed in holds:
        for _ in range(round(seconds * FPS)):
            commit = speller.update(belief(state), now, Motion(speed, speed))
            text += commit.letter if commit else ""
            now += 1 / FPS
    return text


STILL, FAST = 0.2, 5.0


def test_a_slide_doubles() -> None:
    """Held still, slid aside and held still again is two letters, and three with another slide."""
    assert spell_moving((C, 0.4, STILL), (C, 0.17, FAST), (C, 0.4, STILL)) == "CC"
    assert spell_moving((C, 0.4, STILL), (C, 0.17, FAST), (C, 0.4, STILL), (C, 0.17, FAST), (C, 0.4, STILL)) == "CCC"


def test_a_bounce_doubles() -> None:
    """Down and up with a turn in the middle is one bounce: two letters, not three."""
    assert spell_moving((C, 0.4, STILL), (C, 0.07, FAST), (C, 0.034, 1.5), (C, 0.07, FAST), (C, 0.4, STILL)) == "CC"


def test_arriving_and_leaving_do_not_double() -> None:
    """A letter seen while the hand still moves in, or moves off, is one letter."""
    assert spell_moving((C, 0.3, FAST), (C, 0.5, STILL)) == "C"
    assert spell_moving((C, 0.5, STILL), (C, 0.3, FAST), (REST, 0.5, FAST)) == "C"
    assert spell_moving((C, 0.5, STILL), (C, 0.1, FAST), (O, 0.4, STILL)) == "CO"


def test_wandering_does_not_double() -> None:
    """A held hand that drifts about is one letter."""
    assert spell_moving((C, 0.4, STILL), (C, 0.3, 1.2), (C, 0.3, STILL), (C, 0.3, 1.2)) == "C"


def test_a_hand_that_carries_on_moving_does_not_double() -> None:
    """Fast, but no faster than before: a camera that is carried about slides nothing."""
    speller, now, text = Speller(["C", "O"]), 0.0, ""
    for motion in [Motion(STILL, 0.0)] * 12 + [Motion(FAST, 1.0)] * 6 + [Motion(STILL, 0.0)] * 12:
        commit = speller.update(belief(C), now, motion)
        text += commit.letter if commit else ""
        now += 1 / FPS
    assert text == "C"


def test_a_hand_rests_relative_to_its_own_movement() -> None:
    """A shape passed at full speed is not text, however fast that is; the one in which the hand slows down is."""
    rule = CommitRule(hold_s=0.1, rest_peak=0.4, rest_least=0.3)
    for speed in (1.5, 5.0):
        assert spell_moving((C, 0.3, speed), (O, 0.4, speed / 6), rule=rule) == "O"
    assert spell_moving((C, 0.3, 1.5), (O, 0.4, 0.25), rule=CommitRule(hold_s=0.1)) == "CO"
    assert spell_moving((C, 0.3, 0.25), (O, 0.4, 0.25), rule=rule) == "CO"


def test_a_stroke_that_blurs_doubles_and_a_sharp_one_does_not() -> None:
    """The same increase of speed is a slide if the picture lost sharpness in it, and wandering otherwise."""
    rule = CommitRule(slide_speed=3.0, slide_blur=5.0)
    for focus, text in ((1.0, "CC"), (2.0, "C")):
        speller, read = Speller(["C", "O"], rule), ""
        still, stroke = (Motion(STILL, 0.0), 2.0), (Motion(2.2, 2.0), focus)
        for number, (motion, sharp) in enumerate([still] * 12 + [stroke] * 4 + [still] * 12):
            commit = speller.update(belief(C), number / FPS, motion, sharp)
            read += commit.letter if commit else ""
        assert read == text


def test_blur_alone_does_not_double() -> None:
    """A hand that hardly moves is one letter, however blurred the picture becomes."""
    rule = CommitRule(slide_speed=3.0, slide_blur=20.0)
    speller, read = Speller(["C", "O"], rule), ""
    for number in range(60):
        commit = speller.update(belief(C), number / FPS, Motion(0.5, 0.5), 0.1 if 20 <= number < 30 else 2.0)
        read += commit.letter if commit else ""
    assert read == "C"


def test_letters_come_no_faster_than_the_highest_rate() -> None:
    """Within the least period only one letter is text."""
    rule = CommitRule(hold_s=0.0, least_period_s=0.3)
    assert [commit.letter for commit in spell((C, 0.1), (O, 0.1), (C, 0.1), (O, 0.1), rule=rule)] == ["C", "O"]


def test_files_of_earlier_models_name_a_rule_that_is_gone() -> None:
    """A tuning that holds the former rule for spaces can be read."""
    assert CommitRule.model_validate({"hold_s": 0.1, "space_after_s": None}) == CommitRule(hold_s=0.1)


def test_of_equal_letters_the_first_leads() -> None:
    """A tie is decided by the order of the letters, on every machine."""
    speller = Speller(["C", "O"], CommitRule(commit_at=0.4, hold_s=0.0))
    commit = speller.update(np.array([0.2, 0.4, 0.4]), 0.0)
    assert commit is not None
    assert commit.letter == "C"


@given(st.lists(st.tuples(st.floats(0, 1), st.floats(0, 0.2), st.floats(0, 50)), max_size=60))
def test_no_letter_without_belief(stream: list[tuple[float, float, float]]) -> None:
    """There is no text while the posterior of *none* is the highest, for every movement of the hand."""
    speller, now = Speller(["C", "O"]), 0.0
    for share, elapsed, speed in stream:
        now += elapsed
        row = np.array([0.5, share / 2, (1 - share) / 2])
        assert speller.update(row, now, Motion(speed, speed)) is None


@given(
    st.lists(
        st.tuples(st.sampled_from([REST, C, O]), st.floats(0, 0.3), st.one_of(st.none(), st.floats(0, 9))), max_size=40
    )
)
def test_letters_keep_their_distance(stream: list[tuple[int, float, float | None]]) -> None:
    """Commits are in order and never closer than the highest rate allows, whatever is seen."""
    speller, now, times = Speller(["C", "O"]), 0.0, []
    for state, elapsed, speed in stream:
        now += elapsed
        motion = None if speed is None else Motion(speed, speed)
        if (commit := speller.update(belief(state), now, motion)) is not None:
            times.append(commit.captured_s)
            assert commit.started_s <= commit.captured_s
    assert all(later - earlier >= CommitRule().least_period_s for earlier, later in itertools.pairwise(times))


@given(st.lists(st.tuples(st.sampled_from([REST, C, O]), st.floats(0.04, 1)), max_size=20))
def test_no_letter_comes_without_its_hold(holds: list[tuple[int, float]]) -> None:
    """Every commit lies inside a stretch of its own letter at least as long as the rule asks.

    A stretch begins midway between its first frame and the one before.
    """
    start, stretches = 0, []
    for state, seconds in holds:
        frames = round(seconds * FPS)
        stretches.append((state, max(0.0, start - 0.5) / FPS, (start + frames) / FPS))
        start += frames
    merged: list[tuple[int, float, float]] = []
    for state, begin, end in stretches:
        if merged and merged[-1][0] == state:
            merged[-1] = (state, merged[-1][1], end)
        else:
            merged.append((state, begin, end))
    for commit in spell(*holds):
        state = {"C": C, "O": O}[commit.letter]
        assert any(
            s == state and begin - 1e-6 <= commit.started_s and commit.captured_s <= end + 1e-6
            for s, begin, end in merged
        )
        assert commit.captured_s - commit.started_s >= CommitRule().hold_s - 1e-6


@given(
    st.lists(
        st.tuples(st.sampled_from([REST, C, O]), st.sampled_from([0.1, 0.7, 5.0]), st.sampled_from([0.1, 3.0])),
        max_size=60,
    )
)
@example([(C, 0.1, 0.1)] * 9 + [(O, 0.7, 3.0)] * 9)
def test_a_letter_leads_from_its_start_to_its_commit(stream: list[tuple[int, float, float]]) -> None:
    """Whatever the hand does, the committed letter is the most probable in every frame since its ``started_s``."""
    speller, now = Speller(["C", "O"]), 0.0
    leaders: list[tuple[float, int]] = []
    for state, speed, stroke in stream:
        now += 1 / FPS
        leaders.append((now, state))
        commit = speller.update(belief(state), now, Motion(speed, stroke))
        if commit is not None:
            assert {"C": C, "O": O}[commit.letter] == state
            assert all(leader == state for at_s, leader in leaders if commit.started_s <= at_s)


def test_a_slide_that_reveals_another_letter_does_not_move_its_start() -> None:
    """C is held still and slides into O: O starts when it begins to lead, not when C came to rest."""
    speller = Speller(["C", "O"], CommitRule(release_s=0.2))
    still, sliding = Motion(0.1, 0.1), Motion(0.7, 3.0)
    shown = [(C, still)] * 30 + [(O, sliding)] * 2 + [(O, still)] * 10
    commits = [speller.update(belief(state), n / FPS, motion) for n, (state, motion) in enumerate(shown)]
    first, second = (commit for commit in commits if commit is not None)
    assert (first.letter, second.letter) == ("C", "O")
    assert second.started_s == pytest.approx(29.5 / FPS)


def spell_changing(*holds: tuple[int, float, float], rule: CommitRule) -> str:
    """Text for a sequence of (state, seconds, rate of change of the shape) at 30 frames a second."""
    speller, now, text = Speller(["C", "O"], rule), 0.0, ""
    for state, seconds, change in holds:
        for _ in range(round(seconds * FPS)):
            commit = speller.update(belief(state), now, Motion(STILL, 0.0, change))
            text += commit.letter if commit else ""
            now += 1 / FPS
    return text


def test_a_shape_passed_on_the_way_is_not_committed() -> None:
    """A shape that is certain for as long as a hold is text only if it does not change meanwhile."""
    rule = CommitRule(hold_s=0.1, rest_change=4.0)
    assert spell_changing((C, 0.3, 8.0), (O, 0.3, 0.5), rule=rule) == "O"
    assert spell_changing((C, 0.3, 0.5), (O, 0.3, 0.5), rule=rule) == "CO"


def test_the_hold_follows_the_rate_of_the_signer() -> None:
    """A shape held for 0.15 s is a letter of a signer who makes five a second, but not of one who makes one."""
    rule = CommitRule(hold_s=0.0, hold_periods=0.3, period_share=1.0)
    quick = [(C, 0.2), (O, 0.2)] * 3
    slow = [(C, 1.0), (O, 1.0)] * 3
    assert "".join(commit.letter for commit in spell(*quick, (C, 0.15), (REST, 0.5), rule=rule)) == "COCOCOC"
    assert "".join(commit.letter for commit in spell(*slow, (C, 0.15), (REST, 0.5), rule=rule)) == "COCOCO"


def test_the_hold_of_a_slow_signer_grows_faster_than_the_period() -> None:
    """At one letter in 1.2 s a shape held for 0.3 s is passed on the way; at one in 0.5 s it is a letter."""
    rule = CommitRule(hold_s=0.0, hold_periods=0.2, slow_periods=0.3, period_share=1.0, pace_share=0.0)
    for held_s, text in ((0.5, "COCOCOC"), (1.2, "COCOCO")):
        word = [(C, held_s), (O, held_s)] * 3
        assert "".join(commit.letter for commit in spell(*word, (C, 0.3), (REST, 0.5), rule=rule)) == text


def test_an_interval_with_a_lost_letter_does_not_make_a_signer_slow() -> None:
    """A letter follows 1.2 s after one that was held for 0.2 s: the next may be as short as without the gap."""
    rule = CommitRule(hold_s=0.0, hold_periods=0.1, slow_periods=0.4, period_share=1.0)
    word = [(C, 0.2), (REST, 1.0), (O, 0.2), (REST, 0.1), (C, 0.2)]
    assert "".join(commit.letter for commit in spell(*word, (REST, 0.5), rule=rule)) == "COC"


def test_the_first_hold_of_a_word_gives_the_pace() -> None:
    """After a letter held for 0.9 s a shape of 0.15 s does not count, although no period is known yet."""
    for pace_share, text in ((0.0, "COC"), (0.65, "CC")):
        rule = CommitRule(hold_s=0.0, hold_periods=0.3, period_s=0.3, pace_share=pace_share)
        word = [(C, 0.9), (O, 0.15), (C, 0.9)]
        assert "".join(commit.letter for commit in spell(*word, (REST, 0.5), rule=rule)) == text


def test_after_a_pause_the_last_hold_does_not_give_the_pace() -> None:
    """A quick word after a letter that was held for long, and a pause, loses no letter."""
    rule = CommitRule(hold_s=0.0, hold_periods=0.3, period_s=0.3, pace_share=0.65)
    word = [(C, 1.5), (REST, 2.0), (O, 0.15), (C, 0.15)]
    assert "".join(commit.letter for commit in spell(*word, (REST, 0.5), rule=rule)) == "COC"


def test_an_uncertain_letter_is_committed_when_it_ends() -> None:
    """A letter that leads for long without becoming certain is text at its end; a short one is not."""
    rule = CommitRule(commit_at=0.9, unsure_at=0.5, unsure_s=0.2)
    for seconds, text in ((0.5, "C"), (0.1, "")):
        speller, read = Speller(["C", "O"], rule), ""
        frames = [belief(C, 0.7)] * round(seconds * FPS) + [belief(REST)] * 10
        for number, row in enumerate(frames):
            commit = speller.update(row, number / FPS)
            read += commit.letter if commit else ""
        assert read == text


@given(st.lists(st.tuples(st.integers(0, 2), st.floats(0, 1), st.floats(0, 20)), max_size=60))
def test_no_letter_is_committed_while_the_shape_changes(rows: list[tuple[int, float, float]]) -> None:
    """Whatever is read, frames above the limit of change never complete a certain letter by themselves."""
    speller = Speller(["C", "O"], CommitRule(hold_s=0.05, rest_change=1.0))
    for number, (state, certainty, change) in enumerate(rows):
        commit = speller.update(belief(state, certainty), number / FPS, Motion(0.1, 0.0, 1.5 + change))
        assert commit is None
