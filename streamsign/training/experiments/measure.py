"""Figures of a run: accuracy on new people, time and memory."""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.recognition.runtime import one_tensor, open_interpreter
from streamsign.training.backend import tensorflow
from streamsign.training.evaluation import metrics
from streamsign.training.experiments.data import LABELS, LETTERS, Example

_FORWARD = 128
_TIMED, _WARM_UP_CALLS = 400, 30


def scaled(patches: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Levels 0…255 scaled to the networks' range −1…1."""
    return patches.astype(np.float32) / 127.5 - 1


def logits_of(network: Any, patches: Sequence[NDArray[np.uint8]]) -> NDArray[np.float64]:
    """(pictures, labels) float64; patches are (96, 96, channels) uint8 each."""
    tf = tensorflow()
    # Called eagerly: for these few batches, tracing a graph takes longer than it saves.
    parts = [
        network(tf.constant(scaled(np.stack(patches[at : at + _FORWARD]))), training=False).numpy()
        for at in range(0, len(patches), _FORWARD)
    ]
    return np.concatenate(parts).astype(np.float64)


def cross_entropy(logits: NDArray[np.float64], labels: NDArray[np.intp]) -> NDArray[np.float64]:
    """Loss of every picture in nats: (pictures,) from (pictures, labels) logits and (pictures,) true labels."""
    shifted = logits - logits.max(axis=1, keepdims=True)
    total: NDArray[np.float64] = np.log(np.exp(shifted).sum(axis=1)) - shifted[np.arange(len(labels)), labels]
    return total


def read_figures(logits: NDArray[np.float64], examples: Sequence[Example]) -> dict[str, Any]:
    """Figures of one part, as defined in :mod:`streamsign.training.evaluation.evaluate`.

    Accuracy, loss and F1 count the pictures of letters, with all labels; accuracy is a mean over signer groups,
    whose accuracies are listed in the order of the groups' names; ``false_letters`` is the share of the other pictures
    read as a letter (no threshold).
    """
    labels = np.array([example.label for example in examples], np.intp)
    read, shown = np.asarray(logits.argmax(axis=1), np.intp), labels < len(LETTERS)
    groups = [example.group for example, is_letter in zip(examples, shown, strict=True) if is_letter]
    by_signer = metrics.accuracy_by_group(np.asarray((read == labels)[shown], np.bool_), groups)
    accuracies = [share for _, share in by_signer.values()]
    return {
        "accuracy": float(np.mean(accuracies)),
        "accuracy_ci95": metrics.signer_bootstrap(accuracies),
        "by_signer": accuracies,
        "loss": float(cross_entropy(logits, labels)[shown].mean()),
        "weighted_f1": metrics.weighted_f1(metrics.confusion(labels[shown], read[shown], len(LABELS))),
        "false_letters": float((read[~shown] < len(LETTERS)).mean()) if (~shown).any() else None,
    }


def time_graph(graph: bytes, patches: Sequence[NDArray[np.uint8]]) -> tuple[float, float]:
    """Time of one picture on one thread, and size of its tensors.

    Returns:
        Median of 400 calls in milliseconds, and :func:`tensors_kb`.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tflite"
        path.write_bytes(graph)
        interpreter = open_interpreter(path, threads=1)
        index, _, _ = one_tensor(interpreter.get_input_details(), "input", path)
        output, _, _ = one_tensor(interpreter.get_output_details(), "output", path)
        inputs = [scaled(patch[None]) for patch in patches[:40]]
        taken = []
        for call in range(_WARM_UP_CALLS + _TIMED):
            started = time.perf_counter_ns()
            interpreter.set_tensor(index, inputs[call % len(inputs)])
            interpreter.invoke()
            interpreter.get_tensor(output)
            taken.append((time.perf_counter_ns() - started) / 1e6)
        return float(np.median(taken[_WARM_UP_CALLS:])), tensors_kb(interpreter)


def tensors_kb(interpreter: Any) -> float:
    """Largest sum of the activations alive at one operation of a graph, in kB (1,000 bytes).

    A tensor is alive from the operation that writes it to the last one that reads it; weights are not counted. It is a
    lower bound of the arena (the "greedy by size" planner of TFLite comes close: Pisarchyk and Lee 2020).
    """
    sizes: dict[int, float] = {
        int(each["index"]): float(np.prod(each["shape"])) * np.dtype(each["dtype"]).itemsize
        for each in interpreter.get_tensor_details()
    }
    operations = [each for each in interpreter._get_ops_details() if each["op_name"] != "DELEGATE"]
    first = {int(each["index"]): 0 for each in interpreter.get_input_details()}
    last = dict(first)
    for at, operation in enumerate(operations):
        for index in operation["outputs"]:
            first.setdefault(int(index), at)
            last[int(index)] = at
        for index in operation["inputs"]:
            if int(index) in first:
                last[int(index)] = at
    return max(
        sum(sizes[index] for index in first if first[index] <= at <= last[index]) / 1000
        for at in range(len(operations))
    )


def peak_memory_mb() -> float:
    """Largest resident size of this process until now, in MB (1,000,000 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak) * (1 if sys.platform == "darwin" else 1024) / 1e6  # macOS counts bytes, Linux KiB
