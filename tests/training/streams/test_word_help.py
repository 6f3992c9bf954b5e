"""training/streams/word_help.py: words that were spelled, suggested first, and suggested at all."""

from __future__ import annotations

from streamsign.captions.words import Vocabulary
from streamsign.recognition.events import Commit
from streamsign.training.streams.word_help import WordHelp, word_help

WORDS = Vocabulary({"LOVE": 3e-4, "COLE": 1e-5, "VOLE": 1e-6, "CELLO": 1e-6})


def read(letters: str, **unsure: float) -> list[Commit]:
    """Letters as they were read, C and O with the chance that they are the other."""
    doubt = unsure.get("doubt", 0.0)
    other = {"C": "O", "O": "C"}
    return [
        Commit(each, 0.9, 0.0, 0.0, ((each, 1 - doubt), (other[each], doubt)) if each in other else ((each, 1.0),))
        for each in letters
    ]


def test_words_are_counted_by_what_helped() -> None:
    """A word read right, one that the list corrects, one that it cannot, one that it lacks; all have ended."""
    streams = [
        ("LOVE", read("LOVE")),
        ("LOVE", read("LCVE", doubt=0.4)),
        ("CELLO", read("L")),
        ("XYZ", read("LO")),
    ]
    found = word_help(streams, WORDS)
    assert found == WordHelp(
        listed=3, unlisted=1, as_spelled=1, first=2, first_three=2, right=1, right_marked=0, wrong=3, wrong_marked=3
    )
    assert found.figures()["wrong_marked_share"] == 1.0
    assert found.figures()["first_share"] == 2 / 3


def test_a_rare_word_may_be_among_the_first_three() -> None:
    """The frequent word is suggested first where the letters leave both open."""
    found = word_help([("VOLE", [Commit("L", 0.4, 0, 0, (("L", 0.45), ("V", 0.4))), *read("OVE")])], WORDS)
    assert (found.first, found.first_three) == (0, 1)


def test_without_words_there_is_no_share() -> None:
    """Streams without letters count neither way."""
    assert word_help([("", read("L"))], WORDS) == WordHelp()
    assert WordHelp().figures()["as_spelled_share"] is None
    assert WordHelp().figures()["right_marked_share"] is None


def test_letters_of_several_characters_and_small_ones_spell_words() -> None:
    """A letter LO is not the letters L and O; its characters are letters of the word, in capitals."""
    one = [Commit(letter, 0.9, 0.0, 0.0) for letter in ("LO", "v", "e")]
    found = word_help([(["LO", "v", "e"], one), (["L", "O", "v", "e"], one)], WORDS)
    assert (found.listed, found.first, found.as_spelled, found.right, found.wrong) == (2, 2, 1, 1, 1)
