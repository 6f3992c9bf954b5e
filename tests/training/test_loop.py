"""Plans that cannot be followed, and a real training of a very small task."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from streamsign.errors import TrainingError
from streamsign.training.loop import TrainingPlan, train

# A line through points: one weight to learn. TensorFlow stays in a process of its own.
LINE = """
import sys
from pathlib import Path
import numpy as np
from streamsign.errors import TrainingError
from streamsign.training.loop import TrainingPlan, train
from streamsign.training.letters.network import tensorflow

tf = tensorflow()

class Judgment:
    def __init__(self, score):
        self.score = score

class Line:
    def __init__(self):
        tf.keras.utils.set_random_seed(0)
        self.network = tf.keras.Sequential([tf.keras.Input((1,)), tf.keras.layers.Dense(1, use_bias=False)])
        self.batches, self.switched = [], 0
    def batch(self, number):
        self.batches.append(number)
        x = np.random.default_rng(number).normal(size=(8, 1)).astype(np.float32)
        return x, 3 * x
    def loss(self, x, y):
        return tf.reduce_mean(tf.square(self.network(x, training=True) - y))
    def judge(self):
        return Judgment(-abs(float(self.network.variables[0].numpy().item()) - 3))
    def after(self, share):
        if share >= 0.5 and not self.switched:
            self.switched = 1
            return True
        return False
    def memory(self):
        return {"switched": np.array([self.switched])}
    def remember(self, memory, share):
        if len(memory["switched"]) != 1:
            raise ValueError("two switches")
        self.switched = int(memory["switched"][0])

checkpoint, shares = Path(sys.argv[1]), []
first = Line()
plan = TrainingPlan(0, steps=400, peak_rate=0.1, checkpoint=checkpoint)
found = train(first, plan, lambda state: shares.append(state.share))
assert found.score > -0.05, found.score
assert shares == sorted(shares) and shares[-1] == 1.0
assert first.switched == 1 and first.batches.count(200) == 2, "made anew after the switch"
again = Line()
resumed = train(again, TrainingPlan(0, steps=410, peak_rate=0.1, checkpoint=checkpoint), lambda state: None)
assert again.switched == 1 and min(again.batches) == 400
assert resumed.score >= found.score, "the best weights stay the best"

kept = Line()
before = float(kept.network.variables[0].numpy().item())
train(kept, TrainingPlan(0, steps=0), lambda state: None)
assert float(kept.network.variables[0].numpy().item()) == before, "no steps leave the weights as they were given"

class Broken(Line):
    def batch(self, number):
        raise TrainingError("a picture is gone")

try:
    train(Broken(), TrainingPlan(0, steps=2), lambda state: None)
except TrainingError as error:
    assert "a picture is gone" in str(error)
else:
    raise AssertionError("the batches' error was lost")
"""


@pytest.mark.parametrize("plan", [TrainingPlan(seed=0), TrainingPlan(seed=0, budget_s=1, steps=1)])
def test_plan_needs_one_length(plan: TrainingPlan) -> None:
    """Neither or both of time and steps is refused before TensorFlow is loaded."""
    with pytest.raises(TrainingError, match="not both"):
        train(None, plan, lambda progress: None)  # type: ignore[arg-type]


def test_learns_resumes_and_tells(tmp_path: Path, tensorflow_installed: None) -> None:
    """A line is learned, a resumed run continues at its step with its state, and an error in a batch is raised."""
    command = [sys.executable, "-c", LINE, str(tmp_path / "line.npz")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert ran.returncode == 0, ran.stderr[-2000:]
