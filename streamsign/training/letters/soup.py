"""Averages a former model's backbone into a new one's (WiSE-FT, Wortsman et al. 2022, "Robust fine-tuning").

A network before and after a training makes different errors on new people. If one training started from the other, or
both from the same weights, weights between them work too, and often better. The ratio is chosen on validation.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from streamsign.recognition.patch import PATCH_SIZE
from streamsign.training.backend import tensorflow
from streamsign.training.checkpoint import assign, values
from streamsign.training.letters.network import backbone_from
from streamsign.training.letters.task import Letters, Validation
from streamsign.training.letters.unfold import unfold

SHARES = (0.1, 0.2, 0.35, 0.5, 0.65)
"""Shares of the former weights to try."""

_BATCHES = 40  # to compute the statistics of batch normalization again: an average of two networks has other ones


def keep_some_of(task: Letters, former: Path, notify: Callable[[float, Validation], None]) -> float:
    """Average a former model's backbone with the task's network, in the ratio that is best on validation.

    Args:
        task: trained; its network has the best weights afterwards.
        former: float32 graph of a model that the training started from, or that started from the same weights.
        notify: called with each share, 0 first, and its validation.

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
    notify(0.0, best)
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
        notify(share, seen)
        if seen.score > best.score:
            best, kept, weights = seen, share, values(network.variables)
    assign(network.variables, weights)
    return kept
