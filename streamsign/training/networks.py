"""Networks that can be trained."""

from __future__ import annotations

from enum import StrEnum


class LetterNetwork(StrEnum):
    """A network for letters: MobileNetV2 (Sandler et al. 2018) of a width, or EfficientNet-Lite (Tan and Le 2019)."""

    MOBILENET_035 = "mobilenetv2-0.35"
    MOBILENET_1 = "mobilenetv2-1.0"
    LITE0 = "efficientnet-lite0"
    LITE2 = "efficientnet-lite2"

    @property
    def width(self) -> float | None:
        """Width of MobileNetV2; None for other networks."""
        return {LetterNetwork.MOBILENET_035: 0.35, LetterNetwork.MOBILENET_1: 1.0}.get(self)
