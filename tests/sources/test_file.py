"""sources/file.py: brightness, range, rotation and times of real video files made here."""

from __future__ import annotations

import shutil
import struct
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from av.audio.stream import AudioStream
from av.video.stream import VideoStream

from streamsign.errors import SourceError
from streamsign.sources import Source, VideoFile, open_source
from streamsign.sources.file import video_frames
from tests.conftest import missing

WIDTH, HEIGHT = 100, 64  # 100 is not a multiple of a decoder's row alignment


def _film(path: Path, times_ms: list[int], codec: str = "mpeg4", pixels: str = "yuv420p", slope: int = 0) -> Path:
    """A film whose brightness grows from left to right, from frame to frame, and by ``slope`` from top to bottom."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            ramp = np.linspace(40, 180, WIDTH).astype(np.uint8) + np.uint8(number)
            gray = ramp[None, :] + np.linspace(0, slope, HEIGHT).astype(np.uint8)[:, None]
            picture = av.VideoFrame.from_ndarray(np.repeat(gray[:, :, None], 3, axis=2), format="rgb24")
            picture.pts, picture.time_base = time_ms, Fraction(1, 1000)
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def test_frames_keep_the_times_of_the_file(tmp_path: Path) -> None:
    """Times come from the file, uneven as they are, not from counting frames."""
    times_ms = [0, 40, 120, 130, 400]
    frames = list(video_frames(_film(tmp_path / "film.mkv", times_ms)))
    assert [round(frame.at_s * 1000) for frame in frames] == times_ms


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv"])
def test_times_count_from_the_start_of_the_file(tmp_path: Path, name: str) -> None:
    """A picture that starts 2 s after the sound has its first frame at 2 s, where players show it."""
    path = tmp_path / name
    rate = 48_000
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=25)
        assert isinstance(video, VideoStream)
        video.width, video.height, video.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        audio = container.add_stream("aac", rate=rate)
        assert isinstance(audio, AudioStream)
        for second in range(3):
            sound = av.AudioFrame.from_ndarray(np.zeros((1, rate), np.float32), format="fltp", layout="mono")
            sound.pts, sound.sample_rate, sound.time_base = second * rate, rate, Fraction(1, rate)
            container.mux(audio.encode(sound))
        for number in range(25):
            picture = av.VideoFrame.from_ndarray(np.zeros((HEIGHT, WIDTH, 3), np.uint8), format="rgb24")
            picture.pts, picture.time_base = 50 + number, Fraction(1, 25)
            container.mux(video.encode(picture))
        container.mux(audio.encode(None))
        container.mux(video.encode(None))
    times_s = [frame.at_s for frame in video_frames(path)]
    assert times_s == pytest.approx([2 + number / 25 for number in range(25)], abs=0.002)
    with VideoFile(path) as source:
        assert source.times() == pytest.approx(times_s)


def test_times_count_from_the_first_frame(tmp_path: Path) -> None:
    """A file that starts late still starts at 0, as players show it."""
    frames = list(video_frames(_film(tmp_path / "film.mkv", [5000, 5040])))
    assert [round(frame.at_s * 1000) for frame in frames] == [0, 40]


def test_luma_is_the_decoders_plane_without_padding(tmp_path: Path) -> None:
    """The brightness has the picture's size, its gradient, and is known to be limited range."""
    frame = next(video_frames(_film(tmp_path / "film.mkv", [0, 40])))
    assert frame.luma.shape == (HEIGHT, WIDTH)
    assert frame.luma.dtype == np.uint8
    assert frame.limited_range
    expected = 16 + np.linspace(40, 180, WIDTH) * 219 / 255
    assert np.abs(frame.luma.mean(axis=0) - expected).max() < 6


def test_packed_rgb_becomes_full_range_gray(tmp_path: Path) -> None:
    """A format without a brightness plane is converted, black 0 and white 255."""
    frame = next(video_frames(_film(tmp_path / "film.mov", [0, 40], codec="png", pixels="rgb24")))
    assert not frame.limited_range
    assert np.abs(frame.luma.mean(axis=0) - np.linspace(40, 180, WIDTH)).max() < 3


def _with_matrix(film: Path, matrix: tuple[int, int, int, int]) -> None:
    """Write the display matrix (a, b, c, d) into an MP4's track header, version 0 (ISO/IEC 14496-12 section 8.3.2)."""
    content = bytearray(film.read_bytes())
    at = content.index(b"tkhd") + 4 + 40
    a, b, c, d = matrix
    content[at : at + 36] = struct.pack(">9i", a << 16, b << 16, 0, c << 16, d << 16, 0, 0, 0, 1 << 30)
    film.write_bytes(content)


@pytest.mark.parametrize(
    "matrix",
    [(s, 0, 0, t) for s in (1, -1) for t in (1, -1)] + [(0, s, t, 0) for s in (1, -1) for t in (1, -1)],
    ids=str,
)
def test_a_film_is_shown_as_ffmpeg_shows_it(tmp_path: Path, matrix: tuple[int, int, int, int]) -> None:
    """Quarter turns, mirror images and mirrored quarter turns in the file are applied, as by FFmpeg's autorotate."""
    if shutil.which("ffmpeg") is None:
        missing("no ffmpeg found: install it (Debian: apt-get install ffmpeg)")
    film = _film(tmp_path / "film.mp4", [0, 40, 80], slope=60)
    _with_matrix(film, matrix)
    shown = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(film), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    ).stdout
    frame = next(video_frames(film))
    assert frame.luma.shape == ((HEIGHT, WIDTH) if matrix[0] else (WIDTH, HEIGHT))
    expected = np.frombuffer(shown, np.uint8).reshape(frame.luma.shape)
    assert np.abs((frame.luma.astype(float) - 16) * 255 / 219 - expected).max() < 3


def test_a_source_knows_its_length_and_closes(tmp_path: Path) -> None:
    """A file is not live, lasts as long as it says, and is a context manager."""
    with VideoFile(_film(tmp_path / "film.mkv", [0, 40, 960])) as source:
        assert isinstance(source, Source)
        assert not source.live
        assert source.duration_s == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("name", ["film.mp4", "film.mkv", "film.m4v"])
def test_packets_have_the_times_of_the_frames(tmp_path: Path, name: str) -> None:
    """Without decoding, a file has the times that iterating gives, also a raw stream, whose packets have none."""
    path = _film(tmp_path / name, [5000, 5040, 5120, 5130, 5400])
    with VideoFile(path) as source:
        times_s = source.times()
    assert len(times_s) == 5
    assert times_s == pytest.approx([frame.at_s for frame in video_frames(path)])


def test_a_folder_is_named_as_one(tmp_path: Path) -> None:
    """A folder exists, so the error does not say that it does not."""
    with pytest.raises(SourceError, match="is a folder"):
        VideoFile(tmp_path)


def test_an_absent_file_is_told() -> None:
    """The message names the path and what can be given instead."""
    with pytest.raises(SourceError, match=r"video file nowhere\.mp4 does not exist") as reported:
        open_source("nowhere.mp4")
    assert "rtsp://" in reported.value.next_step


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    """Text named as a video gives an error with a next step, not a decoder's."""
    path = tmp_path / "letter.mp4"
    path.write_text("Dear reader, this is not a video.\n" * 50)
    with pytest.raises(SourceError, match="cannot be opened") as reported:
        open_source(str(path))
    assert "ffmpeg" in reported.value.next_step


def test_a_file_without_a_picture_is_told(tmp_path: Path) -> None:
    """Sound alone is not enough."""
    path = tmp_path / "sound.wav"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(SourceError, match="no picture"):
        VideoFile(path)


def test_a_file_cut_short_gives_what_is_there(tmp_path: Path) -> None:
    """The frames before the damage are read, and the end is quiet."""
    whole = _film(tmp_path / "film.mkv", list(range(0, 2000, 40)))
    cut = tmp_path / "cut.mkv"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    assert 10 < len(list(video_frames(cut))) < 50


def test_a_network_camera_out_of_reach_is_told_without_its_password() -> None:
    """An unreachable RTSP address is an error of ours, and the password stays out of it."""
    with pytest.raises(SourceError, match="cannot be opened") as reported:
        open_source("rtsp://someone:secret@127.0.0.1:9/stream")
    assert "secret" not in str(reported.value)
