"""benchmarks/chaos.py: how soon letters come again."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import chaos
from benchmarks.chaos import Chaos, section
from tests.e2e.radios import radios

pytestmark = pytest.mark.real_time


def test_each_cause_has_a_row() -> None:
    """Every time that was taken stands there with its cause, and the letters with and without loss."""
    text = section(Chaos({"outage of 1 s": [0.5], "restart after kill -9": [1.25, 2.0]}, (30.0, 29.0)))
    assert "| outage of 1 s, then the next letter | 0.50 s |" in text
    assert "| restart after kill -9, then the next letter | 1.25 s · 2.00 s |" in text
    assert "30 · 29" in text


async def test_a_real_phone_signs_again(
    desktop_chromium_path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One short outage and one restart of a real server: letters come again after each."""
    assert desktop_chromium_path
    monkeypatch.setattr(chaos, "BETWEEN_S", 0.5)
    found = Chaos()
    with radios() as network, chaos._serving(tmp_path / "state") as served:
        served.start()
        await served.ready()
        async with chaos._phone(served, network, tmp_path) as page:
            await chaos.outages(network, page, found, (1.0,))
            await chaos.restarts(served, page, found, 1)
    assert {cause: len(took_s) for cause, took_s in found.again_s.items()} == {
        "outage of 1 s": 1,
        "restart after kill -9": 1,
    }
