"""Films of drawn letters, and of what must not be taken for one, as the recognizer follows their hands."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from streamsign.recognition.model import Model
from streamsign.sources.file import VideoFile
from streamsign.training.paths.fit import DrawnSpan, HandFilm
from streamsign.training.paths.made import drawn_hands
from streamsign.training.paths.moved import moved_hands
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.film_list import FILM_LIST, listed_films, repetitions
from streamsign.training.streams.films import film_streams
from streamsign.training.streams.names import name_streams
from streamsign.training.streams.readings import Readings, StreamCrop, StreamReader
from streamsign.training.streams.record import place_of

MOVING, BURSTS, MOVED = "moving", "bursts", "moved"

_COLUMNS = ("file", "signer", "letter", "split")
_DRAWN_COLUMNS = (*_COLUMNS, "repetitions")


class FilmReader:
    """Reads the films of one split.

    Args:
        model: follows the hands and classifies their shapes.
        data: holds moving/, and any of bursts/, clips/, spelled/, frames/ and hands/; files of that split alone are
            opened.
        split: train, val or test.
        seed: decides what is made.
        report: called with a line for a person.
    """

    def __init__(self, model: Model, data: Path, split: str, seed: int, report: Callable[[str], None]) -> None:
        self._reader = StreamReader(model, StreamCrop.HAND)
        self._data, self._split, self._seed, self._report = data, split, seed, report
        self._starts = {letter: moving.starts_from for letter, moving in model.info.moving.items()}

    def drawings(self) -> list[HandFilm]:
        """The films of moving/.

        Its ``manifest.csv`` has the columns file, signer, letter, split and repetitions: when the letter is drawn,
        ``start-end`` in seconds, separated by ``;``, as in ``0.30-0.70;1.20-1.60``.

        Raises:
            TrainingError: the list cannot be used, or lacks a column, or a repetition is not a start and an end.
            SourceError: a video cannot be read.
        """
        folder = self._data / MOVING
        found = []
        for number, row in enumerate(listed_films(folder, _DRAWN_COLUMNS)):
            if row["split"] == self._split and row["letter"] in self._starts:
                place = place_of(folder / FILM_LIST, number, row["file"])
                drawings = tuple(DrawnSpan(row["letter"], *times) for times in repetitions(row, place))
                readings = self._read(MOVING, row["signer"], row["file"], _shots(folder / row["file"]))
                found.append(HandFilm(readings, drawings))
        self._report(f"Read {len(found)} {self._split} films of {MOVING}/.")
        return found

    def made_drawings(self, count: int) -> list[HandFilm]:
        """So many films of each drawn letter, made of stills of hands/."""
        found = []
        for film in drawn_hands(self._data / "hands", self._split, self._starts, count, self._seed):
            drawings = tuple(DrawnSpan(film.drawn, *times) for times in film.drawings)
            readings = self._read(film.kind, film.signer, film.word, film.shots)
            found.append(HandFilm(readings, drawings, len(film.word) - len(drawings), made=True))
        self._report(f"Made {len(found)} {self._split} films of drawings.")
        return found

    def others(self, each: int, names: int) -> list[HandFilm]:
        """Films in which nothing is drawn, and of words, in which something may be.

        Args:
            each: films of every kind of movement of a letter that a drawn one starts from.
            names: of each signer and pace, made of the pictures of frames/ and hands/.

        Raises:
            TrainingError: a list cannot be used.
            SourceError: a video cannot be read.
        """
        starts = sorted({letter for firsts in self._starts.values() for letter in firsts})
        found = []
        for film in moved_hands(self._data / "hands", self._split, dict.fromkeys(starts, each), self._seed):
            readings = self._read(MOVED, film.signer, f"{film.word} {film.kind}", film.shots)
            found.append(HandFilm(readings, (), len(film.word), made=True))
        self._report(f"Made {len(found)} {self._split} films of moved stills.")
        folder = self._data / BURSTS
        for row in listed_films(folder, _COLUMNS) if folder.is_dir() else ():
            if row["split"] == self._split and row["letter"] in starts:
                readings = self._read(BURSTS, row["signer"], row["file"], _shots(folder / row["file"]))
                found.append(HandFilm(readings, (), 1))
        # In clips, J and Z are held or drawn as in other alphabets.
        found.extend(
            self._words(self._reader.read(stream))
            for stream in film_streams(self._data, self._split)
            if stream.case.name != "clips" or not {each.letter for each in stream.truth} & self._starts.keys()
        )
        if (self._data / "frames").is_dir():
            streams = name_streams(self._data, self._split, names, self._seed, self._reader.letters)
            found.extend(replace(self._words(self._reader.read(stream)), made=True) for stream in streams)
        self._report(f"Read {len(found)} {self._split} films with other letters.")
        return found

    def _read(self, kind: str, signer: str, name: str, shots: Iterable[Shot]) -> Readings:
        return self._reader.read(Stream(Case(kind), signer, (), shots, name=name))

    def _words(self, readings: Readings) -> HandFilm:
        drawings = tuple(
            DrawnSpan(each.letter, each.start_s, each.end_s) for each in readings.truth if each.letter in self._starts
        )
        return HandFilm(readings, drawings, len(readings.truth) - len(drawings))


def _shots(path: Path) -> Iterator[Shot]:
    for frame in VideoFile(path):
        yield Shot(frame.luma, frame.at_s, None, frame.limited_range)
