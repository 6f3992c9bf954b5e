"""Proves the tflite-runtime alternative: same graph, same seeded patches, same answers as ai-edge-litert.

No pytest file, because it runs in its own small environment (``make test-tflite-runtime``): tflite-runtime needs
numpy 1. Each runtime answers in its own process, opened through streamsign's own loader.

    python tests/tflite_runtime/check.py [MODEL]
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np

from streamsign.recognition.classifier import Classifier
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import runtime_name

PATCHES = 32
TOLERANCE = 1e-4
"""Largest difference of a probability: two builds of XNNPACK round differently, no more."""

_ANSWER_FLAG = "--answer"


def answers(model_name: str) -> dict[str, object]:
    """Probabilities of the seeded patches under the runtime ``STREAMSIGN_RUNTIME`` names."""
    model = load_model(model_name)
    classifier = Classifier(model)
    size = model.info.input.size
    patches = np.random.default_rng(20).integers(0, 256, (PATCHES, size, size), dtype=np.uint8)
    # Half the patches are smooth, as real ones are; noise alone leaves most of a network's range unused.
    ramps = np.linspace(0, 255, size)[None, :] * np.linspace(0.2, 1, PATCHES // 2)[:, None]
    patches[: PATCHES // 2] = ramps[:, None, :].astype(np.uint8)
    probabilities = [classifier.read(patch).tolist() for patch in patches]
    return {"runtime": runtime_name(), "probabilities": probabilities}


def _ask(runtime: str, model_name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    environment = os.environ | {"STREAMSIGN_RUNTIME": runtime}
    finished = subprocess.run(
        [sys.executable, __file__, _ANSWER_FLAG, model_name], env=environment, capture_output=True, text=True
    )
    if finished.returncode != 0:
        sys.exit(f"{runtime} did not answer:\n{finished.stderr}")
    answer = json.loads(finished.stdout.splitlines()[-1])
    if answer["runtime"] != runtime:
        sys.exit(f"asked for {runtime}, answered by {answer['runtime']}")
    return np.asarray(answer["probabilities"], np.float64)


def main() -> None:
    """Compare the two runtimes; exit code 1 when they differ."""
    names = [argument for argument in sys.argv[1:] if argument != _ANSWER_FLAG]
    model_name = names[0] if names else "celov"
    if _ANSWER_FLAG in sys.argv:
        sys.stdout.write(json.dumps(answers(model_name)) + "\n")
        return
    ours, alternative = _ask("ai-edge-litert", model_name), _ask("tflite-runtime", model_name)
    if not np.allclose(alternative.sum(axis=1), 1, atol=1e-3):
        sys.exit("tflite-runtime: the probabilities do not sum to 1")
    worst = float(np.abs(ours - alternative).max())
    verdict = f"largest difference over {PATCHES} patches {worst:.1e}, allowed {TOLERANCE:.0e}"
    if not worst <= TOLERANCE:
        sys.exit(f"tflite-runtime and ai-edge-litert disagree on {model_name}: {verdict}")
    sys.stdout.write(f"tflite-runtime agrees with ai-edge-litert on {model_name}: {verdict}\n")


if __name__ == "__main__":
    main()
