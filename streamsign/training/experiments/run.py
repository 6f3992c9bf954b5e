"""One run in a separate process, to measure its peak memory: train, export, measure.

``python -m streamsign.training.experiments.run`` reads a request as JSON from standard input and writes JSON lines to
standard output: ``{"step": n}`` while it trains, then ``{"result": {…}}`` or ``{"problem": …, "next_step": …}``.
"""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from streamsign.errors import StreamsignError
from streamsign.recognition.runtime import interpreter_class
from streamsign.training.backend import tensorflow
from streamsign.training.data.cleaning import read_left_out
from streamsign.training.experiments.configuration import Configuration
from streamsign.training.experiments.data import LABELS, draw, load
from streamsign.training.experiments.measure import logits_of, peak_memory_mb, read_figures, time_graph
from streamsign.training.experiments.networks import build, to_tflite, weights_file
from streamsign.training.experiments.trainer import Notify, train


def run(configuration: Configuration, root: Path, exclusions: Path | None, notify: Notify) -> dict[str, Any]:
    """Do a run.

    Args:
        configuration: what to do.
        root: data folder.
        exclusions: list for a ``cleaned`` run.
        notify: called with the number of every step.

    Returns:
        Its figures as JSON values: ``validation`` and ``test`` (see :func:`read_figures`), ``inference_p50_ms``,
        ``peak_memory_mb`` (this process up to the end of training), ``tensors_kb``, ``weights`` (their number),
        ``pictures``, ``replaced``, ``seconds``, ``made_with``.

    Raises:
        StreamsignError: the pictures, the weights or TensorFlow cannot be used.
    """
    started = time.monotonic()
    chosen = draw(root, configuration, read_left_out(exclusions))
    tf = tensorflow()  # after what is read without it: its import takes seconds
    tf.keras.utils.set_random_seed(configuration.seed)
    network = build(configuration, len(LABELS), weights_file(root, configuration))
    train(configuration, network, load(chosen.train, configuration.channels, loose=True), notify)
    peak = peak_memory_mb()
    measured = {}
    for name, part in (("validation", chosen.validation), ("test", chosen.test)):
        examples = load(part, configuration.channels, loose=False)
        patches = [example.pixels for example in examples]
        measured[name] = read_figures(logits_of(network, patches), examples)
    p50, tensors = time_graph(to_tflite(network), patches)
    return measured | {
        "inference_p50_ms": p50,
        "peak_memory_mb": peak,
        "tensors_kb": tensors,
        "weights": int(network.count_params()),
        "pictures": chosen.counts(),
        "replaced": chosen.replaced,
        "seconds": time.monotonic() - started,
        "made_with": {
            "python": platform.python_version(),
            "tensorflow": tf.__version__,
            "keras": tf.keras.__version__,
            "tflite": interpreter_class()[0].value,
            "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        },
    }


def main() -> None:
    """Serve one request; see the module."""
    # Libraries print to standard output, which must contain only JSON lines.
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(message: dict[str, Any]) -> None:
        print(json.dumps(message), file=answers, flush=True)

    request = json.load(sys.stdin)
    exclusions = request["exclusions"]
    try:
        result = run(
            TypeAdapter(Configuration).validate_python(request["configuration"]),
            Path(request["root"]),
            Path(exclusions) if exclusions else None,
            lambda step: say({"step": step}),
        )
    except StreamsignError as error:
        say({"problem": error.problem, "next_step": error.next_step})
        return
    say({"result": result})


if __name__ == "__main__":
    main()
