"""Network cameras, against small real HTTP servers."""

from __future__ import annotations

from itertools import islice, pairwise
from pathlib import Path

import pytest

from streamsign import Commit, Recognizer
from streamsign.demo.signer import DemoSigner
from streamsign.errors import SourceError
from streamsign.recognition.frame import Luma
from streamsign.sources import NetworkCamera, Source, VideoFile, open_source
from streamsign.sources import network as module
from tests.sources.cameras import FPS, hls_camera, mjpeg_camera


@pytest.fixture(scope="module")
def film() -> list[Luma]:
    """LO, spelled by the demo signer at the cameras' rate."""
    return [frame.luma for frame in DemoSigner("LO", seed=1, fps=FPS, width=320, height=240)]


def _text(source: Source, count: int) -> str:
    recognizer = Recognizer.load("celov")
    events = (event for frame in islice(source, count) for event in recognizer.feed(frame.luma, frame.at_s))
    return "".join(event.letter for event in events if isinstance(event, Commit))


def test_an_mjpeg_camera_is_read(film: list[Luma]) -> None:
    """A phone's MJPEG page is a live camera whose letters are read."""
    with mjpeg_camera(film) as url, open_source(url) as source:
        assert source.live
        assert source.duration_s is None
        assert _text(source, len(film)) == "LO"


def test_an_hls_playlist_is_read(film: list[Luma], tmp_path: Path) -> None:
    """A finished HLS playlist is read like a file, with its length."""
    with hls_camera(film, tmp_path) as url, open_source(url) as source:
        assert not source.live
        assert source.duration_s == pytest.approx(len(film) / FPS, abs=0.2)
        assert _text(source, len(film)) == "LO"


def test_a_camera_that_drops_the_connection_is_connected_again(
    film: list[Luma], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a dropped connection frames come again, and their times go on."""
    monkeypatch.setattr(module, "FIRST_PAUSE_S", 0.05)
    with mjpeg_camera(film, break_after=8) as url, open_source(url) as source:
        times_s = [frame.at_s for frame in islice(source, 20)]
    assert times_s == sorted(times_s)
    assert max(later - earlier for earlier, later in pairwise(times_s)) > 0.05


def test_a_camera_that_is_gone_is_an_error(film: list[Luma]) -> None:
    """A camera that does not come back in time is named, without its password."""
    with mjpeg_camera(film, break_after=3) as url:
        source = NetworkCamera(VideoFile(url.replace("//", "//user:secret@")), give_up_after_s=0.1)
        with pytest.raises(SourceError) as gone, source:
            list(source)
    assert "secret" not in str(gone.value)


def test_a_url_without_a_camera_is_an_error() -> None:
    """A closed port is an error at once."""
    with pytest.raises(SourceError, match="cannot be opened"):
        open_source("http://127.0.0.1:9/video")
