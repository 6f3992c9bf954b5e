"""Settings of one run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

SEED_OPEN_IMAGES, SEED_OWN_IMAGES = 334, 52
BATCH = 32
PROTOCOL = 1
"""Version of the runs' meaning. Increase it when the code changes results; runs of an older version are repeated."""


class Scale(StrEnum):
    """Number of training pictures."""

    SEED = "seed"
    SUBSET = "subset"

    @property
    def images(self) -> int:
        """Training pictures, *none* included."""
        return {Scale.SEED: SEED_OPEN_IMAGES + SEED_OWN_IMAGES, Scale.SUBSET: 5000}[self]


class Held(StrEnum):
    """Signers of validation and test."""

    SIGNERS = "signers"  # people who are not in the training pictures
    FRAMES = "frames"  # other pictures of the people trained on: what a random split of all pictures gives


class Sources(StrEnum):
    """Sources of the training pictures."""

    ALL = "all"
    CLEAN = "clean"  # recorded for a data set: plain or cut-away background
    REAL_WORLD = "real-world"  # webcams in people's own rooms
    SEED_MIX = "seed mix"  # in the seed's proportion, 334 clean to 52 real-world


class Network(StrEnum):
    """Kind of network."""

    MOBILENET_V2 = "MobileNetV2"
    MOBILENET_V1 = "MobileNetV1"
    CONVOLUTIONS = "two convolutions"
    MLP = "MLP"
    LOGISTIC = "logistic regression"


class Start(StrEnum):
    """First weights of the network."""

    IMAGENET = "ImageNet"
    RANDOM = "random"


@dataclass(frozen=True, slots=True)
class Configuration:
    """All settings of a run besides the pictures. The defaults are closest to the seed's final model.

    Args:
        steps: gradient steps of 32 pictures each.
        scale: number of training pictures.
        held: signers of validation and test.
        sources: of the training pictures.
        cleaned: leave out the training rows of the exclusion list.
        mined: draw hard training pictures more often (:mod:`streamsign.training.data.mining`).
        network: its kind.
        width: multiplier of the MobileNets' channels (alpha).
        start: first weights.
        frozen: train the head only.
        channels: 1 gray, 3 RGB.
        dense: units of the layer before the output.
        dropout: share of them dropped in training.
        rate: highest learning rate (Adam; linear warm-up over a tenth of the steps, then cosine to zero).
        seed: of the first weights, the order of the pictures and the augmentation.
    """

    steps: int
    scale: Scale = Scale.SEED
    held: Held = Held.SIGNERS
    sources: Sources = Sources.ALL
    cleaned: bool = False
    mined: bool = False
    network: Network = Network.MOBILENET_V2
    width: float = 0.35
    start: Start = Start.IMAGENET
    frozen: bool = False
    channels: int = 1
    dense: int = 16
    dropout: float = 0.1
    rate: float = 1e-3
    seed: int = 0

    @property
    def seconds(self) -> float:
        """Rough duration on two cores of a 2020s x86 machine: start, reading, measuring, and the steps."""
        a_picture = _SECONDS_A_PICTURE[self.network] * (0.35 + 0.65 * min(1, self.width / 0.35))
        if self.frozen:
            a_picture *= 0.3
        reading = 4 + self.scale.images / 1000
        if self.mined:
            reading += 2 * self.scale.images / 300  # the network reads the training pictures twice more
        return 12 + reading + BATCH * self.steps * a_picture


_SECONDS_A_PICTURE = {
    Network.MOBILENET_V2: 1 / 210,
    Network.MOBILENET_V1: 1 / 330,
    Network.CONVOLUTIONS: 1 / 250,
    Network.MLP: 1 / 1200,
    Network.LOGISTIC: 1 / 1200,
}
