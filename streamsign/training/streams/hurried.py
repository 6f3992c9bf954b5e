"""Films of held letters played at talking speed: short holds and quick changes of letters by real hands.

Few films show spelling at talking speed. In films of letters that are held for seconds every change of letters is real;
only the pace is not. Here holds and changes are played faster, each by its own factor. Motion blur comes from averaging
the frames within the shutter's time (Nah et al. 2017, "Deep multi-scale convolutional neural network for dynamic scene
deblurring", makes blurred frames so).
"""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.frame import Frame, Luma
from streamsign.sources.file import VideoFile
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.films import film_records
from streamsign.training.streams.record import StreamRecord, TrueLetter

HURRIED, HURRIED_LETTER = Case("hurried"), Case("hurried letter")

DRAWN = "JZ"
"""Letters that are drawn: faster, they are other movements."""

RATES = (1.7, 4.5)
"""Letters a second of a word, drawn evenly by logarithm."""

_HELD_SHARE = (0.4, 0.7)  # of a letter's period
_SPREAD = 0.3  # standard deviation of the logarithm of a hold
_LAST_TIMES = 2.0  # the last letter of a word is held longer (Keane 2014, "Towards an articulatory model of handshape")
_LETTERS = (3, 6)
_EXPOSURE_S = (1 / 80, 1 / 30)
_LEAD_S = 0.5  # of the film before its first letter and after its last one
_EMPTY_S = 0.4  # without a hand, after a word
_EMPTY_LUMA = 128
_LEAST_FPS = 20.0
_LEAST_HELD_S = 0.5  # median hold of a film


def hurried_streams(data: Path, split: str, words: int, seed: int = 0) -> Iterator[Stream]:
    """Words of consecutive letters of each film of a split, at talking speed, without boxes.

    Opens only films of that split, and of them those with 20 frames a second or more in which letters are held.

    Args:
        data: holds spelled/ and clips/.
        split: val to fit on, test to report on.
        words: for each film of a word; there is one of each film of a letter.
        seed: decides letters, pace and shutter.

    Raises:
        TrainingError: a list of films cannot be used, or does not give the split of a film.
    """
    for number, (folder, record) in enumerate(film_records(data, split)):
        if record.fps < _LEAST_FPS or not _runs(record.truth) or not _is_held(record.truth):
            continue
        rng = np.random.default_rng([seed, number, 5])
        for _ in range(words if len(record.truth) > 1 else 1):
            yield _word(folder, record, rng)


def _word(folder: Path, record: StreamRecord, rng: np.random.Generator) -> Stream:
    """Consecutive letters of a film, hurried."""
    runs = _runs(record.truth)
    sizes = np.array([stop - start for start, stop in runs], np.float64)
    start, stop = runs[int(rng.choice(len(runs), p=sizes / sizes.sum()))]
    count = min(stop - start, int(rng.integers(_LETTERS[0], _LETTERS[1] + 1)))
    first = start + int(rng.integers(stop - start - count + 1))
    chosen = record.truth[first : first + count]
    period_s = 1 / float(np.exp(rng.uniform(*np.log(RATES))))
    share = float(rng.uniform(*_HELD_SHARE))
    held_s = share * period_s * np.exp(rng.normal(0, _SPREAD, count))
    held_s[-1] *= _LAST_TIMES
    way_s = (1 - share) * period_s * np.exp(rng.normal(0, _SPREAD, count + 1))
    before = record.truth[first - 1].end_s if first else 0.0
    after = record.truth[first + count].start_s if first + count < len(record.truth) else np.inf
    begin = max(chosen[0].start_s - _LEAD_S, (before + chosen[0].start_s) / 2)
    end = min(chosen[-1].end_s + _LEAD_S, (after + chosen[-1].end_s) / 2)
    filmed, shown = [begin], [0.0]
    for each, held, way in zip(chosen, held_s, way_s[:-1], strict=True):
        # Nothing is played slower than it was filmed.
        for until, length in ((each.start_s, way), (each.end_s, held)):
            passed = until - filmed[-1]
            shown.append(shown[-1] + min(passed, float(length)))
            filmed.append(until)
    shown.append(shown[-1] + min(end - filmed[-1], float(way_s[-1])))
    filmed.append(end)
    truth = tuple(
        TrueLetter(letter=each.letter, start_s=shown[2 * place + 1], end_s=shown[2 * place + 2])
        for place, each in enumerate(chosen)
    )
    shots = _Hurried(folder / record.file, tuple(filmed), tuple(shown), float(rng.uniform(*_EXPOSURE_S)))
    case = HURRIED if len(record.truth) > 1 else HURRIED_LETTER
    return Stream(case, record.signer, truth, shots, name="".join(each.letter for each in chosen))


def _is_held(truth: Sequence[TrueLetter]) -> bool:
    return float(np.median([each.end_s - each.start_s for each in truth])) >= _LEAST_HELD_S


def _runs(truth: Sequence[TrueLetter]) -> list[tuple[int, int]]:
    """Where runs of letters that are not drawn begin and end."""
    runs = []
    for drawn, places in itertools.groupby(range(len(truth)), lambda place: truth[place].letter in DRAWN):
        if not drawn:
            run = list(places)
            runs.append((run[0], run[-1] + 1))
    return runs


@dataclass(frozen=True, slots=True)
class _Hurried:
    """Frames of a film by another clock: ``filmed`` seconds of it are shown at ``shown``."""

    path: Path
    filmed: tuple[float, ...]
    shown: tuple[float, ...]
    exposure_s: float

    def __iter__(self) -> Iterator[Shot]:
        """Every frame, in order; at the end some without a hand."""
        times = np.arange(0, self.shown[-1], 1 / HURRIED.fps).tolist()
        pending = deque((at_s, *self._open(at_s)) for at_s in times)
        recent: list[Frame] = []
        shot: Shot | None = None
        for frame in VideoFile(self.path):
            recent.append(frame)
            while pending and pending[0][2] <= frame.at_s:
                at_s, opens_s, closes_s = pending.popleft()
                seen = [each for each in recent if opens_s <= each.at_s <= closes_s]
                middle_s = (opens_s + closes_s) / 2
                seen = seen or [min(recent, key=lambda each: abs(each.at_s - middle_s))]
                shot = Shot(_mean([each.luma for each in seen]), at_s, None, frame.limited_range)
                yield shot
            if not pending:
                break
            # The last one before the shutter opens may be the nearest.
            first = max((n for n, each in enumerate(recent) if each.at_s < pending[0][1]), default=0)
            recent = recent[first:]
        if shot is not None:
            empty = np.full_like(shot.luma, _EMPTY_LUMA)
            for number in range(1, round(_EMPTY_S * HURRIED.fps) + 1):
                yield Shot(empty, shot.at_s + number / HURRIED.fps, None, shot.limited_range)

    def _open(self, at_s: float) -> tuple[float, float]:
        """When the shutter opens and closes, seconds of the film."""
        opens_s, closes_s = np.interp([at_s - self.exposure_s / 2, at_s + self.exposure_s / 2], self.shown, self.filmed)
        return float(opens_s), float(closes_s)


def _mean(pictures: Sequence[Luma]) -> NDArray[np.uint8]:
    if len(pictures) == 1:
        return pictures[0]
    return np.asarray(np.mean(np.stack(pictures), axis=0, dtype=np.float32) + 0.5, np.uint8)
