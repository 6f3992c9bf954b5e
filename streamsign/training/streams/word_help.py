"""Accuracy of word help: words as spelled, as the first suggestion, among the first three, and marked as uncertain."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

from streamsign.captions.words import Vocabulary
from streamsign.recognition.events import Commit

SUGGESTED = 3
"""Number of suggestions on the pages."""


@dataclass(frozen=True, slots=True)
class WordHelp:
    """Counts of words.

    Attributes:
        listed: streams whose true letters are a word of the list; only these are counted below.
        unlisted: streams whose true letters are not in the list, so that no suggestion can be right.
        as_spelled: words whose letters were all read right.
        first: words that are the first suggestion.
        first_three: words that are among the first three.
        right, right_marked: words, listed or not, whose letters are all right; those marked as uncertain.
        wrong, wrong_marked: the same of the others.
    """

    listed: int = 0
    unlisted: int = 0
    as_spelled: int = 0
    first: int = 0
    first_three: int = 0
    right: int = 0
    right_marked: int = 0
    wrong: int = 0
    wrong_marked: int = 0

    def figures(self) -> dict[str, int | float | None]:
        """The counts, the shares of listed words, and the marked shares; None without such words."""
        shares = {
            f"{name}_share": getattr(self, name) / self.listed if self.listed else None
            for name in ("as_spelled", "first", "first_three")
        }
        marked = {
            "right_marked_share": self.right_marked / self.right if self.right else None,
            "wrong_marked_share": self.wrong_marked / self.wrong if self.wrong else None,
        }
        return {**asdict(self), **shares, **marked}


def word_help(streams: Iterable[tuple[Sequence[str], list[Commit]]], vocabulary: Vocabulary) -> WordHelp:
    """Count the words that were right.

    Args:
        streams: the true letters of each stream with letters, and the letters that were read.
        vocabulary: the words that are suggested.
    """
    counts: Counter[str] = Counter()
    words = set(vocabulary.words)
    for spelled, commits in streams:
        if not spelled:
            continue
        as_spelled = [commit.letter for commit in commits] == list(spelled)
        letters = [sign for commit in commits for sign in _signs(commit)]
        true = "".join(spelled).upper()
        read = vocabulary.read(letters, SUGGESTED, ended=True)
        kind = "right" if as_spelled else "wrong"
        counts[kind] += 1
        counts[f"{kind}_marked"] += read.is_uncertain
        if true not in words:
            counts["unlisted"] += 1
            continue
        suggested = [each.word for each in read.words]
        counts["listed"] += 1
        counts["as_spelled"] += as_spelled
        counts["first"] += suggested[:1] == [true]
        counts["first_three"] += true in suggested
    return WordHelp(**counts)


def _signs(commit: Commit) -> list[Mapping[str, float]]:
    """What each character of a letter may be; those of a letter of several characters are certain, as in a room."""
    if len(commit.letter) > 1:
        return [{sign: 1.0} for sign in commit.letter]
    return [dict(commit.alternatives) or {commit.letter: 1.0}]
