"""Frames of a video file or a network camera, with the times the camera gave them."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

import av
from av.error import FFmpegError, InvalidDataError
from av.video.frame import VideoFrame

from streamsign.errors import SourceError
from streamsign.luma import luma_of
from streamsign.recognition.frame import Frame
from streamsign.sources.source import Source

_URL = re.compile(r"(rtsps?|https?)://", re.IGNORECASE)
_UNTIMED = {"mpjpeg", "mjpeg"}
"""FFmpeg's names of formats without times: JPEG pictures one after the other, as phones and IP cameras send by HTTP."""

_NETWORK_TIMEOUT_S = 10.0


class VideoFile(Source):
    """A video file, or a network camera by its ``rtsp://`` or ``http://`` URL (MJPEG, HLS, or a file on a web server).

    Args:
        path: path of the file, or the URL.

    Attributes:
        path: the same.
        name: the same without a password.

    Raises:
        SourceError: the file does not exist or is not a video, or the camera does not answer within 10 s.
    """

    def __init__(self, path: str | Path) -> None:
        self.name = re.sub(r"//[^/@]*@", "//", str(path))  # a camera's password has no place in a message
        self.path = path
        remote = self.live = bool(_URL.match(str(path)))
        if not remote and not Path(path).is_file():
            raise SourceError(
                f"{self.name} is a folder." if Path(path).is_dir() else f"The video file {self.name} does not exist.",
                "Give the path of a video, an rtsp:// or http:// URL, the number of a webcam, or demo.",
            )
        try:
            if remote:
                # Over UDP a lost packet smears the picture until the next key frame.
                rtsp = str(path).lower().startswith("rtsp")
                options = {"rtsp_transport": "tcp", "fflags": "nobuffer"} if rtsp else {}
                self._container = av.open(str(path), options=options, timeout=_NETWORK_TIMEOUT_S)
            else:
                self._container = av.open(str(path))
        except (FFmpegError, OSError) as error:
            raise self._failed("cannot be opened", error) from error
        if not self._container.streams.video:
            self._container.close()
            raise SourceError(
                f"{self.name} has no picture in it.", "Give a video; `ffprobe FILE` lists what a file holds."
            )
        length = self._container.duration
        self._untimed = remote and self._container.format.name in _UNTIMED
        self.live = remote and (length is None or self._untimed)
        self._stream = self._container.streams.video[0]
        self._stream.thread_type = "AUTO" if not self.live else "SLICE"  # frame threads add a frame of delay each
        self.duration_s = None if self.live or length is None else length / av.time_base

    def __iter__(self) -> Iterator[Frame]:
        """Frames with their times from the start of the file, which never go back.

        A player shows time 0 where the first of the file's tracks starts, so the picture may start later. A camera's
        frames count from its first one.

        Damaged pictures are left out.

        Raises:
            SourceError: not one picture could be decoded, or the camera fell silent.
        """
        start_s = self._start_s()
        at_s, began_s = 0.0, time.monotonic()
        for picture in self._pictures():
            if self._untimed:
                at_s = time.monotonic() - began_s
            timed = picture.pts is not None or self._untimed  # raw streams carry no times
            if timed and not self._untimed:
                start_s = picture.time if start_s is None else start_s
                at_s = max(at_s, picture.time - start_s)
            luma, limited = luma_of(picture)
            yield Frame(luma, at_s, limited)
            if not timed:
                at_s += 1 / self._rate()

    def times(self) -> list[float]:
        """Times of a file's frames as iterating gives them, from its packets, seconds; nothing is decoded.

        The file cannot be iterated afterwards.
        """
        packets = self._container.demux(self._stream)
        found: list[float | None] = []
        while True:
            try:
                packet = next(packets, None)
            except (FFmpegError, OSError):
                break  # a file cut short: what came before is good
            if packet is None:
                break
            if packet.size:
                found.append(None if packet.pts is None else float(packet.pts * packet.time_base))
        timed = sorted(at_s for at_s in found if at_s is not None)
        if not timed:
            return [number / self._rate() for number in range(len(found))]
        start_s = self._start_s()
        return [max(0.0, at_s - (timed[0] if start_s is None else start_s)) for at_s in timed]

    def _rate(self) -> float:
        """Frames a second of a stream without times."""
        return float(self._stream.average_rate or self._stream.guessed_rate or 25)

    def _start_s(self) -> float | None:
        """Time of the file's start on its own clock, seconds; None where the first frame's time is the start."""
        start = None if self.live else self._container.start_time
        # A negative start is an audio encoder's delay, which players skip.
        return None if start is None else max(0.0, start / av.time_base)

    def _pictures(self) -> Iterator[VideoFrame]:
        count = 0
        damage: Exception = SourceError("It is empty.")
        packets = self._container.demux(self._stream)
        while True:
            try:
                packet = next(packets, None)
            except (FFmpegError, OSError) as error:
                damage = error
                if self.live:
                    raise self._failed("stopped sending", error) from error
                break  # a file cut short: what came before is good
            if packet is None:
                break
            try:
                pictures = packet.decode()
            except InvalidDataError as error:
                damage = error
                continue
            for picture in pictures:
                if isinstance(picture, VideoFrame):
                    count += 1
                    yield picture
        if not count:
            raise self._failed("holds no picture that can be decoded", damage)

    def _failed(self, what: str, error: Exception) -> SourceError:
        if self.live:
            step = "Check the address, user and password, and that the camera is on; `ffplay URL` should show it."
        else:
            step = "Try to play it with another program, or convert it: ffmpeg -i FILE converted.mp4"
        reason = getattr(error, "strerror", None) or str(error)
        return SourceError(f"{self.name} {what}: {reason.rstrip('.')}.", step)

    def close(self) -> None:
        """Close the file."""
        self._container.close()


def video_frames(path: str | Path) -> Iterator[Frame]:
    """Frames of a video file or ``rtsp://`` camera; see :class:`VideoFile`."""
    with VideoFile(path) as source:
        yield from source
