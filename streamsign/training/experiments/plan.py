"""Lists the runs: the seed project's experiments as tables of configurations that differ in one setting each.

The seed is a student project on Edge Impulse: the letters C, E, L, O, V, 334 open and 52 own images, MobileNetV2 0.35
at 96×96. Its experiments are repeated here; only the figures of its final model are published.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from streamsign.training.experiments.configuration import (
    BATCH,
    Configuration,
    Held,
    Network,
    Scale,
    Sources,
    Start,
)

REFERENCE_EPOCHS = 15
"""Passes over the seed's images, in runs that do not compare the number of passes."""

SEED_FIGURES = "90.0 %, F1 0.92, 5–6 ms"
"""Published figures of the seed's final model: accuracy and weighted F1 on about 70 own images, inference time."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One line of a table; ``final`` marks the one that corresponds to the seed's final model."""

    name: str
    configuration: Configuration
    final: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """One table: runs that answer one question, with equal steps unless steps are compared.

    ``reference`` is the index of the row that the others are compared with; ``note`` does not depend on the figures.
    """

    key: str
    title: str
    rows: tuple[Trial, ...]
    note: str
    reference: int = 0


def steps_of(epochs: float) -> int:
    """Steps with as many pictures as the seed's ``epochs`` passes over its 386 images."""
    return round(epochs * Scale.SEED.images / BATCH)


def configurations(groups: Iterable[Group]) -> list[Configuration]:
    """The distinct runs of some tables, in the order of their first appearance."""
    return list(dict.fromkeys(row.configuration for group in groups for row in group.rows))


def plan(steps: int | None = None, seed: int = 0) -> tuple[Group, ...]:
    """All tables.

    Args:
        steps: of an ordinary run; 20 of the seed's epochs when None. Longer runs grow in proportion.
        seed: of the runs.
    """
    reference_steps = steps_of(REFERENCE_EPOCHS) if steps is None else steps
    base = Configuration(steps=reference_steps, seed=seed)
    longer = {epochs: round(reference_steps * epochs / REFERENCE_EPOCHS) for epochs in (50, 75)}
    subset = replace(base, scale=Scale.SUBSET, steps=longer[50])
    final = Trial("MobileNetV2 0.35, gray, ImageNet start, dense 16, dropout 0.1, rate 1e-3", base, final=True)
    random_v2 = replace(base, start=Start.RANDOM)
    return (
        Group(
            "chance",
            "How much is chance",
            (final, *(Trial(f"the same, seed {again}", replace(base, seed=again)) for again in (seed + 1, seed + 2))),
            "Only the seed of the first weights, the order and the augmentation differs. A difference between two rows "
            "of any other table that is not larger than the differences here is not a finding.",
        ),
        Group(
            "shallow",
            "Shallow classifier or transfer learning",
            (
                final,
                Trial("the same, backbone frozen: only the head learns", replace(base, frozen=True)),
                Trial("the same network, random start", random_v2),
                Trial(
                    "two convolutions (32 and 16 filters), random start",
                    replace(random_v2, network=Network.CONVOLUTIONS),
                ),
                Trial("MLP on 24×24 pixels, random start", replace(random_v2, network=Network.MLP)),
                Trial(
                    "logistic regression on 24×24 pixels, random start", replace(random_v2, network=Network.LOGISTIC)
                ),
            ),
            "ImageNet weights bring edges and textures from a million photographs along; a random start must learn "
            "them from the pictures here.",
        ),
        Group(
            "color",
            "RGB or gray",
            (final, Trial("the same, RGB", replace(base, channels=3))),
            "The weights are the same ImageNet ones, the first convolution summed over the colors for gray. The "
            "service reads gray because a camera's Y plane comes without any conversion, and because skin and rooms "
            "have colors that letters do not have.",
        ),
        Group(
            "backbones",
            "Backbone and width",
            (
                final,
                Trial("MobileNetV2 0.35, random start", random_v2),
                *(
                    Trial(f"{kind.value} {width}, random start", replace(random_v2, network=kind, width=width))
                    for kind, width in (
                        (Network.MOBILENET_V2, 0.1),
                        (Network.MOBILENET_V2, 0.05),
                        (Network.MOBILENET_V1, 0.25),
                        (Network.MOBILENET_V1, 0.2),
                        (Network.MOBILENET_V1, 0.1),
                    )
                ),
            ),
            "Gray weights exist for MobileNetV2 0.35 only; the others start from random numbers, so the second "
            "row is the one to compare them with.",
        ),
        Group(
            "dense",
            "Units of the dense layer",
            tuple(
                final if units == base.dense else Trial(f"dense {units}", replace(base, dense=units))
                for units in (8, 16, 32, 64, 128)
            ),
            "Between the 1,280 features and the output: 10,000 weights with 8 units, 164,000 with 128, beside the "
            "backbone's 410,000.",
            reference=1,
        ),
        Group(
            "dropout",
            "Dropout",
            (final, *(Trial(f"dropout {share}", replace(base, dropout=share)) for share in (0.2, 0.3))),
            "Dropout acts on the dense layer's 16 units; augmentation does the same work on the pictures themselves.",
        ),
        Group(
            "epochs",
            "Epochs",
            (
                final,
                *(
                    Trial(f"{epochs} of the seed's epochs ({count:,} steps)", replace(base, steps=count))
                    for epochs, count in longer.items()
                ),
            ),
            f"The only table with unequal steps. The first row has {REFERENCE_EPOCHS} epochs ({reference_steps:,} "
            "steps), as have all other tables at the seed's scale.",
        ),
        Group(
            "rates",
            "Learning rate",
            tuple(
                final if rate == base.rate else Trial(f"rate {rate:.0e}".replace("e-0", "e-"), replace(base, rate=rate))
                for rate in (1e-4, 5e-4, 1e-3, 3e-3)
            ),
            "With a fixed number of steps a low rate is judged before it has arrived; see the epochs too.",
            reference=2,
        ),
        Group(
            "split",
            "Split by signer or by random frame",
            (final, Trial("the same pictures trained on, tested on other frames of the same people",
                        replace(base, held=Held.FRAMES))),
            "Both rows train the same network on the same pictures; only the question differs. A random split puts "
            "neighboring frames of one person, sleeve and room on both sides and asks for what was just shown; "
            "a user of the service is always somebody new. Everything here is split by signer.",
        ),
        Group(
            "sources",
            "With and without real-world pictures",
            (
                final,
                Trial("clean sets only", replace(base, sources=Sources.CLEAN)),
                Trial("real-world webcams only", replace(base, sources=Sources.REAL_WORLD)),
                Trial("the seed's mix: 334 clean, 52 real-world", replace(base, sources=Sources.SEED_MIX)),
            ),
            "As many pictures in every row. Clean: recorded for a data set, background plain or cut away. Real-world: "
            "webcams in people's own rooms, which most validation and test pictures are too. The first row takes all "
            "signers in turns, most of whom are before webcams.",
        ),
        Group(
            "cleaning",
            "With and without cleaning",
            (final, Trial("the same, without the excluded rows", replace(base, cleaned=True))),
            "Rows found to be labeled wrongly, or to repeat another one, are replaced by the next ones of the same "
            "signer and letter. Validation and test stay as they are.",
        ),
        Group(
            "mining",
            "With and without hard-sample mining",
            (final, Trial("the same, hard ones drawn more often", replace(base, mined=True))),
            "The network reads the training pictures twice on the way. Those whose label leads narrowly count double "
            "from then on, and half as much again between shapes that people confuse; one that it denies outright may "
            "be labeled wrong and counts as before.",
        ),
        Group(
            "subset",
            "The most telling ones with 5,000 crops",
            (
                Trial("MobileNetV2 0.35, gray, ImageNet start, 5,000 crops", subset),
                Trial("386 images in as many steps", replace(subset, scale=Scale.SEED)),
                Trial("two convolutions, random start",
                    replace(subset, network=Network.CONVOLUTIONS, start=Start.RANDOM)),
                Trial("tested on other frames of the same people", replace(subset, held=Held.FRAMES)),
                Trial("without the excluded rows", replace(subset, cleaned=True)),
                Trial("hard ones drawn more often", replace(subset, mined=True)),
            ),
            f"All rows have {subset.steps:,} steps, as many as 50 of the seed's epochs. What the models of this "
            "repository are trained with – every picture, many more steps – is in their cards.",
        ),
    )  # fmt: skip
