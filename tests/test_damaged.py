"""damaged.py: what a damaged archive raises."""

from __future__ import annotations

import io
import random

import numpy as np

from streamsign.damaged import DAMAGED_NPZ


def test_no_damaged_archive_raises_anything_else() -> None:
    """A compressed archive with one to three wrong bytes is read, or raises one of the listed exceptions."""
    content = io.BytesIO()
    np.savez_compressed(content, allow_pickle=False, one=np.arange(40.0), other=np.ones((5, 8), np.float16))
    whole, rng, raised = content.getvalue(), random.Random(1), set()
    for _ in range(1000):
        damaged = bytearray(whole)
        for _ in range(rng.randint(1, 3)):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        try:
            with np.load(io.BytesIO(damaged), allow_pickle=False) as arrays:
                assert arrays["one"].size + arrays["other"].size
        except DAMAGED_NPZ as error:
            raised.add(type(error).__name__)
    assert {"BadZipFile", "error", "NotImplementedError"} <= raised
