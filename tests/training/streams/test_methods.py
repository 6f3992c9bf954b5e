"""The methods that are compared."""

from dataclasses import replace

import numpy as np
import pytest

from streamsign.recognition.model import load_model
from streamsign.recognition.tuning import Tuning
from streamsign.training.streams.methods import Average, Method, Raw, Vote, setting_of, spell, tuned
from streamsign.training.streams.readings import Readings
from streamsign.training.streams.record import TrueLetter

INFO = load_model("celov").info
NONE = 0


def stream(*held: tuple[int, float], fps: float = 30) -> Readings:
    """Readings that are sure of one label after another, for some seconds each; the hand is still and sharp."""
    labels = [label for label, seconds in held for _ in range(round(seconds * fps))]
    posterior = np.full((len(labels), 1 + len(INFO.letters)), 0.01)
    posterior[np.arange(len(labels)), labels] = 0.95
    times, ones = np.arange(len(labels)) / fps, np.ones(len(labels))
    return Readings("case", "S01", (), 0, times, posterior, ones, 0.1 * ones, 0 * ones, 0 * ones + 0.1)


@pytest.mark.parametrize("method", [each for each in Method if each is not Method.FLOOR])
def test_every_method_reads_a_slow_clear_word(method: Method) -> None:
    """Held for half a second with a pause between, letters are the same to all."""
    word = [INFO.letters.index(letter) + 1 for letter in "LOVE"]
    clear = stream((NONE, 0.5), *((label, s) for letter in word for label, s in ((letter, 0.6), (NONE, 0.4))))
    read = spell(clear, setting_of(method, Tuning()), INFO, INFO.letters)
    assert "".join(commit.letter for commit in read.commits) == "LOVE"


def test_only_single_frames_are_taken_in_by_one_wrong_frame() -> None:
    """A wrong frame is a wrong letter to the arg-max, and to none of the others."""
    c, o = (INFO.letters.index(letter) + 1 for letter in "CO")
    shaky = stream((NONE, 0.5), (c, 0.5), (o, 0.034), (c, 0.5))
    text = {
        method: "".join(
            commit.letter for commit in spell(shaky, setting_of(method, Tuning()), INFO, INFO.letters).commits
        )
        for method in Method
    }
    assert "O" in text[Method.RAW]
    assert text[Method.VOTE] == text[Method.AVERAGE] == text[Method.HMM] == "C"


def test_a_frame_without_a_hand_is_no_letter() -> None:
    """Missing rows spell nothing with any method."""
    empty = stream((NONE, 1.0))
    unknown = empty.focus * np.nan
    nothing = Readings("case", "S01", (), 0, empty.times, empty.posterior * np.nan, unknown, unknown, unknown, unknown)
    for method in Method:
        assert spell(nothing, setting_of(method, Tuning()), INFO, INFO.letters).commits == []


def test_votes_need_their_number() -> None:
    """Three of five are a letter, two are none."""
    vote = Vote(3, 5)
    row = {label: np.eye(3)[label] for label in range(3)}
    said = [int(vote.update(row[label], 1.0, 0.0).argmax()) for label in (1, 1, 2, 1, 2, 2, 2)]
    assert said == [0, 0, 0, 1, 1, 2, 2]


def test_average_is_the_mean_of_the_window() -> None:
    """The oldest frame leaves when a new one comes."""
    average = Average(2)
    average.update(np.array([1.0, 0.0]), 1.0, 0.0)
    average.update(np.array([0.0, 1.0]), 1.0, 0.1)
    assert average.update(np.array([0.0, 1.0]), 1.0, 0.2) == pytest.approx([0.0, 1.0])
    assert Raw().update(np.array([0.4, 0.6]), 1.0, 0.0) == pytest.approx([0.0, 1.0])


def test_tuned_numbers_are_the_models_own() -> None:
    """Baselines take what was searched for them, and the usual sizes where nothing was."""
    own = {"votes": 3, "window": 5, "rule": {"hold_s": 0.05}}
    setting = tuned(Method.VOTE, Tuning(fitted={"baselines": {"vote": own}}))
    assert (setting.votes, setting.window, setting.rule.hold_s) == (3, 5, 0.05)
    assert tuned(Method.VOTE, Tuning()) == setting_of(Method.VOTE, Tuning())


def test_the_floor_reads_the_holds_it_is_given() -> None:
    """Two equal letters without a pause are two, and what is shown outside a hold is none."""
    c, o = (INFO.letters.index(letter) + 1 for letter in "CO")
    holds = [("C", 0.0, 0.5), ("O", 1.0, 1.5), ("O", 1.5, 2.0)]
    truth = tuple(TrueLetter(letter=letter, start_s=start, end_s=end) for letter, start, end in holds)
    readings = replace(stream((c, 1.0), (o, 1.0), (c, 1.0)), truth=truth)
    read = spell(readings, setting_of(Method.FLOOR, Tuning()), INFO, INFO.letters)
    assert "".join(commit.letter for commit in read.commits) == "COO"
