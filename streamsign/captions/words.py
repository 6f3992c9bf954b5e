"""Word suggestions for the letters of the current word.

A noisy channel (Kernighan, Church and Gale 1990, "A spelling correction program based on a noisy channel model"): the
probability of a word is its frequency times the probability that its letters are read as they were. The latter comes
from every letter's alternatives (:mod:`streamsign.recognition.hold_evidence`); a letter may also be missed, or read
where there was none.
"""

from __future__ import annotations

import itertools
import string
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.captions.events import Edit, Letter
from streamsign.captions.log import current_word
from streamsign.errors import SettingsError

LANGUAGES = ("en", "id")

ANY = 0.01
"""Share of a letter's alternatives that is spread over the alphabet."""

MISSED, EXTRA = 0.12, 0.05
"""Probabilities that a signed letter is not read, and that a letter is read where none was signed. Chosen with ``ANY``,
``NAMES`` and ``FLATTENED`` on names and words made of validation signers' stills, of which 9 % of the letters are not
read (``docs/temporal.md``, "Word suggestions")."""

UNKNOWN = 0.02
"""Share of words that are in no list."""

NAMES, OWN = 0.6, 0.3
"""Shares of names and of the user's own words, where there are any, among the words of all lists: people fingerspell
mostly names."""

FLATTENED = 0.5
"""Exponent of a word's frequency in text. Fingerspelled words are mostly names and other nouns (Padden and Gunsauls
2003, "How the alphabet came to be used in a sign language"), and the most frequent words of a text are neither."""

UNCERTAIN_BELOW = 0.8
"""Probability that a word's letters are as read, below which the word is uncertain. Of the listed names and words made
of validation signers' stills it marks 90 of 91 with a wrong letter and 2 of 81 others (``alphabet``, English), of
test signers' 99 of 100 and 4 of 96. Of words in no list it marks nearly all, right or wrong."""

COMPLETE_PROBABILITY = 0.5
"""Probability that a complete word is meant, and not the beginning of a longer one, while the word has not ended."""

_WIDEST = 12  # letters of the longest word in the lists
_MAX_OWN_WORDS = 10_000  # a longer list would delay every suggestion
_PLAIN = str.maketrans(
    {"ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "æ": "ae", "Æ": "Ae",
     "œ": "oe", "Œ": "Oe", "ə": "e", "Ə": "E", "þ": "th", "Þ": "Th", "ð": "d", "Ð": "D", "'": "", "’": "", "ʻ": "",
     "-": " "}
)  # fmt: skip
_CODES = {letter: code for code, letter in enumerate(string.ascii_uppercase)}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word that the letters may mean, with its probability, 0–1. The probabilities of all sum to less than 1."""

    word: str
    probability: float


@dataclass(frozen=True, slots=True)
class WordReadings:
    """What the letters of a word may mean.

    Attributes:
        words: the most probable words, most probable first.
        certainty: probability that the letters are as read, whatever follows them, 0–1. Another reading is close where
            it is low, or more probable.
    """

    words: list[Suggestion]
    certainty: float

    @property
    def is_uncertain(self) -> bool:
        """Whether the word should be marked for the reader."""
        return self.certainty < UNCERTAIN_BELOW


Spelled = Sequence[Mapping[str, float]]
"""For each letter of a word, the letters that it may be with their probabilities; the other letters share the rest."""


class Vocabulary:
    """Words with their frequencies.

    Args:
        frequencies: occurrences per word of text, above 0, by word in capital letters A–Z.
    """

    def __init__(self, frequencies: Mapping[str, float]) -> None:
        self.words = [word for word in frequencies if 0 < len(word) <= _WIDEST and _CODES.keys() >= set(word)]
        self._lengths = np.array([len(word) for word in self.words], np.intp)
        self._letters = np.zeros((_WIDEST, len(self.words)), np.intp)
        for number, word in enumerate(self.words):
            self._letters[: len(word), number] = [_CODES[letter] for letter in word]
        self._by_length = np.argsort(-self._lengths, kind="stable")
        self._sorted = self._letters[:, self._by_length]
        self._longer = [int((self._lengths >= letters).sum()) for letters in range(_WIDEST + 1)]
        known = np.array([frequencies[word] for word in self.words], np.float64)
        self._log_prior = np.log(known / known.sum() * (1 - UNKNOWN)) if self.words else known

    def suggest(self, spelled: Spelled, most: int = 3, *, ended: bool = False) -> list[Suggestion]:
        """The most probable words; see :meth:`read`."""
        return self.read(spelled, most, ended=ended).words

    def read(self, spelled: Spelled, most: int = 3, *, ended: bool = False) -> WordReadings:
        """The most probable words, and how probable the letters are as they were read.

        Args:
            spelled: the current word's letters.
            most: greatest number of words.
            ended: whether the word is complete, because a space follows it: then it is not completed to a longer one.
        """
        if not spelled or len(spelled) > _WIDEST + 2 or not self.words:
            return WordReadings([], 1.0)
        chances = np.stack([_channel(letter) for letter in spelled])
        read = np.log(chances)
        scores = self._log_prior + self._log_read(read, 1.0 if ended else COMPLETE_PROBABILITY)
        # An unlisted word is any letters, all equally frequent; as read it has the most probable ones.
        as_read = float(read.max(axis=1).sum())
        unlisted = np.log(UNKNOWN) - len(spelled) * np.log(len(_CODES))
        top = max(float(scores.max()), unlisted + as_read)
        shares = np.exp(scores - top)
        listed, same, any_letters = float(shares.sum()), np.exp(unlisted + as_read - top), np.exp(unlisted - top)
        best = np.argsort(-shares, kind="stable")[:most]
        words = [Suggestion(self.words[index], float(shares[index] / (listed + same))) for index in best]
        right = float(shares[self._begins_with(chances.argmax(axis=1), ended=ended)].sum())
        return WordReadings(words, float((right + same) / (listed + any_letters)))

    def _begins_with(self, letters: NDArray[np.intp], *, ended: bool) -> NDArray[np.bool_]:
        """Which words are these letters (codes), or begin with them unless the word has ended, (words,)."""
        if len(letters) > _WIDEST:
            return np.zeros(len(self.words), np.bool_)
        begins = (self._letters[: len(letters)] == letters[:, None]).all(axis=0)
        fits = self._lengths == len(letters) if ended else self._lengths >= len(letters)
        return np.asarray(begins & fits, np.bool_)

    def _log_read(self, read: NDArray[np.float64], complete: float) -> NDArray[np.float64]:
        """Log-probability of these letters when a word is signed, with probability ``complete``, or its beginning.

        Shape (words,); read is (letters, 26).

        Only the best alignment counts (Viterbi). Cell j of a row is for the word's first j letters. Words are sorted by
        length, so that those with at least j letters come first in a row.
        """
        words, missed, extra = len(self.words), np.log(MISSED), np.log(EXTRA / len(_CODES))
        row = missed * np.arange(_WIDEST + 1, dtype=np.float64)[:, None] * np.ones(words)
        for letter in read:
            before = row[0].copy()
            row += extra
            for j in range(1, _WIDEST + 1):
                longer = self._longer[j]
                cell = row[j, :longer]
                match = before[:longer] + letter[self._sorted[j - 1, :longer]]
                before = cell - extra
                np.maximum(cell, match, out=cell)
                np.maximum(cell, row[j - 1, :longer] + missed, out=cell)
        scores = row[self._lengths[self._by_length], np.arange(words)] + np.log(complete)
        if complete < 1:
            begun = row[0].copy()
            for j in range(1, _WIDEST):
                longer = self._longer[j + 1]
                np.maximum(begun[:longer], row[j, :longer], out=begun[:longer])
            np.maximum(scores, begun + np.log(1 - complete), out=scores)
        in_order = np.empty(words)
        in_order[self._by_length] = scores
        return in_order


class PresentWord(NamedTuple):
    """The text's newest word: its letters, each with its alternatives, and whether a space follows it."""

    letters: list[Mapping[str, float]]
    ended: bool


def present_word(events: Sequence[Letter | Edit]) -> PresentWord:
    """The text's newest word; letters from edits are certain.

    Args:
        events: letters and edits of a room, in order; earlier ones may be missing.
    """
    if not events:
        return PresentWord([], ended=False)
    text = events[-1].text
    start, end = current_word(text)
    letters: list[Mapping[str, float]] = [
        {each.letter: each.confidence for each in letter.alternatives}
        if letter is not None and letter.alternatives
        else {text[start + place]: 1.0}
        for place, letter in enumerate(letters_of_word(events, start, end))
    ]
    return PresentWord(letters, ended=end < len(text))


def letters_of_word(events: Sequence[Letter | Edit], start: int, end: int) -> list[Letter | None]:
    """The letter that gave each character of a part of the newest text; None for one that an edit gave.

    A letter of several characters stands for none of them.

    Args:
        events: letters and edits of a room, in order; earlier ones may be missing.
        start: where the part begins.
        end: where it ends.
    """
    found: list[Letter | None] = [None] * (end - start)
    # From the newest on: what an event changed is known, and an earlier one can only say more of what lies before.
    known = end
    for number in range(len(events) - 1, -1, -1):
        event, before = events[number], events[number - 1].text if number else ""
        if isinstance(event, Letter) and event.text[:-1] == before:
            at = len(before)
            if start <= at < known and len(event.letter) == 1:
                found[at - start] = event
            known = min(known, at)
        else:
            known = _same_until(before, event.text, start, known)
        if known <= start:
            break
    return found


def _same_until(one: str, other: str, start: int, end: int) -> int:
    """Where two texts first differ, from ``start`` to ``end``; ``start`` if they differ before it."""
    if one[:start] != other[:start]:
        return start
    pairs = zip(one[start:end], other[start:end], strict=False)
    return start + sum(1 for _ in itertools.takewhile(lambda pair: pair[0] == pair[1], pairs))


def _channel(letter: Mapping[str, float]) -> NDArray[np.float64]:
    """Probabilities of the letters of the alphabet, (26,), summing to 1 and all above 0."""
    chances = np.zeros(len(_CODES))
    for name, chance in letter.items():
        if name.upper() in _CODES:
            chances[_CODES[name.upper()]] = max(0.0, chance)
    listed = float(chances.sum())
    if listed > 1:
        chances /= listed
    elif listed < 1:
        others = chances == 0
        chances[others] = (1 - listed) / max(1, int(others.sum()))
    chances /= chances.sum()
    return np.asarray((1 - ANY) * chances + ANY / len(_CODES), np.float64)


def plain(text: str) -> list[str]:
    """The words of a text as they are fingerspelled, in letters A–Z: ``Jean-Noël`` is JEAN and NOEL.

    Words with other signs, such as digits, are left out.
    """
    decomposed = unicodedata.normalize("NFKD", text.translate(_PLAIN)).upper()
    words = "".join(sign for sign in decomposed if not unicodedata.combining(sign)).split()
    return [word for word in words if _CODES.keys() >= set(word)]


def read_own_words(path: Path) -> tuple[str, ...]:
    """The words of a text file, each once, in its order; a line that begins with # is a comment.

    Raises:
        SettingsError: it cannot be read, or holds no word or too many.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = "is not UTF-8" if isinstance(error, UnicodeDecodeError) else f"cannot be read ({error.strerror})"
        raise SettingsError(f"{path} {reason}.", "Pass a text file with one word or name a line.") from error
    words = tuple(dict.fromkeys(word for line in lines if not line.startswith("#") for word in plain(line)))
    kept = tuple(word for word in words if 1 < len(word) <= _WIDEST)
    if not kept:
        raise SettingsError(f"{path} has no word of 2 to {_WIDEST} letters.", "Write one word or name a line.")
    if len(kept) > _MAX_OWN_WORDS:
        raise SettingsError(f"{path} has {len(kept):,} words, more than {_MAX_OWN_WORDS:,}.", "Shorten the list.")
    return kept


@lru_cache(maxsize=2 * len(LANGUAGES))
def vocabulary(language: str, own: tuple[str, ...] = ()) -> Vocabulary:
    """The words of a language, names of many countries, and the user's own words.

    Args:
        language: one of :data:`LANGUAGES`.
        own: in capital letters A–Z.

    Raises:
        ValueError: streamsign has no words of that language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"there are words in {', '.join(LANGUAGES)}, not in '{language[:20]}'")
    flattened = {word: frequency**FLATTENED for word, frequency in _listed(language).items()}
    lists = [(1 - NAMES, flattened), (NAMES, _listed("names"))]
    if own:
        lists = [((1 - OWN) * share, words) for share, words in lists] + [(OWN, dict.fromkeys(own, 1.0))]
    frequencies: dict[str, float] = {}
    for share, words in lists:
        known = sum(words.values())
        for word, frequency in words.items():
            frequencies[word] = frequencies.get(word, 0.0) + share * frequency / known
    return Vocabulary(frequencies)


def _listed(name: str) -> dict[str, float]:
    """Frequencies of the words in a file of the folder vocabulary/."""
    listed = resources.files("streamsign.captions").joinpath("vocabulary", f"{name}.txt").read_text("utf-8")
    frequencies: dict[str, float] = {}
    for line in listed.splitlines():
        if not line.startswith("#"):
            zipf, *words = line.split()
            frequencies |= dict.fromkeys((word.upper() for word in words), 10 ** (float(zipf) - 9))
    return frequencies
