"""Fits the linear head of an alphabet to features: multinomial logistic regression with a Gaussian prior."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax

Floats = NDArray[np.float64]

STRENGTHS = (0.01, 0.03, 0.1, 0.3, 1.0)
"""Inverse variances of the weights from which the held-out pictures choose, in units of the features' mean square."""

_ITERATIONS = 300


class Head(NamedTuple):
    """Weights (labels, features) and biases (labels,) of a head, float32."""

    kernel: NDArray[np.float32]
    bias: NDArray[np.float32]

    def logits(self, features: NDArray[np.floating]) -> NDArray[np.float32]:
        """(pictures, labels) from (pictures, features)."""
        return np.asarray(features.astype(np.float32) @ self.kernel.T + self.bias, np.float32)


def fit_head(features: NDArray[np.floating], targets: NDArray[np.intp], labels: int, strength: float) -> Head:
    """The head with the greatest posterior probability; every label has the same weight.

    Args:
        features: (pictures, features).
        targets: (pictures,) label of each.
        labels: number of labels; each occurs.
        strength: of the prior, see :data:`STRENGTHS`.
    """
    seen = features.astype(np.float64)
    center = seen.mean(axis=0)
    scale = float(np.sqrt(np.mean(np.sum((seen - center) ** 2, axis=1))))
    seen = (seen - center) / scale
    count = np.bincount(targets, minlength=labels)
    weight = (len(targets) / labels / count)[targets]
    rows, shape = np.arange(len(seen)), (labels, seen.shape[1])

    def loss(flat: Floats) -> tuple[float, Floats]:
        kernel, bias = flat[labels:].reshape(shape), flat[:labels]
        logs = log_softmax(seen @ kernel.T + bias, axis=1)
        wrong = np.exp(logs)
        wrong[rows, targets] -= 1
        wrong *= weight[:, None]
        value = -float(weight @ logs[rows, targets]) + strength / 2 * float((kernel**2).sum())
        return value, np.concatenate([wrong.sum(axis=0), (wrong.T @ seen + strength * kernel).ravel()])

    start = np.zeros(labels + labels * seen.shape[1])
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": _ITERATIONS}).x
    kernel = found[labels:].reshape(shape) / scale
    return Head(kernel.astype(np.float32), (found[:labels] - kernel @ center).astype(np.float32))
