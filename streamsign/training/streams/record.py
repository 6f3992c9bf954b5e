"""Streams on disk: lists of videos with their true letters, and ``boxes.csv`` with the boxes of hands."""

from __future__ import annotations

import csv
import itertools
import unicodedata
from pathlib import Path, PurePath
from typing import Any

from pydantic import (
    AliasChoices,
    BaseModel,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import ErrorDetails, from_json

from streamsign.collection.manifest import parse_box
from streamsign.collection.names import check_letter
from streamsign.errors import CollectionError, TrainingError
from streamsign.recognition.geometry import Box
from streamsign.training.streams.film_list import FILM_LIST, listed_films, repetitions

_LIST = "streams.json"
_FILM_COLUMNS = ("file", "signer", "letter", "split", "repetitions", "frame_rate")
_NO_LETTERS = ("none", "other")
_BOX = ("hand_x0", "hand_y0", "hand_x1", "hand_y1")


class TrueLetter(BaseModel):
    """A letter and the interval in which its pose is steady, seconds from the stream's first frame.

    A letter may have several characters: those of models of own letters follow the rule of
    :func:`streamsign.collection.names.check_letter`.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    letter: str
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)

    @field_validator("letter")
    @classmethod
    def _can_be_a_letter(cls, value: str) -> str:
        letter = unicodedata.normalize("NFC", value)  # as the names of folders of pictures
        if letter.casefold() in _NO_LETTERS:
            raise ValueError(f"'{letter}' stands for hands that show no letter; list letters only")
        try:
            check_letter(letter)
        except CollectionError as error:
            raise ValueError(f"{error.problem.rstrip('.')} ({error.next_step.rstrip('.')})") from error
        return letter

    @model_validator(mode="after")
    def _forwards(self) -> TrueLetter:
        if self.end_s < self.start_s:
            raise ValueError("it ends before it starts")
        return self


class StreamRecord(BaseModel):
    """One entry of a list of streams: a video in the same folder with its signer and letters."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    file: str
    signer: str
    split: str = Field(default="", description="train, val or test; empty if it is not known")
    fps: float = Field(gt=0)
    truth: list[TrueLetter] = Field(
        validation_alias=AliasChoices("truth", "letters"), description="in their order; letters in `demo --truth`"
    )

    @model_validator(mode="before")
    @classmethod
    def _listed_once(cls, entry: Any) -> Any:
        if isinstance(entry, dict) and {"truth", "letters"} <= entry.keys():
            raise ValueError('it has both "truth" and "letters", which stand for the same; keep one')
        return entry

    @field_validator("file", "signer")
    @classmethod
    def _named(cls, value: str, info: ValidationInfo) -> str:
        if not value.strip():
            raise ValueError(f"{info.field_name} is empty")
        return value

    @model_validator(mode="after")
    def _one_by_one(self) -> StreamRecord:
        for before, each in itertools.pairwise(self.truth):
            if each.start_s < before.end_s:
                raise ValueError(
                    f"{each.letter} starts at {each.start_s:g} s, before {before.letter} ends at {before.end_s:g} s"
                )
        return self


_RECORDS = TypeAdapter(list[StreamRecord])


def read_streams(path: Path) -> list[StreamRecord]:
    """The streams of a list, in its order. A symbolic link in the folder is as good as a file.

    Args:
        path: a folder with ``streams.json`` or, without it, with ``manifest.csv``, a film a row; or a JSON file with
            such a list or one entry of it, as ``demo --truth`` writes. The videos are in the same folder. The split
            of a film may also be in ``manifest.csv`` beside them.

    Raises:
        TrainingError: the list is missing, empty or not valid, or names a file that is not in the folder.
    """
    listed = list_of(path)
    folder = listed.parent
    if listed.name == FILM_LIST:
        entries: Any = [
            _entry(row, place_of(listed, number, row["file"]))
            for number, row in enumerate(listed_films(folder, _FILM_COLUMNS))
        ]
    else:
        entries = _read_json(listed)
    records = _validated(entries, listed)
    if not records:
        raise TrainingError(f"{listed} lists no film.", "Add an entry for each film.")
    for record in records:
        place = PurePath(record.file)
        if place.is_absolute() or ".." in place.parts:
            raise TrainingError(
                f"{listed} names {record.file}, which is not in {folder.resolve()}.",
                "Move the film into the folder, or link it there, and write its path in the folder.",
            )
        if not (folder / place).is_file():
            raise TrainingError(
                f"{listed} names {record.file}, which is not a file in {folder.resolve()}.", "Copy the film there."
            )
    if any(not record.split for record in records) and (folder / FILM_LIST).is_file():
        splits = {row.get("file"): row.get("split") or "" for row in listed_films(folder, ())}
        records = [
            each if each.split else each.model_copy(update={"split": splits.get(each.file, "")}) for each in records
        ]
    return records


def list_of(path: Path) -> Path:
    """The file that lists the streams of a path, as :func:`read_streams` takes it."""
    if not path.is_dir():
        return path
    return path / (FILM_LIST if (path / FILM_LIST).is_file() and not (path / _LIST).is_file() else _LIST)


def place_of(listed: Path, number: int, file: str = "") -> str:
    """An entry of a list in words, for errors.

    Args:
        listed: from :func:`list_of`.
        number: of the entry, counted from 0.
        file: of its film; left out if it is not known.
    """
    entry = f"row {number + 2}" if listed.name == FILM_LIST else f"entry {number + 1}"  # row 1 has the columns
    return f"{listed}, {entry}" + (f" ({file})" if file else "")


def split_of(record: StreamRecord, folder: Path) -> str:
    """The split of a film.

    Raises:
        TrainingError: the lists of its folder do not give it.
    """
    if not record.split:
        raise TrainingError(
            f"The split of {record.file} in {folder.resolve()} is not listed.",
            f'Add "split" to its entry in {_LIST} or the file of `demo --truth`, or to its row in {FILM_LIST}.',
        )
    return record.split


def _read_json(path: Path) -> Any:
    try:
        found = from_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}).",
            f"Give a folder that holds {_LIST} or {FILM_LIST} and its videos, or a file that `demo --truth` wrote.",
        ) from error
    except ValueError as error:
        raise TrainingError(f"{path} is not JSON: {error}.", f"Give the list of films. {_FORM}") from error
    return [found] if isinstance(found, dict) else found


def _validated(entries: Any, path: Path) -> list[StreamRecord]:
    try:
        return _RECORDS.validate_python(entries)
    except ValidationError as error:
        first = error.errors()[0]
        form = _COLUMNS if path.name == FILM_LIST else _FORM
        raise TrainingError(f"{_where(path, entries, first['loc'])}: {_problem(first, path)}.", form) from error


def _where(path: Path, entries: Any, loc: tuple[int | str, ...]) -> str:
    """The place of a mistake in words, such as ``streams.json, entry 2 (love.mp4), letter 1``."""
    if not loc:
        return str(path)
    entry = entries[loc[0]]
    file = entry.get("file") if isinstance(entry, dict) else None
    where = place_of(path, int(loc[0]), file if isinstance(file, str) else "")
    letters = [part for part in loc[1:] if isinstance(part, int)]
    return where + "".join(f", letter {number + 1}" for number in letters if path.name != FILM_LIST)


def _problem(error: ErrorDetails, path: Path) -> str:
    """What is wrong, with the name of the field as the list has it."""
    names = [part for part in error["loc"] if isinstance(part, str)]
    name = names[-1] if names else ""
    if path.name == FILM_LIST and name == "fps":
        name = "frame_rate"
    kind, is_element = error["type"], not isinstance((error["loc"] or ("",))[-1], str)
    if kind == "missing":
        return f"{name} is missing"
    if kind == "list_type" and not names:
        return "it is not a list of films"
    if kind in ("model_type", "model_attributes_type", "dict_type") and is_element:
        return "it is not an object"
    problem = error["msg"].removeprefix("Value error, ")
    return problem.replace("Input", name, 1) if name and problem.startswith("Input") else problem


_FORM = 'It holds [{"file", "signer", "fps", "truth": [{"letter", "start_s", "end_s"}]}], letters in their order.'
_COLUMNS = (
    f"Its columns are {', '.join(_FILM_COLUMNS)}; repetitions are start-end in seconds, separated by ;, as in "
    "0.30-0.70;1.20-1.60."
)


def _entry(row: dict[str, str], place: str) -> dict[str, Any]:
    """A row of a list of films as an entry of ``streams.json``."""
    times = repetitions(row, place)
    if row["letter"].strip() and row["letter"].casefold() not in _NO_LETTERS and not times:
        raise TrainingError(
            f"{place}: the letter {row['letter']} has no times.",
            "Write start-end in seconds into repetitions, or leave letter empty if nothing is spelled.",
        )
    truth = [{"letter": row["letter"], "start_s": start_s, "end_s": end_s} for start_s, end_s in times]
    return {**{name: row[name] for name in ("file", "signer", "split")}, "fps": row["frame_rate"], "truth": truth}


def read_boxes(path: Path) -> dict[str, dict[int, Box]]:
    """Box of the hand by file and number of the frame; frames in which no hand was found are not in it.

    Args:
        path: a table with the columns file, frame, hand_x0, hand_y0, hand_x1, hand_y1, in pixels; the last four empty
            where no hand was found.

    Raises:
        TrainingError: the file is missing, lacks a column, or a line cannot be read.
    """
    boxes: dict[str, dict[int, Box]] = {}
    try:
        with path.open(newline="", encoding="utf-8") as lines:
            for number, row in enumerate(csv.DictReader(lines), start=2):
                try:
                    of_file = boxes.setdefault(row["file"], {})
                    if any(row[name] for name in _BOX):
                        of_file[int(row["frame"])] = parse_box([row[name] for name in _BOX])
                except (KeyError, TypeError, ValueError) as error:
                    raise TrainingError(
                        f"{path}, line {number} is not a box.", f"It has the columns file, frame, {', '.join(_BOX)}."
                    ) from error
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}).", "Oracle crops need boxes.csv beside the videos."
        ) from error
    return boxes
