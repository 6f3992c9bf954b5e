"""What Keras trains on: TensorFlow, or JAX or PyTorch where only they see a GPU.

Networks, losses and the training loop use Keras alone. Graphs are exported by TensorFlow, which is always needed.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from enum import StrEnum
from typing import Any, NoReturn

from streamsign.errors import TrainingError

VARIABLE = "KERAS_BACKEND"
"""The environment variable that Keras reads when it is imported."""


class Backend(StrEnum):
    """A library that Keras trains on. Its value is Keras' name for it, and that of its module."""

    TENSORFLOW = "tensorflow"
    JAX = "jax"
    TORCH = "torch"

    @property
    def extra(self) -> str:
        """The extra of streamsign that installs it."""
        return "train" if self is Backend.TENSORFLOW else f"train-{self}"


_SEES_GPU = {
    Backend.TENSORFLOW: "import tensorflow as tf; seen = tf.config.list_physical_devices('GPU')",
    Backend.JAX: "import jax; seen = jax.default_backend() != 'cpu'",
    Backend.TORCH: "import torch; seen = torch.cuda.is_available() or torch.backends.mps.is_available()",
}


def sees_gpu(backend: Backend) -> bool:
    """Whether a backend is installed and sees a GPU. Asked in a process of its own: looking takes memory of the GPU."""
    program = f"import sys; {_SEES_GPU[backend]}; sys.exit(0 if seen else 1)"
    return subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def choose_backend(sees: Callable[[Backend], bool] = sees_gpu) -> Backend:
    """Choose what Keras trains on and set ``KERAS_BACKEND`` to it. Call it before Keras is imported.

    A backend in ``KERAS_BACKEND`` is taken. Otherwise it is TensorFlow, unless it sees no GPU and JAX or PyTorch does.

    Args:
        sees: whether a backend is installed and sees a GPU.

    Raises:
        TrainingError: the variable names no backend, or the backend, or TensorFlow for the export, is not installed.
    """
    asked = os.environ.get(VARIABLE)
    if asked and asked not in set(Backend):
        raise TrainingError(f"{VARIABLE} is '{asked}'.", f"Set it to {', '.join(Backend)}, or unset it.")
    if asked:
        chosen = Backend(asked)
    else:
        others = [backend for backend in (Backend.JAX, Backend.TORCH) if sees(backend)]
        chosen = Backend.TENSORFLOW if not others or sees(Backend.TENSORFLOW) else others[0]
    why = f"{VARIABLE} is {chosen}" if asked else f"Training needs {chosen}"
    for needed, reason in ((chosen, why), (Backend.TENSORFLOW, "TensorFlow exports the model")):
        if importlib.util.find_spec(needed) is None:
            raise TrainingError(f"{reason}, and it is not installed.", f"pip install 'streamsign[{needed.extra}]'")
    os.environ[VARIABLE] = chosen
    return chosen


def device() -> str:
    """The device on which Keras computes, as its backend names it, such as ``GPU:0``."""
    placed = load_keras().ops.convert_to_tensor(0.0)
    return str(placed.device).rpartition("device:")[2]


def run_again_on_tensorflow() -> NoReturn:
    """Replace this process by the same command on TensorFlow, which also frees the GPU's memory."""
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(sys.executable, sys.orig_argv, os.environ | {VARIABLE: Backend.TENSORFLOW})  # noqa: S606 - itself


def load_keras() -> Any:
    """Keras, imported when first needed: the service runs without it.

    Raises:
        TrainingError: it is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ.setdefault(VARIABLE, Backend.TENSORFLOW)  # otherwise a file in the home folder chooses
    return _imported("keras", Backend(os.environ[VARIABLE]))


def tensorflow() -> Any:
    """TensorFlow with Keras on it, imported when first needed, for what Keras alone cannot do.

    Raises:
        TrainingError: it is not installed.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    os.environ[VARIABLE] = Backend.TENSORFLOW  # importing TensorFlow imports Keras
    return _imported("tensorflow", Backend.TENSORFLOW)


def _imported(module: str, backend: Backend) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise TrainingError(
            f"Training needs {module} on {backend}, which cannot be imported ({error}).",
            f"pip install 'streamsign[{backend.extra}]'",
        ) from error
