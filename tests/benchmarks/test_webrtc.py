"""Tests of benchmarks/webrtc.py, its sender and its receiver."""

from __future__ import annotations

import pytest

from benchmarks import webrtc
from benchmarks.receiver import RECEIVERS
from benchmarks.report import Subject
from streamsign.errors import StreamsignError


def test_a_missing_browser_is_told_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Chromium on the PATH the error says how to install it."""
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(StreamsignError, match="none is installed") as caught:
        webrtc.browser_path()
    assert "apt install chromium" in caught.value.next_step


@pytest.mark.parametrize("subject", list(RECEIVERS))
def test_a_drawn_time_code_arrives_through_a_real_browser(
    chromium_path: str, monkeypatch: pytest.MonkeyPatch, subject: Subject
) -> None:
    """Frames drawn in Chromium are decoded in Python with a readable time code no older than the connection."""
    monkeypatch.setattr(webrtc, "_BROWSERS", (chromium_path,))
    monkeypatch.setattr(webrtc, "_WARM_UP_S", 0.2)
    monkeypatch.setattr(webrtc, "_MEASURED_S", 1.5)
    with webrtc.Sender("celov") as sender:
        times = sender.measure(webrtc.VideoCase("vp8", 320, 240, 15), subject)
    assert times
    assert all(0 <= each < 10_000 for each in times)
