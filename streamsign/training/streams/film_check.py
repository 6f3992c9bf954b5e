"""What a list says of a film, compared with the film, before it is read."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from streamsign.errors import TrainingError
from streamsign.sources.file import VideoFile
from streamsign.training.streams.record import StreamRecord

RATE_TOLERANCE = 0.02
"""Greatest difference of the listed frame rate, as a share: 29.97 may be listed as 30, but 25 not as 24."""

LATE_S = 0.1
"""Longest time by which a letter may end after its film: ends that a person marks by eye differ by so much."""


def check_film(folder: Path, record: StreamRecord) -> None:
    """Check that a film can be read, has the listed frame rate, and lasts until its last letter ends.

    Args:
        folder: holds the film.
        record: its entry.

    Raises:
        SourceError: it cannot be opened, or its pictures cannot be decoded.
        TrainingError: it has another frame rate, or a letter is outside of it.
    """
    path = folder / record.file
    with VideoFile(path) as film:
        next(iter(film))
    with VideoFile(path) as film:
        times = film.times()
    if len(times) > 1:
        _check_rate(path, record.fps, np.array(times))
    end_s = times[-1] + 1 / record.fps
    for number, each in enumerate(record.truth, start=1):
        if each.end_s > end_s + LATE_S:
            raise TrainingError(
                f"{path} lasts {end_s:.2f} s, but its letter {number}, {each.letter}, is listed at "
                f"{each.start_s:g} to {each.end_s:g} s.",
                "List start_s and end_s in seconds from the start of the film.",
            )


def _check_rate(path: Path, listed: float, times: np.ndarray[tuple[int], np.dtype[np.float64]]) -> None:
    # A webcam's film has its nominal rate in most steps, and a lower one on average.
    rates = [
        1 / max(1e-6, step_s)
        for step_s in (float(np.median(np.diff(times))), (times[-1] - times[0]) / (len(times) - 1))
    ]
    if all(abs(listed / rate - 1) > RATE_TOLERANCE for rate in rates):
        raise TrainingError(
            f"{path} has {rates[0]:.4g} frames a second, but {listed:g} are listed.",
            "List the film's rate, and letters in seconds of its own time. A film without times, such as .mjpeg, is "
            "read at 25; give it times: ffmpeg -framerate 30 -i FILE.mjpeg FILE.mp4",
        )
