"""Plans that cannot be followed, and a real training of a very small task."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training.backend import load_keras
from streamsign.training.loop import Progress, TrainingPlan, train


class Judgment:
    """A score alone."""

    def __init__(self, score: float) -> None:
        self.score = score


def _dense(outputs: int) -> Any:
    """One dense layer on one number."""
    keras = load_keras()
    given = keras.Input((1,))
    return keras.Model(given, keras.layers.Dense(outputs, use_bias=False)(given))


class Line:
    """A line through points: one weight to learn, 3. The network changes once, halfway."""

    def __init__(self) -> None:
        load_keras().utils.set_random_seed(0)
        self.network = _dense(1)
        self.batches: list[int] = []
        self.switched = 0

    @property
    def weight(self) -> float:
        """What was learned."""
        return float(self.network.variables[0].numpy().item())

    def batch(self, number: int) -> Any:
        """Points of the line."""
        self.batches.append(number)
        x = np.random.default_rng(number).normal(size=(8, 1)).astype(np.float32)
        return x, 3 * x

    @property
    def learner(self) -> Any:
        """The network itself."""
        return self.network

    def loss(self, found: Any, x: Any, y: Any) -> Any:
        """Mean of the squares."""
        ops = load_keras().ops
        return ops.mean(ops.square(found - y))

    def judge(self) -> Judgment:
        """Better nearer to 3."""
        return Judgment(-abs(self.weight - 3))

    def after(self, share: float) -> bool:
        """Switch once."""
        if share >= 0.5 and not self.switched:
            self.switched = 1
            return True
        return False

    def memory(self) -> dict[str, Any]:
        """Whether it has switched."""
        return {"switched": np.array([self.switched])}

    def remember(self, memory: Any, share: float) -> None:
        """Take what :meth:`memory` gave."""
        (self.switched,) = (int(value) for value in memory["switched"])


class Broken(Line):
    """A line whose pictures are gone."""

    def batch(self, number: int) -> Any:
        """Fail.

        Raises:
            TrainingError: always.
        """
        raise TrainingError("a picture is gone")


@pytest.mark.parametrize("plan", [TrainingPlan(seed=0), TrainingPlan(seed=0, budget_s=1, steps=1)])
def test_plan_needs_one_length(plan: TrainingPlan) -> None:
    """Neither or both of time and steps is refused before TensorFlow is loaded."""
    with pytest.raises(TrainingError, match="not both"):
        train(None, plan, lambda progress: None)  # type: ignore[arg-type]


def test_learns_resumes_and_tells(tmp_path: Path, tensorflow_installed: None) -> None:
    """A line is learned, and a resumed run continues at its step with its state and keeps the best weights."""
    first, shares = Line(), list[float]()
    plan = TrainingPlan(0, steps=400, peak_rate=0.1, checkpoint=tmp_path / "line.npz")
    found = train(first, plan, lambda state: shares.append(state.share))
    assert found.score > -0.05
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert first.switched == 1
    assert first.batches.count(200) == 2  # made again after the switch
    again = Line()
    resumed = train(again, replace(plan, steps=410), lambda state: None)
    assert again.switched == 1
    assert min(again.batches) == 400
    assert resumed.score >= found.score


def test_an_interrupted_run_goes_on_at_its_step(tmp_path: Path, tensorflow_installed: None) -> None:
    """Ctrl-C at the fifth step writes the checkpoint, although no validation was due."""
    plan = TrainingPlan(0, steps=8, peak_rate=0.1, checkpoint=tmp_path / "line.npz")

    def interrupt(state: Progress) -> None:
        if state.step == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(Line(), plan, interrupt)
    again = Line()
    train(again, plan, lambda state: None)
    assert min(again.batches) == 5


def test_ctrl_c_in_a_step_waits_for_its_end(tmp_path: Path, tensorflow_installed: None) -> None:
    """On JAX the variables have no values in a step, so none could be saved: the step counts."""

    class Interrupted(Line):
        def loss(self, found: Any, x: Any, y: Any) -> Any:
            if len(self.batches) and not self.switched:
                self.switched = 1
                os.kill(os.getpid(), signal.SIGINT)
            return super().loss(found, x, y)

        def after(self, share: float) -> bool:
            return False

    plan = TrainingPlan(0, steps=8, peak_rate=0.1, checkpoint=tmp_path / "line.npz")
    with pytest.raises(KeyboardInterrupt):
        train(Interrupted(), plan, lambda state: None)
    again = Line()
    train(again, plan, lambda state: None)
    assert min(again.batches) == 1


def test_ctrl_c_in_a_validation_saves_the_weights_that_learn(tmp_path: Path, tensorflow_installed: None) -> None:
    """A validation reads with the average of the weights, which is not what the training continues with."""

    class Interrupted(Line):
        def judge(self) -> Judgment:
            raise KeyboardInterrupt

    seen: list[float] = []
    line = Interrupted()
    plan = TrainingPlan(0, steps=8, peak_rate=0.1, checkpoint=tmp_path / "line.npz", validate_every_s=0)
    with pytest.raises(KeyboardInterrupt):
        train(line, plan, lambda state: None)
    with np.load(tmp_path / "line.npz") as stored:
        seen = [float(stored[name].item()) for name in ("network.0", "average.0")]
    assert seen[0] == pytest.approx(line.weight)
    assert seen[0] != seen[1]


def test_a_checkpoint_of_another_network_is_refused(tmp_path: Path, tensorflow_installed: None) -> None:
    """The error has the two shapes and no numbers of the weights."""
    plan = TrainingPlan(0, steps=2, checkpoint=tmp_path / "line.npz")
    train(Line(), plan, lambda state: None)
    other = Line()
    other.network = _dense(2)
    with pytest.raises(TrainingError, match=r"fit this training \(an array of shape \(1, 1\) instead of \(1, 2\)\)"):
        train(other, replace(plan, steps=3), lambda state: None)


def test_no_steps_leave_the_weights_as_they_were_given(tensorflow_installed: None) -> None:
    """A plan of no steps changes nothing."""
    kept = Line()
    before = kept.weight
    train(kept, TrainingPlan(0, steps=0), lambda state: None)
    assert kept.weight == before


def test_an_error_in_a_batch_is_raised(tensorflow_installed: None) -> None:
    """What the thread of the batches raises ends the training."""
    with pytest.raises(TrainingError, match="a picture is gone"):
        train(Broken(), TrainingPlan(0, steps=2), lambda state: None)
