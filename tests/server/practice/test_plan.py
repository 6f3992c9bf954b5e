"""server/practice/plan.py: words and pairs to practice."""

from __future__ import annotations

import pytest

from streamsign.recognition.model import load_model
from streamsign.server.practice.plan import HARD_PAIRS, WORDS, hard_pairs, words


@pytest.mark.parametrize("language", list(WORDS))
def test_every_language_has_words_for_both_models(language: str) -> None:
    """Words are made of the model's letters alone; the larger alphabet has at least as many."""
    five = words(language, list("CELOV"))
    every = words(language, load_model("alphabet").info.letters)
    assert 3 <= len(five) <= len(every)
    assert set("".join(five)) <= set("CELOV")
    drawn = words(language, [*load_model("alphabet").info.letters, "J", "Z"])
    assert {"J", "Z"} <= set("".join(drawn)) - set("".join(every))


def test_an_unknown_language_has_the_english_words() -> None:
    """A page in a language without words still offers some."""
    assert words("xx", list("CELOV")) == words("en", list("CELOV"))


def test_letters_of_several_characters_spell_words() -> None:
    """A model that has NG and NY, and no G, spells words with them; the longest letter that fits is taken."""
    letters = [*"ABEHIKLMNOPRSTU", "NG", "NY"]
    found = words("id", letters)
    assert {"TANGAN", "SENYUM", "BURUNG"} <= set(found)
    assert "TANGAN" not in words("id", list("ABEHIKLMNOPRSTU"))
    assert words("id", ["T", "A", "NG"]) == []


def test_hard_pairs_are_the_models_own() -> None:
    """They come from the confusion matrix, most often confused first; C and O where a model has none."""
    info = load_model("alphabet").info
    pairs = hard_pairs(info)
    at = {label: number for number, label in enumerate(info.labels)}
    confused = [info.confusion[at[a]][at[b]] + info.confusion[at[b]][at[a]] for a, b in pairs]
    assert 0 < len(pairs) <= HARD_PAIRS
    assert confused == sorted(confused, reverse=True)
    plain = load_model("celov").info.model_copy(update={"confusion": []})
    assert hard_pairs(plain) == [["C", "O"]]
    assert hard_pairs(plain.model_copy(update={"labels": ["E", "L", "none"]})) == []
