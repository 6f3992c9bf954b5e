"""server/pairing/devices.py: the list of paired devices over time and restarts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from streamsign.server.devices.registry import Devices, browser_of, kind_of
from streamsign.state.grants import PHONE_LIFE_S

PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)


def test_paired_devices_outlive_a_restart_and_end_with_their_session(tmp_path: Path) -> None:
    """Newest first, in a file for the owner alone; after its twelve hours a device is gone from list and file."""
    now = [1000.0]
    file = tmp_path / "devices.json"
    devices = Devices(file, lambda: now[0])
    first = devices.add("main", PIXEL)
    now[0] += 60
    second = devices.add("stage", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Devices(file, lambda: now[0]).paired() == devices.paired() == [second, first]
    now[0] = 1000.0 + PHONE_LIFE_S
    assert devices.paired() == [second]
    devices.add("main", "")
    assert first.id not in file.read_text(encoding="utf-8")


def test_a_disconnected_device_stays_so_over_a_restart(tmp_path: Path) -> None:
    """It leaves the list, its session is worthless, others keep theirs, and it cannot be disconnected twice."""
    devices = Devices(tmp_path / "devices.json", lambda: 0.0)
    phone, other = devices.add("main", PIXEL), devices.add("main", "")
    assert devices.bar(phone.id)
    assert not devices.bar(phone.id)
    assert not devices.bar("nobody")
    for each in (devices, Devices(tmp_path / "devices.json", lambda: 0.0)):
        assert each.is_barred(phone.id)
        assert not each.is_barred(other.id)
        assert each.paired() == [other]


@pytest.mark.parametrize("content", [b"", b"[]x", b'[{"id": 1}]'])
def test_a_damaged_list_is_lost(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """The server starts with an empty list and says that phones have to pair again; the next start finds it whole."""
    file = tmp_path / "devices.json"
    file.write_bytes(content)
    damaged = Devices(file)
    assert (damaged.paired(), damaged.lost) == ([], True)
    assert "have to pair again" in caplog.text
    assert not Devices(file).lost


@pytest.mark.parametrize(
    ("user_agent", "kind", "browser"),
    [
        (PIXEL, "Android phone", "Chrome"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) Version/18.5 Mobile Safari/604.1", "iPhone", "Safari"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0", "Linux computer", "Firefox"),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/142.0 Safari/537.36 Edg/142.0", "Windows computer", "Edge"),
        ("", "Device", ""),
    ],
)
def test_devices_are_told_apart_by_what_they_say_they_are(user_agent: str, kind: str, browser: str) -> None:
    """The usual browsers' names for themselves give words that a person knows the device by."""
    assert (kind_of(user_agent), browser_of(user_agent)) == (kind, browser)


def test_a_list_that_cannot_be_written_turns_nobody_away(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A full disk keeps no phone from pairing; a disconnection holds until the next start, and an error says so."""
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    devices = Devices(tmp_path / "state" / "devices.json")
    phone = devices.add("main", PIXEL)
    assert devices.paired() == [phone]
    with pytest.raises(OSError, match="exists"):
        devices.bar(phone.id)
    assert devices.is_barred(phone.id)
    assert "cannot be written" in caplog.text
