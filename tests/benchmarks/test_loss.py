"""Tests of benchmarks/loss.py."""

from __future__ import annotations

import pytest

from benchmarks import loss, loss_model, webrtc


def test_a_short_run_compares_both_under_the_same_conditions(
    chromium_path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A real browser over a real lossy path: both receivers get rows for the incident and for each condition."""
    monkeypatch.setattr(webrtc, "_BROWSERS", (chromium_path,))
    monkeypatch.setattr(webrtc, "_WARM_UP_S", 0.5)
    monkeypatch.setattr(loss, "_MEASURED_S", 2.0)
    monkeypatch.setattr(loss, "_INCIDENT_MEASURED_S", 2.0)
    monkeypatch.setattr(loss, "SHORT_GRID", ((0.05, 5),))
    monkeypatch.setattr(loss, "LOSSES", (0.05,))
    monkeypatch.setattr(loss, "RTTS_MS", (5,))
    monkeypatch.setattr(loss_model, "WATCHED_S", 3.0)
    report = loss.run(full=False, model="celov")
    found = {(line.case, line.subject) for line in report.rows}
    incidents = ("packet_and_nack_lost/vp8_640x480_30", "model/packet_and_nack_lost")
    for case in (*incidents, "loss_5%_rtt_5", "model/loss_5%_rtt_5"):
        for subject in ("ours", "stock"):
            assert {(f"{case}/longest_freeze", subject), (f"{case}/broken", subject)} <= found
    assert all(line.p99 == 0 for line in report.rows if line.case.endswith("/broken") and line.subject == "ours")
