"""What to practice: words, and pairs of letters that are easily confused."""

from __future__ import annotations

import itertools

from streamsign.recognition.model import ModelInfo

HARD_PAIRS = 6
"""Pairs that are practiced more often."""

_ENGLISH = (
    "LOVE", "COOL", "CELLO", "CLOVE", "COVE", "LEVEL", "VOLE", "ECO", "OLIVE", "VOICE", "HELLO", "HAND", "SIGN", "WORD",
    "BOOK", "TEA", "COFFEE", "HOUSE", "FRIEND", "WATER", "BREAD", "SCHOOL", "MUSIC", "GREEN", "YELLOW", "BLUE", "CAT",
    "DOG", "BIRD", "FISH", "SUN", "RAIN", "SNOW", "WIND", "FIRE", "ROAD", "BOAT", "TRAIN", "PHONE", "LAMP",
    "JUICE", "JOB", "JAZZ", "ZEBRA", "PIZZA",
)  # fmt: skip
_INDONESIAN = (
    "LELE", "LEVEL", "CEO", "RUMAH", "BUKU", "TEMAN", "AIR", "ROTI", "KOPI", "TEH", "IKAN",
    "NASI", "BUAH", "KUCING", "BURUNG", "TANAH", "ANGIN", "API", "LAUT", "GUNUNG", "PERAHU", "KERETA", "LAMPU", "PINTU",
    "MUSIK", "PUTIH", "KUNING", "BIRU", "MERAH", "TANGAN", "KATA", "HALO", "SENYUM", "IBU", "AYAH", "ADIK", "SEKOLAH",
    "JALAN", "MEJA", "HUJAN", "JAM", "ZAMAN",
)  # fmt: skip
WORDS = {"en": _ENGLISH, "id": _INDONESIAN}
"""Everyday words, by language; the first of each need C, E, L, O and V alone."""


def words(language: str, letters: list[str]) -> list[str]:
    """The words of a language that the letters can spell; English words for an unknown language."""
    return [word for word in WORDS.get(language, _ENGLISH) if _spells(word, letters)]


def _spells(word: str, letters: list[str]) -> bool:
    """Whether letters spell a word. At each place the longest letter that fits is taken, as in ``drill.js``."""
    while word:
        fits = max((letter for letter in letters if word.startswith(letter)), key=len, default="")
        if not fits:
            return False
        word = word[len(fits) :]
    return True


def hard_pairs(info: ModelInfo) -> list[list[str]]:
    """Letters that the model took for each other on validation, most often first; C and O where it says nothing."""
    if not info.confusion:
        return [["C", "O"]] if {"C", "O"} <= set(info.letters) else []
    at = {label: number for number, label in enumerate(info.labels)}

    def mistaken(pair: tuple[str, str]) -> float:
        one, other = (at[letter] for letter in pair)
        return info.confusion[one][other] + info.confusion[other][one]

    pairs = sorted(itertools.combinations(info.letters, 2), key=mistaken, reverse=True)
    return [list(pair) for pair in pairs[:HARD_PAIRS] if mistaken(pair) > 0]
