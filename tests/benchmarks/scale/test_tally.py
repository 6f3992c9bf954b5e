"""Tests of benchmarks/scale/tally.py."""

from __future__ import annotations

from benchmarks.scale.tally import Tally, quantiles, spread_of


def test_the_spread_of_known_loads() -> None:
    """Of 8, 10, 12 and 18 cameras the mean is 12, the highest 1.5 times it, and two are within 20 % of it."""
    spread = spread_of([8, 10, 12, 18])
    assert spread is not None
    assert (spread.mean, spread.highest) == (12, 1.5)
    assert spread.near == 0.5  # 10 and 12


def test_one_camera_more_is_near() -> None:
    """Where 20 % of the mean is less than a camera, a difference of one camera counts as near."""
    spread = spread_of([1, 2, 3])
    assert spread is not None
    assert spread.near == 1.0


def test_nothing_has_no_spread() -> None:
    """Without workers, cameras or samples there is no figure."""
    assert spread_of([]) is None
    assert spread_of([0, 0]) is None
    assert quantiles([]) is None
    assert Tally().refused == 0
    assert Tally().quantiles_s("crash") is None


def test_reasons_are_put_together() -> None:
    """Quantiles over several reasons are those of all their silences."""
    tally = Tally()
    tally.silences_s["crash"] += [1.0, 2.0]
    tally.silences_s["machine"] += [3.0]
    assert tally.quantiles_s("crash", "machine") == quantiles([1.0, 2.0, 3.0])
