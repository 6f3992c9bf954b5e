"""Builds streams of every burst signer: words at several rates, idle minutes, shapes that are not letters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streamsign.collection.manifest import Picture, read_gray, read_manifest
from streamsign.recognition.geometry import Box
from streamsign.training.data.dataset import beside_hand
from streamsign.training.streams.bursts import BurstSigner, read_signer, signers_of
from streamsign.training.streams.film import Shot, Still, StreamFilm, fitted
from streamsign.training.streams.plan import frame_times, spell
from streamsign.training.streams.record import TrueLetter

WORDS = (
    "LOVE", "COOL", "CLOVE", "VOCE", "OCELLO", "ECCO", "CELLO", "COVE", "ECOLE", "LOCO",
    "COLLE", "OLEO", "VELO", "COCO", "LEVEL", "VOLO", "ELOC", "OCCLO", "LOOVE", "CEVOL",
)  # fmt: skip
"""Words and letter sequences over C, E, L, O and V, with many pairs of C and O and many doubles."""


@dataclass(frozen=True, slots=True)
class Case:
    """A kind of stream: spelling rate and camera."""

    name: str
    rate: float = 2.0
    fps: float = 30.0
    jitter: float = 0.0
    drops: float = 0.0


CASES = (
    Case("held", rate=0.7),
    Case("slow", rate=1.3),
    Case("normal"),
    Case("fast", rate=3.5),
    Case("12fps", fps=12.0),
    Case("uneven", fps=24.0, jitter=0.4, drops=0.1),
)
"""``12fps`` has exactly the words and movements of ``normal``."""

IDLE, OUTSIDE = Case("idle"), Case("outside", rate=1.3)
IDLE_S = 60.0
OUTSIDE_SHAPES, OUTSIDE_STREAMS = 5, 8
_SCENE_S = (3.0, 6.0)  # duration of one picture in an idle stream


@dataclass(frozen=True, slots=True)
class Stream:
    """A labeled stream; its pictures are rendered during iteration.

    Attributes:
        case: its kind.
        signer: who signs.
        truth: the letters, in order.
        shots: its frames.
        shown: other shapes that are shown, which are not letters of the model.
        name: of the stream: a film's file, or the word.
    """

    case: Case
    signer: str
    truth: tuple[TrueLetter, ...]
    shots: Iterable[Shot]
    shown: int = 0
    name: str = ""


def build_streams(
    data: Path, split: str, words: int, seed: int = 0, letters: Collection[str] = "CELOV"
) -> Iterator[Stream]:
    """Streams of every burst signer of a split, one signer at a time, because the frames of one take 150 MB.

    Opens only files of that split.

    Args:
        data: holds bursts/, hands/, frames/ and none/.
        split: val to fit on, test to report on.
        words: in each case, for each signer.
        seed: decides words, movements and pictures.
        letters: of the model; pictures of them are not shown as other shapes.

    Raises:
        TrainingError: a file is missing or cannot be read.
    """
    foreign = foreign_rows(data / "hands", split, {*letters, *"".join(WORDS)})
    rooms = _room_rows(data, split)
    for number, (name, files) in enumerate(sorted(signers_of(data / "bursts", split).items())):
        signer = read_signer(data / "bursts", name, files)
        yield from word_streams(signer, foreign, words, [seed, number])
        yield from _outside(signer, foreign, [seed, number, 1])
        yield Stream(IDLE, name, (), _Idle(signer, rooms, (seed, number, 2)))


def word_streams(
    signer: BurstSigner,
    foreign: list[Picture],
    count: int,
    seed: list[int],
    words: Sequence[str] = WORDS,
    cases: Sequence[Case] = CASES,
) -> Iterator[Stream]:
    """Words of one signer, ``count`` in each case.

    Args:
        signer: whose frames.
        foreign: pictures of shapes that may appear in transitions.
        count: words in each case.
        seed: decides words, movements and shapes in transitions.
        words: to choose from; words with a letter that the signer lacks are left out.
        cases: spelling rate and camera.
    """
    spelled = [word for word in words if set(word) <= set(signer.bursts)]
    for case in cases:
        # The same seed at every frame rate: the same words and movements.
        rng = np.random.default_rng([*seed, round(case.rate * 10), round(case.jitter * 10)])
        for number in range(count):
            word = spelled[(number + int(rng.integers(len(spelled)))) % len(spelled)]
            shapes = _pictures(signer, foreign, 2, rng)
            letters = [letter for letter in signer.bursts if letter not in word]
            plan = spell(
                word,
                case.rate,
                rng,
                fps=case.fps,
                jitter=case.jitter,
                drops=case.drops,
                passing=[*shapes, *letters[:1]],
            )
            yield Stream(case, signer.name, plan.truth, StreamFilm(plan, signer, shapes), name=word)


def _outside(signer: BurstSigner, foreign: list[Picture], seed: list[int]) -> Iterator[Stream]:
    rng = np.random.default_rng(seed)
    for _ in range(OUTSIDE_STREAMS):
        shapes = _pictures(signer, foreign, OUTSIDE_SHAPES, rng)
        plan = spell(list(shapes), OUTSIDE.rate, rng, labeled=False)
        yield Stream(OUTSIDE, signer.name, (), StreamFilm(plan, signer, shapes), OUTSIDE_SHAPES)


def _pictures(signer: BurstSigner, rows: list[Picture], count: int, rng: np.random.Generator) -> dict[str, Still]:
    chosen = [rows[i] for i in rng.choice(len(rows), count, replace=False)]
    return {
        f"#{number}": fitted(Still(read_gray(row.path), row.hand), signer.size)
        for number, row in enumerate(chosen)
        if row.hand is not None
    }


def foreign_rows(hands: Path, split: str, letters: Collection[str]) -> list[Picture]:
    """Pictures of a split whose shape is none of ``letters``."""
    return [row for row in read_manifest(hands) if row.split == split and row.letter not in letters and row.hand]


def _room_rows(data: Path, split: str) -> list[Picture]:
    rows = [*read_manifest(data / "frames"), *read_manifest(data / "none")]
    return [row for row in rows if row.split == split and (row.hand is not None or not row.letter)]


@dataclass(frozen=True, slots=True)
class _Idle:
    """A minute without a signing hand: the person's own room, other people's, and things; the camera shakes a little.

    The box moves over the picture like false hands of a locator.
    """

    signer: BurstSigner
    rows: list[Picture]
    seed: tuple[int, ...]

    def __iter__(self) -> Iterator[Shot]:
        """Every frame, in order."""
        rng = np.random.default_rng(self.seed)
        order = rng.permutation(len(self.rows))
        height, width = self.signer.plate.shape
        until, number = 0.0, 0
        picture, place, drift, side = self.signer.plate, np.zeros(2), np.zeros(2), 1.0
        for at_s in frame_times(IDLE_S, IDLE.fps, rng):
            if at_s >= until:
                until = at_s + float(rng.uniform(*_SCENE_S))
                room = None if number % 3 == 0 else _without_hand(self.rows[order[number % len(order)]])
                picture = self.signer.plate if room is None else room
                number += 1
                height, width = picture.shape
                side = float(rng.uniform(0.25, 0.6)) * min(height, width)
                place = rng.uniform([side / 2, side / 2], [width - side / 2, height - side / 2])
                drift = rng.uniform(-0.1, 0.1, 2) * side
            place = np.clip(place + drift / IDLE.fps, [side / 2] * 2, [width - side / 2, height - side / 2])
            x, y = place
            yield Shot(picture, at_s, Box(x - side / 2, y - side / 2, x + side / 2, y + side / 2))


def _without_hand(row: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]] | None:
    luma = read_gray(row.path)
    return luma if row.hand is None else beside_hand(luma, row.hand)
