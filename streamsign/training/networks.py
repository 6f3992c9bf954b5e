"""The networks that a training may be of."""

from __future__ import annotations

from enum import StrEnum


class LetterNetwork(StrEnum):
    """What reads a hand: MobileNetV2 (Sandler et al. 2018) of a width, or EfficientNet-Lite (Tan and Le 2019)."""

    MOBILENET_035 = "mobilenetv2-0.35"
    MOBILENET_1 = "mobilenetv2-1.0"
    LITE0 = "efficientnet-lite0"
    LITE2 = "efficientnet-lite2"

    @property
    def width(self) -> float | None:
        """MobileNetV2's width; None for another network."""
        return {LetterNetwork.MOBILENET_035: 0.35, LetterNetwork.MOBILENET_1: 1.0}.get(self)
