"""Tests of benchmarks/first_letter.py."""

from __future__ import annotations

from pathlib import Path

import cv2
import pytest

from benchmarks import first_letter
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


def test_a_phone_is_timed_from_page_to_letter(monkeypatch: pytest.MonkeyPatch, chromium_path: str) -> None:
    """In a real browser, twice: every stage is later than the one before, and the warm-up is left out."""
    monkeypatch.setattr(first_letter, "ROUNDS", 2)
    report = first_letter.run(full=False, model="celov")
    stages = {line.case.partition("/")[2]: line for line in report.rows}
    assert [line.n for line in stages.values()] == [1, 1, 1]
    ready, read, letter = (stages[name].p50 for name in ("page_ready", "first_frame_read", "first_letter_on_the_host"))
    assert 0 < ready < read < letter
