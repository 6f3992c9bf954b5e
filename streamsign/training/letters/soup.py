"""Averages a former model's backbone into a new one's (WiSE-FT, Wortsman et al. 2022, "Robust fine-tuning").

What a network was before a training, and what it is after, make other mistakes on strangers; where the second began
from the first, or both from the same, the weights between them work as well, and often better. How much of the former
is kept is chosen on validation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamsign.recognition.patch import PATCH_SIZE
from streamsign.training.checkpoint import assign, values
from streamsign.training.letters.network import backbone_from, tensorflow
from streamsign.training.letters.task import Letters, Validation
from streamsign.training.letters.unfold import unfold

SHARES = (0.1, 0.2, 0.35, 0.5, 0.65)
"""Shares of the former that are tried."""

_BATCHES = 40  # from which batch normalisation takes its statistics anew: those of two networks are no average's


def keep_some_of(task: Letters, former: Path, tell: Callable[[float, Validation], None]) -> float:
    """Average a former model's backbone into the task's network, as much of it as is best on validation.

    Args:
        task: trained; its network has the best weights afterwards.
        former: float32 graph of a model that the training began from, or that began from the same.
        tell: hears each share that was tried, 0 first, and what it is worth.

    Returns:
        The share of the former that was kept.

    Raises:
        TrainingError: the graph is of another network.
    """
    network = task.network
    new = values(network.variables)
    backbone = backbone_from(None, PATCH_SIZE, task.width)
    unfold(backbone, former, task.batch(0)[0])
    old = values(backbone.variables)
    best = task.judge()
    tell(0.0, best)
    kept, weights = 0.0, new
    tf = tensorflow()
    batches = [tf.constant(task.batch(number)[0]) for number in range(_BATCHES)]
    take_statistics = tf.function(lambda patches: network(patches, training=True), autograph=False)
    for share in SHARES:
        # The backbone's variables come first, see :func:`streamsign.training.letters.network.build`.
        mixed = [share * before + (1 - share) * after for before, after in zip(old, new, strict=False)]
        assign(network.variables, [*mixed, *new[len(old) :]])
        for patches in batches:
            take_statistics(patches)
        seen = task.judge()
        tell(share, seen)
        if seen.score > best.score:
            best, kept, weights = seen, share, values(network.variables)
    assign(network.variables, weights)
    return kept
