"""room_names.py: what a room may be called."""

from __future__ import annotations

import pytest

from streamsign.room_names import ROOM_PATTERN


@pytest.mark.parametrize("name", ["main", "room_2", "A-b", "x" * 64])
def test_room_names(name: str) -> None:
    """Letters, digits, - and _ make a room's name."""
    assert ROOM_PATTERN.fullmatch(name)


@pytest.mark.parametrize("name", ["", "a/b", "a b", "ü", "x" * 65, "main\n"])
def test_what_is_no_room_name(name: str) -> None:
    """Nothing that would need escaping in a URL does."""
    assert not ROOM_PATTERN.fullmatch(name)
