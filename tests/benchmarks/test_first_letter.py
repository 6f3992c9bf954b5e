"""Tests of benchmarks/first_letter.py."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import first_letter
from streamsign.errors import StreamsignError
from streamsign.recognition.events import Commit
from streamsign.recognition.recognizer import Recognizer


def test_the_film_holds_its_letter_from_the_start(tmp_path: Path) -> None:
    """Some frames are enough for the letter: no time of the figure is a signer's."""
    film = cv2.VideoCapture(str(first_letter.held_letter(tmp_path / "held.mjpeg")))
    recognizer = Recognizer.load("celov")
    letters = []
    for number in range(15):
        there, picture = film.read()
        assert there
        seen = recognizer.feed(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), number / 30)
        letters += [event.letter for event in seen if isinstance(event, Commit)]
    assert letters == [first_letter.LETTER]


def test_a_phone_is_timed_from_page_to_letter(monkeypatch: pytest.MonkeyPatch, desktop_chromium_path: str) -> None:
    """In a real browser, twice: every stage is later than the one before, and the warm-up is left out."""
    monkeypatch.setattr(first_letter, "ROUNDS", 2)
    report = first_letter.run(full=False, model="celov")
    stages = {line.case.partition("/")[2]: line for line in report.rows}
    assert [line.n for line in stages.values()] == [1, 1, 1, 1]
    ready, live, letter = (stages[name].p50 for name in ("page_ready", "camera_live", "first_letter_on_the_host"))
    assert 0 < ready < live < letter
    assert stages["live_to_letter"].p50 == pytest.approx(letter - live, abs=0.01)


def test_a_film_without_a_hand_ends_with_an_error(
    monkeypatch: pytest.MonkeyPatch, desktop_chromium_path: str, tmp_path: Path
) -> None:
    """Without a letter the benchmark ends with an error after its timeout."""
    wall = tmp_path / "wall.mjpeg"
    picture = cv2.imencode(".jpg", np.full((480, 640, 3), 90, np.uint8))[1].tobytes()
    wall.write_bytes(30 * picture)
    monkeypatch.setattr(first_letter, "held_letter", lambda _: wall)
    monkeypatch.setattr(first_letter, "PATIENCE_MS", 8_000)
    with pytest.raises(StreamsignError, match=r"No letter came.*Timeout 8000ms"):
        first_letter.run(full=False, model="celov")
