"""The training loop: a time budget or a number of steps, resumable, the best weights chosen on validation alone."""

from __future__ import annotations

import json
import queue
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.training.network import build, tensorflow
from streamsign.training.sampling import Crop, Sampler, signer_groups

BATCH = 64
PEAK_RATE = 1.2e-3
WARM_UP_STEPS = 150
WEIGHT_DECAY = 1e-4
SMOOTHING = 0.05
SHAPES_WEIGHT = 0.5
AVERAGE_EVERY, AVERAGE_KEEP = 20, 0.9
"""Weights are averaged over about 200 steps: single checkpoints differ by several points between signers."""

VALIDATE_EVERY_S = 150.0
NONE_WEIGHT = 0.5
"""A false letter costs half of what a missed one does when the best weights are chosen."""

Weights = list[NDArray[Any]]


@dataclass(frozen=True, slots=True)
class Plan:
    """How long to train. Exactly one of ``budget_s`` and ``steps`` decides; steps alone make a run repeatable."""

    seed: int
    budget_s: float | None = None
    steps: int | None = None
    weights: Path | None = None
    checkpoint: Path | None = None


@dataclass(frozen=True, slots=True)
class Validation:
    """What the weights do on the validation split: logits (pictures, labels) and two figures made from them."""

    logits: NDArray[np.float32]
    macro: float
    false_letters: float

    @property
    def score(self) -> float:
        """What the best weights have most of."""
        return self.macro - NONE_WEIGHT * self.false_letters


@dataclass(frozen=True, slots=True)
class Progress:
    """Where a run stands. ``share`` runs from 0 to 1; ``validation`` is there right after one."""

    step: int
    share: float
    loss: float
    validation: Validation | None = None


@dataclass(slots=True)
class _State:
    step: int = 0
    spent_s: float = 0.0
    loss: float = 0.0
    best_score: float = -1.0
    average: Weights = field(default_factory=list)
    best: Weights = field(default_factory=list)


class _Batches:
    """Batches made ahead by one thread, at most 16 waiting: augmentation must never be what the network waits for."""

    def __init__(self, sampler: Sampler, first: int) -> None:
        self._queue: queue.Queue[Any] = queue.Queue(maxsize=16)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._make, args=(sampler, first), name="batches", daemon=True)
        self._thread.start()

    def _make(self, sampler: Sampler, number: int) -> None:
        while not self._over.is_set():
            try:
                made: Any = sampler.batch(number, BATCH)
            except Exception as error:  # handed to the training thread, which raises it
                made = error
            number += 1
            while not self._over.is_set():
                try:
                    self._queue.put(made, timeout=0.2)
                    break
                except queue.Full:
                    continue

    def take(self) -> tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]]:
        made = self._queue.get()
        if isinstance(made, Exception):
            raise made
        batch: tuple[NDArray[np.float32], NDArray[np.int32], NDArray[np.int32]] = made
        return batch

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def validate(logits: NDArray[np.float32], labels: NDArray[np.int32], groups: Sequence[str]) -> Validation:
    """Accuracy over the letters, mean over signer groups, all outputs competing; share of *none* read as a letter.

    Args:
        logits: (pictures, labels), *none* last.
        labels: (pictures,).
        groups: (pictures,) signer groups.
    """
    none = logits.shape[1] - 1
    read, letter = logits.argmax(axis=1), labels < none
    names = np.array(groups)
    right = [float((read == labels)[letter & (names == name)].mean()) for name in sorted(set(names[letter]))]
    false = float((read[~letter] < none).mean()) if (~letter).any() else 0.0
    return Validation(logits, float(np.mean(right)) if right else 0.0, false)


def train(
    sampler: Sampler, validation: Sequence[Crop], plan: Plan, tell: Callable[[Progress], None]
) -> tuple[Any, Validation]:
    """Train until the plan is used up; goes on from ``plan.checkpoint`` when it is there.

    Args:
        sampler: makes the batches.
        validation: patches of signers that are not trained on.
        plan: how long.
        tell: called after every step.

    Returns:
        The network with the best weights on validation, and what they do there.

    Raises:
        TrainingError: TensorFlow is missing, a file does not fit, or no validation picture shows a letter.
    """
    if (plan.budget_s is None) == (plan.steps is None):
        raise TrainingError("A plan needs a time budget or a number of steps, not both.")
    labels = sampler.label_index(crop.shape for crop in validation)
    if not (labels < len(sampler.labels) - 1).any():
        raise TrainingError("No validation picture shows a letter of the model.", "Mark some signers' rows 'val'.")
    groups = signer_groups([crop.signer for crop in validation], [crop.source for crop in validation])
    inputs = np.stack([crop.pixels for crop in validation])[..., None]
    tf = tensorflow()
    tf.keras.utils.set_random_seed(plan.seed)
    network = build(len(sampler.labels), len(sampler.shapes), plan.weights)
    optimizer = tf.keras.optimizers.AdamW(PEAK_RATE, weight_decay=WEIGHT_DECAY)
    optimizer.build(network.trainable_variables)
    step, forward = _graphs(tf, network, optimizer, len(sampler.labels), len(sampler.shapes))
    state = _resume(plan.checkpoint, network, optimizer) or _State()
    started, spent_before = time.monotonic(), state.spent_s

    def check() -> Validation:
        current = _values(network.variables)
        _assign(network.variables, state.average)
        parts = [
            forward(tf.constant(inputs[at : at + 256].astype(np.float32) / 127.5 - 1)).numpy()
            for at in range(0, len(inputs), 256)
        ]
        seen = validate(np.concatenate(parts), labels, groups)
        if seen.score >= state.best_score:
            state.best_score, state.best = seen.score, state.average
        _assign(network.variables, current)
        _save(plan.checkpoint, network, optimizer, state)
        return seen

    batches = _Batches(sampler, state.step)
    last_check = time.monotonic()
    try:
        while (share := _share(plan, state)) < 1:
            rate = PEAK_RATE * min(1, (state.step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * np.cos(np.pi * share))
            optimizer.learning_rate.assign(rate + 1e-6)
            loss = float(step(*(tf.constant(part) for part in batches.take())))
            if not np.isfinite(loss):
                raise TrainingError(f"The loss is {loss} at step {state.step}.", "Try another seed.")
            state.loss = loss if state.step == 0 else 0.98 * state.loss + 0.02 * loss
            state.step += 1
            state.spent_s = spent_before + time.monotonic() - started
            if state.step % AVERAGE_EVERY == 0 or not state.average:
                state.average = _averaged(state, _values(network.variables))
            seen = None
            if time.monotonic() - last_check > VALIDATE_EVERY_S:
                seen, last_check = check(), time.monotonic()
            tell(Progress(state.step, min(1.0, _share(plan, state)), state.loss, seen))
    finally:
        batches.close()
    tell(Progress(state.step, 1.0, state.loss, check()))
    _assign(network.variables, state.best)
    state.average = state.best
    return network, check()


def _share(plan: Plan, state: _State) -> float:
    if plan.steps is not None:
        return state.step / plan.steps
    return state.spent_s / plan.budget_s if plan.budget_s else 1.0


def _averaged(state: _State, weights: Weights) -> Weights:
    # Early weights are far from where they end up: averaging starts after the warm-up.
    if not state.average or state.step < 2 * WARM_UP_STEPS:
        return weights
    return [AVERAGE_KEEP * old + (1 - AVERAGE_KEEP) * new for old, new in zip(state.average, weights, strict=True)]


def _graphs(tf: Any, network: Any, optimizer: Any, labels: int, shapes: int) -> tuple[Any, Any]:
    def smooth(index: Any, size: int) -> Any:
        return tf.one_hot(index, size) * (1 - SMOOTHING) + SMOOTHING / size

    def step(patches: Any, label: Any, shape: Any) -> Any:
        with tf.GradientTape() as tape:
            label_logits, shape_logits = network(patches, training=True)
            cross_entropy = tf.nn.softmax_cross_entropy_with_logits
            loss = tf.reduce_mean(cross_entropy(smooth(label, labels), label_logits))
            loss += SHAPES_WEIGHT * tf.reduce_mean(cross_entropy(smooth(shape, shapes), shape_logits))
        gradients = tape.gradient(loss, network.trainable_variables)
        optimizer.apply_gradients(zip(gradients, network.trainable_variables, strict=True))
        return loss

    def forward(patches: Any) -> Any:
        return network(patches, training=False)[0]

    # Autograph rewrites Python control flow, of which there is none here.
    return tf.function(step, autograph=False), tf.function(forward, autograph=False)


def _values(variables: Any) -> Weights:
    return [variable.numpy() for variable in variables]


def _assign(variables: Any, values: Weights) -> None:
    for variable, value in zip(variables, values, strict=True):
        variable.assign(value)


def _save(path: Path | None, network: Any, optimizer: Any, state: _State) -> None:
    if path is None:
        return
    groups = {"network": network.variables, "optimizer": optimizer.variables}
    arrays = {f"{name}.{i}": variable.numpy() for name, group in groups.items() for i, variable in enumerate(group)}
    for name, values in (("average", state.average), ("best", state.best)):
        arrays |= {f"{name}.{i}": value for i, value in enumerate(values)}
    facts = {key: getattr(state, key) for key in ("step", "spent_s", "loss", "best_score")}
    half = path.with_suffix(".half.npz")
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(half, facts=np.array(json.dumps(facts)), **arrays)
    half.replace(path)


def _resume(path: Path | None, network: Any, optimizer: Any) -> _State | None:
    if path is None or not path.is_file():
        return None
    try:
        with np.load(path) as stored:

            def values(name: str) -> Weights:
                return [stored[f"{name}.{i}"] for i in range(sum(key.startswith(f"{name}.") for key in stored.files))]

            state = _State(**json.loads(str(stored["facts"])), average=values("average"), best=values("best"))
            _assign(network.variables, values("network"))
            _assign(optimizer.variables, values("optimizer"))
    except (ValueError, KeyError, TypeError, OSError) as error:
        raise TrainingError(
            f"The checkpoint {path} does not fit this training ({error}).", "Delete it to start from the beginning."
        ) from error
    return state
