"""The checkpoint of a training: one .npz with the network, the optimizer and the best weights so far."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.damaged import DAMAGED_NPZ
from streamsign.errors import TrainingError

Weights = list[NDArray[Any]]

_MEMORY = "memory."

DAMAGED = (*DAMAGED_NPZ, OSError)
"""Exceptions raised when a damaged .npz is read."""


@dataclass(slots=True)
class State:
    """State of a run besides the network and the optimizer.

    ``average`` and ``best`` are in the order of ``network.variables``; ``memory`` is the task's own, by name.
    """

    step: int = 0
    spent_s: float = 0.0
    loss: float = 0.0
    best_score: float = -1.0
    average: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)
    memory: dict[str, NDArray[Any]] = field(default_factory=dict)


def values(variables: Any) -> Weights:
    """Copies of Keras variables."""
    # On some backends numpy() is a view that changes with the variable.
    return [np.array(variable.numpy()) for variable in variables]


def assign(variables: Any, weights: Weights) -> None:
    """Set Keras variables.

    Raises:
        ValueError: number or shapes differ.
    """
    for variable, value in zip(variables, weights, strict=True):
        if tuple(variable.shape) != value.shape:
            raise ValueError(f"an array of shape {value.shape} instead of {tuple(variable.shape)}")
        variable.assign(value)


def save(path: Path | None, network: Any, optimizer: Any, state: State) -> None:
    """Write a checkpoint atomically; do nothing without a path."""
    if path is None:
        return
    groups = {
        "network": values(network.variables),
        "optimizer": values(optimizer.variables),
        "average": state.average,
        "best": state.best,
    }
    arrays: dict[str, Any] = {f"{name}.{i}": value for name, group in groups.items() for i, value in enumerate(group)}
    arrays |= {f"{_MEMORY}{name}": value for name, value in state.memory.items()}
    facts = {key: getattr(state, key) for key in ("step", "spent_s", "loss", "best_score")}
    half = path.with_suffix(".half.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(half, facts=np.array(json.dumps(facts)), **arrays)
    half.replace(path)


def resume(path: Path | None, network: Any, optimizer: Any) -> State | None:
    """Restore network and optimizer from a checkpoint. Returns None if the file does not exist.

    Raises:
        TrainingError: it is damaged, or of another network.
    """
    if path is None or not path.is_file():
        return None
    try:
        with np.load(path) as stored:
            state = State(
                **json.loads(str(stored["facts"])),
                average=_group(stored, "average"),
                best=_group(stored, "best"),
                memory={key.removeprefix(_MEMORY): stored[key] for key in stored.files if key.startswith(_MEMORY)},
            )
            assign(network.variables, _group(stored, "network"))
            assign(optimizer.variables, _group(stored, "optimizer"))
    except DAMAGED as error:
        raise TrainingError(
            f"The checkpoint {path} does not fit this training ({error}).", "Delete it to start from the beginning."
        ) from error
    return state


def best_weights(path: Path) -> Weights:
    """The best weights of a checkpoint, to start another training from.

    Raises:
        TrainingError: the file is not a checkpoint.
    """
    try:
        with np.load(path) as stored:
            return _group(stored, "best")
    except DAMAGED as error:
        raise TrainingError(
            f"{path} is not a checkpoint of a training ({error}).", "Give the .npz that `streamsign train` left."
        ) from error


def average(paths: Sequence[Path], made: Path) -> Path:
    """Average the best weights of several checkpoints of one network (a model soup, Wortsman et al. 2022).

    Args:
        paths: of the checkpoints.
        made: file to write, which :func:`best_weights` reads.

    Raises:
        TrainingError: a file is not a checkpoint, or they are of different networks.
    """
    ingredients = [best_weights(path) for path in paths]
    shapes = [[value.shape for value in weights] for weights in ingredients]
    if any(other != shapes[0] for other in shapes):
        raise TrainingError(
            f"{' and '.join(path.name for path in paths)} are of different networks and cannot be averaged.",
            "Give checkpoints of trainings for the same letters.",
        )
    best = {f"best.{i}": np.mean(values, axis=0) for i, values in enumerate(zip(*ingredients, strict=True))}
    made.parent.mkdir(parents=True, exist_ok=True)
    np.savez(made, **best)
    return made


def _group(stored: Any, name: str) -> Weights:
    return [stored[f"{name}.{i}"] for i in range(sum(key.startswith(f"{name}.") for key in stored.files))]
