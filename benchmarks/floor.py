"""The compute floor: the time of a graph's f32 multiply-adds at the core's measured rate."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np

ROOT = Path(__file__).resolve().parents[1]

_BLAS_VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")

_SIZES = (128, 192, 256, 384)
"""Sides of the multiplied matrices: three of 384 × 384 f32 are 1.8 MB, which fits a second-level cache."""

_REPEATS = 6


def count_macs(interpreter: Any) -> int:
    """Multiply-accumulates of one run of a graph with batch 1, counted from the shapes in the .tflite file.

    A convolution does one for each weight at each output position, a fully connected layer one for each weight (Sze et
    al. 2017, "Efficient Processing of Deep Neural Networks", section III). Additions, means and activations are left
    out, so that the result is a lower bound.

    Args:
        interpreter: of ai-edge-litert or tflite-runtime, tensors allocated.
    """
    shapes = {
        int(each["index"]): tuple(int(size) for size in each["shape"]) for each in interpreter.get_tensor_details()
    }
    macs = 0
    for operation in interpreter._get_ops_details():
        kind = operation["op_name"]
        if kind not in ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"):
            continue
        weights = int(np.prod(shapes[int(operation["inputs"][1])]))
        _, *output = shapes[int(operation["outputs"][0])]
        positions = 1 if kind == "FULLY_CONNECTED" else output[0] * output[1]
        macs += weights * positions
    return macs


def fma_per_second() -> float:
    """Highest rate of f32 multiply-adds over a few sizes of matrix product (numpy's BLAS) in this process.

    One thread, if the BLAS was configured so before numpy was imported: see :class:`OneThreadKernel`.
    """
    best = 0.0
    for size in _SIZES:
        left = np.ones((size, size), np.float32)
        product = np.empty_like(left)
        for _ in range(_REPEATS):
            started = time.perf_counter()
            np.matmul(left, left, out=product)
            best = max(best, size**3 / (time.perf_counter() - started))
    return best


class OneThreadKernel:
    """A child process whose BLAS has one thread; it measures the rate between the rounds of a benchmark.

    A BLAS reads its number of threads from the environment when it is loaded, and this process has loaded it.
    """

    def __enter__(self) -> OneThreadKernel:
        self._child = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.floor"],
            cwd=ROOT,
            env=os.environ | dict.fromkeys(_BLAS_VARIABLES, "1"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._child.communicate(timeout=10)

    def floor_us(self, macs: int) -> float:
        """Microseconds for a number of multiply-adds at the current rate (measured in about 10 ms).

        Raises:
            RuntimeError: the child died.
        """
        if self._child.stdin is None or self._child.stdout is None:  # pragma: no cover - both are pipes
            raise RuntimeError("the child has no pipes")
        self._child.stdin.write("\n")
        answer = self._child.stdout.readline()
        if not answer:
            raise RuntimeError(f"the floor's micro-kernel ended with exit code {self._child.wait()}")
        return macs / float(answer) * 1e6


def _serve() -> None:
    for _ in sys.stdin:
        sys.stdout.write(f"{fma_per_second()}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _serve()
