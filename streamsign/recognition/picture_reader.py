"""Reads the hand in a picture with one or both networks of a model."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from streamsign.errors import ModelNotFound
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.geometry import Square
from streamsign.recognition.model import READER, Model
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.pooling import pooled
from streamsign.recognition.reader import ReaderMode

Patch = NDArray[np.uint8]


class PictureReader:
    """One or both networks of a model. Not thread-safe.

    AUTO reads a picture with both networks and pools them with the reader's share; without a reader, with the
    classifier alone. SMALL is the classifier, LARGE the reader. A model loaded as ``NAME:reader`` is its reader alone,
    with AUTO too.

    Args:
        model: has the networks.
        mode: which of them read.

    Raises:
        ModelNotFound: the mode is LARGE and the model has no reader, or SMALL and the model is a reader.
        ModelInvalid: a graph does not fit its description.
    """

    def __init__(self, model: Model, mode: ReaderMode) -> None:
        if model.variant == READER and mode is ReaderMode.SMALL:
            raise ModelNotFound(
                f"'{model.info.name}:{READER}' is the reader alone, and --reader small is the classifier alone.",
                f"Name the model without :{READER}, or leave --reader out.",
            )
        reader = model if model.variant == READER else None if mode is ReaderMode.SMALL else model.reader
        if mode is ReaderMode.LARGE and reader is None:
            raise ModelNotFound(
                f"The model '{model.info.name}' has no reader.", "Pass another --model, or --reader auto or small."
            )
        self.info = (reader or model).info
        """The model's description, with the thresholds of the mode."""
        self._share = 1.0 if self.info.reader is None else self.info.reader.share
        alone = model.variant == READER or mode is ReaderMode.LARGE or self._share == 1
        self._reader = None if reader is None else LetterReader(reader)
        self._classifier = None if reader is not None and alone else Classifier(model)
        used = [model] * (self._classifier is not None) + ([] if reader is None else [reader])
        self._sizes = [each.info.input.size for each in used]
        self.measured = used
        """The networks that read: the classifier, the reader, or both in this order."""

    def cut(self, gray: Patch, square: Square) -> list[Patch]:
        """The patch of each network, (size, size) uint8, from a (height, width) uint8 picture."""
        return [cut_patch(gray, square, size) for size in self._sizes]

    def read(self, patches: list[Patch]) -> NDArray[np.float32]:
        """(labels,) probabilities."""
        networks = [each for each in (self._classifier, self._reader) if each is not None]
        read = [network.read(patch) for network, patch in zip(networks, patches, strict=True)]
        return read[0] if len(read) == 1 else pooled(read[0], read[1], self._share)
