"""training/networks.py: names and widths of the networks."""

from __future__ import annotations

import pytest

from streamsign.training.networks import LetterNetwork


def test_the_width_of_mobilenet_is_the_number_in_its_name() -> None:
    """Each MobileNetV2 has the width that its name states; EfficientNet-Lite has none."""
    for network in LetterNetwork:
        family, _, variant = network.value.partition("-")
        assert network.width == (float(variant) if family == "mobilenetv2" else None)


def test_unknown_names_are_refused() -> None:
    """The text of a flag gives its network, and another text raises an error."""
    assert LetterNetwork("efficientnet-lite2") is LetterNetwork.LITE2
    with pytest.raises(ValueError, match="resnet"):
        LetterNetwork("resnet")
