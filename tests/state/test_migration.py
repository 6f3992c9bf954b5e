"""state/migration.py: the former state folder becomes the default one, once."""

from __future__ import annotations

from pathlib import Path

import pytest

from streamsign.errors import SettingsError
from streamsign.settings import default_state_dir, read_settings
from streamsign.state.address import ServerAddress, announced
from streamsign.state.migration import FORMER, move_former_state


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose state folder is elsewhere now, with a token in the former one."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "elsewhere"))
    (tmp_path / FORMER).mkdir(parents=True)
    (tmp_path / FORMER / "view-token").write_text("hush")
    return tmp_path


def test_it_is_moved_once(home: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What was kept is found in the default folder, which one log line says; a second start moves nothing."""
    state_dir = read_settings().state_dir
    assert state_dir == default_state_dir() == home / "elsewhere" / "streamsign"
    assert move_former_state(state_dir, home)
    assert (state_dir / "view-token").read_text() == "hush"
    assert not (home / FORMER).exists()
    (home / FORMER).mkdir()
    assert not move_former_state(state_dir, home)
    (line,) = caplog.messages
    assert f"from={home / FORMER} to={state_dir}" in line


def test_a_folder_that_was_chosen_stays_as_it_is(home: Path) -> None:
    """Nothing is moved into a folder given with --state-dir, and nothing where there was no former one."""
    assert not move_former_state(home / "chosen", home)
    assert not move_former_state(default_state_dir(), home / "nobody")
    assert (home / FORMER / "view-token").exists()


def test_a_folder_that_cannot_be_moved_is_named(home: Path) -> None:
    """The error gives the next step."""
    (home / "elsewhere").write_text("a file")
    with pytest.raises(SettingsError, match="--state-dir"):
        move_former_state(default_state_dir(), home)


def test_the_folder_of_a_running_server_is_not_moved(home: Path) -> None:
    """A second server with another XDG_STATE_HOME is refused until the first one ends, which keeps its folder."""
    with announced(home / FORMER) as write:
        write(ServerAddress(host_url="http://localhost:8080/", base=None))
        with pytest.raises(SettingsError, match="running server"):
            move_former_state(default_state_dir(), home)
        assert (home / FORMER / "view-token").exists()
        assert not default_state_dir().exists()
    assert move_former_state(default_state_dir(), home)
