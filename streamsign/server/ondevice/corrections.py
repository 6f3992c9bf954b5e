"""A model's adaptation to a signer for a phone: graphs that give their features, and the numbers that correct them."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, Field

from streamsign.recognition.correction import NEW_PRIOR, Correction
from streamsign.recognition.exposed_graph import LinearHead, expose_features


class CorrectionInfo(BaseModel):
    """How a graph's last output, its features, becomes its probabilities.

    The numbers are float32, little-endian: kernel (shapes, features), bias (shapes), merging (shapes, outputs),
    examples (examples, features) and weights (examples, shapes + added).
    """

    sha256: str = Field(description="of the numbers; their address is /on-device/graphs/ and this")
    shapes: int
    features: int
    outputs: int
    examples: int
    added: int = Field(description="outputs that the graph lacks")
    width: float = Field(description="of the kernel, squared feature units")
    added_log: float = Field(description="logarithm of the probability of an added output before any picture")


class Exposed(NamedTuple):
    """A graph with its features as the last output: its content, its digest, and the head behind the features."""

    content: bytes
    sha256: str
    head: LinearHead


class CorrectionFile(NamedTuple):
    """The description of a correction, and its numbers."""

    info: CorrectionInfo
    content: bytes


@lru_cache(maxsize=4)
def exposed(path: Path, digest: str) -> Exposed:
    """The graph of a file.

    Args:
        path: of the graph.
        digest: SHA-256 of the file.

    Raises:
        ModelInvalid: it ends in other layers than :func:`expose_features` reads.
        RuntimeUnavailable: ai-edge-litert is not installed.
    """
    graph = expose_features(path)
    return Exposed(graph.content, hashlib.sha256(graph.content).hexdigest(), graph.head)


def correction_file(correction: Correction, head: LinearHead) -> CorrectionFile:
    """The numbers of a correction.

    Args:
        correction: of one network.
        head: of its graph.
    """
    parts = (head.kernel, head.bias, head.merging, correction.examples, correction.weights)
    content = b"".join(np.ascontiguousarray(part, "<f4").tobytes() for part in parts)
    shapes, features = head.kernel.shape
    info = CorrectionInfo(
        sha256=hashlib.sha256(content).hexdigest(),
        shapes=shapes,
        features=features,
        outputs=head.merging.shape[1],
        examples=len(correction.examples),
        added=correction.weights.shape[1] - shapes,
        width=correction.width,
        added_log=float(np.log(NEW_PRIOR)),
    )
    return CorrectionFile(info, content)
