"""sources/file.py: brightness, range, rotation and times of real video files made here."""

from __future__ import annotations

import shutil
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

WIDTH, HEIGHT = 100, 64  # 100 is no multiple of a decoder's row alignment


def _film(path: Path, times_ms: list[int], codec: str = "mpeg4", pixels: str = "yuv420p") -> Path:
    """A film whose brightness grows from left to right and from frame to frame."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        assert isinstance(stream, VideoStream)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixels
        stream.time_base = stream.codec_context.time_base = Fraction(1, 1000)
        for number, time_ms in enumerate(times_ms):
            ramp = np.linspace(40, 180, WIDTH).astype(np.uint8) + np.uint8(number)
            gray = np.repeat(ramp[None, :], HEIGHT, axis=0)
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


@pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="ffmpeg writes the turned clip")
@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_clip_filmed_on_end_stands_upright(tmp_path: Path, degrees: int) -> None:
    """The display rotation in the file is undone, the same way FFmpeg's own player does it."""
    flat, turned = _film(tmp_path / "flat.mp4", [0, 40, 80]), tmp_path / "turned.mp4"
    quiet = ["ffmpeg", "-v", "error"]
    tag = ["-c", "copy", "-metadata:s:v:0", f"rotate={degrees}"]
    subprocess.run([*quiet, "-i", str(flat), *tag, str(turned)], check=True)
    with av.open(str(turned)) as container:
        if not next(container.decode(video=0)).rotation:
            pytest.skip("this ffmpeg writes the display rotation another way")
    shown = subprocess.run(
        [*quiet, "-i", str(turned), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray", "-"],
        capture_output=True,
        check=True,
    ).stdout
    frame = next(video_frames(turned))
    expected = np.frombuffer(shown, np.uint8).reshape(frame.luma.shape)
    full_range = (frame.luma.astype(float) - 16) * 255 / 219
    assert frame.luma.shape == ((HEIGHT, WIDTH) if degrees == 180 else (WIDTH, HEIGHT))
    assert np.abs(full_range - expected).max() < 3


def test_a_source_knows_its_length_and_closes(tmp_path: Path) -> None:
    """A file is not live, lasts as long as it says, and is a context manager."""
    with VideoFile(_film(tmp_path / "film.mkv", [0, 40, 960])) as source:
        assert isinstance(source, Source)
        assert not source.live
        assert source.duration_s == pytest.approx(1.0, abs=0.1)


def test_an_absent_file_is_told() -> None:
    """The message names the path and what can be given instead."""
    with pytest.raises(SourceError, match=r"no video file nowhere\.mp4") as told:
        open_source("nowhere.mp4")
    assert "rtsp://" in told.value.next_step


def test_a_file_that_is_no_video_is_told(tmp_path: Path) -> None:
    """Text named as a video gives an error with a next step, not a decoder's."""
    path = tmp_path / "letter.mp4"
    path.write_text("Dear reader, this is no video.\n" * 50)
    with pytest.raises(SourceError, match="cannot be opened") as told:
        open_source(str(path))
    assert "ffmpeg" in told.value.next_step


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
    with pytest.raises(SourceError, match="cannot be opened") as told:
        open_source("rtsp://someone:secret@127.0.0.1:9/stream")
    assert "secret" not in str(told.value)
