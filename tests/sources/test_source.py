"""sources/source.py and the demo signer as a source."""

from __future__ import annotations

import itertools

import pytest

from streamsign.errors import SourceError
from streamsign.sources import DemoSource, open_source


def test_the_demo_is_a_source() -> None:
    """``demo`` gives timed frames and knows how long it lasts."""
    with open_source("demo", word="C") as source:
        assert isinstance(source, DemoSource)
        assert source.duration_s is not None
        assert not source.live
        first, second = itertools.islice(source, 2)
    assert first.luma.ndim == 2
    assert first.at_s == 0 < second.at_s


def test_a_word_the_demo_cannot_sign_is_told() -> None:
    """Digits are no letters."""
    with pytest.raises(SourceError):
        open_source("demo", word="42")
