"""The training loop: a time budget or a number of steps, resumable; the best weights are chosen on validation."""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.checkpoint import State, Weights, assign, resume, save, values

PEAK_RATE = 1.2e-3
WARM_UP_STEPS = 150
WEIGHT_DECAY = 1e-4
AVERAGE_EVERY, AVERAGE_KEEP = 20, 0.9
"""Weights are averaged over about 200 steps, because single checkpoints differ by several points between signers."""

VALIDATE_EVERY_S = 150.0

Batch = tuple[NDArray[Any], ...]


@dataclass(frozen=True, slots=True)
class TrainingPlan:
    """Length and start of a training. Exactly one of ``budget_s`` and ``steps`` is set; steps make a run repeatable.

    With 0 steps the weights are not changed. ``weights`` is a file for
    :func:`streamsign.training.letters.network.build`.
    """

    seed: int
    budget_s: float | None = None
    steps: int | None = None
    weights: Path | None = None
    checkpoint: Path | None = None
    peak_rate: float = PEAK_RATE
    validate_every_s: float = VALIDATE_EVERY_S


class Judgment(Protocol):
    """Result of weights on validation."""

    @property
    def score(self) -> float:
        """The score by which the best weights are chosen."""

    def __str__(self) -> str:
        """The figures as one line."""


Judged = TypeVar("Judged", bound=Judgment, covariant=True)


class Task(Protocol[Judged]):
    """What is trained. The loop owns optimizer, schedule, averaging and checkpoints; the task owns the rest."""

    @property
    def network(self) -> Any:
        """The Keras model."""

    @property
    def learner(self) -> Any:
        """The network, or a Keras model of its layers and others without weights, which only a training has."""

    def batch(self, number: int) -> Batch:
        """Batch ``number``; always the same for the same number. Called from another thread.

        The first part is the input of the learner.
        """

    def loss(self, found: Any, *batch: Any) -> Any:
        """Scalar loss, computed with ``keras.ops``, of what the learner found in a batch (tensors)."""

    def judge(self) -> Judged:
        """Validate the network's current weights."""

    def after(self, share: float) -> bool:
        """Called after every step with the share of the run that is done; True if later batches have changed."""

    def memory(self) -> Mapping[str, NDArray[Any]]:
        """State of the task that is restored when the run resumes."""

    def remember(self, memory: Mapping[str, NDArray[Any]], share: float) -> None:
        """Restore the state of :meth:`memory` at a share of the run.

        Raises:
            ValueError: it does not fit.
        """


@dataclass(frozen=True, slots=True)
class Progress:
    """Progress of a run. ``share`` is 0–1; ``judgment`` is set right after a validation."""

    step: int
    share: float
    loss: float
    judgment: Judgment | None = None


class _Batches(Generic[Judged]):
    """Batches made ahead by one thread, at most 16, so that the network does not wait for augmentation."""

    def __init__(self, task: Task[Judged], first: int) -> None:
        self._queue: queue.Queue[Batch | Exception] = queue.Queue(maxsize=16)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._make, args=(task, first), name="batches", daemon=True)
        self._thread.start()

    def _make(self, task: Task[Judged], number: int) -> None:
        while not self._over.is_set():
            try:
                made: Batch | Exception = task.batch(number)
            except Exception as error:  # handed to the training thread, which raises it
                made = error
            number += 1
            while not self._over.is_set():
                try:
                    self._queue.put(made, timeout=0.2)
                    break
                except queue.Full:
                    continue

    def take(self) -> Batch:
        made = self._queue.get()
        if isinstance(made, Exception):
            raise made
        return made

    def close(self) -> None:
        self._over.set()
        self._thread.join()


def train(task: Task[Judged], plan: TrainingPlan, notify: Callable[[Progress], None]) -> Judged:
    """Train for the length of the plan; resume from ``plan.checkpoint`` if it exists.

    Args:
        task: what to train; afterwards its network has the best weights on validation.
        plan: length and start.
        notify: called after every step.

    Returns:
        The validation of the best weights.

    Raises:
        TrainingError: Keras is missing, a file does not fit, or the loss is NaN or infinite.
        KeyboardInterrupt: the run was interrupted; its checkpoint is written.
    """
    if (plan.budget_s is None) == (plan.steps is None):
        raise TrainingError("A plan needs a time budget or a number of steps, not both.")
    keras, network = load_keras(), task.network
    optimizer = keras.optimizers.AdamW(plan.peak_rate, weight_decay=WEIGHT_DECAY)
    optimizer.build(network.trainable_variables)
    learner = _learner(keras, task)
    learner.compile(optimizer)
    state = resume(plan.checkpoint, network, optimizer)
    if state is None:
        state = State(average=values(network.variables))
    else:
        _remind(task, state, _share(plan, state), plan.checkpoint)
    started, spent_before = time.monotonic(), state.spent_s

    def check() -> Judged:
        current = values(network.variables)
        assign(network.variables, state.average)
        try:
            seen = task.judge()
        finally:
            assign(network.variables, current)
        if not state.best or seen.score >= state.best_score:
            state.best_score, state.best = seen.score, state.average
        state.memory = dict(task.memory())
        save(plan.checkpoint, network, optimizer, state)
        return seen

    batches = _Batches(task, state.step)
    last_check = time.monotonic()
    try:
        while (share := _share(plan, state)) < 1:
            if task.after(share):
                batches.close()
                batches = _Batches(task, state.step)
            rate = plan.peak_rate * min(1, (state.step + 1) / WARM_UP_STEPS) * (0.5 + 0.5 * np.cos(np.pi * share))
            optimizer.learning_rate.assign(rate + 1e-6)
            patches, *targets = batches.take()
            with _uninterrupted():
                learner.reset_metrics()  # older versions of Keras return the mean loss of all steps
                loss = float(learner.train_on_batch(patches, tuple(targets)))
                if not np.isfinite(loss):
                    raise TrainingError(f"The loss is {loss} at step {state.step}.", "Try another seed.")
                state.loss = loss if state.step == 0 else 0.98 * state.loss + 0.02 * loss
                state.step += 1
                state.spent_s = spent_before + time.monotonic() - started
                if state.step % AVERAGE_EVERY == 0 or not state.average:
                    state.average = _averaged(state, values(network.variables))
            seen = None
            if time.monotonic() - last_check > plan.validate_every_s:
                seen, last_check = check(), time.monotonic()
            notify(Progress(state.step, min(1.0, _share(plan, state)), state.loss, seen))
    except KeyboardInterrupt:
        state.memory = dict(task.memory())
        save(plan.checkpoint, network, optimizer, state)
        raise
    finally:
        batches.close()
    notify(Progress(state.step, 1.0, state.loss, check()))
    assign(network.variables, state.best)
    state.average = state.best
    return check()


def _remind(task: Task[Judged], state: State, share: float, checkpoint: Path | None) -> None:
    try:
        task.remember(state.memory, share)
    except ValueError as error:
        raise TrainingError(
            f"The checkpoint {checkpoint} is of a run with other pictures ({error}).",
            "Delete it to start from the beginning, or give the list of left-out pictures it was made with.",
        ) from error


def _share(plan: TrainingPlan, state: State) -> float:
    if plan.steps is not None:
        return state.step / plan.steps if plan.steps else 1.0
    return state.spent_s / plan.budget_s if plan.budget_s else 1.0


def _averaged(state: State, weights: Weights) -> Weights:
    # Early weights are far from the final ones: averaging starts after the warm-up.
    if not state.average or state.step < 2 * WARM_UP_STEPS:
        return weights
    return [AVERAGE_KEEP * old + (1 - AVERAGE_KEEP) * new for old, new in zip(state.average, weights, strict=True)]


def _learner(keras: Any, task: Task[Judged]) -> Any:
    """The task's learner as a model whose loss is the task's; Keras compiles its step for every backend."""

    class Learner(keras.Model):  # type: ignore[misc]  # Keras has no types
        def compute_loss(self, x: Any, y: Any, y_pred: Any, sample_weight: Any, training: bool = True) -> Any:
            del sample_weight, training
            return task.loss(y_pred, x, *(keras.ops.convert_to_tensor(part) for part in y))

    return Learner(task.learner.input, task.learner.output)


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Defer Ctrl-C to the end of the block: during a step on JAX the variables have no values that could be saved."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []
    before = signal.signal(signal.SIGINT, lambda number, frame: came.append(number))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if came:
        raise KeyboardInterrupt
