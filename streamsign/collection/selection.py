"""Which frames of a take are kept: the sharpest of each quarter second, unless it repeats an earlier picture.

Pure: the time comes with each frame.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from enum import StrEnum

from streamsign.collection.crop import HandCrop, crop_hand, touches_edge
from streamsign.collection.likeness import SAME_PICTURE, Thumbnail, difference, thumbnail_of
from streamsign.collection.manifest import Picture, read_gray
from streamsign.errors import TrainingError
from streamsign.recognition.events import Reading
from streamsign.recognition.frame import Luma
from streamsign.recognition.framing import square_around
from streamsign.recognition.geometry import Box
from streamsign.recognition.hints import BLURRED_WEIGHT
from streamsign.recognition.patch import cut_patch

EVERY_S = 0.25
"""Of the frames of this time the sharpest is kept: at most 12 of a take of 3 s."""


class Drop(StrEnum):
    """Why a frame is not kept."""

    NO_HAND = "no_hand"
    CUT_OFF = "cut_off"
    BLURRED = "blurred"
    REPEATED = "repeated"


class Selection:
    """Chooses among the frames of takes of one signer. It keeps thumbnails of what was kept.

    Not thread-safe.
    """

    def __init__(self) -> None:
        self._seen: dict[str, list[Thumbnail]] = defaultdict(list)
        self._letter = ""
        self.start("")

    def know(self, pictures: Iterable[Picture], letter: str) -> None:
        """Take in stored pictures of a letter, which are not to be repeated.

        Args:
            pictures: of the signer, of any letter. A damaged or missing file is passed over.
            letter: the others are not read.
        """
        for picture in pictures:
            if picture.letter == letter and picture.hand is not None:
                with contextlib.suppress(TrainingError):
                    self._seen[letter].append(_thumbnail(read_gray(picture.path), picture.hand))

    def start(self, letter: str) -> None:
        """Begin a take of a letter. What the take before has not returned is dropped."""
        self._letter = letter
        self._until_s: float | None = None
        self._best: HandCrop | None = None
        self._weight = 0.0
        self._reason: Drop | None = None
        self.dropped: Counter[Drop] = Counter()
        """Quarter seconds of this take from which no frame was kept, by the reason of the best frame."""

    def offer(self, luma: Luma, reading: Reading, at_s: float, *, limited_range: bool = False) -> HandCrop | None:
        """Take in the next frame of the take.

        Args:
            luma: (height, width) uint8; it is not kept.
            reading: what was read of it.
            at_s: its time, seconds, never decreasing.
            limited_range: True when black is 16 and white 235.

        Returns:
            The crop to keep of the quarter second that this frame ends, if there is one.
        """
        kept = None
        if self._until_s is None:
            self._until_s = at_s + EVERY_S
        elif at_s >= self._until_s:
            kept = self.finish()
            self._until_s = at_s + EVERY_S
        self._take(luma, reading, limited_range)
        return kept

    def finish(self) -> HandCrop | None:
        """The crop to keep of the quarter second that has begun, if there is one."""
        best, reason = self._best, self._reason
        self._best, self._reason, self._weight = None, None, 0.0
        if best is None:
            if reason is not None:
                self.dropped[reason] += 1
            return None
        thumbnail = _thumbnail(best.pixels, best.hand)
        seen = self._seen[self._letter]
        if any(difference(thumbnail, other) < SAME_PICTURE for other in seen):
            self.dropped[Drop.REPEATED] += 1
            return None
        seen.append(thumbnail)
        return best

    def _take(self, luma: Luma, reading: Reading, limited_range: bool) -> None:
        hand = reading.hand
        if hand is None:
            self._reason = self._reason or Drop.NO_HAND
        elif touches_edge(hand):
            self._reason = Drop.CUT_OFF
        elif reading.sharpness < BLURRED_WEIGHT:
            self._reason = Drop.BLURRED
        elif reading.sharpness > self._weight and (crop := crop_hand(luma, hand, limited_range=limited_range)):
            self._best, self._weight = crop, reading.sharpness


def _thumbnail(pixels: Luma, hand: Box) -> Thumbnail:
    return thumbnail_of(cut_patch(pixels, square_around(hand)))
