"""The paired devices: their names, when they were last seen, until when they may send, which were disconnected.

Kept in the state folder, so that the list and a disconnection survive a restart as sessions do. A device whose session
has ended stays listed, so that a browser that is paired again keeps its name.
"""

from __future__ import annotations

import contextlib
import logging
import math
import re
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from streamsign.captions.protocol import is_practice
from streamsign.state.grants import DAY_S, PHONE_LIFE_S, Grant, new_holder
from streamsign.state.private import keep_private, write_private

logger = logging.getLogger(__name__)

LISTED_S = 30 * DAY_S
"""Seconds for which a device is listed after its session has ended."""

MAX_ENDED = 100
"""Most devices listed after their session has ended; the one paired first is dropped first."""

SEEN_EVERY_S = 60.0
"""Shortest time between two writes of when a device was last seen."""

MAX_NAME = 40
"""Most characters of a device's name."""

_KINDS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android phone"),
    ("CrOS", "Chromebook"),
    ("Windows", "Windows computer"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux computer"),
)
_BROWSERS = (("Edg", "Edge"), ("Firefox|FxiOS", "Firefox"), ("Chrome|CriOS", "Chrome"), ("Safari", "Safari"))


class Device(BaseModel):
    """A paired device. Times are Unix seconds."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)
    id: str = Field(description="its random name, part of its session token")
    kind: str = Field(description="what it says it is, in words")
    browser: str = Field(default="", description="and with which browser it was paired")
    name: str = Field(default="", max_length=MAX_NAME, description="the owner's name for it; empty if it has none")
    room: str
    paired_s: float
    seen_s: float = Field(default=0.0, description="when it was paired or its camera was connected last")
    expires_s: float
    barred: bool = Field(default=False, description="whether it was disconnected by hand")
    forgotten: bool = Field(default=False, description="whether the owner removed it from the list")


_listed: TypeAdapter[list[Device]] = TypeAdapter(list[Device])


class Devices:
    """The list of paired devices.

    Args:
        file: where it is kept.
        clock: Unix seconds.
    """

    def __init__(self, file: Path, clock: Callable[[], float] = time.time) -> None:
        self._file = file
        self._clock = clock
        self._unsaved = False
        self._written_s = -SEEN_EVERY_S
        listed = _read(file)
        self.lost = listed is None
        """Whether the list was not there, or damaged: who was disconnected is not known any more."""
        self._by_id = {device.id: device for device in listed or []}
        if self.lost:
            with contextlib.suppress(OSError):  # said by the first change that is to be kept
                self._write()

    def __contains__(self, device_id: str) -> bool:
        """Whether a device was paired, disconnected or not."""
        return device_id in self._by_id

    def get(self, device_id: str | None) -> Device | None:
        """A device by its id."""
        return None if device_id is None else self._by_id.get(device_id)

    def add(self, room: str, user_agent: str, former: str | None = None) -> Device:
        """Add a device that was paired with a room; the device as it is listed now.

        Args:
            room: name of the room.
            user_agent: the browser's ``User-Agent`` header.
            former: id of the device as which this browser was paired before, None for a new browser. The id is kept
                while its session is valid; otherwise it is a new device with the same name.
        """
        now_s = self._clock()
        before = self.get(former)
        stays = before is not None and not before.barred and before.expires_s > now_s
        device = Device(
            id=before.id if before is not None and stays else new_holder(),
            kind=kind_of(user_agent),
            browser=browser_of(user_agent),
            name=before.name if before is not None else "",
            room=room,
            paired_s=now_s,
            seen_s=now_s,
            expires_s=now_s + PHONE_LIFE_S,
        )
        if before is not None and not stays:
            self._by_id[before.id] = before.model_copy(update={"forgotten": True})
        self._by_id[device.id] = device
        self._write_if_possible()
        return device

    def move(self, device_id: str, room: str) -> Device:
        """Move a device to another room; its session for the former room ends.

        Raises:
            KeyError: the device does not exist.
        """
        moved = self._by_id[device_id] = self._by_id[device_id].model_copy(update={"room": room})
        self._write_if_possible()
        return moved

    def rename(self, device_id: str, name: str) -> bool:
        """Name a device; False if the device does not exist or was forgotten.

        Args:
            device_id: its id.
            name: the name; empty to remove it.

        Raises:
            OSError: the name cannot be written. It is kept in memory until the next start.
        """
        device = self._by_id.get(device_id)
        if device is None or device.forgotten:
            return False
        self._by_id[device_id] = device.model_copy(update={"name": name})
        self._write()
        return True

    def saw(self, device_id: str) -> None:
        """Note that a device's camera has connected or disconnected now."""
        device = self._by_id.get(device_id)
        if device is None:
            return
        self._by_id[device_id] = device.model_copy(update={"seen_s": self._clock()})
        if self._clock() - self._written_s >= SEEN_EVERY_S:
            self._write_if_possible()

    def bar(self, device_id: str, *, forget: bool = False) -> bool:
        """End a device's session; False if the device does not exist, or was disconnected before.

        Args:
            device_id: its id.
            forget: whether to remove it from the list as well.

        Raises:
            OSError: the change cannot be written. The device is barred until the next start.
        """
        device = self._by_id.get(device_id)
        if device is None or device.forgotten or (device.barred and not forget and not self._unsaved):
            return False
        changed = device.model_copy(update={"barred": True})
        self._by_id[device_id] = changed
        if forget:
            self._by_id[device_id] = changed.model_copy(update={"forgotten": True})
        try:
            self._write()  # before the request is answered: a restart must not admit the device again
        except OSError:
            self._by_id[device_id] = changed  # it stays listed, so that the owner can try again
            raise
        return True

    def is_barred(self, device_id: str) -> bool:
        """Whether a device was disconnected by hand."""
        device = self._by_id.get(device_id)
        return device is not None and device.barred

    def allows(self, grant: Grant) -> bool:
        """Whether a paired device's grant is valid: the device was not disconnected, and not moved to another room.

        A grant for a practice room stays valid when the device is moved.
        """
        device = self._by_id[grant.holder]
        return not device.barred and (device.room == grant.room or is_practice(grant.room))

    def is_valid(self, device: Device) -> bool:
        """Whether a device may send now."""
        return not device.barred and device.expires_s > self._clock()

    def life_s(self, device: Device) -> int:
        """Seconds for which a device's session is valid."""
        return max(0, math.ceil(device.expires_s - self._clock()))

    def listed(self) -> list[Device]:
        """The devices that were not forgotten, the one paired last first."""
        self._drop_old()
        return sorted(
            (device for device in self._by_id.values() if not device.forgotten), key=lambda device: -device.paired_s
        )

    def paired(self) -> list[Device]:
        """The devices that may send now, the one paired last first."""
        return [device for device in self.listed() if self.is_valid(device)]

    def _drop_old(self) -> None:
        now_s = self._clock()
        ended = [device for device in self._by_id.values() if device.expires_s <= now_s]
        ended.sort(key=lambda device: -device.paired_s)
        kept = [device for device in ended if not device.forgotten and device.expires_s + LISTED_S > now_s][:MAX_ENDED]
        dropped = {device.id for device in ended} - {device.id for device in kept}
        self._by_id = {name: device for name, device in self._by_id.items() if name not in dropped}

    def _write_if_possible(self) -> None:
        try:
            self._write()
        except OSError as error:  # a phone with a valid code is admitted nevertheless
            logger.warning("%s cannot be written (%s); the change is lost after a restart", self._file, error)

    def _write(self) -> None:
        self._drop_old()
        self._unsaved = True
        write_private(self._file, _listed.dump_json(list(self._by_id.values()), indent=2))
        self._unsaved = False
        self._written_s = self._clock()


def _read(file: Path) -> list[Device] | None:
    """The devices in a file; None if the file does not exist or is damaged."""
    try:
        keep_private(file)
        return _listed.validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        logger.warning("%s cannot be read (%s); all phones have to pair again", file, type(error).__name__)
        return None


def kind_of(user_agent: str) -> str:
    """The kind of a device, from its ``User-Agent`` header."""
    return next((words for mark, words in _KINDS if mark in user_agent), "Device")


def browser_of(user_agent: str) -> str:
    """The browser's name; empty where the ``User-Agent`` has none that is known."""
    return next((name for mark, name in _BROWSERS if re.search(mark, user_agent)), "")
