"""Tokens and the trust in this computer."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from streamsign.server.grants.access import Access, is_this_computer
from streamsign.settings import read_settings


@pytest.mark.parametrize(
    ("peer", "headers", "trusted"),
    [
        ("127.0.0.1", {"host": "localhost:8080"}, True),
        ("::1", {"host": "[::1]:8080", "origin": "http://[::1]:8080"}, True),
        ("127.0.0.1", {"host": "evil.example"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "https://evil.example"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "null"}, False),
        ("127.0.0.1", {"host": "localhost", "origin": "http://localhost.evil.example"}, False),
        ("192.0.2.7", {"host": "localhost"}, False),
        ("127.0.0.1", {}, False),
        (None, {"host": "localhost"}, False),
    ],
)
def test_only_this_computer_is_trusted(peer: str | None, headers: dict[str, str], trusted: bool) -> None:
    """Neither DNS rebinding, nor a foreign page, nor another machine passes as this computer."""
    assert is_this_computer(peer, headers) is trusted


def test_tokens_are_kept_for_the_owner_only(tmp_path: Path) -> None:
    """A second start has the same tokens, in files only the owner reads."""
    settings = read_settings(state_dir=tmp_path / "state")
    first, second = Access(settings), Access(settings)
    assert first.publish_token == second.publish_token != first.view_token
    assert stat.S_IMODE((tmp_path / "state" / "publish-token").stat().st_mode) == 0o600
    assert first.may_publish(first.publish_token)
    assert not first.may_publish("wörng")
    assert not first.may_view(first.publish_token)
