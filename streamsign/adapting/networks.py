"""Both networks of a model with their features, and what an adaptation reads in features."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from streamsign.adapting.pictures import Hand
from streamsign.collection.manifest import Picture, read_gray
from streamsign.recognition.adaptation import Adaptation
from streamsign.recognition.adapted import added_outputs, require_float32, with_labels
from streamsign.recognition.classifier import Classifier, LetterReader
from streamsign.recognition.correction import prior_logits
from streamsign.recognition.exposed_graph import LinearHead
from streamsign.recognition.framing import square_around
from streamsign.recognition.logits import softmax
from streamsign.recognition.model import Model, ModelInfo
from streamsign.recognition.patch import cut_patch
from streamsign.recognition.pooling import merge, merging, pooled

THREADS = 2
"""Pictures that are read at a time."""

Features = NDArray[np.float16]
"""(pictures, features) of one network. They are rounded as they are stored, so that a fit sees what is used."""


class NetworkEnd(NamedTuple):
    """The end of one network.

    Attributes:
        head: behind the features.
        outputs: names of the graph's outputs.
        distance: the model's ``feature_distance``.
    """

    head: LinearHead
    outputs: list[str]
    distance: float | None

    def read(self, features: Features) -> NDArray[np.float32]:
        """Probabilities of the graph's outputs, (pictures, outputs), without a correction."""
        return (softmax(prior_logits(features, self.head, 0)) @ self.head.merging).astype(np.float32)

    def without(self, letter: str) -> NetworkEnd:
        """The same end without the rows of a letter."""
        if letter not in self.outputs:
            return self
        column = self.outputs.index(letter)
        rows = self.head.merging[:, column] == 0
        merging = np.delete(self.head.merging[rows], column, axis=1)
        head = LinearHead(self.head.kernel[rows], self.head.bias[rows], merging)
        return NetworkEnd(head, [name for name in self.outputs if name != letter], self.distance)


@dataclass(frozen=True, slots=True)
class LetterEnds:
    """The ends of a model's networks, the classifier's and the reader's.

    Attributes:
        info: the model's description.
        ends: one a network.
    """

    info: ModelInfo
    ends: list[NetworkEnd]

    def read(self, features: Sequence[Features], adaptation: Adaptation | None = None) -> NDArray[np.float32]:
        """Probabilities of the labels of the model and of the adaptation, (pictures, labels), by both networks.

        Args:
            features: (pictures, features) for each network.
            adaptation: by :func:`streamsign.adapting.fit.fit_adaptation`; None for the shipped heads.
        """
        info = self.info
        new = () if adaptation is None else adaptation.new_labels
        longer = with_labels(info, new)
        read = []
        for number, (end, seen, added) in enumerate(zip(self.ends, features, added_outputs(info, new), strict=False)):
            given = (
                end.read(seen) if adaptation is None else adaptation.corrections[number].probabilities(seen, end.head)
            )
            none_factor = 1.0 if number == 0 or info.reader is None else info.reader.none_factor
            outputs = [*end.outputs, *added]
            read.append(merge(given, merging(outputs, longer.labels, longer.none_label, none_factor)))
        share = 1.0 if info.reader is None else info.reader.share
        return read[0] if len(read) == 1 else pooled(read[0], read[1], share)

    def without(self, letter: str) -> LetterEnds:
        """The same networks if they had never had an output for a letter."""
        labels = [label for label in self.info.labels if label != letter]
        bare: dict[str, object] = {"labels": labels, "priors": {}, "confusion": [], "thresholds": {}}
        reader = self.info.reader
        if reader is not None:
            outputs = None if reader.outputs is None else [name for name in reader.outputs if name != letter]
            reader = reader.model_copy(update={**bare, "outputs": outputs})
        info = self.info.model_copy(update={**bare, "reader": reader})
        return LetterEnds(info, [end.without(letter) for end in self.ends])


class FeatureNetworks:
    """The classifier of a model and, if it has one, its reader.

    Args:
        model: neither adapted nor a variant.

    Raises:
        ModelInvalid: a graph exposes no features, or the model is a variant.
        RuntimeUnavailable: ai-edge-litert is not installed.
    """

    def __init__(self, model: Model) -> None:
        require_float32(model)
        self.model = model
        classifier, reader = _opened(model)
        self._free = [(classifier, reader)]
        ends = [_end(classifier, model.info.labels, model.info.feature_distance)]
        if reader is not None and model.info.reader is not None:
            ends.append(_end(reader, reader.outputs, model.info.reader.feature_distance))
        self.letters = LetterEnds(model.info, ends)

    def features(self, pictures: Sequence[Hand], *, mirrored: bool = False) -> list[Features]:
        """Features of pictures whose hands are known, for each network in the order of ``letters.ends``.

        Args:
            pictures: with boxes.
            mirrored: whether the patches are mirrored.

        Raises:
            TrainingError: a picture cannot be read.
        """
        while len(self._free) < min(THREADS, len(pictures)):
            self._free.append(_opened(self.model))

        def part(number: int) -> list[list[NDArray[np.float16]]]:
            return [self._of(picture, *self._free[number], mirrored) for picture in pictures[number::THREADS]]

        with ThreadPoolExecutor(THREADS) as pool:
            parts = list(pool.map(part, range(min(THREADS, len(self._free)))))
        rows = [parts[number % len(parts)][number // len(parts)] for number in range(len(pictures))]
        return [
            np.array([row[network] for row in rows], np.float16).reshape(len(rows), end.head.kernel.shape[1])
            for network, end in enumerate(self.letters.ends)
        ]

    def _of(
        self, picture: Hand, classifier: Classifier, reader: LetterReader | None, mirrored: bool
    ) -> list[NDArray[np.float16]]:
        gray = read_gray(picture.path) if isinstance(picture, Picture) else picture.pixels
        if picture.hand is None:
            raise ValueError("a hand without a box has no patch")
        square = square_around(picture.hand, self.model.info.framing.margin)
        sizes = [self.model.info.input.size]
        networks: list[Classifier | LetterReader] = [classifier]
        if reader is not None and self.model.info.reader is not None:
            networks.append(reader)
            sizes.append(self.model.info.reader.input_size)
        seen = []
        for network, size in zip(networks, sizes, strict=True):
            patch = cut_patch(gray, square, size)
            network.read(np.ascontiguousarray(patch[:, ::-1]) if mirrored else patch)
            seen.append(network.features().astype(np.float16))
        return seen


def _opened(model: Model) -> tuple[Classifier, LetterReader | None]:
    reader = model.reader
    return Classifier(model, exposes=True), None if reader is None else LetterReader(reader, exposes=True)


def _end(network: Classifier | LetterReader, outputs: list[str], distance: float | None) -> NetworkEnd:
    if network.head is None:
        raise ValueError("the network does not expose its features")
    return NetworkEnd(network.head, outputs, distance)
