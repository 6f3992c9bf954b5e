"""Streams of a folder, as ``streams.json`` lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from streamsign.recognition.geometry import Box
from streamsign.sources.file import VideoFile
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.streams.record import StreamRecord, read_boxes, read_streams


def folder_streams(folder: Path, crop: StreamCrop) -> Iterator[Stream]:
    """Every stream of a folder.

    Raises:
        TrainingError: ``streams.json`` or, for oracle crops, ``boxes.csv`` cannot be used.
        SourceError: a video cannot be read.
    """
    records = read_streams(folder)
    boxes = read_boxes(folder / "boxes.csv") if crop is StreamCrop.ORACLE else {}
    for record in records:
        yield stream_of(folder, record, f"{record.fps:g} fps", boxes.get(record.file, {}))


def stream_of(folder: Path, record: StreamRecord, case: str, boxes: Mapping[int, Box]) -> Stream:
    """One listed stream.

    Args:
        folder: holds its video.
        record: its entry in ``streams.json``.
        case: name of its kind.
        boxes: of the hand by number of the frame; empty if hands are to be found.
    """
    video = _Video(folder / record.file, boxes)
    return Stream(Case(case, fps=record.fps), record.signer, tuple(record.truth), video, name=record.file)


@dataclass(frozen=True, slots=True)
class _Video:
    path: Path
    boxes: Mapping[int, Box]

    def __iter__(self) -> Iterator[Shot]:
        """Every frame with the time and the range of the file, as in ``caption``."""
        for number, frame in enumerate(VideoFile(self.path)):
            yield Shot(frame.luma, frame.at_s, self.boxes.get(number), frame.limited_range)
