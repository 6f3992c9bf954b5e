"""Streams of folders, as ``streams.json`` or ``manifest.csv`` lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from streamsign.errors import TrainingError
from streamsign.recognition.geometry import Box
from streamsign.sources.file import VideoFile
from streamsign.training.streams.build import Case, Stream
from streamsign.training.streams.film import Shot
from streamsign.training.streams.film_check import check_film
from streamsign.training.streams.readings import StreamCrop
from streamsign.training.streams.record import (
    StreamRecord,
    list_of,
    place_of,
    read_boxes,
    read_streams,
    split_of,
)


def folder_streams(paths: Sequence[Path], crop: StreamCrop, split: str | None = None) -> list[Stream]:
    """The streams of lists; a film that is listed again with the same signer and letters counts once.

    Every film is checked before any is read.

    Args:
        paths: folders or JSON files, see :func:`streamsign.training.streams.record.read_streams`.
        crop: for oracle crops a ``boxes.csv`` beside the films is read.
        split: only films of this split; None takes all.

    Raises:
        TrainingError: a list or, for oracle crops, ``boxes.csv`` cannot be used, two entries of a film differ, a film
            does not fit its entry, or no film has the split.
        SourceError: a film cannot be read.
    """
    found: dict[Path, tuple[Path, StreamRecord]] = {}
    listed: dict[Path, tuple[str, StreamRecord]] = {}
    splits = set()
    for path in paths:
        folder = path if path.is_dir() else path.parent
        for number, record in enumerate(read_streams(path)):
            film = (folder / record.file).absolute()
            place = place_of(list_of(path), number)
            _require_same(film, *listed.setdefault(film, (place, record)), place, record)
            if split is not None:
                splits.add(split_of(record, folder))
            if split is None or record.split == split:
                found.setdefault(film, (folder, record))
    if not found:
        raise TrainingError(f"No film has the split '{split}'.", f"There are: {', '.join(sorted(splits))}.")
    for folder, record in found.values():
        check_film(folder, record)
    folders = {folder for folder, _ in found.values()} if crop is StreamCrop.ORACLE else set()
    boxes = {folder: read_boxes(folder / "boxes.csv") for folder in folders}
    for folder, record in found.values():
        if folder in boxes and record.file not in boxes[folder]:
            raise TrainingError(
                f"{folder / 'boxes.csv'} has no row of {record.file}.",
                "Add its frames, with empty boxes where no hand is seen, or pass --crop hand.",
            )
    return [
        stream_of(folder, record, f"{record.fps:g} fps", boxes.get(folder, {}).get(record.file, {}))
        for folder, record in found.values()
    ]


def _require_same(film: Path, place: str, record: StreamRecord, second_place: str, second: StreamRecord) -> None:
    """Check that two entries of a film agree; a split may be missing from one.

    Raises:
        TrainingError: they do not.
    """
    splits = {record.split, second.split} - {""}
    different = ["signers"] * (record.signer != second.signer) + ["letters or times"] * (record.truth != second.truth)
    different += ["splits"] * (len(splits) > 1)
    if different:
        raise TrainingError(
            f"{place}, and {second_place} list {film.name} with different {' and '.join(different)}.",
            'Keep one of them. A film of several letters has one entry in streams.json, with all of them in "truth".',
        )


def stream_of(folder: Path, record: StreamRecord, case: str, boxes: Mapping[int, Box]) -> Stream:
    """One listed stream.

    Args:
        folder: holds its video.
        record: its entry.
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
