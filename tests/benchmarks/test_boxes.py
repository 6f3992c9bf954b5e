"""Tests of benchmarks/boxes.py, without installing MediaPipe."""

from __future__ import annotations

import sys
from collections import defaultdict
from pathlib import Path

import pytest

from benchmarks.boxes import CASE, read_letters
from benchmarks.environments import PeerMissing
from benchmarks.hands import Samples
from streamsign.recognition.model import load_model
from tests.training.pictures import write_pictures

BOXES = "import json, sys; print(json.dumps([{boxes} for _ in json.load(open(sys.argv[1]))]))"


def _frames(folder: Path) -> Path:
    """A data folder whose frames are drawn pictures of C and L."""
    hands = write_pictures(folder, "CL", {"val": 2, "test": 2}, signers=2) / "hands"
    hands.rename(folder / "frames")
    return folder


def test_the_peers_boxes_are_read_by_our_classifier(tmp_path: Path) -> None:
    """Both sides have a figure for each signer; a peer that finds nothing reads nothing."""
    data = _frames(tmp_path)
    samples: Samples = defaultdict(list)
    read_letters(load_model("celov"), data, (sys.executable, "-c", BOXES.format(boxes=[])), samples)
    assert samples[CASE, "mediapipe_hands", "percent"] == [0.0] * len(samples[CASE, "ours", "percent"])
    assert samples[CASE, "ours", "percent"]


def test_a_peer_that_fails_costs_its_own_figures_only(tmp_path: Path) -> None:
    """Ours is noted before the peer's program is called."""
    data = _frames(tmp_path)
    samples: Samples = defaultdict(list)
    with pytest.raises(PeerMissing, match="no such thing"):
        read_letters(load_model("celov"), data, (sys.executable, "-c", "raise SystemExit('no such thing')"), samples)
    assert {subject for _, subject, _ in samples} == {"ours"}
