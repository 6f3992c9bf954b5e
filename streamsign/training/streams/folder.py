"""Streams of a folder, as ``streams.json`` lists them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from streamsign.recognition.geometry import Box
from streamsign.recognition.levels import full_range_levels
from streamsign.sources.file import VideoFile
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.streams.record import read_boxes, read_streams

_LEVELS = full_range_levels(limited_range=True).round().astype(np.uint8)


def folder_streams(folder: Path, crop: StreamCrop) -> Iterator[Stream]:
    """Every stream of a folder.

    Raises:
        TrainingError: ``streams.json`` or, for oracle crops, ``boxes.csv`` cannot be used.
        SourceError: a video cannot be read.
    """
    records = read_streams(folder)
    boxes = read_boxes(folder / "boxes.csv") if crop is StreamCrop.ORACLE else {}
    for record in records:
        case = Case(f"{record.fps:g} fps", fps=record.fps)
        yield Stream(case, record.signer, tuple(record.truth), _Video(folder / record.file, boxes.get(record.file, {})))


@dataclass(frozen=True, slots=True)
class _Video:
    path: Path
    boxes: dict[int, Box]

    def __iter__(self) -> Iterator[Shot]:
        """Every frame in full range, at the time the file gives it."""
        for number, frame in enumerate(VideoFile(self.path)):
            luma = _LEVELS[frame.luma] if frame.limited_range else frame.luma
            yield Shot(luma, frame.at_s, self.boxes.get(number))
