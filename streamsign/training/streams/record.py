"""Streams on disk: ``streams.json`` lists videos with their true letters, ``boxes.csv`` the boxes of hands."""

from __future__ import annotations

import csv
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from streamsign.collection.manifest import parse_box
from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box

_BOX = ("hand_x0", "hand_y0", "hand_x1", "hand_y1")


class TrueLetter(BaseModel):
    """A letter and the interval in which its pose is steady, seconds from the stream's first frame."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    letter: str = Field(pattern=r"^[A-Z]$")
    start_s: float = Field(ge=0)
    end_s: float = Field(ge=0)

    @model_validator(mode="after")
    def _forwards(self) -> TrueLetter:
        if self.end_s < self.start_s:
            raise ValueError("a letter ends before it starts")
        return self


class StreamRecord(BaseModel):
    """One entry of ``streams.json``: a video in the same folder with its signer and letters."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)

    file: str
    signer: str
    split: str = Field(default="", description="train, val or test; empty where a manifest says it")
    fps: float = Field(gt=0)
    truth: list[TrueLetter]


_RECORDS = TypeAdapter(list[StreamRecord])


def read_streams(folder: Path) -> list[StreamRecord]:
    """The streams of a folder, in the order of ``streams.json``.

    Raises:
        TrainingError: the file is missing, is not valid, or names a file that is not in the folder.
    """
    path = folder / "streams.json"
    try:
        records = _RECORDS.validate_json(path.read_bytes())
    except OSError as error:
        raise TrainingError(
            f"{path} cannot be read ({error.strerror}).", "Give a folder that holds streams.json and its videos."
        ) from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the whole file"
        raise TrainingError(
            f"{path} is wrong at {where}: {first['msg']}.",
            'It holds [{"file", "signer", "fps", "truth": [{"letter", "start_s", "end_s"}]}].',
        ) from error
    for record in records:
        video = folder / record.file
        if not video.is_file() or not video.resolve().is_relative_to(folder.resolve()):
            raise TrainingError(f"{path} names {record.file}, which is not in {folder}.", "Copy the whole folder.")
    return records


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
