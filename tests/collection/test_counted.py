"""collection/counted.py: singular and plural."""

from __future__ import annotations

import pytest

from streamsign.collection.counted import counted


@pytest.mark.parametrize(("number", "text"), [(0, "0 pictures"), (1, "1 picture"), (2, "2 pictures")])
def test_only_one_is_singular(number: int, text: str) -> None:
    """Zero and more than one get the plural."""
    assert counted(number, "picture") == text
