"""sources/webcam.py: what happens without a camera, and with OpenCV reading a film in place of one."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from streamsign.errors import SourceError
from streamsign.sources import open_source, webcam
from streamsign.sources.webcam import Webcam


@pytest.mark.parametrize("spec", ["97", 97])
def test_no_camera_says_what_to_check(spec: str | int) -> None:
    """A number without a camera behind it gives an error that lists what to look at."""
    with pytest.raises(SourceError, match="Camera 97 cannot be opened") as reported:
        open_source(spec)
    assert "plugged in" in reported.value.next_step


def test_frames_come_until_the_camera_is_silent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest picture arrives in gray, an error names a camera that stops, and a closed one ends without one."""
    film = tmp_path / "camera.mjpeg"
    picture = cv2.imencode(".jpg", np.full((48, 64, 3), 90, np.uint8))[1].tobytes()
    film.write_bytes(30 * picture)
    opened = cv2.VideoCapture
    monkeypatch.setattr(cv2, "VideoCapture", lambda _: opened(str(film)))
    monkeypatch.setattr(webcam, "_SILENT_S", 1.0)
    camera = Webcam(3)
    frames = iter(camera)
    first = next(frames)
    assert first.luma.shape == (48, 64)
    assert abs(float(first.luma.mean()) - 90) < 2
    with pytest.raises(SourceError, match="Camera 3 sent no picture"):
        list(frames)
    camera.close()
    assert list(camera) == []
