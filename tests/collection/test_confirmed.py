"""collection/confirmed.py: which letters of a word are known, and which crops are kept."""

from __future__ import annotations

import numpy as np
import pytest

from streamsign.captions.events import Letter
from streamsign.collection.confirmed import MOST, MOST_WAITING, ConfirmedLetters, labels_of
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.geometry import Box

LUMA = np.full((240, 320), 100, np.uint8)
HAND = Box(0.4, 0.3, 0.6, 0.7)


@pytest.mark.parametrize(
    ("read", "word", "labels"),
    [
        ("LOVE", "LOVE", {0: "L", 1: "O", 2: "V", 3: "E"}),
        ("LCVE", "LOVE", {0: "L", 1: "O", 2: "V", 3: "E"}),
        ("XHELL", "HELLO", {1: "H", 2: "E", 3: "L", 4: "L"}),
        ("HEL", "HELLO", {0: "H", 1: "E", 2: "L"}),
        ("CAT", "DOG", {}),
        ("H", "HOUSE", {}),
    ],
)
def test_the_letters_of_a_word_are_found(read: str, word: str, labels: dict[int, str]) -> None:
    """Letters that were missed or read too often shift no label, and a word that was read as another labels nothing."""
    assert labels_of(read, word) == labels


def shown(
    kept: ConfirmedLetters,
    letter: str,
    at_s: float,
    *,
    hand: Box | None = HAND,
    sharpness: float = 1.0,
    level: int = 100,
) -> Letter:
    """A hand holds a letter for three frames, and the letter becomes text."""
    for number in range(3):
        luma = np.full_like(LUMA, level + number)
        reading = Reading(at_s + number / 10, letter, 0.9, (), sharpness, number == 0, hand)
        kept.offer(luma, reading, reading.at_s)
    event = Letter(
        seq=1, session="a", letter=letter, text="", confidence=0.9, started_s=100 + at_s, captured_s=100.2 + at_s
    )
    kept.letter("a", event.captured_s, Commit(letter, 0.9, at_s, at_s + 0.2))
    return event


def test_a_confirmed_word_labels_one_crop_a_letter() -> None:
    """The sharpest frame of each letter is kept, and a corrected letter has the corrected label."""
    kept = ConfirmedLetters()
    letters = [shown(kept, letter, float(place), level=50 * place) for place, letter in enumerate("LCVE")]
    assert kept.crops() == {}
    kept.confirm("LCVE", "LOVE ", letters, "LCVE", "LOVE")
    crops = kept.crops()
    assert list(crops) == ["E", "L", "O", "V"]
    assert kept.counts() == {"E": 1, "L": 1, "O": 1, "V": 1}
    assert crops["O"][0].light == 50


def test_hands_that_cannot_be_used_are_left_out() -> None:
    """A blurred hand, one at the edge, and none at all label nothing."""
    kept = ConfirmedLetters()
    letters = [
        shown(kept, "A", 0, sharpness=0.05),
        shown(kept, "B", 1, hand=Box(0, 0.3, 0.2, 0.7)),
        shown(kept, "C", 2, hand=None),
        shown(kept, "D", 3),
    ]
    kept.confirm("ABCD", "ABCD ", letters, "ABCD", "ABCD")
    assert kept.counts() == {"D": 1}


def test_undoing_and_replacing_again_change_the_labels() -> None:
    """A word that is taken back labels nothing; another word in its place labels the same crops."""
    kept = ConfirmedLetters()
    letters = [shown(kept, letter, float(place)) for place, letter in enumerate("CAT")]
    kept.confirm("CAT", "CUT ", letters, "CAT", "CUT")
    kept.confirm("CUT ", "COT ", [None, None, None], "CUT", "COT")
    assert kept.counts() == {"C": 1, "O": 1, "T": 1}
    kept.undone("COT ", "CU")
    assert kept.counts() == {"C": 1, "O": 1, "T": 1}
    kept.undone("COT ", "CUT ")
    assert kept.counts() == {}


def test_crops_without_a_label_are_dropped_with_the_next_word() -> None:
    """A word that was read as another one keeps its crops only while it is the newest and can be replaced again."""
    kept = ConfirmedLetters()
    letters = [shown(kept, letter, float(place)) for place, letter in enumerate("CATL")]
    kept.confirm("CAT", "DOG ", letters[:3], "CAT", "DOG")
    kept.confirm("DOG L", "DOG L ", letters[3:], "L", "L")
    kept.undone("DOG L ", "DOG L")
    kept.confirm("DOG ", "CAT ", [None, None, None], "DOG", "CAT")
    assert kept.counts() == {}


def test_what_is_kept_is_bounded() -> None:
    """Of a letter the newest crops stay, and letters that no word confirms are dropped."""
    kept = ConfirmedLetters()
    for number in range(MOST + 5):
        event = shown(kept, "A", float(number), level=number)
        kept.confirm(f"{number} A", f"{number} A ", [event], "A", "A")
    assert kept.counts() == {"A": MOST}
    assert kept.crops()["A"][0].light == 5
    waiting = [shown(kept, "B", 100.0 + number) for number in range(MOST_WAITING + 1)]
    kept.confirm("B", "B ", waiting[:1], "B", "B")
    assert "B" not in kept.counts()
    kept.confirm("x B", "x B ", waiting[1:2], "B", "B")
    assert kept.counts()["B"] == 1
