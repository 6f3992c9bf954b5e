"""Streams of the rendered demo signer, with exact times of letters and continuous movements between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from streamsign.demo.signer import LEVELS, DemoSigner, luma_of
from streamsign.recognition.geometry import Box
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.record import TrueLetter

RENDERED = Case("rendered")
HELD_SHARE = 0.6
"""Share of a letter's period in which it is held; the fingers move in the rest. A double takes 2.5 periods."""

WORDS = ("LOVE", "CELLO", "COOL", "VOCE", "CLOVE", "ECCO", "LOCO", "LEVEL")


def rendered_streams(words: int, seed: int) -> Iterator[Stream]:
    """Words of the demo signer, each with a different room, light and skin tone.

    Args:
        words: number of words; not more than the list has.
        seed: of the first one's scene.
    """
    period_s = 1 / RENDERED.rate
    for number, word in enumerate(WORDS[:words]):
        signer = DemoSigner(
            word,
            seed=seed + number,
            fps=RENDERED.fps,
            letter_s=HELD_SHARE * period_s,
            transition_s=(1 - HELD_SHARE) * period_s,
        )
        truth = tuple(TrueLetter(letter=each.letter, start_s=each.start_s, end_s=each.end_s) for each in signer.truth)
        yield Stream(RENDERED, "rendered", truth, _Shots(signer), name=word)


@dataclass(frozen=True, slots=True)
class _Shots:
    signer: DemoSigner

    def __iter__(self) -> Iterator[Shot]:
        for number in range(self.signer.frame_count):
            at_s = number / self.signer.fps
            yield Shot(luma_of(self.signer.render(at_s)), at_s, _box(self.signer, at_s))


def _box(signer: DemoSigner, at_s: float) -> Box | None:
    """Box of the hand, pixels; None while less than its upper half is in the picture."""
    rows, columns = np.nonzero(signer.hand_mask(at_s))
    if not len(rows) or signer.pose_at(at_s)[1] > 0.5:
        return None
    return Box(*(float(LEVELS * edge) for edge in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)))
