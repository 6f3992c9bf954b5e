import numpy as np
import pytest

from streamsign.recognition.drawn import DrawnRule
from streamsign.recognition.drawn_text import HELD_END_S, DrawnLetters
from streamsign.recognition.events import Commit
from streamsign.recognition.geometry import Box
from streamsign.recognition.model import MovingInfo

LETTERS = ["D", "I"]
MOVING = {"Z": MovingInfo.model_validate({"from": ["D"]})}
RULE = DrawnRule.model_validate(
    {
        "weights": {"stroke": 20.0, "stroke_down": 4.0, "last_stroke_back": -10.0},
        "bias": -8.0,
        "threshold": 0.0,
    }
)


def _shares(letter: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    shares = np.full(3, 0.05)
    shares[1 + LETTERS.index(letter)] = 0.9
    return shares


def _text(commits: dict[float, str], leaders: dict[float, str], led_s: float = 0.05) -> str:
    """The text of a hand that rests, draws a zigzag from 1 s to 1.75 s and rests.

    Args:
        commits: what the speller commits, by time.
        leaders: the most probable letter, from these times on.
        led_s: for how long each letter led before it is committed.
    """
    drawn, text = DrawnLetters({"Z": RULE}, MOVING, LETTERS), ""
    for number in range(150):
        at_s = number / 30
        x = 200 + 60 * float(np.interp(at_s, [1.0, 1.25, 1.5, 1.75], [0.0, 1.0, 0.0, 1.0]))
        y = 200 + 50 * float(np.interp(at_s, [1.25, 1.5], [0.0, 1.0]))
        leader = leaders[max(since for since in leaders if since <= at_s)]
        letter = next((each for when, each in commits.items() if abs(when - at_s) < 1 / 60), None)
        committed = None if letter is None else Commit(letter, 0.9, at_s - led_s, at_s)
        box = Box(x - 30, y - 50, x + 30, y + 50)
        commit = drawn.update(box, _shares("D"), leader, at_s, committed)
        if commit is not None:
            text = text[: len(text) - commit.replaces] + commit.letter
    return text


def test_a_drawn_letter_takes_the_place_of_its_first_shape_and_of_what_was_read_on_the_way() -> None:
    """D held before the zigzag, and I read in the middle of it, become Z; letters before stay."""
    assert _text({0.2: "I", 0.6: "D", 1.4: "I"}, {0.0: "I", 0.4: "D"}) == "IZ"


def test_a_word_is_not_taken_for_a_drawing() -> None:
    """Two other letters committed during a movement like a zigzag stay, and nothing is drawn."""
    assert _text({0.6: "D", 1.2: "I", 1.6: "I"}, {0.0: "D", 1.1: "I"}) == "DII"


def test_a_letter_before_another_shape_stays() -> None:
    """A D is kept when the hand showed another letter before the drawing began."""
    assert _text({0.2: "D"}, {0.0: "D", 0.5: "I", 0.8: "D"}) == "DZ"


def test_the_shape_that_a_drawing_ends_in_is_no_letter_while_the_hand_stays() -> None:
    """What is read from the resting hand after a drawing is left out, and counts again later."""
    assert _text({2.2: "I"}, {0.0: "D"}) == "Z"
    assert _text({2.1 + HELD_END_S: "I"}, {0.0: "D"}) == "ZI"


def test_a_letter_held_for_long_where_a_drawing_ended_is_text() -> None:
    """JAM, signed slowly in one place: A is committed soon after J, and once."""
    assert _text({2.2: "I"}, {0.0: "D", 2.1: "I"}) == "ZI"
    assert _text({2.2: "I"}, {0.0: "D", 2.1: "I", 2.6: "D"}) == "Z"


def test_a_shape_that_led_when_the_drawing_was_recognized_is_no_letter() -> None:
    """J is recognized while its hook is drawn: what the hand shows at its end is not another letter."""
    assert _text({3.3: "I"}, {0.0: "D", 1.6: "I", 3.6: "D"}, led_s=1.6) == "Z"


def test_only_the_first_shape_of_a_drawing_is_taken_back() -> None:
    """Two D held before a zigzag: the second is its first shape, the first a letter."""
    assert _text({0.2: "D", 0.7: "D"}, {0.0: "D"}) == "DZ"


@pytest.mark.parametrize("letters", ["D", "DI"])
def test_without_rules_every_commit_passes_through(letters: str) -> None:
    """A model without drawn letters gives the speller's commits unchanged."""
    drawn = DrawnLetters({}, {}, LETTERS)
    commits = [Commit(letter, 0.9, 0.0, 0.1) for letter in letters]
    assert [drawn.update(None, _shares("D"), "D", 0.1, commit) for commit in commits] == commits
