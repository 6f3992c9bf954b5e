"""demo/source.py: the demo signer as a source."""

from __future__ import annotations

import itertools

import pytest

from streamsign.demo.source import DemoSource
from streamsign.errors import SourceError


def test_frames_are_timed() -> None:
    """It returns timed frames and has a duration."""
    with DemoSource("C") as source:
        assert source.duration_s is not None
        assert not source.live
        first, second = itertools.islice(source, 2)
    assert first.luma.ndim == 2
    assert first.at_s == 0 < second.at_s


def test_a_word_it_cannot_sign_is_an_error() -> None:
    """Digits are not letters."""
    with pytest.raises(SourceError):
        DemoSource("42")
