"""sources/source.py: a source closes itself, however its block ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streamsign.recognition.frame import Frame
from streamsign.sources import Source


class Empty(Source):
    """A source without a frame that notes when it is closed."""

    duration_s = 0.0
    live = False
    closed = 0

    def __iter__(self) -> Iterator[Frame]:
        """No frame."""
        return iter(())

    def close(self) -> None:
        """Note it."""
        self.closed += 1


def test_a_source_closes_itself() -> None:
    """At the end of its block, and when an error ends it."""
    with Empty() as source:
        assert list(source) == []
    assert source.closed == 1
    with pytest.raises(KeyError), source:
        raise KeyError
    assert source.closed == 2
