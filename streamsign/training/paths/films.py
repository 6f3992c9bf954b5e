"""Films of drawn letters, and of what must not be taken for one, as the recognizer follows their hands."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.recognition.hand_reader import HandReader
from streamsign.recognition.model import Model
from streamsign.sources.file import VideoFile
from streamsign.training.paths.fit import HandFilm
from streamsign.training.paths.moved import moved_hands
from streamsign.training.streams.film import Shot

MOVING, HELD = "moving", ("clips", "bursts")

_COLUMNS = ("file", "signer", "letter", "split")
_DRAWN_COLUMNS = (*_COLUMNS, "repetitions")

MORE_OF_STARTS = 4
"""Moved films of a letter that a drawn one starts from, over those of another."""


def read_films(
    model: Model, data: Path, splits: Iterable[str], moved: str, each: int, seed: int, tell: Callable[[str], None]
) -> list[HandFilm]:
    """Follow and classify the hands of all films of some splits.

    Each of moving/, clips/ and bursts/ holds a ``manifest.csv`` with the columns file, signer, letter and split. In
    moving/ the column repetitions lists when the letter is drawn: ``start-end`` in seconds, separated by ``;``, as in
    ``0.30-0.70;1.20-1.60``.

    Args:
        model: reads them.
        data: holds moving/, clips/, bursts/ and hands/; opens files of these splits alone.
        splits: of the films with drawings.
        moved: split of the films and stills without drawings.
        each: moved films of a letter and kind.
        seed: of the moved ones.
        tell: called with a line for a person.

    Raises:
        TrainingError: a list cannot be used, or lacks a column, or a repetition is not a start and an end.
        SourceError: a video cannot be read.
    """
    films = []
    for folder in (MOVING, *HELD):
        chosen = set(splits) if folder == MOVING else {moved}
        for row in _listed(data / folder, _DRAWN_COLUMNS if folder == MOVING else _COLUMNS):
            letter = row["letter"]
            # In clips, J and Z are held or drawn as in other alphabets.
            if row["split"] not in chosen or (folder != MOVING and letter in model.info.moving):
                continue
            drawings = _drawings(row, data / folder) if folder == MOVING else ()
            path = data / folder / row["file"]
            films.append(follow(model, row["file"], row["signer"], folder, letter, drawings, _shots(path)))
        tell(f"Read {len(films)} films up to {folder}/.")
    starts = {letter for moving in model.info.moving.values() for letter in moving.starts_from}
    counts = {letter: MORE_OF_STARTS * each if letter in starts else each for letter in model.info.letters}
    for film in moved_hands(data / "hands", moved, counts, seed):
        name = f"{film.word} {film.kind}"
        films.append(follow(model, name, film.signer, f"moved, {film.kind}", film.word, (), film.shots))
    tell(f"Read {len(films)} films with moved stills.")
    return films


def follow(
    model: Model,
    name: str,
    signer: str,
    kind: str,
    letter: str,
    drawings: tuple[tuple[float, float], ...],
    shots: Iterable[Shot],
) -> HandFilm:
    """A film's hand and what the classifier reads of it, frame by frame; arguments as of :class:`HandFilm`."""
    reader = HandReader(model)
    info = model.info
    order = [info.labels.index(label) for label in info.states]
    nothing = np.full(len(order), 1 / len(order))
    times: list[float] = []
    boxes: list[Box | None] = []
    evidence = []
    for shot in shots:
        found = reader.read(shot.luma, shot.at_s, limited_range=shot.limited_range)
        times.append(shot.at_s)
        boxes.append(None if found.track is None or found.probabilities is None else found.track.box)
        evidence.append(nothing if found.probabilities is None else found.probabilities[order].astype(np.float64))
    return HandFilm(name, signer, kind, letter, drawings, np.array(times), boxes, np.array(evidence))


def _listed(folder: Path, columns: Sequence[str]) -> list[dict[str, str]]:
    path = folder / "manifest.csv"
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            rows = list(csv.DictReader(lines))
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}).", "Give the folder that holds moving/, clips/ and bursts/."
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise TrainingError(
            f"{path} is not a table: {error}.", "Save it as comma-separated values in UTF-8."
        ) from error
    for number, row in enumerate(rows, start=2):
        if absent := [name for name in columns if row.get(name) is None]:
            raise TrainingError(
                f"{path}, row {number}: no {', '.join(absent)}.", f"Add the columns {', '.join(columns)} to every row."
            )
    return rows


def _drawings(row: Mapping[str, str], folder: Path) -> tuple[tuple[float, float], ...]:
    """When a letter is drawn in a film of a folder."""
    try:
        pairs = (each.split("-") for each in row["repetitions"].split(";") if each)
        drawings = tuple((float(start), float(end)) for start, end in pairs)
        if not all(0 <= start < end < math.inf for start, end in drawings):
            raise ValueError("a drawing ends before it begins")
    except ValueError as error:
        raise TrainingError(
            f"{folder / 'manifest.csv'}: the repetitions '{row['repetitions']}' of {row['file']} are not times.",
            "Write start-end in seconds, separated by ;, as 0.30-0.70;1.20-1.60.",
        ) from error
    return drawings


def _shots(path: Path) -> Iterator[Shot]:
    for frame in VideoFile(path):
        yield Shot(frame.luma, frame.at_s, None, frame.limited_range)
