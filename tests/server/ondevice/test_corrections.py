"""server/ondevice/corrections.py: what a phone gets gives the probabilities of the core."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from streamsign.recognition.correction import Correction
from streamsign.recognition.model import load_model
from streamsign.server.ondevice.corrections import correction_file, exposed


def test_the_numbers_are_those_of_the_core() -> None:
    """Kernel, bias, merging, examples and weights lie one behind the other, and the digest is that of the bytes."""
    model = load_model("celov")
    graph = exposed(model.tflite_path, model.sha256)
    assert hashlib.sha256(graph.content).hexdigest() == graph.sha256
    assert exposed(model.tflite_path, model.sha256) is graph
    random = np.random.default_rng(0)
    shapes, features = graph.head.kernel.shape
    examples = random.random((3, features), np.float32).astype(np.float16)
    correction = Correction(examples, random.random((3, shapes + 1), np.float32), 2.0)
    info, content = correction_file(correction, graph.head)
    assert hashlib.sha256(content).hexdigest() == info.sha256
    numbers = np.frombuffer(content, "<f4")
    ends = np.cumsum([shapes * features, shapes, shapes * info.outputs, 3 * features, 3 * (shapes + 1)])
    assert len(numbers) == ends[-1]
    kernel, bias, merging, kept, weights = np.split(numbers, ends[:-1])
    assert (info.shapes, info.features, info.examples, info.added) == (shapes, features, 3, 1)
    seen = random.random((features,), np.float32)
    shipped = kernel.reshape(shapes, features) @ seen + bias
    logits = np.append(shipped - np.log(np.exp(shipped).sum()), info.added_log)
    similar = np.exp(-np.square(kept.reshape(3, features) - seen).sum(axis=1) / info.width)
    shares = np.exp(logits + similar @ weights.reshape(3, -1))
    shares /= shares.sum()
    read = np.append(shares[:shapes] @ merging.reshape(shapes, -1), shares[shapes:])
    assert read == pytest.approx(correction.probabilities(seen[None], graph.head)[0], abs=1e-4)
