"""recognition/logits.py: the same as SciPy's."""

from __future__ import annotations

import numpy as np
import scipy.special
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from streamsign.recognition.logits import log_softmax, softmax


@given(arrays(np.float64, array_shapes(min_dims=1, max_dims=3), elements=st.floats(-1e6, 1e6)))
def test_probabilities_are_scipys(logits: np.ndarray) -> None:
    """Of any logits, large ones too."""
    np.testing.assert_allclose(softmax(logits), scipy.special.softmax(logits, axis=-1), rtol=1e-12, atol=1e-300)
    np.testing.assert_allclose(log_softmax(logits), scipy.special.log_softmax(logits, axis=-1), rtol=1e-9, atol=1e-12)
