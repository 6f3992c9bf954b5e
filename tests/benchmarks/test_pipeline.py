"""Tests of benchmarks/pipeline.py, benchmarks/inference.py and benchmarks/stock.py: they run, on the shipped model."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks import inference, pipeline
from benchmarks.stock import VOTES, StockVote, stock_patch
from streamsign.luma import luma_of
from streamsign.recognition.framing import guide_square
from streamsign.recognition.model import load_model
from streamsign.recognition.patch import cut_patch


def test_both_ways_see_the_same_picture() -> None:
    """Ours and stock cut the same patch but for the value range, or the comparison would mean nothing."""
    [frame] = pipeline.decoded_frames(640, 480, 1)
    luma, limited_range = luma_of(frame)
    assert limited_range
    ours = cut_patch(luma, guide_square(640, 480)).astype(np.float32)
    expanded = (ours - 16) * (255 / 219)
    assert np.abs(expanded - stock_patch(frame, 96)).mean() < 3


def test_the_vote_needs_five_of_eight() -> None:
    """A letter needs five equal answers; four are not enough."""
    vote = StockVote(["none", "C"])
    answers = [vote.update(np.array([0.1, 0.9], np.float32)) for _ in range(VOTES)]
    assert answers == [None] * (VOTES - 1) + ["C"]


def test_every_stage_has_rows_of_both_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run gives ours for every stage, stock and the floor where they exist."""
    monkeypatch.setattr(pipeline, "SIZES", ((320, 240),))
    monkeypatch.setattr(pipeline, "ROUNDS", 1)
    monkeypatch.setattr(pipeline, "FRAMES", 6)
    rows = {(each.case, each.subject) for each in pipeline.run(full=False, model="celov").rows}
    ran = set(pipeline.STAGES) - (set() if load_model("celov").reader else {"read"})
    assert {(f"frame_320x240/{stage}", "ours") for stage in ran} <= rows
    assert {(f"frame_320x240/{stage}", "stock") for stage in ("crop", "classify", "filter", "total")} <= rows
    assert ("frame_320x240/total", "floor") in rows


def test_inference_has_all_three_subjects(monkeypatch: pytest.MonkeyPatch) -> None:
    """A short run gives ours, stock and the floor of one patch, and the reader with several, in µs."""
    monkeypatch.setattr(inference, "ROUNDS", 1)
    monkeypatch.setattr(inference, "_BATCH_ROUNDS", 1)
    rows = inference.run(full=False, model="celov").rows
    assert [(each.case, each.subject, each.unit) for each in rows] == [
        *(("classify_96x96", subject, "us") for subject in ("ours", "stock", "floor")),
        *((f"read_a_patch/batch_of_{count}", "ours", "us") for count in inference.BATCHES),
    ]
