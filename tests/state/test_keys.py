"""state/keys.py: the secrets of a server."""

from __future__ import annotations

from pathlib import Path

from streamsign.state.keys import Keys, keys_in_folder


def test_keys_in_a_folder_stay_and_are_not_shown(tmp_path: Path) -> None:
    """A restart reads the same; a token that is given is used and not written."""
    first = keys_in_folder(tmp_path)
    assert keys_in_folder(tmp_path) == first
    assert not {first.session_key, first.publish_token, first.view_token} & set(repr(first).split("'"))
    given = keys_in_folder(tmp_path / "other", view_token="a token")
    assert given.view_token == "a token"
    assert sorted(file.name for file in (tmp_path / "other").iterdir()) == ["publish-token", "session-key"]


def test_replaced_keys_keep_the_tokens() -> None:
    """The session key is another one, and the generation is above both."""
    former = Keys(generation=2)
    keys = former.replaced(beyond=5)
    assert (keys.publish_token, keys.view_token, keys.generation) == (former.publish_token, former.view_token, 6)
    assert keys.session_key != former.session_key
    assert former.replaced().generation == 3
