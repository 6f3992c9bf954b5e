"""Accuracy of word suggestions: words of streams as spelled, as the first suggestion, and among the first three."""

from __future__ import annotations

from collections.abc import Iterable
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
    """

    listed: int = 0
    unlisted: int = 0
    as_spelled: int = 0
    first: int = 0
    first_three: int = 0

    def figures(self) -> dict[str, int | float | None]:
        """The counts, and the shares of listed words; None without such words."""
        shares = {
            f"{name}_share": getattr(self, name) / self.listed if self.listed else None
            for name in ("as_spelled", "first", "first_three")
        }
        return {**asdict(self), **shares}


def word_help(streams: Iterable[tuple[str, list[Commit]]], vocabulary: Vocabulary) -> WordHelp:
    """Count the words that were right.

    Args:
        streams: the true letters of each stream with letters, and the letters that were read.
        vocabulary: the words that are suggested.
    """
    listed = unlisted = as_spelled = first = first_three = 0
    words = set(vocabulary.words)
    for true, commits in streams:
        if true not in words:
            unlisted += bool(true)
            continue
        listed += 1
        as_spelled += "".join(commit.letter for commit in commits) == true
        spelled = [dict(commit.alternatives) or {commit.letter: 1.0} for commit in commits]
        suggested = [each.word for each in vocabulary.suggest(spelled, SUGGESTED)]
        first += suggested[:1] == [true]
        first_three += true in suggested
    return WordHelp(listed, unlisted, as_spelled, first, first_three)
