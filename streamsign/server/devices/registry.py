"""The paired devices: their names, when they were last seen, until when they may send, which were disconnected.

Stored, so that the list and a disconnection survive a restart as sessions do. A device whose session
has ended stays listed, so that a browser that is paired again keeps its name.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import re
import time
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from streamsign.captions.protocol import is_practice
from streamsign.state.folder import FolderTable
from streamsign.state.grants import DAY_S, PHONE_LIFE_S, Grant, new_holder
from streamsign.state.tables import Change, Table

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


def devices_file(file: Path) -> FolderTable[Device]:
    """The devices in a file."""
    return FolderTable(
        file,
        lambda content: {device.id: device for device in _listed.validate_json(content)},
        lambda devices: _listed.dump_json(list(devices.values()), indent=2),
        "; all phones have to pair again",
    )


class Devices:
    """The paired devices.

    Args:
        table: where they are kept.
        clock: Unix seconds.
    """

    def __init__(self, table: Table[Device], clock: Callable[[], float] = time.time) -> None:
        self.table = table
        self._clock = clock
        self._stored_s = -SEEN_EVERY_S
        self._storing: asyncio.Task[None] | None = None

    def __contains__(self, device_id: str) -> bool:
        """Whether a device was paired, disconnected or not."""
        return device_id in self.table.entries() or device_id in self.table.damaged

    def get(self, device_id: str | None) -> Device | None:
        """A device by its id."""
        return None if device_id is None else self.table.get(device_id)

    async def add(self, room: str, user_agent: str, former: str | None = None) -> Device:
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
            await self._store_if_possible(before.id, "forgotten", _with(forgotten=True))
        await self._store_if_possible(
            device.id, "paired", lambda known: known if known is not None and known.barred else device
        )
        if self.is_barred(device.id):  # disconnected at this moment, perhaps at another gateway
            return await self.add(room, user_agent, device.id)
        if ended := self._ended():
            with contextlib.suppress(OSError):
                await self.table.drop(ended)
        return device

    async def move(self, device_id: str, room: str) -> Device:
        """Move a device to another room; its session for the former room ends.

        Raises:
            KeyError: the device does not exist.
        """
        await self._store_if_possible(device_id, "moved", _with(room=room))
        return self.table.entries()[device_id]

    async def rename(self, device_id: str, name: str) -> bool:
        """Name a device; False if the device does not exist or was forgotten.

        Args:
            device_id: its id.
            name: the name; empty to remove it.

        Raises:
            OSError: the name cannot be stored. It applies until the next start, or is stored with the next change.
        """
        device = self.get(device_id)
        if device is None or device.forgotten:
            return False
        await self.table.update(device_id, _with(name=name), hold="named")
        return True

    def saw(self, device_id: str) -> None:
        """Note that a device's camera has connected or disconnected now; stored within a minute."""
        if self.get(device_id) is None:
            return
        self.table.hold(device_id, "seen", _with(seen_s=self._clock()))
        if self._clock() - self._stored_s >= SEEN_EVERY_S and (self._storing is None or self._storing.done()):
            self._stored_s = self._clock()
            self._storing = asyncio.ensure_future(self.flush())

    async def flush(self) -> None:
        """Store what is not stored yet; a warning is logged if that is not possible."""
        try:
            await self.table.flush()
        except OSError as error:
            _warn(error)

    async def bar(self, device_id: str, *, forget: bool = False) -> bool:
        """End a device's session; False if the device does not exist, or was disconnected before.

        Args:
            device_id: its id.
            forget: whether to remove it from the list as well.

        Raises:
            OSError: the change cannot be stored. The device is barred until the next start, and stays listed, so that
                the owner can try again.
        """
        device = self.get(device_id)
        if device is None or device.forgotten:
            return False
        if device.barred and not forget and not self.table.is_held(device_id):
            return False
        self.table.hold(device_id, "barred", _with(barred=True))  # at once: storing it takes time, and may fail
        # Stored before the request is answered: a restart must not admit the device again.
        await self.table.update(device_id, _with(barred=True, forgotten=True) if forget else _with(barred=True))
        return True

    def is_barred(self, device_id: str) -> bool:
        """Whether a device was disconnected by hand."""
        device = self.get(device_id)
        return device_id in self.table.damaged or (device is not None and device.barred)

    def allows(self, grant: Grant) -> bool:
        """Whether a paired device's grant is valid: the device was not disconnected, and not moved to another room.

        A grant for a practice room stays valid when the device is moved.
        """
        device = self.get(grant.holder)
        return device is not None and not device.barred and (device.room == grant.room or is_practice(grant.room))

    def is_valid(self, device: Device) -> bool:
        """Whether a device may send now."""
        return not device.barred and device.expires_s > self._clock()

    def life_s(self, device: Device) -> int:
        """Seconds for which a device's session is valid."""
        return max(0, math.ceil(device.expires_s - self._clock()))

    def listed(self) -> list[Device]:
        """The devices that were not forgotten, the one paired last first."""
        ended = self._ended()
        kept = (one for name, one in self.table.entries().items() if not one.forgotten and name not in ended)
        return sorted(kept, key=lambda device: -device.paired_s)

    def paired(self) -> list[Device]:
        """The devices that may send now, the one paired last first."""
        return [device for device in self.listed() if self.is_valid(device)]

    def _ended(self) -> set[str]:
        """Names of the devices whose session has ended and that are no longer listed."""
        now_s = self._clock()
        ended = [device for device in self.table.entries().values() if device.expires_s <= now_s]
        ended.sort(key=lambda device: -device.paired_s)
        kept = [device for device in ended if not device.forgotten and device.expires_s + LISTED_S > now_s][:MAX_ENDED]
        return {device.id for device in ended} - {device.id for device in kept}

    async def _store_if_possible(self, device_id: str, what: str, change: Change[Device]) -> None:
        try:
            await self.table.update(device_id, change, hold=what)
        except OSError as error:  # a phone with a valid code is admitted nevertheless
            _warn(error)


def _with(**values: object) -> Change[Device]:
    return lambda device: device and device.model_copy(update=values)


def _warn(error: OSError) -> None:
    logger.warning("the devices cannot be written (%s); the change is lost after a restart", error)


def kind_of(user_agent: str) -> str:
    """The kind of a device, from its ``User-Agent`` header."""
    return next((words for mark, words in _KINDS if mark in user_agent), "Device")


def browser_of(user_agent: str) -> str:
    """The browser's name; empty where the ``User-Agent`` has none that is known."""
    return next((name for mark, name in _BROWSERS if re.search(mark, user_agent)), "")
