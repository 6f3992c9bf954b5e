"""server/stored.py: the tables of a state folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.server.stored import stored_in_folder
from streamsign.settings import read_settings


@pytest.mark.parametrize("name", ["devices.json", "links.json"])
@pytest.mark.parametrize("damage", [None, b"[]x"])
def test_a_lost_list_makes_another_key(tmp_path: Path, name: str, damage: bytes | None) -> None:
    """A missing or damaged list is replaced by an empty one, and former grants are not valid; else all stays."""
    settings = read_settings(state_dir=tmp_path)
    former = stored_in_folder(settings).keys
    assert stored_in_folder(settings).keys == former
    if damage is None:
        (tmp_path / name).unlink()
    else:
        (tmp_path / name).write_bytes(damage)
    stored = stored_in_folder(settings)
    assert stored.keys.session_key != former.session_key
    assert not stored.devices.lost
    assert not stored.links.lost
    assert stored_in_folder(settings).keys == stored.keys
