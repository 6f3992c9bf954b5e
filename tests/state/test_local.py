"""state/local.py: programs on the server's own computer sign their own grants."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.state.grants import EVERY_ROOM, KEY_FILE, PROGRAM_LIFE_S, Right, Signer
from streamsign.state.local import is_loopback, local_grant
from streamsign.state.private import kept_token


def test_a_program_that_reads_the_state_folder_gets_a_short_grant(tmp_path: Path) -> None:
    """The grant is for what was asked, in that room, and ends two minutes later; the key is not in it."""
    key = kept_token(tmp_path / KEY_FILE)
    token = local_grant("http://127.0.0.1:8080", (Right.VIEW,), "left", state_dir=tmp_path)
    assert token is not None
    assert key not in token
    grant = Signer(key.encode()).read(token)
    assert grant is not None
    assert (set(grant.rights), grant.room) == ({Right.VIEW}, "left")
    assert Signer(key.encode(), lambda: grant.expires_s - PROGRAM_LIFE_S).read(token) is not None


@pytest.mark.parametrize(
    "url", ["http://192.0.2.1:8080", "https://captions.example.org", "http://localhost.evil.example"]
)
def test_nothing_is_signed_for_another_computer(tmp_path: Path, url: str) -> None:
    """A token for a server elsewhere would be useless there, and known to it."""
    kept_token(tmp_path / KEY_FILE)
    assert not is_loopback(url)
    assert local_grant(url, (Right.OWNER,), EVERY_ROOM, state_dir=tmp_path) is None


def test_without_a_key_there_is_no_grant(tmp_path: Path) -> None:
    """No server was started with that folder: the caller has to ask for a token."""
    assert local_grant("http://localhost:8080", (Right.VIEW,), state_dir=tmp_path) is None
