"""server/pairing/devices.py: the list of paired devices over time and restarts."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from streamsign.server.devices.registry import (
    LISTED_S,
    MAX_ENDED,
    SEEN_EVERY_S,
    Devices,
    browser_of,
    devices_file,
    kind_of,
)
from streamsign.state.grants import PHONE_LIFE_S, Grant

PIXEL = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36"
)


async def test_paired_devices_outlive_a_restart_and_end_with_their_session(tmp_path: Path) -> None:
    """Newest first, in a file for the owner alone; after twelve hours it may not send, after 30 days it is gone."""
    now = [1000.0]
    file = tmp_path / "devices.json"
    devices = Devices(devices_file(file), lambda: now[0])
    first = await devices.add("main", PIXEL)
    now[0] += 60
    second = await devices.add("stage", "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert Devices(devices_file(file), lambda: now[0]).paired() == devices.paired() == [second, first]
    now[0] = 1000.0 + PHONE_LIFE_S
    assert devices.paired() == [second]
    assert devices.listed() == [second, first]
    now[0] += LISTED_S
    await devices.add("main", "")
    assert first.id not in file.read_text(encoding="utf-8")


async def test_a_browser_that_is_paired_again_keeps_its_name(tmp_path: Path) -> None:
    """While its session is valid it stays the same device; after that, or once barred, it gets another id."""
    now = [1000.0]
    devices = Devices(devices_file(tmp_path / "devices.json"), lambda: now[0])
    phone = await devices.add("main", PIXEL)
    assert await devices.rename(phone.id, "Ana")
    now[0] += 60
    again = await devices.add("stage", PIXEL, phone.id)
    assert (again.id, again.name, again.room, devices.life_s(again)) == (phone.id, "Ana", "stage", PHONE_LIFE_S)
    assert devices.listed() == [again]
    await devices.bar(phone.id)
    other = await devices.add("main", PIXEL, phone.id)
    assert (other.name, other.id == phone.id, devices.is_barred(phone.id)) == ("Ana", False, True)
    assert devices.listed() == [other]
    now[0] += PHONE_LIFE_S
    assert (await devices.add("main", PIXEL, other.id)).id != other.id
    assert (await devices.add("main", "", "a link")).name == ""


async def test_a_device_is_seen_renamed_and_forgotten(tmp_path: Path) -> None:
    """When it was seen last and its name are kept; a forgotten device is not listed, not renamed, and stays barred."""
    now = [1000.0]
    devices = Devices(devices_file(tmp_path / "devices.json"), lambda: now[0])
    phone = await devices.add("main", PIXEL)
    now[0] += SEEN_EVERY_S
    devices.saw(phone.id)
    devices.saw("nobody")
    await devices.flush()
    (listed,) = Devices(devices_file(tmp_path / "devices.json"), lambda: now[0]).listed()
    assert listed.seen_s == 1000.0 + SEEN_EVERY_S
    assert await devices.bar(phone.id)
    assert [each.barred for each in devices.listed()] == [True]
    assert await devices.bar(phone.id, forget=True)
    assert not await devices.bar(phone.id, forget=True)
    assert not await devices.rename(phone.id, "Ana")
    for each in (devices, Devices(devices_file(tmp_path / "devices.json"), lambda: now[0])):
        assert each.listed() == []
        assert each.is_barred(phone.id)


async def test_a_grant_holds_in_the_devices_room_alone(tmp_path: Path) -> None:
    """A device that was moved to another room has no right in the former one."""
    devices = Devices(devices_file(tmp_path / "devices.json"))
    phone = await devices.add("main", "")
    old, new = (Grant(frozenset(), room, phone.id, 0) for room in ("main", "main-2"))
    assert (devices.allows(old), devices.allows(new)) == (True, False)
    assert (await devices.move(phone.id, "main-2")).room == "main-2"
    assert (devices.allows(old), devices.allows(new)) == (False, True)


async def test_ended_devices_do_not_pile_up(tmp_path: Path) -> None:
    """Of those whose session has ended a hundred are listed."""
    now = [1000.0]
    devices = Devices(devices_file(tmp_path / "devices.json"), lambda: now[0])
    for _ in range(MAX_ENDED + 5):
        now[0] += 1
        await devices.add("main", "")
    now[0] += PHONE_LIFE_S
    assert len(devices.listed()) == MAX_ENDED


async def test_a_disconnected_device_stays_so_over_a_restart(tmp_path: Path) -> None:
    """It leaves the list, its session is worthless, others keep theirs, and it cannot be disconnected twice."""
    devices = Devices(devices_file(tmp_path / "devices.json"), lambda: 0.0)
    phone, other = await devices.add("main", PIXEL), await devices.add("main", "")
    assert await devices.bar(phone.id)
    assert not await devices.bar(phone.id)
    assert not await devices.bar("nobody")
    for each in (devices, Devices(devices_file(tmp_path / "devices.json"), lambda: 0.0)):
        assert each.is_barred(phone.id)
        assert not each.is_barred(other.id)
        assert each.paired() == [other]


@pytest.mark.parametrize("content", [b"", b"[]x", b'[{"id": 1}]'])
def test_a_damaged_list_is_lost(tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture) -> None:
    """The server starts with an empty list and logs that phones must pair again; the next start reads a valid list."""
    file = tmp_path / "devices.json"
    file.write_bytes(content)
    damaged = devices_file(file)
    assert (Devices(damaged).paired(), damaged.lost) == ([], True)
    assert "have to pair again" in caplog.text
    damaged.start_over()
    assert not devices_file(file).lost


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


async def test_a_list_that_cannot_be_written_turns_nobody_away(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A full disk keeps no phone from pairing; a disconnection holds until the next start, and an error says so."""
    (tmp_path / "state").write_text("a file where the folder should be", encoding="utf-8")
    devices = Devices(devices_file(tmp_path / "state" / "devices.json"))
    phone = await devices.add("main", PIXEL)
    assert devices.paired() == [phone]
    with pytest.raises(OSError, match="exists"):
        await devices.bar(phone.id)
    assert devices.is_barred(phone.id)
    assert "cannot be written" in caplog.text
