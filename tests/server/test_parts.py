"""server/parts.py: making and closing the parts of a server."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.errors import SettingsError
from streamsign.server.parts import make_server
from streamsign.settings import read_settings
from streamsign.state.grants import EVERY_ROOM, KEY_FILE, OWNER_LIFE_S, Right


async def test_a_server_is_ready_and_closes(tmp_path: Path) -> None:
    """All parts are there, a second one finds the state of the first, and closing stops the recognition threads."""
    first = make_server(read_settings(state_dir=tmp_path, keep_log=True))
    assert first.ready
    assert first.store is not None
    await first.close()
    with pytest.raises(RuntimeError, match="shutdown"):
        first.executor.submit(print)
    second = make_server(read_settings(state_dir=tmp_path, keep_log=False))
    assert second.store is None
    assert second.access.publish_token == first.access.publish_token
    await second.close()


async def test_a_caption_log_that_cannot_be_used_is_an_error(tmp_path: Path) -> None:
    """The error names the folder and both ways out."""
    (tmp_path / "captions.sqlite3").mkdir()
    with pytest.raises(SettingsError, match="caption log") as refused:
        make_server(read_settings(state_dir=tmp_path, keep_log=True))
    assert "--no-log" in refused.value.next_step


@pytest.mark.parametrize("file", ["devices.json", "links.json"])
async def test_a_lost_list_ends_every_grant(tmp_path: Path, file: str) -> None:
    """If the list of devices or links is lost, a new key is made, so that revoked grants stay invalid."""
    settings = read_settings(state_dir=tmp_path)
    server = make_server(settings)
    granted = server.access.grants.make((Right.OWNER,), EVERY_ROOM, OWNER_LIFE_S)
    assert server.access.allows(granted, Right.OWNER)
    key = (tmp_path / KEY_FILE).read_bytes()
    await server.close()
    (tmp_path / file).write_text("{")
    other = make_server(settings)
    assert (tmp_path / KEY_FILE).read_bytes() != key
    assert not other.access.allows(granted, Right.OWNER)
    await other.close()
