"""training/reader/efficientnet.py: the published shape of the network, its padding, and weights from PyTorch."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from streamsign.errors import TrainingError
from streamsign.training.reader.efficientnet import LITE0, LITE2, Lite, build_lite, load_arrays


@pytest.fixture(scope="module")
def lite0() -> Lite:
    """Lite0 at 96 pixels with random weights."""
    pytest.importorskip("tensorflow")
    return build_lite(LITE0, 96)


def arrays_of(lite: Lite) -> dict[str, NDArray[np.float32]]:
    """Random weights in PyTorch's order of axes."""
    rng, arrays = np.random.default_rng(0), {}
    for number, (convolution, norm) in enumerate(lite.pairs):
        height, width, given, made = convolution.get_weights()[0].shape
        depthwise = type(convolution).__name__ == "DepthwiseConv2D"
        shape = (given, 1, height, width) if depthwise else (made, given, height, width)
        arrays[f"w{number}"] = rng.normal(size=shape).astype(np.float32)
        channels = norm.get_weights()[0].size
        for name in ("weight", "bias", "running_mean", "running_var"):
            arrays[f"bn{number}_{name}"] = rng.random(channels).astype(np.float32)
    return arrays | {"fc_w": np.ones((26, 1280), np.float32), "fc_b": np.zeros(26, np.float32)}


def test_lite0_has_the_published_size(lite0: Lite) -> None:
    """Its backbone has 3.37 million weights: 4.65 million less the layer of 1000 classes and two input colors."""
    assert lite0.backbone.count_params() == pytest.approx(3.41e6, rel=0.01)
    assert lite0.backbone.output.shape == (None, 1280)
    assert lite0.stages[-1] == len(lite0.pairs)


def test_padding_is_that_of_the_native_size() -> None:
    """At 112 pixels Lite2 pads its strided convolutions as at 260, the third of them by two on each side."""
    pytest.importorskip("tensorflow")
    lite = build_lite(LITE2, 112)
    pads = {layer.name: layer.padding for layer in lite.backbone.layers if type(layer).__name__ == "ZeroPadding2D"}
    strided = [
        pads[convolution.input._keras_history.operation.name][0]
        for convolution, _ in lite.pairs
        if convolution.strides == (2, 2)
    ]
    assert strided == [(0, 1), (0, 1), (2, 2), (1, 1), (2, 2)]


def test_weights_of_pytorch_are_turned_round(lite0: Lite, tmp_path: Path) -> None:
    """A kernel's axes become Keras' order, and the last layer comes back as kernel and bias."""
    arrays = arrays_of(lite0)
    np.savez(tmp_path / "w.npz", **arrays)  # type: ignore[arg-type]  # numpy's stub takes the names for its flags
    kernel, bias = load_arrays(lite0, tmp_path / "w.npz")
    assert (kernel.shape, bias.shape) == ((1280, 26), (26,))
    stem, norm = lite0.pairs[0]
    assert stem.get_weights()[0][1, 2, 0, 5] == arrays["w0"][5, 0, 1, 2]
    depthwise = lite0.pairs[1][0].get_weights()[0]
    assert depthwise[0, 2, 7, 0] == arrays["w1"][7, 0, 0, 2]
    assert np.array_equal(norm.get_weights()[2], arrays["bn0_running_mean"])


def test_weights_of_another_network_are_rejected(lite0: Lite, tmp_path: Path) -> None:
    """The error names the file when a kernel has another shape or is absent."""
    np.savez(tmp_path / "w.npz", w0=np.zeros((8, 3, 3, 3), np.float32))
    with pytest.raises(TrainingError, match=r"w\.npz does not fit"):
        load_arrays(lite0, tmp_path / "w.npz")
