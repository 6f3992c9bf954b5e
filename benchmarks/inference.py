"""Benchmarks the classification of one patch: ours, the runtime as in its documentation, and the compute floor."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from benchmarks.floor import OneThreadKernel, count_macs
from benchmarks.report import Report, Row, Subject, make_report, row
from benchmarks.stock import StockClassifier
from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import Model, load_model
from streamsign.recognition.runtime import interpreter_class, open_interpreter

_CALLS = 40
"""Calls a round: enough to be warm, and few enough that noise affects both subjects."""

_WARM_UP = 20

ROUNDS, FULL_ROUNDS = 150, 600

BATCHES = (1, 2, 4, 8)
"""Patches of different sessions that the reader reads in one call."""

_BATCH_ROUNDS = 60


def run(*, full: bool, model: str) -> Report:
    """Time the shipped classifier, and the reader with patches of several sessions in one call.

    Args:
        full: more rounds, and the cold-start case.
        model: a model's name or folder.

    Raises:
        ModelError: the model cannot be used.
    """
    chosen = load_model(model)
    size = chosen.info.input.size
    ours, stock = Classifier(chosen), StockClassifier(chosen.tflite_path)
    patches = np.random.default_rng(3).integers(0, 256, (_CALLS, size, size), dtype=np.uint8)
    reads: dict[Subject, Callable[[int], object]] = {
        "ours": lambda call: ours.read(patches[call], limited_range=True),
        "stock": lambda call: stock.read(patches[call]),
    }
    macs = count_macs(open_interpreter(chosen.tflite_path))
    rows = _interleaved("classify_96x96", reads, macs, rounds=FULL_ROUNDS if full else ROUNDS)
    if full:
        opens: dict[Subject, Callable[[int], object]] = {
            "ours": lambda call: Classifier(chosen).read(patches[call]),
            "stock": lambda call: StockClassifier(chosen.tflite_path).read(patches[call]),
        }
        rows += _interleaved("open_and_first_96x96", opens, macs, rounds=5)
    if chosen.reader is not None:
        rows += _batches(chosen.reader)
    return make_report("inference", rows)


def _batches(reader: Model) -> list[Row]:
    """Microseconds a patch where the reader's graph reads 1, 2, 4 or 8 patches in one call."""
    calls: dict[int, Callable[[], None]] = {}
    for count in BATCHES:
        interpreter = interpreter_class()[1](model_path=str(reader.tflite_path), num_threads=1)
        described = interpreter.get_input_details()[0]
        shape = (count, *described["shape"][1:])
        interpreter.resize_tensor_input(described["index"], shape)
        interpreter.allocate_tensors()
        interpreter.set_tensor(described["index"], np.random.default_rng(3).uniform(-1, 1, shape).astype(np.float32))
        interpreter.invoke()
        calls[count] = interpreter.invoke
    samples: dict[int, list[float]] = {count: [] for count in BATCHES}
    for _ in range(_BATCH_ROUNDS):
        for count, call in calls.items():
            started = time.perf_counter_ns()
            call()
            samples[count].append((time.perf_counter_ns() - started) / 1e3 / count)
    return [row(f"read_a_patch/batch_of_{count}", "ours", "us", taken) for count, taken in samples.items()]


def _interleaved(case: str, calls: dict[Subject, Callable[[int], object]], macs: int, rounds: int) -> list[Row]:
    """Time the subjects alternately, with changing order."""
    samples: dict[Subject, list[float]] = {subject: [] for subject in (*calls, "floor")}
    for call in calls.values():
        for warm_up in range(_WARM_UP):
            call(warm_up)
    with OneThreadKernel() as kernel:
        for turn in range(rounds):
            order = list(calls)
            for subject in order if turn % 2 else reversed(order):
                for index in range(_CALLS):
                    started = time.perf_counter_ns()
                    calls[subject](index)
                    samples[subject].append((time.perf_counter_ns() - started) / 1e3)
            samples["floor"].append(kernel.floor_us(macs))
    return [row(case, subject, "us", taken) for subject, taken in samples.items()]
