"""Tests of benchmarks/floor.py."""

from __future__ import annotations

from benchmarks.floor import OneThreadKernel, count_macs
from streamsign.recognition.model import load_model
from streamsign.recognition.runtime import open_interpreter

LAYERS = [
    # (channels in, expansion, channels out, stride, side of the input): MobileNetV2 table 2 at width 0.35, 96×96.
    (16, 1, 8, 1, 48),
    *[(8, 6, 8, 2, 48), (8, 6, 8, 1, 24)],
    *[(8, 6, 16, 2, 24), (16, 6, 16, 1, 12), (16, 6, 16, 1, 12)],
    *[(16, 6, 24, 2, 12), *[(24, 6, 24, 1, 6)] * 3],
    *[(24, 6, 32, 1, 6), *[(32, 6, 32, 1, 6)] * 2],
    *[(32, 6, 56, 2, 6), *[(56, 6, 56, 1, 3)] * 2],
    (56, 6, 112, 1, 3),
]


def test_the_shipped_graph_has_the_macs_of_its_paper_architecture() -> None:
    """Counting the shapes of the .tflite gives what the paper's layer table gives, and 0.1 M for the hand's place."""
    model = load_model("celov")
    by_hand = 48 * 48 * 9 * 16  # the first convolution, stride 2, gray
    for channels, expansion, out, stride, side in LAYERS:
        wide = channels * expansion
        after = side // stride
        by_hand += side * side * channels * wide if expansion > 1 else 0
        by_hand += after * after * (9 * wide + wide * out)
    by_hand += 3 * 3 * 112 * 1280 + 1280 * len(model.info.labels)
    assert round(by_hand / 1e6, 1) == 10.0
    by_hand += (6 * 6 * 32 + 3 * 3 * 112) * 48 + 48 * 5
    assert count_macs(open_interpreter(model.tflite_path)) == by_hand


def test_the_kernel_gives_a_time_proportional_to_the_macs() -> None:
    """A child with one BLAS thread answers every question with a time that is positive and finite."""
    with OneThreadKernel() as kernel:
        floors = [kernel.floor_us(10_000_000) for _ in range(2)]
    # 1 GMAC/s to 1 TMAC/s: every core streamsign runs on lies between.
    assert all(10 < floor < 10_000 for floor in floors)
