"""Classifies the letter in one patch, and measures where in it the hand is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelInvalid, ModelNotFound
from streamsign.recognition.correction import Correction
from streamsign.recognition.exposed_graph import LinearHead, expose_features
from streamsign.recognition.levels import full_range_levels
from streamsign.recognition.model import READER, Model
from streamsign.recognition.pooling import merge, merging
from streamsign.recognition.runtime import one_tensor, open_interpreter, tensors

_HAND_OUTPUTS = 5


class HandInPatch(NamedTuple):
    """Probability of a hand in a patch (0–1), and its place; see :class:`streamsign.recognition.model.HandInfo`."""

    presence: float
    right: float
    down: float
    log_width: float
    log_height: float


class _LetterNetwork:
    """A graph whose first output holds a probability for each name.

    Args:
        model: has the graph.
        outputs: number of the graph's own outputs.
        names: of the first one's probabilities.
        correction: for the signer who is read, if the model is adapted.
        exposes: whether :meth:`features` is needed.
    """

    def __init__(
        self, model: Model, outputs: int, names: Sequence[str], correction: Correction | None, exposes: bool
    ) -> None:
        info = model.info
        path = model.tflite_path
        self.labels = info.labels
        self._correction = correction
        content: bytes | None = None
        self.head: LinearHead | None = None
        """The end of the graph, where its features are exposed."""
        if exposes or correction is not None:
            content, self.head = expose_features(path)
            outputs += 1
            names = _own_names(names, self.head, correction, path)
        self._interpreter = open_interpreter(path, model.runtime, content=content)
        self._input, shape, dtype = one_tensor(self._interpreter.get_input_details(), "input", path)
        self._outputs = tensors(self._interpreter.get_output_details(), outputs, "output", path)
        self._output, out_shape, out_dtype = self._outputs[0]
        expected = (1, info.input.size, info.input.size, info.input.channels)
        if shape != expected or dtype != np.float32:
            raise ModelInvalid(
                f"{path} takes {shape} {dtype}, model.json says {expected} float32.",
                "Model.json and model.tflite belong to different trainings: copy the whole folder again.",
            )
        if out_shape != (1, len(names)) or out_dtype != np.float32:
            raise ModelInvalid(
                f"{path} gives {out_shape} {out_dtype}, but model.json has {len(names)} labels ({', '.join(names)}).",
                "List one label for each output, in order, or train the model again.",
            )
        self._patch_shape = (info.input.size, info.input.size)
        self._shape = expected
        # One table look-up expands the range and normalizes: 256 multiplications instead of 9216.
        self._tables = [
            (full_range_levels(limited_range=limited) * info.input.scale + info.input.offset).astype(np.float32)
            for limited in (False, True)
        ]

    def read(self, patch: NDArray[np.uint8], *, limited_range: bool = False) -> NDArray[np.float32]:
        """Probability of each label.

        Args:
            patch: (size, size) uint8 gray.
            limited_range: True when black is 16 and white 235.

        Returns:
            (labels,) float32, summing to 1, calibrated by the temperature stored in the graph.

        Raises:
            ValueError: the patch has another shape or dtype.
        """
        if patch.shape != self._patch_shape or patch.dtype != np.uint8:
            raise ValueError(f"the patch must be {self._patch_shape} uint8, not {patch.shape} {patch.dtype}")
        self._interpreter.set_tensor(self._input, cv2.LUT(patch, self._tables[limited_range]).reshape(self._shape))
        self._interpreter.invoke()
        if self._correction is not None and self.head is not None:
            return np.asarray(self._correction.probabilities(self.features()[None], self.head)[0], np.float32)
        return np.asarray(self._interpreter.get_tensor(self._output)[0], np.float32)

    def features(self) -> NDArray[np.float32]:
        """(features,) of the patch that was read last; the network must have been opened with ``exposes``."""
        return np.asarray(self._interpreter.get_tensor(self._outputs[-1].number)[0], np.float32)


def _own_names(names: Sequence[str], head: LinearHead, correction: Correction | None, path: Path) -> Sequence[str]:
    """The names without those that a correction adds."""
    if correction is None:
        return names
    if correction.examples.shape[1] != head.kernel.shape[1]:
        raise ModelInvalid(
            f"{path} has {head.kernel.shape[1]} features, the adaptation {correction.examples.shape[1]}.",
            "Adapt again with `streamsign adapt`.",
        )
    added = correction.weights.shape[1] - len(head.bias)
    return names[: len(names) - added]


class Classifier(_LetterNetwork):
    """A model's classifier, ready to run. Not thread-safe: one per thread.

    Args:
        model: has the graph.
        exposes: whether :meth:`features` is needed.

    Raises:
        ModelInvalid: the graph's input or output does not fit model.json.
        ModelNotFound: the model was loaded as ``NAME:reader``.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(self, model: Model, *, exposes: bool = False) -> None:
        if model.variant == READER:
            raise ModelNotFound(
                f"The reader of '{model.info.name}' does not find hands, so it cannot be the model.",
                f"Name the model without :{READER}, and pass --reader large to read with its reader.",
            )
        correction = None if model.adaptation is None else model.adaptation.corrections[0]
        super().__init__(model, 2, model.info.labels, correction, exposes)
        self._hand, shape, dtype = self._outputs[1]
        if shape != (1, _HAND_OUTPUTS) or dtype != np.float32:
            raise ModelInvalid(
                f"{model.tflite_path} gives {shape} {dtype} for the hand, not (1, {_HAND_OUTPUTS}) float32.",
                "Model.json and model.tflite belong to different trainings: copy the whole folder again.",
            )

    def hand(self) -> HandInPatch:
        """The hand in the patch that was read last."""
        return HandInPatch(*self._interpreter.get_tensor(self._hand)[0].tolist())


class LetterReader(_LetterNetwork):
    """A model's reader, ready to run. It does not measure where the hand is. Not thread-safe: one per thread.

    Outputs of the graph that are not labels of the model are added to *none*.

    Args:
        model: what :attr:`streamsign.recognition.model.Model.reader` or ``load_model("NAME:reader")`` gives.
        exposes: whether :meth:`features` is needed.

    Raises:
        ModelInvalid: the graph's input or output does not fit model.json.
        RuntimeUnavailable: no TFLite runtime is installed.
    """

    def __init__(self, model: Model, *, exposes: bool = False) -> None:
        info, reader = model.info, model.info.reader
        self.outputs = info.labels if reader is None or reader.outputs is None else reader.outputs
        """Names of the probabilities before they are merged into the model's labels."""
        correction = None if model.adaptation is None else model.adaptation.corrections[-1]
        super().__init__(model, 1, self.outputs, correction, exposes)
        none_factor = 1.0 if reader is None else reader.none_factor
        self._merging = merging(self.outputs, info.labels, info.none_label, none_factor)

    def read(self, patch: NDArray[np.uint8], *, limited_range: bool = False) -> NDArray[np.float32]:
        """Probability of each label; see :meth:`_LetterNetwork.read`."""
        read = super().read(patch, limited_range=limited_range)
        return merge(read, self._merging)
