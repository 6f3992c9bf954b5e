"""Features of what is not a letter of an alphabet: places without a hand, other shapes, and letters of other alphabets.

``anchors.npz`` in a model's folder holds centers of clusters of the features of its training pictures, for the
classifier and the reader. They teach *none* where a folder of letters has no pictures of it.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from streamsign.damaged import DAMAGED_NPZ
from streamsign.errors import ModelInvalid
from streamsign.recognition.correction import kernel

FILE = "anchors.npz"

WIDTH_SHARE = 0.2
"""Width of the kernel that measures similarity, over the network's ``feature_distance``."""

SAME_SHAPE = 0.5
"""Similarity to a picture of a letter from which an anchor shows the letter's shape, and is left out."""

_NAMES = ("classifier", "reader")
_NEXT = "Train from a shipped model: --base alphabet."


def read_anchors(folder: Path) -> list[NDArray[np.float16]]:
    """The anchors of a model's classifier and reader, (anchors, features) each.

    Raises:
        ModelInvalid: anchors.npz is missing or damaged.
    """
    path = folder / FILE
    try:
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as stored:
            return [np.asarray(stored[name], np.float16) for name in _NAMES if name in stored]
    except OSError as error:
        raise ModelInvalid(f"{folder} has no readable {FILE}, which teaches what is not a letter.", _NEXT) from error
    except DAMAGED_NPZ as error:
        raise ModelInvalid(f"{path} cannot be used: {error}.", _NEXT) from error


def unlike(anchors: NDArray[np.float16], features: NDArray[np.float16], distance: float) -> NDArray[np.float16]:
    """The anchors whose shape none of the pictures shows.

    Args:
        anchors: (anchors, features).
        features: (pictures, features) of the letters.
        distance: the network's ``feature_distance``.
    """
    near = kernel(anchors, features, WIDTH_SHARE * distance).max(axis=1)
    return np.asarray(anchors[near < SAME_SHAPE], np.float16)
