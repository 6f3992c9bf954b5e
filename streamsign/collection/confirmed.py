"""Crops of a signer's hand, labeled by the words that the signer confirms. They are in memory only.

A signer who chooses a suggested word labels its letters. Pure: times come with frames and letters.
"""

from __future__ import annotations

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher

from streamsign.captions.events import Letter
from streamsign.collection.crop import HandCrop, crop_hand, touches_edge
from streamsign.recognition.events import Commit, Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.hints import BLURRED_WEIGHT

MOST = 20
"""Crops that are kept of each letter; older ones are dropped."""

MOST_WAITING = 64
"""Letters that wait for their word to be confirmed."""

MOST_WORDS = 200
"""Words whose letters are kept."""

LEAST_EQUAL = 0.5
"""Share of a word's characters that must have been read as they were confirmed. Below it the word labels nothing,
because it is not known which crop shows which letter."""

_RUNS = 8  # letters that may be shown until the first of them is published

Key = tuple[str, float]
"""Session and capture time of a letter. Event numbers restart when a room's text is deleted."""


def labels_of(read: str, word: str) -> dict[int, str]:
    """Label the characters of a word as it was read with those that its signer confirmed.

    A character that was read too often gets no label. If less than :data:`LEAST_EQUAL` of the word was read as it was
    confirmed, nothing gets one.

    Args:
        read: the word as it was read.
        word: as its signer confirmed it.

    Returns:
        The confirmed character by its place in ``read``.
    """
    labels: dict[int, str] = {}
    equal = 0
    for kind, start, end, other, other_end in SequenceMatcher(None, read, word, autojunk=False).get_opcodes():
        if kind == "equal":
            equal += end - start
        if kind == "equal" or (kind == "replace" and end - start == other_end - other):
            labels.update(zip(range(start, end), word[other:other_end], strict=True))
    return labels if equal >= LEAST_EQUAL * max(len(read), len(word)) else {}


@dataclass(slots=True)
class _Run:
    """The best crop of the frames in which one letter was the most probable."""

    letter: str
    start_s: float
    end_s: float
    crop: HandCrop | None = None
    weight: float = 0.0


@dataclass(slots=True)
class _Word:
    """A confirmed word: the text before and after, how it was read, its crops and labels by place in it."""

    before: str
    after: str
    read: str
    crops: dict[int, HandCrop]
    labels: dict[int, str] = field(default_factory=dict)


class ConfirmedLetters:
    """One crop of each letter that a signer showed: those of confirmed words, and the newest that may be confirmed.

    :meth:`offer` is called in a worker thread, all other methods in the event loop.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._runs: deque[_Run] = deque(maxlen=_RUNS)
        self._waiting: OrderedDict[Key, HandCrop] = OrderedDict()
        self._words: deque[_Word] = deque(maxlen=MOST_WORDS)

    def offer(self, luma: Luma, reading: Reading, at_s: float, *, limited_range: bool = False) -> None:
        """Keep the hand of a frame if it is the sharpest one of its letter.

        Args:
            luma: (height, width) uint8; it is not kept.
            reading: what was read of it.
            at_s: its time in the camera's stream, seconds.
            limited_range: True when black is 16 and white 235.
        """
        letter, hand = reading.letter, reading.hand
        if letter is None:
            return
        with self._lock:
            run = self._runs[-1] if self._runs else None
            if run is None or run.letter != letter or reading.changed:
                run = _Run(letter, at_s, at_s)
                self._runs.append(run)
            run.end_s = at_s
            if hand is None or touches_edge(hand) or reading.sharpness < max(BLURRED_WEIGHT, run.weight):
                return
            if reading.sharpness > run.weight and (crop := crop_hand(luma, hand, limited_range=limited_range)):
                run.crop, run.weight = crop, reading.sharpness

    def letter(self, session: str, captured_s: float, commit: Commit) -> None:
        """Keep the crop of a letter that was published until its word is confirmed.

        Args:
            session: of the camera.
            captured_s: capture time of the letter, seconds on the room's clock.
            commit: timed in the camera's stream.
        """
        with self._lock:
            for run in reversed(self._runs):
                during = run.start_s <= commit.captured_s and run.end_s >= commit.started_s
                if during and run.letter == commit.letter and run.crop is not None:
                    self._waiting[session, captured_s] = run.crop
                    run.crop, run.weight = None, 0.0  # a doubled letter gets another frame
                    break
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)

    def confirm(self, before: str, after: str, letters: Sequence[Letter | None], read: str, word: str) -> None:
        """Label the crops of a word that was confirmed, or replaced again.

        Args:
            before: the room's text before.
            after: the room's text now.
            letters: those of the word, by character; None for one that was not signed.
            read: the word before.
            word: the word now.
        """
        last = self._words[-1] if self._words else None
        if last is not None and last.after.split() == before.split() and not any(letters):
            last.before, last.after = before, after
        else:
            keys = [None if each is None else (each.session, each.captured_s) for each in letters]
            crops = {
                place: self._waiting.pop(key)
                for place, key in enumerate(keys)
                if key is not None and key in self._waiting
            }
            if last is not None:  # only the newest word can be replaced again
                last.crops = {place: last.crops[place] for place in last.labels}
            last = _Word(before, after, read, crops)
            self._words.append(last)
        known = labels_of(last.read, word)
        last.labels = {place: known[place] for place in last.crops if place in known}
        self._drop_oldest()

    def undone(self, before: str, after: str) -> None:
        """Remove the labels of the newest word, if the room's text changed back from ``before`` to ``after``."""
        if self._words and (self._words[-1].after, self._words[-1].before) == (before, after):
            self._words.pop()

    def crops(self) -> dict[str, list[HandCrop]]:
        """The crops of each letter, the oldest first."""
        found: dict[str, list[HandCrop]] = {}
        for word, place in self._labeled():
            found.setdefault(word.labels[place], []).append(word.crops[place])
        return dict(sorted(found.items()))

    def counts(self) -> dict[str, int]:
        """The number of crops of each letter."""
        return {letter: len(crops) for letter, crops in self.crops().items()}

    def _labeled(self) -> Iterator[tuple[_Word, int]]:
        return ((word, place) for word in self._words for place in sorted(word.labels))

    def _drop_oldest(self) -> None:
        over = Counter(self.counts())
        for word, place in list(self._labeled()):
            letter = word.labels[place]
            if over[letter] > MOST:
                over[letter] -= 1
                del word.labels[place], word.crops[place]
