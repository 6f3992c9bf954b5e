"""Tests of benchmarks/loss_model.py: what the project promises of its jitter buffer, in virtual time."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.loss_model import ReceiverModel
from benchmarks.path import Conditions


def test_two_percent_loss_at_20_ms_is_hardly_seen() -> None:
    """With 2 % lost at a round trip of 20 ms, 99 of 100 frames are there within 90 ms, and none is broken."""
    course = ReceiverModel("ours", Conditions(0.02, 0.02)).play()
    assert np.percentile(course.delays_ms, 99) <= 90
    assert course.broken == [0]


@pytest.mark.parametrize("rtt_s", [0.005, 0.02, 0.08])
def test_a_packet_and_its_nack_lost_stop_it_for_a_quarter_second_at_most(rtt_s: float) -> None:
    """The longest stop is 250 ms, no frame is broken, and nothing stays late; aiortc's own buffer stops for seconds."""
    conditions = Conditions(rtt_s=rtt_s)
    ours, stock = (ReceiverModel(subject, conditions, incident=True).play() for subject in ("ours", "stock"))
    assert ours.freezes_ms[0] <= 250
    assert ours.broken == [0]
    assert max(ours.final_ms) < 1000 * (rtt_s / 2 + 0.003)
    assert stock.freezes_ms[0] > 5000


@pytest.mark.parametrize("loss", [0.05, 0.1])
def test_heavy_loss_breaks_no_picture(loss: float) -> None:
    """With many packets lost at a long round trip pictures still come, whole, within half a second of each other."""
    course = ReceiverModel("ours", Conditions(loss, 0.08, seed=2)).play()
    assert course.broken == [0]
    assert course.freezes_ms[0] < 1000


def test_a_model_is_exact() -> None:
    """The same seed gives the same course, another seed another one."""
    first, again, other = (ReceiverModel("ours", Conditions(0.05, 0.02, seed)).play() for seed in (1, 1, 2))
    assert first == again
    assert first != other
