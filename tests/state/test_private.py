"""state/private.py: files that are whole, durable and the owner's alone."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from streamsign.errors import SettingsError
from streamsign.state.private import kept_token, write_private


def _mode(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_a_token_is_kept_for_the_owner_only(tmp_path: Path) -> None:
    """The second start reads the first one's token, from a file only the owner reads."""
    file = tmp_path / "state" / "token"
    assert kept_token(file) == kept_token(file)
    assert _mode(file) == 0o600
    assert _mode(file.parent) == 0o700


@pytest.mark.parametrize("content", [b"", b"x", b"\xff\xfe" * 20, b"two words of text in it", b"\n" * 40, b"a" * 9999])
def test_a_damaged_token_is_replaced(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """A file that holds no usable token gets a new one of full length, and the log says so."""
    file = tmp_path / "token"
    file.write_bytes(content)
    token = kept_token(file)
    assert len(token) == 32
    assert file.read_text() == token
    assert "no usable token" in caplog.text


def test_a_file_others_can_read_is_closed_and_named(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A mode of 0644 becomes 0600 at the next start, with a warning that names the file."""
    file = tmp_path / "token"
    kept_token(file)
    file.chmod(0o644)
    kept_token(file)
    assert _mode(file) == 0o600
    assert f"other users could read {file}" in caplog.text


def test_another_users_file_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that somebody else put there would be known to them."""
    file = tmp_path / "token"
    kept_token(file)
    if os.getuid() == 0:
        os.chown(file, 12345, -1)
    else:
        monkeypatch.setattr(os, "getuid", lambda: file.stat().st_uid + 1)
    with pytest.raises(SettingsError, match="another user"):
        kept_token(file)


def test_a_full_disk_leaves_the_former_content_and_no_draft(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk refuses the content, the error is raised, the file is as it was, and nothing else lies there."""
    file = tmp_path / "devices.json"
    write_private(file, b"before")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_private(file, b"after")
    assert file.read_bytes() == b"before"
    assert [each.name for each in tmp_path.iterdir()] == ["devices.json"]


@pytest.mark.skipif(os.getuid() != 0, reason="root's rights are the subject")
def test_root_works_in_a_users_folder(tmp_path: Path) -> None:
    """With sudo the user's files are read, and new ones belong to that user, who could not read root's."""
    os.chown(tmp_path, 12345, 12346)
    file = tmp_path / "token"
    token = kept_token(file)
    assert (file.stat().st_uid, file.stat().st_gid, _mode(file)) == (12345, 12346, 0o600)
    assert kept_token(file) == token


@pytest.mark.skipif(os.getuid() != 0, reason="root's rights are the subject")
def test_root_follows_no_link_of_a_user(tmp_path: Path) -> None:
    """A link that the user made does not aim root's changes at another file."""
    folder, aim = tmp_path / "state", tmp_path / "aim"
    folder.mkdir()
    aim.write_text("x" * 40)
    aim.chmod(0o644)
    for path in (folder, aim):
        os.chown(path, 12345, 12345)
    (folder / "token").symlink_to(aim)
    with pytest.raises(SettingsError, match="another user"):
        kept_token(folder / "token")
    assert _mode(aim) == 0o644
