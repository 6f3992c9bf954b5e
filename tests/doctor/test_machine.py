"""doctor/machine.py: checks of this computer and their messages."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from streamsign.doctor import machine
from streamsign.doctor.check_result import CheckStatus
from streamsign.recognition.runtime import Runtime
from streamsign.settings import read_settings


@pytest.mark.parametrize(("count", "health"), [(1, CheckStatus.WARNING), (2, CheckStatus.OK), (64, CheckStatus.OK)])
def test_one_core_is_little(count: int, health: CheckStatus) -> None:
    """It works, and what would be better is said."""
    assert machine.cores(count).health is health
    assert bool(machine.cores(count).next_step) is (health is not CheckStatus.OK)


def test_the_shipped_model_reads_frames() -> None:
    """It is loaded and run for real, the hand locator with it."""
    found = machine.model(read_settings(model="celov"))
    assert found.health is not CheckStatus.FAILED
    assert "C E L O V" in found.words


def test_a_model_that_is_not_there_is_ill() -> None:
    """The error's own next step is passed on; and so is that of a missing runtime."""
    found = machine.model(read_settings(model="no-such-model"))
    assert (found.health, bool(found.next_step)) == (CheckStatus.FAILED, True)
    assert machine.runtime(Runtime.TFLITE_RUNTIME).health is CheckStatus.FAILED


def test_the_pinned_receive_path_fits() -> None:
    """The installed aiortc is the one it was made for."""
    assert machine.receiver().health is CheckStatus.OK


def test_a_state_folder_is_made_where_it_can_be(tmp_path: Path) -> None:
    """A folder that can be made is ok, one under a file fails, and a key that others can read is a warning."""
    assert machine.state_folder(tmp_path / "a" / "b").health is CheckStatus.OK
    if sys.platform != "win32":
        (tmp_path / "key.pem").write_text("secret")
        (tmp_path / "key.pem").chmod(0o644)
        assert "chmod" in machine.state_folder(tmp_path).next_step


def test_cameras_are_listed(tmp_path: Path) -> None:
    """A computer without a camera gets a warning, because a phone can be the camera."""
    assert machine.camera(tmp_path).health is CheckStatus.WARNING or sys.platform != "linux"
    (tmp_path / "video0").touch()
    assert "video0" in machine.camera(tmp_path).words
