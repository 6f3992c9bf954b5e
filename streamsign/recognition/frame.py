"""A video frame as the recognition core reads it: brightness and time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Luma = NDArray[np.uint8]
"""Brightness plane, shape (height, width), uint8. May be a strided view of a decoder's buffer."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One frame on its way from a source to the recognizer.

    Attributes:
        luma: brightness, (height, width) uint8. It may be a view and is only read.
        at_s: capture time in seconds on the source's own clock, never decreasing.
        limited_range: True when black is 16 and white 235 (a video decoder's Y plane, ITU-R BT.601),
            False when the plane uses 0–255.
        stamps: monotonic seconds at which the frame passed each stage on its way here, by field name of
            :class:`~streamsign.captions.ledger.Ledger`, in order (``{"decoded_s": 12.345}``); never changed.
    """

    luma: Luma
    at_s: float
    limited_range: bool = False
    stamps: Mapping[str, float] = field(default_factory=dict)
