"""training/experiments/configuration.py: what a run is, and how long it will take."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streamsign.training.experiments.configuration import Configuration, Network, Scale

SEED = Configuration(steps=100)


def test_scales_are_the_seeds_pictures_and_a_subset() -> None:
    """334 open and 52 own pictures, and five thousand."""
    assert {scale: scale.images for scale in Scale} == {Scale.SEED: 386, Scale.SUBSET: 5000}


def test_defaults_come_nearest_to_the_seeds_model() -> None:
    """MobileNetV2 0.35 on gray with 16 dense units and a dropout of 0.1, from ImageNet, all layers trained."""
    assert (SEED.network, SEED.width, SEED.channels, SEED.dense, SEED.dropout) == ("MobileNetV2", 0.35, 1, 16, 0.1)
    assert (SEED.start, SEED.frozen, SEED.cleaned, SEED.mined) == ("ImageNet", False, False, False)


@pytest.mark.parametrize(
    "longer",
    [
        replace(SEED, steps=200),
        replace(SEED, scale=Scale.SUBSET),
        replace(SEED, mined=True),
    ],
)
def test_more_work_is_expected_to_take_longer(longer: Configuration) -> None:
    """More steps, more pictures, and reading the pictures again."""
    assert longer.seconds > SEED.seconds


@pytest.mark.parametrize(
    "shorter", [replace(SEED, frozen=True), replace(SEED, width=0.1), replace(SEED, network=Network.LOGISTIC)]
)
def test_less_work_is_expected_to_take_less(shorter: Configuration) -> None:
    """A head alone, narrow layers, and a network with next to nothing to compute; never less than a start."""
    assert 12 < shorter.seconds < SEED.seconds
