"""The network's import."""

from __future__ import annotations

import sys

import pytest

from streamsign.errors import TrainingError
from streamsign.training.letters.network import tensorflow


def test_missing_tensorflow_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the train extra the error names the pip command."""
    monkeypatch.setitem(sys.modules, "tensorflow", None)
    with pytest.raises(TrainingError, match=r"pip install 'streamsign\[train\]'"):
        tensorflow()
