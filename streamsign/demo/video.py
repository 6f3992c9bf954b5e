"""The demo signer as files: Motion JPEG for Chromium's fake camera, MP4 to look at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.demo.signer import DemoSigner
from streamsign.errors import SourceError

JPEG_QUALITY = 95


@dataclass(frozen=True, slots=True)
class Film:
    """A rendered word, compressed: small enough to keep, fast to play.

    Attributes:
        pictures: one JPEG a frame.
        fps: frames a second.
    """

    pictures: tuple[bytes, ...]
    fps: float

    def __len__(self) -> int:
        """Number of frames."""
        return len(self.pictures)

    @property
    def duration_s(self) -> float:
        """Seconds the film lasts."""
        return len(self.pictures) / self.fps

    def picture(self, number: int) -> NDArray[np.uint8]:
        """Frame ``number`` (counted from 0) as (H, W, 3) uint8 BGR."""
        decoded = cv2.imdecode(np.frombuffer(self.pictures[number], np.uint8), cv2.IMREAD_COLOR)
        return np.asarray(decoded, np.uint8)


def make_film(signer: DemoSigner, on_frame: Callable[[int, int], None] | None = None) -> Film:
    """Render every frame of a signer; ``on_frame(done, total)`` is called after each."""
    return Film(tuple(_jpegs(signer, on_frame)), signer.fps)


def write_mjpeg(path: Path | str, signer: DemoSigner) -> Path:
    """Write concatenated JPEGs, the form Chromium's ``--use-file-for-fake-video-capture`` takes (ending .mjpeg).

    Chromium plays such a file at 30 fps whatever its contents, from the start and in a loop.

    Raises:
        SourceError: the file cannot be written.
    """
    target = Path(path)
    try:
        with target.open("wb") as out:
            for picture in _jpegs(signer, None):
                out.write(picture)
    except OSError as error:
        raise SourceError(
            f"{target} cannot be written: {error.strerror}.", "Choose a folder you may write to."
        ) from error
    return target


def write_mp4(path: Path | str, film: Film) -> Path:
    """Write an H.264 MP4 that players and ``streamsign caption`` read.

    Raises:
        SourceError: the file cannot be written, or its ending names no video format.
    """
    target = Path(path)
    try:
        with av.open(str(target), "w") as container:
            stream = container.add_stream("libx264", rate=Fraction(film.fps).limit_denominator(1001))
            stream.pix_fmt = "yuv420p"
            stream.options = {"crf": "20", "preset": "veryfast"}
            for number in range(len(film.pictures)):
                frame = av.VideoFrame.from_ndarray(film.picture(number), format="bgr24")
                if number == 0:
                    stream.width, stream.height = frame.width, frame.height
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
    except (OSError, ValueError, av.FFmpegError) as error:
        raise SourceError(
            f"{target} cannot be written: {error}.", "Choose a name ending in .mp4 in a folder you may write to."
        ) from error
    return target


def jpeg(picture: NDArray[np.uint8]) -> bytes:
    """A picture, (H, W, 3) uint8 BGR, as a film holds it."""
    return cv2.imencode(".jpg", picture, [int(cv2.IMWRITE_JPEG_QUALITY), JPEG_QUALITY])[1].tobytes()


def _jpegs(signer: DemoSigner, on_frame: Callable[[int, int], None] | None) -> Iterator[bytes]:
    total = signer.frame_count
    for number in range(total):
        yield jpeg(signer.render(number / signer.fps))
        if on_frame is not None:
            on_frame(number + 1, total)
