"""Proves the tflite-runtime alternative: same graph, same seeded patches, same answers as ai-edge-litert.

No pytest file, because it runs in its own small environment (``make test-tflite-runtime``): tflite-runtime needs
numpy 1. Each runtime answers in its own process, opened through streamsign's own loader.

    python tests/tflite_runtime/check.py [MODEL]
"""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import Runtime

PATCHES = 32
TOLERANCE = 1e-4
"""Largest difference of a probability: two builds of XNNPACK round differently, no more."""

_ANSWER_FLAG = "--answer"


def answers(model_name: str, runtime: Runtime) -> list[list[float]]:
    """Probabilities of the seeded patches under a runtime."""
    model = load_model(model_name, runtime=runtime)
    classifier = Classifier(model)
    size = model.info.input.size
    patches = np.random.default_rng(20).integers(0, 256, (PATCHES, size, size), dtype=np.uint8)
    # Half the patches are smooth, as real ones are; noise alone leaves most of a network's range unused.
    ramps = np.linspace(0, 255, size)[None, :] * np.linspace(0.2, 1, PATCHES // 2)[:, None]
    patches[: PATCHES // 2] = ramps[:, None, :].astype(np.uint8)
    return [classifier.read(patch).tolist() for patch in patches]


def _ask(runtime: Runtime, model_name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    finished = subprocess.run(
        [sys.executable, __file__, model_name, _ANSWER_FLAG, runtime], capture_output=True, text=True
    )
    if finished.returncode != 0:
        sys.exit(f"{runtime} did not answer:\n{finished.stderr}")
    return np.asarray(json.loads(finished.stdout.splitlines()[-1]), np.float64)


def main() -> None:
    """Compare the two runtimes; exit code 1 when they differ."""
    model_name, *answer = sys.argv[1:] or ["celov"]
    if answer:
        sys.stdout.write(json.dumps(answers(model_name, Runtime(answer[1]))) + "\n")
        return
    ours, alternative = _ask(Runtime.AI_EDGE_LITERT, model_name), _ask(Runtime.TFLITE_RUNTIME, model_name)
    if not np.allclose(alternative.sum(axis=1), 1, atol=1e-3):
        sys.exit("tflite-runtime: the probabilities do not sum to 1")
    worst = float(np.abs(ours - alternative).max())
    verdict = f"largest difference over {PATCHES} patches {worst:.1e}, allowed {TOLERANCE:.0e}"
    if not worst <= TOLERANCE:
        sys.exit(f"tflite-runtime and ai-edge-litert disagree on {model_name}: {verdict}")
    sys.stdout.write(f"tflite-runtime agrees with ai-edge-litert on {model_name}: {verdict}\n")


if __name__ == "__main__":
    main()
