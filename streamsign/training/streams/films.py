"""Films of real movement: spelled words, and single letters with the hand's approach and release."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from streamsign.training.streams.build import Stream
from streamsign.training.streams.folder import stream_of
from streamsign.training.streams.record import StreamRecord, read_streams, split_of

FOLDERS = ("spelled", "clips")


def film_streams(data: Path, split: str) -> Iterator[Stream]:
    """Streams of the films of a split, without boxes; opens only files of that split.

    Args:
        data: holds spelled/ and clips/.
        split: val to fit on, test to report on.

    Raises:
        TrainingError: a list cannot be used, or does not give the split of a film.
    """
    for folder, record in film_records(data, split):
        yield stream_of(folder, record, folder.name, {})


def film_records(data: Path, split: str) -> Iterator[tuple[Path, StreamRecord]]:
    """Folder and entry of each film of a split.

    The split of a film is in ``streams.json`` or, by file, in ``manifest.csv`` beside it. Missing folders are left
    out.

    Args:
        data: holds spelled/ and clips/.
        split: val to fit on, test to report on.

    Raises:
        TrainingError: a list cannot be used, or does not give the split of a film.
    """
    for name in FOLDERS:
        folder = data / name
        if not folder.is_dir():
            continue
        for record in read_streams(folder):
            if split_of(record, folder) == split:
                yield folder, record
