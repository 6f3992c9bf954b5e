"""training/streams/film_check.py: a film is as its entry says."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import make_film, write_mjpeg, write_mp4
from streamsign.errors import SourceError, TrainingError
from streamsign.training.streams.film_check import check_film
from streamsign.training.streams.record import StreamRecord, TrueLetter

SIGNER = DemoSigner("C", seed=0, letter_s=0.3, width=160, height=120)
END_S = SIGNER.frame_count / SIGNER.fps


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a film as MP4 and as Motion JPEG, and a file that is not a film."""
    path = tmp_path_factory.mktemp("films")
    write_mp4(path / "c.mp4", make_film(SIGNER))
    write_mjpeg(path / "c.mjpeg", SIGNER)
    (path / "text.mp4").write_text("not a film")
    return path


def _record(file: str = "c.mp4", fps: float = 30.0, end_s: float = END_S) -> StreamRecord:
    return StreamRecord(file=file, signer="ann", fps=fps, truth=[TrueLetter(letter="C", start_s=1.0, end_s=end_s)])


@pytest.mark.parametrize("fps", [30.0, 29.97, 29.5])
def test_a_film_as_listed_is_accepted(folder: Path, fps: float) -> None:
    """Its rate may be rounded, and its last letter may end by 0.1 s after it."""
    check_film(folder, _record(fps=fps, end_s=END_S + 0.09))


@pytest.mark.parametrize("fps", [24.0, 29.0, 60.0])
def test_another_rate_is_refused(folder: Path, fps: float) -> None:
    """The error has both rates: letters that were counted in frames would be at other times."""
    with pytest.raises(TrainingError, match=f"has 30 frames a second, but {fps:g} are listed"):
        check_film(folder, _record(fps=fps))


def test_a_film_without_times_is_refused_with_its_conversion(folder: Path) -> None:
    """Motion JPEG is read at 25 frames a second, so the times of its letters would be wrong."""
    with pytest.raises(TrainingError, match="has 25 frames a second, but 30 are listed") as caught:
        check_film(folder, _record("c.mjpeg"))
    assert "ffmpeg -framerate 30" in caught.value.next_step


def test_a_letter_after_the_film_is_refused(folder: Path) -> None:
    """The error names the letter, its place and both times."""
    with pytest.raises(TrainingError, match=rf"lasts {END_S:.2f} s, but its letter 1, C, is listed at 1 to 4500 s"):
        check_film(folder, _record(end_s=4500))


def test_a_file_that_is_not_a_film_is_refused(folder: Path) -> None:
    """The error names the file."""
    with pytest.raises(SourceError, match=r"text\.mp4 cannot be opened"):
        check_film(folder, _record("text.mp4"))
