"""A film of the demo signer, encoded once, so that one machine can send it from many virtual cameras."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import av
import numpy as np
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType
from numpy.typing import NDArray

from streamsign.demo.signer import DemoSigner

WORD = "CELLO"
KEY_EVERY_S = 2
"""Interval of key frames, at which a camera can start and a receiver recovers from loss."""

REALTIME = {
    "deadline": "realtime",
    "cpu-used": "-6",
    "lag-in-frames": "0",
    "noise-sensitivity": "4",
    "static-thresh": "1",
    "undershoot-pct": "100",
    "overshoot-pct": "15",
}
"""Options of the encoder, as in aiortc and browsers."""


@dataclass(frozen=True, slots=True)
class EncodedFilm:
    """VP8 frames in their order, to be played in a loop.

    Attributes:
        frames: the encoded frames.
        keys: numbers of the key frames; 0 is one.
        width, height: pixels.
        fps: frames a second.
    """

    frames: tuple[bytes, ...]
    keys: tuple[int, ...]
    width: int
    height: int
    fps: int

    @property
    def bit_rate(self) -> float:
        """Bits a second."""
        return 8 * sum(map(len, self.frames)) * self.fps / len(self.frames)


def encode_film(width: int, height: int, fps: int, bit_rate: int, *, word: str = WORD, seed: int = 5) -> EncodedFilm:
    """Render and encode the demo signer spelling a word.

    Args:
        width: of the picture, pixels.
        height: of the picture, pixels.
        fps: frames a second.
        bit_rate: bits a second the encoder may use.
        word: that is spelled.
        seed: of the signer.
    """
    signer = DemoSigner(word, seed=seed, fps=fps, width=width, height=height)
    return encode_pictures([signer.render(number / fps) for number in range(signer.frame_count)], fps, bit_rate)


def encode_pictures(pictures: Sequence[NDArray[np.uint8]], fps: int, bit_rate: int) -> EncodedFilm:
    """Encode pictures as browsers do in real time.

    Args:
        pictures: (height, width, 3) uint8 BGR each, all of one size.
        fps: frames a second.
        bit_rate: bits a second the encoder may use.
    """
    height, width = pictures[0].shape[:2]
    encoder = av.CodecContext.create("libvpx", "w")
    assert isinstance(encoder, VideoCodecContext)  # noqa: S101 - it is one
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.framerate, encoder.time_base = Fraction(fps), Fraction(1, fps)
    encoder.bit_rate, encoder.qmin, encoder.qmax, encoder.thread_count = bit_rate, 2, 56, 1
    encoder.options = {**REALTIME, "bufsize": str(bit_rate), "minrate": str(bit_rate), "maxrate": str(bit_rate)}
    frames, keys = [], []
    for number, picture in enumerate(pictures):
        frame = av.VideoFrame.from_ndarray(picture, format="bgr24").reformat(format="yuv420p")
        frame.pts = number
        frame.pict_type = PictureType.I if number % (KEY_EVERY_S * fps) == 0 else PictureType.NONE
        [packet] = encoder.encode(frame)
        if packet.is_keyframe:
            keys.append(number)
        frames.append(bytes(packet))
    return EncodedFilm(tuple(frames), tuple(keys), width, height, fps)
