"""Streams of the rendered demo signer: each finger moves at its own time, and the times of letters are exact."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streamsign.demo.coarticulation import RAISE_S, CoarticulatedMotion, Hold, filmed_times
from streamsign.demo.motion import REST_S
from streamsign.demo.signer import DemoSigner, luma_of
from streamsign.recognition.geometry import Box
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.films import film_records
from streamsign.training.streams.record import TrueLetter

RENDERED, AS_FILMED = Case("rendered"), Case("rendered as filmed")

WORDS = ("LOVE", "CELLO", "COOL", "VOCE", "CLOVE", "ECCO", "LOCO", "LEVEL")


def rendered_streams(words: int, seed: int) -> Iterator[Stream]:
    """Words of the demo signer, each with a different room, light and skin tone.

    Args:
        words: number of words; not more than the list has.
        seed: of the first one's scene.
    """
    hold_s, way_s = filmed_times(RENDERED.rate)
    for number, word in enumerate(WORDS[:words]):
        signer = DemoSigner(
            word,
            seed=seed + number,
            fps=RENDERED.fps,
            letter_s=hold_s,
            transition_s=way_s,
            coarticulated=True,
        )
        yield _stream(RENDERED, signer)


def streams_as_filmed(data: Path, split: str, seed: int) -> Iterator[Stream]:
    """The words of the films of a split, by the demo signer in the films' own times, at their frame rates.

    Movements of the same letters in the same times can be compared frame by frame, whatever the pace.

    Args:
        data: holds spelled/ and clips/; films of one letter are left out.
        split: val to choose numbers on.
        seed: of the first one's scene.

    Raises:
        TrainingError: a list of films cannot be used, or does not give the split of a film.
    """
    words = (record for _, record in film_records(data, split) if len(record.truth) > 1)
    for number, record in enumerate(words):
        later_s = max(0.0, REST_S + RAISE_S - record.truth[0].start_s)
        holds = [
            Hold(each.letter, each.start_s + later_s, each.end_s + later_s, place == 0)
            for place, each in enumerate(record.truth)
        ]
        motion = CoarticulatedMotion(holds, np.random.default_rng([seed + number, 11]))
        word = "".join(each.letter for each in record.truth)
        yield _stream(AS_FILMED, DemoSigner(word, seed=seed + number, fps=record.fps, motion=motion))


def _stream(case: Case, signer: DemoSigner) -> Stream:
    truth = tuple(TrueLetter(letter=each.letter, start_s=each.start_s, end_s=each.end_s) for each in signer.truth)
    return Stream(case, "rendered", truth, _Shots(signer), name=signer.word)


@dataclass(frozen=True, slots=True)
class _Shots:
    signer: DemoSigner

    def __iter__(self) -> Iterator[Shot]:
        for number in range(self.signer.frame_count):
            at_s = number / self.signer.fps
            yield Shot(luma_of(self.signer.render(at_s)), at_s, _box(self.signer, at_s))


def _box(signer: DemoSigner, at_s: float) -> Box | None:
    """Box of the hand, pixels; None while less than its upper half is in the picture."""
    return None if signer.pose_at(at_s)[1] > 0.5 else signer.hand_box(at_s)
