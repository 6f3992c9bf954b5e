"""Word help: what the letters could mean."""

import itertools
import string
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from streamsign.captions.events import Edit, Letter
from streamsign.captions.log import CaptionLog, current_word
from streamsign.captions.words import LANGUAGES, Vocabulary, present_word, read_own_words, vocabulary
from streamsign.errors import SettingsError
from streamsign.recognition.events import Commit
from streamsign.recognition.pauses import Pause

WORDS = Vocabulary({"LOVE": 1e-3, "COOL": 2e-4, "CLOVER": 1e-5, "LEVEL": 1e-4, "OVER": 1e-3})


def sure(word: str) -> list[dict[str, float]]:
    """Letters read with certainty."""
    return [{letter: 0.98} for letter in word]


def test_a_word_that_was_read_is_suggested_first() -> None:
    """Certain letters of a listed word mean that word, nearly for certain."""
    best, *_ = WORDS.suggest(sure("COOL"))
    assert best.word == "COOL"
    assert best.probability > 0.9


def test_c_for_o_is_corrected_by_the_letters_own_alternatives() -> None:
    """LCVE with a C that could have been an O is LOVE; the surer the C, the less sure LOVE."""
    doubtful, certain = (
        WORDS.suggest([{"L": 0.98}, {"C": chance, "O": 0.99 - chance}, {"V": 0.98}, {"E": 0.98}])[0]
        for chance in (0.55, 0.985)
    )
    assert doubtful.word == certain.word == "LOVE"
    assert doubtful.probability > certain.probability


def test_a_word_is_uncertain_where_another_reading_is_close() -> None:
    """Certain letters of a word or of its beginning are not marked; LCVE is, and so is a C that may be an O."""
    close = [{"C": 0.5, "O": 0.48}, {"O": 0.98}, {"O": 0.98}, {"L": 0.98}]
    marked = {"COOL": False, "LEVE": False, "LCVE": True}
    assert {word: WORDS.read(sure(word)).is_uncertain for word in marked} == marked
    assert WORDS.read([{"X": 0.5, "K": 0.48}, {"Q": 0.98}]).is_uncertain
    assert not WORDS.read(close).is_uncertain  # OOOL is not a word, COOL is
    assert WORDS.read([]).certainty == 1.0


def test_missed_and_doubled_letters_are_forgiven() -> None:
    """LVE and LOOVE are LOVE."""
    assert WORDS.suggest(sure("LVE"))[0].word == "LOVE"
    assert WORDS.suggest(sure("LOOVE"))[0].word == "LOVE"


def test_a_beginning_is_completed() -> None:
    """CLOV is completed to CLOVER, with letters that are not in the model."""
    assert WORDS.suggest(sure("CLOV"))[0].word == "CLOVER"


def test_a_word_that_has_ended_is_not_completed() -> None:
    """After a space a beginning is not a word by itself: a letter of it was missed, which is less likely."""
    english = vocabulary("en")
    assert english.suggest(sure("FRIEND"), ended=True)[0].word == "FRIEND"
    assert english.suggest(sure("BUDI"), ended=True)[0].word == "BUDI"
    assert "FRIENDS" in [each.word for each in english.suggest(sure("FRIEND"))]
    assert [WORDS.suggest(sure("CLOV"), 1, ended=ended)[0].word for ended in (False, True)] == ["CLOVER", "LOVE"]
    assert not WORDS.read(sure("LEVE")).is_uncertain
    assert WORDS.read(sure("LEVE"), ended=True).is_uncertain  # the beginning of LEVEL, and not a word


def test_a_name_in_no_list_is_left_alone() -> None:
    """What is like no word makes every suggestion unlikely."""
    assert all(each.probability < 0.1 for each in WORDS.suggest(sure("XQZKJW")))


def test_nothing_spelled_suggests_nothing() -> None:
    """No letters, or far more than a word has."""
    assert WORDS.suggest([]) == []
    assert WORDS.suggest(sure("L" * 40)) == []
    assert Vocabulary({}).suggest(sure("L")) == []


letters = st.dictionaries(st.sampled_from(string.ascii_uppercase), st.floats(0, 1), max_size=3)


@settings(max_examples=60)
@given(st.lists(letters, max_size=10), st.integers(1, 5))
def test_probabilities_are_ordered_and_leave_room_for_the_unknown(spelled: list[dict[str, float]], most: int) -> None:
    """For all letters there are at most the requested suggestions, most probable first, with a sum below 1."""
    found = WORDS.suggest(spelled, most)
    chances = [each.probability for each in found]
    assert len(found) <= most
    assert chances == sorted(chances, reverse=True)
    assert sum(chances) < 1
    for ended in (False, True):
        assert 0 <= WORDS.read(spelled, most, ended=ended).certainty <= 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_are_there(language: str) -> None:
    """Thousands of words and names; frequent ones are what their letters suggest."""
    words = vocabulary(language)
    assert len(words.words) > 20_000
    for word in (words.words[0], "MARIA", "DAVID"):
        assert words.suggest(sure(word))[0].word == word


def test_a_name_is_suggested_beside_words() -> None:
    """Names of several countries are completed and corrected in every language; words of the language stay first."""
    assert vocabulary("en").suggest(sure("PRIYA"))[0].word == "PRIYA"
    assert vocabulary("id").suggest(sure("WULANDAR"))[0].word == "WULANDARI"
    assert vocabulary("en").suggest(sure("WATER"))[0].word == "WATER"


def test_own_words_are_suggested_as_well(tmp_path: Path) -> None:
    """A word of the user's own list that is in no other is suggested first, written as it is spelled."""
    path = tmp_path / "words.txt"
    path.write_text("# our team\nQuxley\nJean-Noël Dvořák 3\nQUXLEY\n", encoding="utf-8")
    own = read_own_words(path)
    assert own == ("QUXLEY", "JEAN", "NOEL", "DVORAK")
    assert vocabulary("en").suggest(sure("QUXLE"))[0].word != "QUXLEY"
    assert vocabulary("en", own).suggest(sure("QUXLE"))[0].word == "QUXLEY"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe", "not UTF-8"),
        (b"# only a comment\n7\n", "no word of 2 to 12 letters"),
        (b"", "no word"),
        ("\n".join("".join(four) for four in itertools.product("ABCDEFGHIJ", repeat=4)).encode() + b"\nLAST", "10,001"),
    ],
)
def test_a_list_without_usable_words_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """The error names the file, what is wrong with it, and what to write."""
    path = tmp_path / "words.txt"
    path.write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        read_own_words(path)


def test_a_missing_list_is_refused(tmp_path: Path) -> None:
    """The error names the file and the reason."""
    with pytest.raises(SettingsError, match=r"absent\.txt cannot be read"):
        read_own_words(tmp_path / "absent.txt")


def test_another_language_is_refused() -> None:
    """The answer names the languages there are."""
    with pytest.raises(ValueError, match="en, id"):
        vocabulary("xx")


def test_the_present_word_keeps_what_its_letters_could_be() -> None:
    """After a space, with a letter taken back and one undone, the letters that stand keep their alternatives."""
    log = CaptionLog("main", lambda: 0.0)

    def sign(letter: str, *alternatives: tuple[str, float]) -> None:
        log.append_letter("a", Commit(letter, 0.9, 0, 0, tuple(alternatives)))

    sign("I")
    log.edit("space")
    sign("L")
    sign("C", ("C", 0.6), ("O", 0.4))
    sign("V")
    log.edit("backspace")
    _, events = log.after()
    assert present_word(events).letters == [{"L": 1.0}, {"C": 0.6, "O": 0.4}]
    assert present_word(events[2:]).letters == [{"L": 1.0}, {"C": 0.6, "O": 0.4}]  # the beginning fell off the log
    log.edit("replace", word="LOVE")
    assert present_word(log.after()[1]).letters == [{letter: 1.0} for letter in "LOVE"]
    log.edit("undo")
    assert [max(each, key=lambda name: each[name]) for each in present_word(log.after()[1]).letters] == ["L", "C"]


def test_long_texts_of_many_edits_are_looked_through_once() -> None:
    """The present word of 2,000 edits of long texts is found from the last ones; the earlier are not looked at."""

    class Counted(list[Letter | Edit]):
        looked = 0

        def __getitem__(self, index: Any) -> Any:
            self.looked += 1
            return super().__getitem__(index)

    log = CaptionLog("main", lambda: 0.0)
    for number in range(2000):
        log.edit("write", word=f"{'ABCDE ' * 1600}{'WXYZ'[number % 4]}")
    log.append_letter("a", Commit("O", 0.6, 0, 0, (("O", 0.6), ("C", 0.4))))
    events = Counted(log.after()[1])
    assert present_word(events).letters == [{"Z": 1.0}, {"O": 0.6, "C": 0.4}]
    assert events.looked < 10


steps = st.lists(st.sampled_from(["C", "E", "clear", "backspace", "space", "undo", "replace"]), max_size=30)


@given(steps)
def test_the_present_word_is_the_texts(steps: list[str]) -> None:
    """Whatever was signed and edited: as many letters as the newest word has, and the likeliest of each is there."""
    log = CaptionLog("main", lambda: 0.0)
    for step in steps:
        if len(step) == 1:
            others = ((step, 0.7), ("X", 0.2))
            log.append_letter("a", Commit(step, 0.7, 0, 0, tuple(others)))
        else:
            log.edit(step, word="LOVE" if step == "replace" else "")  # type: ignore[arg-type]
    found, ended = present_word(log.after()[1])
    assert "".join(max(each, key=lambda name: each[name]) for each in found) == log.text[slice(*current_word(log.text))]
    assert ended == log.text.endswith((" ", "\n"))


def test_a_word_is_present_until_the_next_letter() -> None:
    """The pause after it ends the word; the suggestion, which nobody may have read yet, stays."""
    log = CaptionLog("main", lambda: 0.0)
    log.append_letter("a", Commit("L", 0.9, 0, 0, (("L", 0.9),)))
    assert present_word(log.after()[1]) == ([{"L": 0.9}], False)
    log.append_pause("a", Pause("word", 0.1, 1.1))
    assert present_word(log.after()[1]) == ([{"L": 0.9}], True)
    log.append_pause("a", Pause("sentence", 0.1, 4.1))
    assert present_word(log.after()[1]) == ([{"L": 0.9}], True)
