"""Tests of benchmarks/hands.py, without installing MediaPipe."""

from __future__ import annotations

import json
import sys
from collections import defaultdict

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks import hands
from benchmarks.hands import CAPTIONS_CASE, CASE, FRAMES, WARM_UP_FRAMES, Samples, hand_pictures, our_times, time_hands
from streamsign.recognition.model import load_model


@pytest.fixture(scope="module")
def pictures() -> NDArray[np.uint8]:
    """The first frames of the film, as many as a test needs: rendering them takes most of its time."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(hands, "FRAMES", WARM_UP_FRAMES + 30)
        return hand_pictures()


def test_the_hand_of_the_film_is_found_by_ours(pictures: NDArray[np.uint8]) -> None:
    """Our locator finds the hand in most pictures, so the comparison is of following it, not of looking for it."""
    pictures = pictures[:20]
    assert pictures.shape[1:] == (480, 640, 3)
    taken = our_times(load_model("celov"), pictures)
    assert sum(found for *_, found in taken) >= 15


@pytest.mark.skipif(sys.platform != "linux", reason="cores are pinned on Linux only")
def test_a_peer_that_fails_costs_its_own_figures_only(
    pictures: NDArray[np.uint8], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program's times become frames and seconds beside ours; one that fails is named with its last words."""
    monkeypatch.setattr(hands, "hand_pictures", lambda: pictures)
    shown = json.dumps([(2.0, 3.0, True)] * (WARM_UP_FRAMES + 30))
    samples: Samples = defaultdict(list)
    failed = time_hands(
        load_model("celov"),
        {
            "mediapipe_hands": (sys.executable, "-c", f"print({shown!r})"),
            "mediapipe_lite": (sys.executable, "-c", "raise SystemExit('no such graph')"),
        },
        samples,
        1,
    )
    assert failed.keys() == {"mediapipe_lite"}
    assert "no such graph" in failed["mediapipe_lite"]
    assert samples[f"{CASE}/cpu", "mediapipe_hands", "ms"] == [2.0] * 30
    assert samples[f"{CASE}/wall_a_second", "mediapipe_hands", "ms"] == [90.0]
    assert len(samples[f"{CASE}/cpu", "ours", "ms"]) == 30
    assert samples[CAPTIONS_CASE, "mediapipe_hands", "ms"] == [60.0]
    assert samples[CAPTIONS_CASE, "ours", "ms"][0] > 0
    assert {subject for _, subject, _ in samples} == {"ours", "mediapipe_hands"}


def test_the_film_has_whole_seconds() -> None:
    """What is left after the warm-up is whole seconds, so no frame is thrown away."""
    assert (FRAMES - WARM_UP_FRAMES) % 30 == 0
