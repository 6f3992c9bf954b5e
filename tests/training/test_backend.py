"""What Keras trains on: the choice, and a training on JAX that TensorFlow resumes and exports."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from streamsign.errors import TrainingError
from streamsign.training import backend, loop
from streamsign.training.backend import Backend, choose_backend, load_keras, run_again_on_tensorflow, tensorflow
from streamsign.training.data.crops import Crop
from streamsign.training.data.sampling import Sampler
from streamsign.training.letters import network, task
from tests.cli.test_train import small_backbone
from tests.conftest import ROOT

ALL = frozenset(Backend)


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody chose a backend, and every one is installed."""
    monkeypatch.setenv(backend.VARIABLE, "")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())


@pytest.mark.parametrize(
    ("seeing", "expected"),
    [
        ((), Backend.TENSORFLOW),
        (ALL, Backend.TENSORFLOW),
        ((Backend.TENSORFLOW, Backend.TORCH), Backend.TENSORFLOW),
        ((Backend.JAX, Backend.TORCH), Backend.JAX),
        ((Backend.TORCH,), Backend.TORCH),
    ],
)
@pytest.mark.usefixtures("unset")
def test_a_backend_with_a_gpu_trains_tensorflow_first(seeing: Collection[Backend], expected: Backend) -> None:
    """JAX and PyTorch are chosen where only they see a GPU, and Keras reads the choice from the environment."""
    assert choose_backend(lambda asked: asked in seeing) is expected
    assert os.environ["KERAS_BACKEND"] == expected


@pytest.mark.usefixtures("unset")
def test_the_variable_of_keras_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that is asked for is taken, and no GPU is looked for."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    assert choose_backend(lambda one: pytest.fail(f"looked for the GPU of {one}")) is Backend.TORCH


def test_another_backend_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error names the three that can be asked for."""
    monkeypatch.setenv("KERAS_BACKEND", "mxnet")
    with pytest.raises(TrainingError, match="Set it to tensorflow, jax, torch"):
        choose_backend()


@pytest.mark.parametrize(
    ("asked", "lacking", "extra"),
    [("jax", "jax", "train-jax"), ("torch", "torch", "train-torch"), ("jax", "tensorflow", "train")],
)
@pytest.mark.usefixtures("unset")
def test_a_missing_backend_is_named_with_its_extra(
    monkeypatch: pytest.MonkeyPatch, asked: str, lacking: str, extra: str
) -> None:
    """So is TensorFlow, before the training and not at its export."""
    monkeypatch.setenv("KERAS_BACKEND", asked)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == lacking else object())
    with pytest.raises(TrainingError, match=rf"not installed[^']*'streamsign\[{extra}\]'"):
        choose_backend()


@pytest.mark.usefixtures("unset")
def test_a_backend_that_nobody_asked_for_is_named_as_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without KERAS_BACKEND the error does not say that it was set."""
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(TrainingError, match="Training needs tensorflow, and it is not installed"):
        choose_backend(lambda one: False)


def test_a_gpu_is_looked_for_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A backend that cannot be imported sees none, and one that finds a device does."""
    programs = {Backend.JAX: "import not_installed", Backend.TORCH: "seen = ['GPU:0']", Backend.TENSORFLOW: "seen = []"}
    monkeypatch.setattr(backend, "_SEES_GPU", programs)
    assert [one for one in Backend if backend.sees_gpu(one)] == [Backend.TORCH]


def test_the_export_is_the_same_command_on_tensorflow(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process is replaced by itself with another environment."""

    class Ran(Exception):
        """In the place of the other process."""

    def replace(*arguments: object) -> None:
        raise Ran(*arguments)

    monkeypatch.setattr(os, "execve", replace)
    monkeypatch.setattr(sys, "orig_argv", ["python", "-m", "streamsign", "train", "data"])
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(Ran) as ran:
        run_again_on_tensorflow()
    assert ran.value.args == (sys.executable, sys.orig_argv, os.environ | {"KERAS_BACKEND": "tensorflow"})


@pytest.mark.parametrize(("module", "load"), [("keras", load_keras), ("tensorflow", tensorflow)])
def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch, module: str, load: Callable[[], Any]) -> None:
    """Without the train extra the error names the pip command."""
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(TrainingError, match=r"pip install 'streamsign\[train\]'"):
        load()


def train_small(checkpoint: Path, steps: int) -> list[int]:
    """Train a small letter network on noise; the numbers of its batches."""
    rng = np.random.default_rng(0)

    def noise(side: int) -> list[Crop]:
        kinds = (("C", (1.0, 0.8)), ("L", (0.7, 1.0)), ("", None))
        return [
            Crop(rng.integers(0, 256, (side, side)).astype(np.uint8), shape, "ann", "drawn", hand=hand)
            for shape, hand in kinds
        ]

    sampler, numbers = Sampler(noise(160), "CL", seed=0), list[int]()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(network, "_backbone", small_backbone)
        patched.setattr(task, "BATCH", 4)
        letters = task.Letters(sampler, task.hold_out(sampler.labels, noise(96)), seed=0, weights=None, mine=False)
        made = letters.batch

        def batch(number: int) -> Any:
            numbers.append(number)
            return made(number)

        patched.setattr(letters, "batch", batch)
        loop.train(letters, loop.TrainingPlan(0, steps=steps, checkpoint=checkpoint), lambda _: None)
    return numbers


@pytest.mark.filterwarnings("ignore:Gradients do not exist")  # pictures without a hand's joints
def test_a_training_that_begins_on_jax_continues_on_tensorflow(tmp_path: Path, uncompiled: None) -> None:
    """The checkpoint of two steps on JAX is resumed at its step, with dropout and batch statistics."""
    if importlib.util.find_spec("jax") is None:
        pytest.skip("JAX is not installed: pip install jax")
    program = "import sys, pathlib; from tests.training.test_backend import train_small; "
    program += "train_small(pathlib.Path(sys.argv[1]), 2); import keras; print(keras.backend.backend())"
    ran = subprocess.run(
        [sys.executable, "-c", program, tmp_path / "small.npz"],
        env=os.environ | {"KERAS_BACKEND": "jax"},
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    assert ran.stdout.strip() == "jax"
    assert min(train_small(tmp_path / "small.npz", 4)) == 2
