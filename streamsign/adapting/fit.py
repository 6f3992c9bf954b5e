"""Fits the corrections of a model's networks: multinomial logistic regression with a Gaussian process around the head.

The posterior mode is found with L-BFGS in the weights of the examples (Rasmussen and Williams 2006, section 3.5).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.networks import Features, LetterEnds, NetworkEnd
from streamsign.errors import TrainingError
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.adapted import added_outputs, graphs
from streamsign.recognition.correction import Correction, Floats, kernel, prior_logits
from streamsign.recognition.logits import log_softmax

WIDTH_SHARE = 0.3
"""Width of the kernel over the network's ``feature_distance``."""

STRENGTH = 0.05
"""Inverse variance of the process. Width and strength were chosen on the 18 validation signers with 150 pictures or
more, among 20 pairs and views of the pictures: the errors of 24 letters fall from 5.0 to 1.0 %, and a letter that is
added from its pictures alone raises the others' by 0.6 points at most. 0.35 and 0.03 give the same error, and 0.9
points."""

_ITERATIONS = 200


def fit_adaptation(
    model: LetterEnds, features: Sequence[Features], letters: Sequence[str], new_labels: Sequence[str] = ()
) -> Adaptation:
    """An adaptation to labeled pictures.

    Args:
        model: the ends of its networks.
        features: of the pictures, (pictures, features) for each network.
        letters: label of each picture.
        new_labels: those of them that the model lacks.

    Raises:
        TrainingError: the distances between the pictures' features cannot be measured, and the model does not have
            them.
    """
    added = added_outputs(model.info, new_labels)
    corrections = [_fit(end, seen, letters, more) for end, seen, more in zip(model.ends, features, added, strict=False)]
    return Adaptation(model.info.name, graphs(model.info), tuple(new_labels), tuple(corrections))


def measured_distance(features: Features, signers: Sequence[str]) -> float:
    """Median squared distance between pictures of one signer, median over signers, for ``feature_distance``.

    Args:
        features: (pictures, features) of one network, of several letters.
        signers: of each picture; at least one has two pictures.
    """
    seen, names = features.astype(np.float64), np.array(signers)
    medians = []
    for name in sorted(set(signers)):
        rows = seen[names == name]
        if len(rows) > 1:
            squares = np.sum(rows**2, axis=1)
            distances = squares[:, None] + squares - 2 * rows @ rows.T
            medians.append(float(np.median(distances[np.triu_indices(len(rows), 1)])))
    return float(np.median(medians))


def _fit(end: NetworkEnd, features: Features, letters: Sequence[str], added: Sequence[str]) -> Correction:
    distance = end.distance
    if distance is None:
        if len(set(letters)) < 3:
            raise TrainingError(
                "The model does not state the distances of its features, and pictures of one or two letters do not "
                "show them.",
                "Give pictures of three letters or more.",
            )
        distance = measured_distance(features, [""] * len(features))
    width = WIDTH_SHARE * distance
    similar = kernel(features, features, width)
    prior = prior_logits(features, end.head, len(added))
    targets = np.array([_row(end, letter, added) for letter in letters])
    weights = _mode(similar, prior, targets)
    return Correction(features, weights.astype(np.float32), width)


def _row(end: NetworkEnd, letter: str, added: Sequence[str]) -> int:
    """The row of a label in the head: the shape that adds most to its output."""
    if letter in added:
        return len(end.head.bias) + list(added).index(letter)
    return int(end.head.merging[:, end.outputs.index(letter)].argmax())


def _mode(similar: Floats, prior: Floats, targets: NDArray[np.intp]) -> Floats:
    """Weights of the examples, (examples, rows), at the mode of the posterior."""
    from scipy.optimize import minimize  # its import is a tenth of a server's start, and few servers adapt

    shape, rows = prior.shape, np.arange(len(prior))

    def loss(flat: Floats) -> tuple[float, Floats]:
        weights = flat.reshape(shape)
        change = similar @ weights
        logs = log_softmax(prior + change)
        wrong = np.exp(logs)
        wrong[rows, targets] -= 1
        value = -logs[rows, targets].sum() + STRENGTH / 2 * float((weights * change).sum())
        return float(value), (similar @ (wrong + STRENGTH * weights)).ravel()

    found = minimize(loss, np.zeros(prior.size), jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS})
    return np.asarray(found.x, np.float64).reshape(shape)
