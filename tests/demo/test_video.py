from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from streamsign.demo.signer import DemoSigner
from streamsign.demo.video import Film, make_film, write_mjpeg, write_mp4
from streamsign.errors import SourceError


@pytest.fixture(scope="module")
def signer() -> DemoSigner:
    """A short small film."""
    return DemoSigner("V", width=320, height=240, fps=10, letter_s=0.3, transition_s=0.1)


@pytest.fixture(scope="module")
def film(signer: DemoSigner) -> Film:
    """The film, rendered once."""
    return make_film(signer)


def test_a_film_keeps_every_frame_nearly_as_rendered(signer: DemoSigner, film: Film) -> None:
    """Compression changes pixels by a few gray levels at most on average, and the count and length are the signer's."""
    assert len(film.pictures) == signer.frame_count
    assert film.duration_s == pytest.approx(signer.duration_s, abs=0.1)
    number = round(signer.truth[0].start_s * signer.fps)
    rendered = signer.render(number / signer.fps).astype(int)
    assert np.abs(film.picture(number).astype(int) - rendered).mean() < 4


def test_progress_counts_up_to_the_last_frame(signer: DemoSigner) -> None:
    """on_frame is called after each frame with how many there are."""
    seen: list[tuple[int, int]] = []
    make_film(signer, lambda done, total: seen.append((done, total)))
    assert seen == [(n + 1, signer.frame_count) for n in range(signer.frame_count)]


def test_mjpeg_is_jpegs_one_after_the_other(tmp_path: Path, signer: DemoSigner, film: Film) -> None:
    """The file for Chromium's fake camera holds exactly the film's pictures, in order."""
    path = write_mjpeg(tmp_path / "v.mjpeg", signer)
    assert path.read_bytes() == b"".join(film.pictures)


def test_mp4_reads_back_with_the_same_times_and_pictures(tmp_path: Path, signer: DemoSigner, film: Film) -> None:
    """An MP4 written here decodes to as many frames, at n / fps, looking like the film."""
    path = write_mp4(tmp_path / "v.mp4", film)
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    assert len(frames) == signer.frame_count
    assert [frame.time for frame in frames] == pytest.approx([n / signer.fps for n in range(len(frames))], abs=1e-3)
    middle = len(frames) // 2
    gray = frames[middle].to_ndarray(format="gray").astype(int)
    assert np.abs(gray - cv2.cvtColor(film.picture(middle), cv2.COLOR_BGR2GRAY)).mean() < 8


def test_files_that_cannot_be_written_give_a_clear_error(tmp_path: Path, signer: DemoSigner, film: Film) -> None:
    """A missing folder or an unknown ending is reported with the path."""
    with pytest.raises(SourceError, match="cannot be written"):
        write_mjpeg(tmp_path / "missing" / "v.mjpeg", signer)
    with pytest.raises(SourceError, match="cannot be written"):
        write_mp4(tmp_path / "v.nonsense", film)
