"""An adaptation of a model to one signer: the corrections of its networks, in a file of its own.

The file is a NumPy archive (``.npz``). It holds features and no pictures. The model's folder does not change.
"""

from __future__ import annotations

import hashlib
import io
import json
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from streamsign.damaged import DAMAGED_NPZ
from streamsign.errors import ModelInvalid
from streamsign.recognition.correction import Correction

FORMAT = 1

_MOST_BYTES = 64 * 2**20
_AGAIN = "Adapt again with `streamsign adapt`."


@dataclass(frozen=True, eq=False)
class Adaptation:
    """What changes when a model reads one signer.

    Attributes:
        model: name of the model.
        sha256: digests of the graphs that it was made for, the classifier's and the reader's; empty without a reader.
        new_labels: labels that the model lacks.
        corrections: of the classifier and, if there is one, of the reader.
        about: date, signer, pictures, and figures on held-out pictures; for people.
    """

    model: str
    sha256: tuple[str, str]
    new_labels: tuple[str, ...]
    corrections: tuple[Correction, ...]
    about: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """16 hexadecimal digits that identify its graphs, new labels and corrections."""
        numbers = hashlib.sha256("\0".join((*self.sha256, *self.new_labels)).encode())
        for each in self.corrections:
            numbers.update(each.examples.tobytes() + each.weights.tobytes())
        return numbers.hexdigest()[:16]

    def to_bytes(self) -> bytes:
        """The content of the file."""
        head = {
            "format": FORMAT,
            "model": self.model,
            "sha256": self.sha256,
            "new_labels": self.new_labels,
            "widths": [each.width for each in self.corrections],
            "about": self.about,
        }
        arrays: dict[str, NDArray[Any]] = {"head": np.frombuffer(json.dumps(head).encode(), np.uint8)}
        for number, each in enumerate(self.corrections):
            arrays |= {f"examples{number}": each.examples, f"weights{number}": each.weights}
        content = io.BytesIO()
        np.savez_compressed(content, allow_pickle=False, **arrays)
        return content.getvalue()


def read_adaptation(file: Path) -> Adaptation:
    """The adaptation in a file.

    Raises:
        ModelInvalid: it cannot be read, or is not an adaptation.
    """
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise ValueError(f"it is larger than {_MOST_BYTES >> 20} MiB")
        content = file.read_bytes()
        if not content.startswith(b"PK"):  # NumPy's own error advises to load it unsafely
            raise ValueError("it is not an NPZ file")
        return _parsed(content)
    except OSError as error:
        raise ModelInvalid(f"{file} cannot be read ({error.strerror}).", _AGAIN) from error
    except DAMAGED_NPZ as error:
        raise ModelInvalid(f"{file} is not an adaptation of a model: {error}.", _AGAIN) from error


def _parsed(content: bytes) -> Adaptation:
    with np.load(io.BytesIO(content), allow_pickle=False) as arrays:
        head = json.loads(arrays["head"].tobytes())
        if head["format"] != FORMAT:
            raise ValueError(f"its format is {head['format']}, not {FORMAT}")
        corrections = tuple(
            _checked(Correction(arrays[f"examples{number}"], arrays[f"weights{number}"], float(width)))
            for number, width in enumerate(head["widths"])
        )
    classifier, reader = map(str, head["sha256"])
    if len(corrections) != 1 + bool(reader):
        raise ValueError(f"it has {len(corrections)} corrections")
    new_labels = tuple(map(str, head["new_labels"]))
    return Adaptation(str(head["model"]), (classifier, reader), new_labels, corrections, dict(head["about"]))


def _checked(correction: Correction) -> Correction:
    examples, weights = correction.examples, correction.weights
    if examples.dtype != np.float16 or weights.dtype != np.float32 or examples.ndim != 2 or weights.ndim != 2:
        raise ValueError("its arrays have other types")
    if not len(examples) or len(examples) != len(weights) or not correction.width > 0:
        raise ValueError("its arrays do not fit together")
    if not (np.isfinite(examples).all() and np.isfinite(weights).all()):
        raise ValueError("its arrays hold values that are not finite")
    return correction
